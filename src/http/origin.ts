import type { FastifyRequest } from 'fastify'
import type { AuditEntry } from '../core/ports/people.ts'

/** Where a request came from, for the audit log. */
export type Origin = Pick<AuditEntry, 'actor' | 'requestId'> & {
  readonly address: string
  /** Why it may be another's than this machine's: a proxy passed it on, or a page of elsewhere sent it. */
  readonly foreign?: string | undefined
}

/** Of a public route nobody is known as the actor. */
export const originOf = (request: FastifyRequest): Origin => ({
  actor: request.routeOptions.config.access === 'public' ? null : request.caller.userId,
  address: request.ip,
  requestId: request.id,
  foreign: request.server.whyForeign(request),
})
