// The database that a run of the tests is about: SQLite, or PostgreSQL by `npm run test:postgres`.
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after } from 'node:test'
import { Client } from 'pg'
import type { Database } from '../src/database/database.ts'
import { openPostgres } from '../src/database/postgres/open.ts'
import { openSqlite } from '../src/database/sqlite/open.ts'
import { CHOSEN, startPostgres, type PostgresServer } from './postgres.ts'
import { quietLogger } from './quiet-logger.ts'

export const onPostgres = process.env[CHOSEN] === 'postgres'

let server: Promise<PostgresServer> | undefined

async function theServer(): Promise<PostgresServer> {
  server ??= startPostgres().then((started) => {
    // Who chose it wants to know, and not to be told that all is well.
    if ('missing' in started) throw new Error(started.missing)
    return started
  })
  return server
}

/** Of each data folder, as a service that is started anew in one finds what it left. */
const addresses = new Map<string, Promise<string>>()

const addressOf = (folder: string): Promise<string> => {
  const name = resolve(folder)
  const address = addresses.get(name) ?? theServer().then((started) => started.createMigrated())
  addresses.set(name, address)
  return address
}

if (onPostgres) {
  after(async () => {
    await (await server)?.stop()
  })
}

/** What a service with that data folder is to be started with, beside DATA_DIR. */
export const databaseSettings = async (folder: string): Promise<Record<string, string>> =>
  onPostgres ? { DATABASE_URL: await addressOf(folder) } : {}

/** The database of a service that has that data folder; the caller closes it. */
export async function openDatabaseOf(folder: string): Promise<Database> {
  return onPostgres
    ? openPostgres({ connectionString: await addressOf(folder), logger: quietLogger })
    : openSqlite({ path: join(folder, 'evident.db'), logger: quietLogger })
}

/** An empty database for one test. */
export async function openEmpty(folder: string): Promise<Database> {
  if (!onPostgres) return openDatabaseOf(folder)
  const connectionString = await (await theServer()).createMigrated()
  return openPostgres({ connectionString, logger: quietLogger })
}

/** Rows as the database gives them, also while the service is at work. */
export async function readRows(folder: string, statement: string): Promise<Record<string, unknown>[]> {
  if (!onPostgres) {
    using database = new DatabaseSync(join(folder, 'evident.db'), { readOnly: true })
    return database.prepare(statement).all()
  }
  const client = new Client(await addressOf(folder))
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}

/** The service that starts in that folder next finds a database that nobody has used. */
export async function loseDatabase(folder: string): Promise<void> {
  addresses.delete(resolve(folder))
  for (const end of ['', '-wal', '-shm']) await rm(join(folder, `evident.db${end}`), { force: true })
}
