import type { RateLimiter, SharedState } from '../../core/ports/shared-state.ts'

export interface RateLimiterOptions {
  /** Requests of one key in a window. */
  readonly requests: number
  /** Milliseconds; a window begins with a key's first request. */
  readonly window: number
}

/** What is refused is counted too, and makes no window longer. */
export function createRateLimiter(
  shared: Pick<SharedState, 'count'>,
  { requests, window }: RateLimiterOptions,
): RateLimiter {
  return {
    async take(key) {
      const { count, resetMs } = await shared.count(`rate:${key}`, window)
      return { allowed: count <= requests, limit: requests, remaining: Math.max(0, requests - count), resetMs }
    },
  }
}
