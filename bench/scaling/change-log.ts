// How many changes a second pass through the one row that numbers them, beside as many writers that have a row each.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { LOCAL_USER, newDocumentId } from '../../src/core/ids.ts'
import { appendChange } from '../../src/database/change-log.ts'
import { addToCounters } from '../../src/database/counters.ts'
import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres/open.ts'
import { openSqlite } from '../../src/database/sqlite/open.ts'
import { quietLogger } from '../../test/databases.ts'
import { startServer as startPostgres } from '../../test/postgres.ts'

/** Commits a second. */
export interface LogRate {
  readonly database: 'sqlite' | 'postgres'
  readonly writers: number
  readonly changes: number
  /** The floor: durable commits of as many writers that do not meet. */
  readonly apart: number
}

const WRITERS = [1, 8, 32]
const SECONDS = 0.5
const ROUNDS = 3

export async function measureLog(): Promise<LogRate[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-scaling-'))
  const server = await startPostgres({ durable: true })
  if ('missing' in server) throw new Error(server.missing)
  try {
    const maxConnections = Math.max(...WRITERS)
    return [
      ...(await ratesOf(await openSqlite({ path: join(folder, 'evident.db'), logger: quietLogger }))),
      ...(await ratesOf(await openPostgres({ connectionString: server.url, maxConnections, logger: quietLogger }))),
    ]
  } finally {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function ratesOf(database: Database): Promise<LogRate[]> {
  const document = newDocumentId()
  const change = (): Promise<unknown> =>
    database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document, version: 1 }))
  const apart = (writer: number): Promise<unknown> =>
    database.write((tx) => addToCounters(tx, { [`bench ${writer}`]: 1 }))
  const rates: LogRate[] = []
  try {
    for (const writers of WRITERS) {
      // In turns, so that what else the machine does meets both.
      const [changes, floor] = [[] as number[], [] as number[]]
      for (let round = 0; round < ROUNDS; round++) {
        changes.push(await rate(writers, change))
        floor.push(await rate(writers, apart))
      }
      rates.push({ database: database.dialect, writers, changes: Math.max(...changes), apart: Math.max(...floor) })
    }
  } finally {
    await database.close()
  }
  return rates
}

async function rate(writers: number, unit: (writer: number) => Promise<unknown>): Promise<number> {
  const began = performance.now()
  const until = began + SECONDS * 1000
  let units = 0
  const write = async (writer: number): Promise<void> => {
    while (performance.now() < until) {
      await unit(writer)
      units++
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
  return (1000 * units) / (performance.now() - began)
}
