import type { FastifyRequest } from 'fastify'
import type { Origin } from './registration.ts'

export const tags = ['Authentication and users']

/** Who did it and from where, for the audit log. */
export const originOf = (request: FastifyRequest): Origin => ({
  actor: request.routeOptions.config.access === 'public' ? null : request.caller.userId,
  address: request.ip,
  requestId: request.id,
})
