import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'

/** Deeper JSON than any client of ours sends could exhaust the stack of whoever walks or prints it later. */
export const MAX_DEPTH = 64

/**
 * JSON bodies: no others are taken but multipart ones. An empty body is none, so that a client which always sends
 * the header can call routes without a body. Keys that would change prototypes are refused.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined)
      return
    }
    void parse(request, body.toString(), (error, value: unknown) => {
      if (error !== null) done(error)
      else if (isTooDeep(value))
        done(new AppError('invalid_request', `The body is nested deeper than ${MAX_DEPTH} levels.`))
      else done(null, value)
    })
  })
}

export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return true
    level = level.flatMap((item): unknown[] => (typeof item === 'object' && item !== null ? Object.values(item) : []))
  }
  return false
}
