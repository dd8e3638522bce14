/**
 * What the instances of one service share besides the database. None of it is the truth: it may be lost at any moment,
 * and where the others cannot be reached an instance goes on with what it has in its own memory.
 */
export interface SharedState {
  /** What the adapter is called, for health: `memory` is of this process alone, and always there. */
  readonly kind: 'memory' | 'redis'
  /** Asks whether what is shared is reached now. Never rejects. */
  reached(): Promise<boolean>
  /** Counts one more of a key, from its first on for `window` milliseconds. Never rejects: counts alone at worst. */
  count(key: string, window: number): Promise<Count>
  /**
   * Tells every listener of the channel, here at once and on the instances that are reached: at most once, and nobody says
   * whether it came through. So a message is a hint that something may have changed, and nothing that must be known.
   */
  publish(channel: string, message: string): void
  /** Gives what ends it. A listener throws nothing. */
  subscribe(channel: string, listener: Listener): () => void
  close(): Promise<void>
}

export type Listener = (message: string) => void

export interface Count {
  /** With this one. */
  readonly count: number
  /** Milliseconds until the window ends. */
  readonly resetMs: number
}

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
