import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import type { Count } from '../../core/ports/shared-state.ts'

/** Counts in this process. A key is forgotten when its window ends. */
export interface LocalCounts {
  add(key: string, window: number): Promise<Count>
  /** undefined: no window of the key is open. */
  known(key: string): Promise<Count | undefined>
  /** Goes on from there, unless more is known already. */
  learn(key: string, count: Count): Promise<void>
}

export function createLocalCounts(): LocalCounts {
  // Its limit is of no concern here: who asks decides how many are too many.
  const counts = new RateLimiterMemory({ points: Number.MAX_SAFE_INTEGER, duration: 1 })
  const known = async (key: string): Promise<Count | undefined> => {
    const found = await counts.get(key)
    return found === null || found.msBeforeNext <= 0
      ? undefined
      : { count: found.consumedPoints, resetMs: found.msBeforeNext }
  }
  return {
    async add(key, window) {
      const { consumedPoints, msBeforeNext } = await counts.penalty(key, 1, { customDuration: window / 1000 })
      return { count: consumedPoints, resetMs: msBeforeNext }
    },
    known,
    async learn(key, { count, resetMs }) {
      if (resetMs <= 0) return
      const before = (await known(key))?.count ?? 0
      await counts.set(key, Math.max(before, count), resetMs / 1000)
    },
  }
}
