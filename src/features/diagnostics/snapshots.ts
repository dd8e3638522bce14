import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import * as repository from './repository.ts'
import type { Counter, Statistics } from './statistics.ts'

/** Totals at a time, over all owners. */
export type Snapshot = Record<Counter, number> & {
  readonly at: string
  readonly documents: number
  /** Bytes as received. */
  readonly bytes: number
}

export interface Snapshots {
  /** Newest first. */
  list(page: { readonly limit: number; readonly offset: number }): Promise<{ snapshots: Snapshot[]; total: number }>
  /** Notes the totals of now. */
  take(): Promise<void>
  close(): Promise<void>
}

/** Milliseconds between two snapshots, and for which they are kept. */
export const EVERY_MS = 15 * 60_000
const KEPT_MS = 366 * 86_400_000

/** Keeps the totals as they were every quarter of an hour, so that a trend can be read back. */
export function startSnapshots({
  database,
  statistics,
  clock,
  logger,
}: {
  database: Database
  statistics: Statistics
  clock: Clock
  logger: Logger
}): Snapshots {
  async function note(isDue: (tx: Tx, now: number) => Promise<boolean>): Promise<void> {
    const [totals, held] = await Promise.all([statistics.totals(), repository.holdings(database.read)])
    const now = clock.now()
    const values = { ...totals, documents: held.documents, bytes: held.bytes }
    await database.write(async (tx) => {
      if (!(await isDue(tx, now.getTime()))) return
      await repository.insertSnapshot(tx, now.toISOString(), JSON.stringify(values))
      await repository.pruneSnapshots(tx, new Date(now.getTime() - KEPT_MS).toISOString())
    })
  }

  const take = (): Promise<void> => note(async () => true)
  // Of several instances that count into the same totals one notes them.
  const takeIfDue = (): Promise<void> => note((tx, now) => repository.claimSnapshot(tx, now, EVERY_MS / 2))

  const tick = (): void => {
    running = takeIfDue().catch((error: unknown) => logger.warn({ err: error }, 'The statistics could not be noted'))
  }
  let running: Promise<void> = Promise.resolve()
  const timer = setInterval(tick, EVERY_MS).unref()

  return {
    take,
    async list(page) {
      const { rows, total } = await repository.listSnapshots(database.read, page)
      return {
        snapshots: rows.map(({ at, totals }) => ({ ...(JSON.parse(totals) as Omit<Snapshot, 'at'>), at })),
        total,
      }
    },
    async close() {
      clearInterval(timer)
      await running
    },
  }
}
