import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { Logger } from '../core/ports/surroundings.ts'

/** One line a request, once its connection is done with it. Queries are left out: people put secrets into them. */
export function logRequests(app: FastifyInstance, logger: Logger): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
    reply.raw.once('close', () => {
      const { writableEnded, statusCode } = reply.raw
      const status = writableEnded || statusCode === SWITCHED ? statusCode : 499
      const fields = {
        request_id: request.id,
        method: request.method,
        path: request.url.split('?', 1)[0],
        status,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      }
      if (request.routeOptions.config.uncounted === true && status < 400) logger.debug(fields, 'request')
      else logger.info(fields, 'request')
    })
  })
}

/** It became a WebSocket; the line comes when that is over. */
const SWITCHED = 101

/** Our logger in the shape that Fastify calls for its own few lines. */
export function frameworkLogger(logger: Logger): FastifyBaseLogger {
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (first: unknown, second?: unknown): void => {
      if (typeof first === 'string') logger[level]({}, first)
      else if (first instanceof Error)
        logger[level]({ err: first }, typeof second === 'string' ? second : first.message)
      else logger[level](first ?? {}, typeof second === 'string' ? second : '')
    }
  return {
    level: 'info',
    trace: () => undefined,
    silent: () => undefined,
    debug: line('debug'),
    info: line('debug'),
    warn: line('warn'),
    error: line('error'),
    fatal: line('error'),
    child: (bindings) => frameworkLogger(logger.child(bindings)),
  }
}
