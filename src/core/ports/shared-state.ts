export interface RateLimitState {
  readonly allowed: boolean
  /** Requests of a key in a window, and how many of them are left. */
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until the window ends. */
  readonly resetMs: number
}

/** Counts requests by key in windows of time. */
export interface RateLimiter {
  /** Counts one more. */
  take(key: string): Promise<RateLimitState>
}
