import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { sendProblem } from './problem.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Milliseconds to answer, in the place of REQUEST_TIMEOUT. */
    timeout?: number
  }
}

/**
 * Gives each request `timeout` milliseconds to begin its answer, and a `request.signal` that aborts then (with a
 * TimeoutError) or when the client goes away (with an AbortError).
 *
 * Fastify has both, but listens for the end of the request instead of the response: with a body its signal aborts,
 * and its `handlerTimeout` ends, as soon as the body has been read (5.12).
 */
export function limitAnswers(app: FastifyInstance, timeout: number, logger: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    const controller = new AbortController()
    Object.defineProperty(request, 'signal', { value: controller.signal })
    const timer = setTimeout(() => {
      controller.abort(new DOMException('The answer took too long.', 'TimeoutError'))
      // A stream that has begun may go on; so may what took the connection over.
      if (reply.sent || reply.raw.headersSent) return
      const error = new AppError('timed_out', 'The answer took too long. Try again, or ask for less.')
      void sendProblem(error, request, reply, logger)
    }, request.routeOptions.config.timeout ?? timeout)
    reply.raw.once('close', () => {
      clearTimeout(timer)
      if (!reply.raw.writableEnded) controller.abort()
    })
  })
}
