import type { Logger } from '../../core/ports/surroundings.ts'
import { changeAt, lastChange, prunedUpTo } from '../../database/change-log.ts'
import type { Database } from '../../database/database.ts'

/** An index that can begin with what it held at an earlier time. */
export interface RestorableIndex {
  /** The last change that it began with, or why it began empty. */
  restored(): Promise<Position | { readonly reason: string }>
  clear(): Promise<void>
  /** Keeps what it holds, which shows all changes up to this one at least. */
  snapshot(position: Position): Promise<void>
}

/** A change by its number, and by what no other history has at that number. */
export interface Position {
  readonly position: number
  readonly change: string
}

export interface SnapshotDeps {
  readonly database: Database
  readonly index: RestorableIndex
  readonly logger: Logger
  /** The number of the last change that the index shows; 0 while it is being filled. */
  readonly position: () => number
  /** How often it is asked whether a new one is due, in ms. A minute by default. */
  readonly everyMs?: number | undefined
}

export interface Snapshots {
  /** The position that the index began with, if the log still has all that came after it; else it is empty now. */
  begin(): Promise<number | undefined>
  /** Keeps what the index holds now, if anything has changed. Never rejects: without one the next start takes longer. */
  take(): Promise<void>
  /** The same in a moment, for all that is asked for until then: what was deleted must not stay in the one of before. */
  takeSoon(): void
  /** The number of the last change that the kept one shows; 0: there is none. */
  kept(): number
  /** Takes one from time to time, from now on. */
  start(): void
  close(): Promise<void>
}

/** A new snapshot is taken after so many changes, or after so long if there was any. */
const CHANGES = 1000
const MOST_MS = 600_000
const EVERY_MS = 60_000
const SOON_MS = 1000

/** Keeps the index from time to time, so that a start does not have to read every document again. */
export function createSnapshots({ database, index, logger, position, everyMs = EVERY_MS }: SnapshotDeps): Snapshots {
  let kept = 0
  let keptAt = performance.now()
  let tookMs = 0
  let taking = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let soon: NodeJS.Timeout | undefined

  async function begin(): Promise<number | undefined> {
    await taking
    const restored = await index.restored()
    const reason = 'reason' in restored ? restored.reason : await whyUseless(restored)
    if (reason === undefined && 'position' in restored) {
      kept = restored.position
      return kept
    }
    kept = 0
    logger.info({ reason }, 'The index is filled from the database, since its snapshot cannot be used')
    await index.clear()
    return undefined
  }

  async function whyUseless({ position: from, change }: Position): Promise<string | undefined> {
    const [last, pruned] = await Promise.all([lastChange(database.read), prunedUpTo(database.read)])
    if (from > last) return 'the database is older than it'
    if (from < pruned) return 'the log of changes does not reach back to it'
    return change === (await changeAt(database.read, from)) ? undefined : 'the database has another history'
  }

  function take(): Promise<void> {
    taking = taking.then(async () => {
      const now = position()
      if (now === 0 || now === kept) return
      const startedAt = performance.now()
      try {
        await index.snapshot({ position: now, change: await changeAt(database.read, now) })
        kept = now
        keptAt = performance.now()
        tookMs = keptAt - startedAt
        logger.debug({ position: now, ms: Math.round(tookMs) }, 'The index is kept for the next start')
      } catch (error) {
        logger.warn({ err: error }, 'The index could not be kept for the next start, which will take longer')
      }
    })
    return taking
  }

  function takeIfDue(): void {
    const changes = position() - kept
    if (changes >= CHANGES || (changes > 0 && performance.now() - keptAt > MOST_MS)) void take()
  }

  function takeSoon(): void {
    // However many deletions come, a twentieth of the time goes into it.
    const delay = Math.max(SOON_MS, 20 * tookMs)
    soon ??= setTimeout(() => {
      soon = undefined
      void take()
    }, delay).unref()
  }

  return {
    begin,
    take,
    takeSoon,
    kept: () => kept,
    start() {
      timer ??= setInterval(takeIfDue, everyMs).unref()
    },
    async close() {
      clearInterval(timer)
      clearTimeout(soon)
      await taking
    },
  }
}
