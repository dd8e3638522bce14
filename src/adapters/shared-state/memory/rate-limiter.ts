import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import type { RateLimiter } from '../../../core/ports/shared-state.ts'

export interface RateLimiterOptions {
  /** Requests of one key in a window. */
  readonly requests: number
  /** Milliseconds, whole seconds; a window begins with a key's first request. */
  readonly window: number
}

/** Counts in this process. A key is forgotten when its window ends. */
export function createMemoryRateLimiter({ requests, window }: RateLimiterOptions): RateLimiter {
  const limiter = new RateLimiterMemory({ points: requests, duration: window / 1000 })
  return {
    async take(key) {
      try {
        const { remainingPoints, msBeforeNext } = await limiter.consume(key)
        return { allowed: true, limit: requests, remaining: remainingPoints, resetMs: msBeforeNext }
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        return { allowed: false, limit: requests, remaining: 0, resetMs: error.msBeforeNext }
      }
    },
  }
}
