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
  /** undefined: there is nobody to share with, and what a process keeps for itself is in its own memory already. */
  readonly cache: SharedCache | undefined
  close(): Promise<void>
}

/**
 * Texts that instances keep for each other. All of an owner's belong to one number, that of the last change of the owner's
 * documents: with a larger one come other texts, and those before are thrown away.
 */
export interface SharedCache {
  /** Never rejects: what is not found in the time that looking is worth, or is not whole, is not there. */
  get(place: CachePlace): Promise<CachedText | undefined>
  /** May keep it, for others to find: nobody says whether. Nothing is kept of a change before one that is known. */
  set(place: CachePlace, text: string, limits: CacheLimits): void
  /**
   * Throws away all of an owner's. Where it is not reached that is made up for by this instance, before it reads anything
   * there again; the end of each text comes in any case.
   */
  forget(owner: string): void
}

export interface CachePlace {
  readonly owner: string
  /** The number of the owner's last change that the text was made with, or may be. */
  readonly change: number
  /** Of any length; it is not kept as it is. */
  readonly key: string
}

export interface CacheLimits {
  /** Milliseconds until the text ends. */
  readonly ttl: number
  /** Texts that the owner may have: the oldest go first. */
  readonly entries: number
}

export interface CachedText {
  readonly text: string
  /** Milliseconds until it ends. */
  readonly leftMs: number
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
