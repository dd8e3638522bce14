import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Counts bytes of a body that are held in memory until the answer is sent. Throws `overloaded` at the bound. */
    hold(bytes: number): void
  }
}

/**
 * Bounds the bytes of bodies that all requests together hold in memory, whatever each of them may have: many large ones
 * sent at the same time are refused then, instead of ending the process.
 */
export function boundBodyMemory(app: FastifyInstance, maxBytes: number): void {
  let total = 0
  const held = new WeakMap<FastifyRequest, number>()
  const replies = new WeakMap<FastifyRequest, FastifyReply>()

  app.decorateRequest('hold', function hold(this: FastifyRequest, bytes: number): void {
    if (total + bytes > maxBytes) {
      throw new AppError('overloaded', 'Too much is being sent to the service at the same time. Try again in a moment.')
    }
    const before = held.get(this)
    total += bytes
    held.set(this, (before ?? 0) + bytes)
    if (before === undefined) replies.get(this)?.raw.once('close', () => (total -= held.get(this) ?? 0))
  })
  app.addHook('onRequest', async (request, reply) => void replies.set(request, reply))
  // With a callback: the framework must begin to read in the same turn as this does. An upload is read by its route.
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (!isMultipart(request)) {
      payload.on('data', (chunk: Buffer) => {
        try {
          request.hold(chunk.length)
        } catch (error) {
          request.raw.destroy(error as Error)
        }
      })
    }
    done(null, payload)
  })
}

/** The framework's own word for it comes later. */
export const isMultipart = ({ headers }: FastifyRequest): boolean =>
  /^\s*multipart\//i.test(headers['content-type'] ?? '')
