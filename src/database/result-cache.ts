import type { UserId } from '../core/ids.ts'
import type { Estate } from '../core/ports/people.ts'
import type { CachePlace, SharedCache } from '../core/ports/shared-state.ts'
import type { Clock } from '../core/ports/surroundings.ts'
import { changeAt, lastChanges } from './change-log.ts'
import type { Database } from './database.ts'
import { ownersOnly, type TextForm } from './result-text.ts'

/** What was made from an owner's documents, for whoever asks the same again before one of them changes. */
export interface ResultCache {
  /**
   * The result that is kept for `key`, by this instance or another, else what `make` gives. `key` says everything that the
   * result depends on besides the documents and the settings, in a form that JSON tells apart.
   */
  through<T>(
    owner: UserId,
    key: readonly unknown[],
    form: TextForm<T>,
    make: () => Promise<Made<T>>,
  ): Promise<Cached<T>>
  /** At once, for instance because a document is gone. */
  forget(owner: UserId): void
  /** Drops what is too old; gives the number of those that stay. */
  evictExpired(): number
  entries(): number
}

export interface Made<T> {
  readonly value: T
  /** About its size in characters; undefined: it is not to be kept. */
  readonly weight: number | undefined
}

export interface Cached<T> {
  readonly value: T
  readonly cached: boolean
}

export interface ResultCacheDeps {
  readonly database: Database
  /** The number of the last change that searches see. */
  readonly position: () => number
  /** Where instances keep results for each other; undefined: nowhere. */
  readonly shared: SharedCache | undefined
  /** All that results depend on and that is the same for all of this instance: another one's may have been made with more. */
  readonly settings: string
  readonly clock: Clock
  /** Hears of each question to the cache whether it was known. */
  readonly looked: (known: boolean) => void
}

interface Entry {
  readonly owner: UserId
  readonly value: unknown
  readonly weight: number
  readonly until: number
}

/** Characters that all results together may have: texts of passages, mostly. */
const MOST = 32 * 1024 * 1024

/**
 * The most recently used results, in memory, and behind them what other instances keep. Each belongs to the number of its owner's last change, read from the database before
 * it was made, so that none outlives a change, on whichever instance that was made. A result of an index that has not
 * seen the change yet is not kept.
 * @param limits ttl in milliseconds, a number of results; 0 of either: nothing is kept
 */
export function createResultCache(
  { database, position, shared, settings, clock, looked }: ResultCacheDeps,
  limits: { readonly ttl: number; readonly entries: number },
): ResultCache {
  const entries = new Map<string, Entry>()
  const lastChange = lastChanges(database)
  const off = limits.ttl === 0 || limits.entries === 0
  /** Owners whose results are being made, with what became of their documents meanwhile. */
  const making = new Set<{ readonly owner: UserId; stale: boolean }>()
  let weight = 0

  function remove(key: string): void {
    weight -= entries.get(key)?.weight ?? 0
    entries.delete(key)
  }

  function known(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    entries.delete(key)
    if (entry.until <= clock.now().getTime()) {
      weight -= entry.weight
      return undefined
    }
    entries.set(key, entry)
    return entry
  }

  function keep(key: string, entry: Entry): void {
    remove(key)
    entries.set(key, entry)
    weight += entry.weight
    for (const oldest of entries.keys()) {
      if (entries.size <= limits.entries && weight <= MOST) return
      remove(oldest)
    }
  }

  /** Where instances look for a result. The history of a restored database may give the same number to another change. */
  const placeOf = async (owner: UserId, change: number, full: string): Promise<CachePlace> => ({
    owner,
    change,
    key: JSON.stringify([settings, await changeAt(database.read, change), full]),
  })

  return {
    async through<T>(
      owner: UserId,
      key: readonly unknown[],
      form: TextForm<T>,
      make: () => Promise<Made<T>>,
    ): Promise<Cached<T>> {
      if (off) return { value: (await make()).value, cached: false }
      const change = await lastChange(owner)
      const full = JSON.stringify([owner, change, ...key])
      const entry = known(full)
      // Whoever knows the key knows what it was kept with.
      if (entry !== undefined) {
        looked(true)
        return { value: entry.value as T, cached: true }
      }
      const work = { owner, stale: position() < change }
      making.add(work)
      const keepFor = (ttl: number, value: T, size: number): void => {
        const until = clock.now().getTime() + ttl
        keep(full, { owner, value, weight: size + full.length, until })
      }
      try {
        const place = shared && (await placeOf(owner, change, full))
        const found = place && (await shared.get(place))
        const value = found && ownersOnly(form, owner).read(found.text)
        looked(value !== undefined)
        if (found !== undefined && value !== undefined) {
          if (!work.stale) keepFor(Math.min(found.leftMs, limits.ttl), value, found.text.length)
          return { value, cached: true }
        }
        const made = await make()
        if (!work.stale && position() >= change && made.weight !== undefined) {
          keepFor(limits.ttl, made.value, made.weight)
          if (place !== undefined) shared?.set(place, ownersOnly(form, owner).write(made.value), limits)
        }
        return { value: made.value, cached: false }
      } finally {
        making.delete(work)
      }
    },
    forget(owner) {
      for (const [key, entry] of entries) if (entry.owner === owner) remove(key)
      for (const work of making) if (work.owner === owner) work.stale = true
      shared?.forget(owner)
    },
    evictExpired() {
      const now = clock.now().getTime()
      for (const [key, { until }] of entries) if (until <= now) remove(key)
      return entries.size
    },
    entries: () => entries.size,
  }
}

/** What was made for somebody who goes, also where there was no document that would have to change for it. */
export const resultEstate = ({ forget }: Pick<ResultCache, 'forget'>): Estate => ({
  store: 'results',
  async remove(user) {
    forget(user)
    // They are no things of the user's, only what was made of some.
    return 0
  },
  async transfer(from, to) {
    forget(from)
    forget(to)
  },
})
