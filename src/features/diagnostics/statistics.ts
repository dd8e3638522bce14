import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import { addToCounters, readCounters } from '../../database/counters.ts'
import type { Database } from '../../database/database.ts'

export type Counter =
  | 'questions'
  | 'response_ms'
  | 'searches'
  | 'documents_uploaded'
  | 'api_calls'
  | 'cache_hits'
  | 'cache_misses'
  | 'websocket_connections'

export interface Statistics {
  count(counter: Counter, by?: number): void
  /** Totals since the data folder was made. */
  totals(): Promise<Record<Counter, number>>
  questionsToday(): Promise<number>
  /** Writes what is not written yet and stops. */
  close(): Promise<void>
}

const COUNTERS: readonly Counter[] = [
  'questions',
  'response_ms',
  'searches',
  'documents_uploaded',
  'api_calls',
  'cache_hits',
  'cache_misses',
  'websocket_connections',
]

/**
 * Totals that survive a restart. Counting costs an addition; what has come together is written once a second, so a
 * crash loses a second of statistics and never slows a request.
 */
export function createStatistics({
  database,
  clock,
  logger,
}: {
  database: Database
  clock: Clock
  logger: Logger
}): Statistics {
  let pending = new Map<string, number>()
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  const today = (): string => `stats.questions.${clock.now().toISOString().slice(0, 10)}`

  function add(name: string, by: number): void {
    pending.set(name, (pending.get(name) ?? 0) + by)
    timer ??= setTimeout(() => void flush(), WRITE_EVERY_MS).unref()
  }

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = pending
    pending = new Map()
    if (batch.size === 0) return writing
    writing = writing
      .then(() => database.write((tx) => addToCounters(tx, Object.fromEntries(batch))))
      .catch((error: unknown) => {
        logger.warn({ err: error }, 'Statistics could not be written yet')
        // With those of the next second.
        for (const [name, by] of batch) pending.set(name, (pending.get(name) ?? 0) + by)
      })
    return writing
  }

  async function stored(): Promise<Map<string, number>> {
    await flush()
    return readCounters(database.read, 'stats.')
  }

  return {
    count(counter, by = 1) {
      // The totals are integers.
      add(`stats.${counter}`, Math.round(by))
      if (counter === 'questions') add(today(), Math.round(by))
    },
    async totals() {
      const values = await stored()
      return Object.fromEntries(COUNTERS.map((name) => [name, values.get(`stats.${name}`) ?? 0])) as Record<
        Counter,
        number
      >
    },
    async questionsToday() {
      return (await stored()).get(today()) ?? 0
    },
    close: flush,
  }
}

const WRITE_EVERY_MS = 1000
