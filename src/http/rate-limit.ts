import type { FastifyInstance } from 'fastify'
import ipaddr from 'ipaddr.js'
import { AppError } from '../core/errors.ts'
import type { RateLimiter } from '../core/ports/shared-state.ts'
import type { Caller, Seen } from './access.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not counted in RATE_LIMIT_REQUESTS: probes, which orchestrators send as often as they like. */
    unmetered?: true
  }
  interface FastifyInstance {
    /**
     * Counts one more request of a caller, or of an address where nobody is signed in, for what does not come as a
     * request of its own (a question over a WebSocket). Throws `too_many_requests`.
     */
    readonly meter: (caller: Caller | undefined, address: string) => Promise<void>
  }
}

export interface RateLimitOptions {
  /** undefined: no limit. */
  readonly limiter: RateLimiter | undefined
  /** Whether a request without a token is the local administrator's, who has no limit. */
  readonly openMode: boolean
}

/**
 * One allowance for each caller, however they show who they are and from wherever; requests of nobody (public routes,
 * bad tokens, paths that lead nowhere) share that of their address. What a client says of itself in other headers than
 * `Authorization` counts for nothing.
 */
export function limitRates(app: FastifyInstance, { limiter, openMode }: RateLimitOptions): Seen {
  async function count(key: string): Promise<Headers> {
    if (limiter === undefined) return {}
    const { limit, remaining, resetMs, allowed } = await limiter.take(key)
    const seconds = Math.max(1, Math.ceil(resetMs / 1000))
    if (!allowed) throw new TooMany(seconds, limit)
    return headersOf(limit, remaining, seconds)
  }

  app.decorate('meter', async (caller, address) => {
    if (caller?.via !== 'local') await count(keyOf(caller, address))
  })

  return async (request, reply, caller) => {
    if (request.routeOptions.config.unmetered === true || caller?.via === 'local') return
    const { authorization } = request.headers
    if (openMode && caller === undefined && authorization === undefined) return
    try {
      reply.headers(await count(keyOf(caller, request.socket.remoteAddress ?? '')))
    } catch (error) {
      if (error instanceof TooMany) {
        reply.headers({ ...headersOf(error.limit, 0, error.seconds), 'retry-after': String(error.seconds) })
      }
      throw error
    }
  }
}

type Headers = Readonly<Record<string, string>>

/** Pages of allowed origins may read them. */
export const RATE_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']

class TooMany extends AppError {
  readonly seconds: number
  readonly limit: number

  constructor(seconds: number, limit: number) {
    super('too_many_requests', `These were more requests than are allowed at a time. Try again in ${seconds} s.`)
    this.seconds = seconds
    this.limit = limit
  }
}

const headersOf = (limit: number, remaining: number, seconds: number): Headers => ({
  'ratelimit-limit': String(limit),
  'ratelimit-remaining': String(remaining),
  'ratelimit-reset': String(seconds),
})

const keyOf = (caller: Caller | undefined, address: string): string =>
  caller === undefined ? `address:${networkOf(address)}` : `user:${caller.userId}`

/** Whoever has one IPv6 address has the 2^64 of its network too, so these count as one. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${parsed.toByteArray().slice(0, 8).map(hex).join('')}/64`
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')
