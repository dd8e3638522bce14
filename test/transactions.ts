// Transactions that meet: one is held where it is, and others are seen to wait for it.
import { sql } from 'kysely'
import type { Database, Tx } from '../src/database/database.ts'
import { eventually } from './service.ts'

/** Resolves when so many sessions of this PostgreSQL database wait for another one's lock. */
export async function waiting(database: Database, sessions: number): Promise<void> {
  const look = async (): Promise<number | undefined> => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    `.execute(database.read)
    return rows[0]?.n
  }
  await eventually(look, (n) => n === sessions)
}

/** A transaction that has done its work and waits to be let go. */
export async function held(database: Database, work: (tx: Tx) => Promise<unknown>) {
  const [ready, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const ended = database.write(async (tx) => {
    await work(tx)
    ready.resolve()
    await go.promise
  })
  await Promise.race([ready.promise, ended])
  return async () => {
    go.resolve()
    await ended
  }
}
