import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Pool, PoolConfig } from 'pg'
import { AppError } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database, Reader, Tx } from '../database.ts'
import { POSTGRES_TYPES } from '../dialect-types.ts'
import { DatabaseOpenError, sqlState } from '../errors.ts'
import { migrate } from '../migrate.ts'
import type { MigrateUp } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'
import { readerDialect, writerDialect } from './connections.ts'
import { CommitUnknown, PATIENCE_MS, away, unknownEnd, whileLost } from './lost.ts'
import { createSignals } from './signals.ts'
import { typeParsers } from './types.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`, with libpq's parameters such as `sslmode`. */
  readonly connectionString: string
  readonly logger: Logger
  /** Connections at most; 10 by default. */
  readonly maxConnections?: number
  /** A statement that runs longer is ended; 30,000 ms by default. */
  readonly statementTimeoutMs?: number
  /** Other than the shipped ones only in tests. */
  readonly migrations?: Readonly<Record<string, MigrateUp>>
}

/** Units lost to a deadlock, a serialization conflict or a broken commit are run this often. */
const MAX_RUNS = 4

/**
 * Connects and brings the tables to this version's form (one instance does it, the others wait).
 * @throws DatabaseOpenError one line that says what to do; it never shows the password
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { logger } = options
  // Imported here, as the embedded default never needs it.
  const { Client, Pool: PoolOf, types } = await import('pg')
  const statementTimeout = options.statementTimeoutMs ?? 30_000
  const config: PoolConfig = {
    connectionString: options.connectionString,
    max: options.maxConnections ?? 10,
    application_name: 'evident',
    connectionTimeoutMillis: 10_000,
    statement_timeout: statementTimeout,
    // A server that hangs ends no statement by itself.
    query_timeout: statementTimeout + 5000,
    keepAlive: true,
    // A transaction whose client hangs would hold its locks for ever.
    idle_in_transaction_session_timeout: 2 * statementTimeout,
    types: { getTypeParser: typeParsers(types) },
  }
  const name = nameOf(options.connectionString)
  const connect = (settings: PoolConfig): Pool => {
    const made = new PoolOf(settings)
    // A connection that breaks is replaced by the pool; without a listener it would end the process, idle or in use.
    made.on('error', (error) => logger.warn({ err: error }, 'A connection to PostgreSQL broke'))
    made.on('connect', (client) => client.on('error', (error) => logger.debug({ err: error }, 'A connection broke')))
    return made
  }
  const pool = connect(config)
  const own = connect({
    ...config,
    max: 1,
    connectionTimeoutMillis: 2000,
    statement_timeout: 2500,
    query_timeout: 3000,
  })
  const apart = new Kysely<Schema>({ dialect: writerDialect(own) })
  const read = new Kysely<Schema>({ dialect: readerDialect(pool) })
  const writer = new Kysely<Schema>({ dialect: writerDialect(pool) })

  try {
    await checkDatabase(read, name)
    // Its own connections: a migration may take longer than any statement of the service.
    const patience = { statement_timeout: 0, query_timeout: 0, idle_in_transaction_session_timeout: 0 }
    const patient = connect({ ...config, ...patience, max: 2 })
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: patient }) })
    try {
      await migrate(db, { ...options, types: POSTGRES_TYPES, name })
    } finally {
      await db.destroy()
    }
  } catch (error) {
    await Promise.all([pool.end(), own.end()])
    throw openError(error, name)
  }

  const signals = createSignals(() => new Client(config), logger)
  let closing: Promise<void> | undefined
  return {
    dialect: 'postgres',
    read,
    write: (work) => writeWithRetry(writer, read, work),
    writes: undefined,
    apart,
    signals,
    async ping() {
      // Not asked again where it fails: that is what is asked.
      await pool.query('select 1')
    },
    close() {
      closing ??= signals
        .close()
        .then(() => Promise.all([pool.end(), own.end()]))
        .then(() => undefined)
      return closing
    },
  }
}

const RETRYABLE_STATES = new Set(['40001', '40P01'])

/**
 * Runs a unit until it is committed: again where it lost a deadlock, and where its connection broke before the commit, which
 * undid it. Of a commit that broke the server is asked whether it was one.
 * @throws AppError not_ready, storage_full
 */
function writeWithRetry<T>(writer: Kysely<Schema>, read: Reader, work: (tx: Tx) => Promise<T>): Promise<T> {
  return whileLost(async () => {
    for (let run = 1; ; run += 1) {
      let result: { readonly value: T } | undefined
      try {
        return await writer.transaction().execute(async (tx) => {
          const value = await work(tx)
          result = { value }
          return value
        })
      } catch (error) {
        if (error instanceof CommitUnknown && result !== undefined) {
          if (await wasCommitted(read, error)) return result.value
          if (run === MAX_RUNS) throw away(error)
          continue
        }
        const state = sqlState(error)
        if (state === '53100') {
          throw new AppError('storage_full', "The database's disk is full. Free some space there, then try again.", {
            cause: error,
          })
        }
        if (state === undefined || !RETRYABLE_STATES.has(state) || run === MAX_RUNS) throw error
      }
    }
  })
}

/** @throws AppError not_ready where the server does not come back soon enough to say it */
async function wasCommitted(read: Reader, unknown: CommitUnknown): Promise<boolean> {
  for (const until = performance.now() + PATIENCE_MS; performance.now() < until; await sleep(ASK_AGAIN_MS)) {
    const ask = sql<{ status: string | null }>`select pg_xact_status(${unknown.xid}::xid8) as status`
    const { rows } = await ask.execute(read).catch(() => {
      throw unknownEnd(unknown)
    })
    const status = rows[0]?.status
    if (status === 'committed') return true
    if (status === 'aborted') return false
    if (status !== 'in progress') throw unknownEnd(unknown)
    // Its session has not noticed yet that nobody is there.
    await endSession(read, unknown)
  }
  throw unknownEnd(unknown)
}

/**
 * Ends the session that a broken transaction is left in, so that it is known what becomes of it. Not one that waits for a
 * synchronous standby: its commit would count without that one's having it.
 */
async function endSession(read: Reader, unknown: CommitUnknown): Promise<void> {
  const end = sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where backend_xid = ${unknown.xid}::xid8::xid and wait_event is distinct from 'SyncRep'`
  await end.execute(read).catch(() => {
    throw unknownEnd(unknown)
  })
}

const ASK_AGAIN_MS = 100

/**
 * Texts are Unicode; a database in another encoding refuses some of them later, one document at a time. One that is being
 * moved to (move-target.ts) holds a part only, and what is written to it now would be in the way of the rest.
 */
async function checkDatabase(db: Reader, name: string): Promise<void> {
  const { rows } = await sql<{ encoding: string; moving: boolean }>`
    select current_setting('server_encoding') as encoding, to_regclass('database_move') is not null as moving`.execute(
    db,
  )
  const { encoding, moving } = rows[0] ?? { encoding: 'unknown', moving: false }
  if (encoding !== 'UTF8') {
    throw new DatabaseOpenError(`${name} has the encoding ${encoding}: create the database with ENCODING 'UTF8'.`)
  }
  if (moving) {
    throw new DatabaseOpenError(
      `${name} holds the beginning of a move from SQLite: let \`evident migrate database\` finish it first.`,
    )
  }
}

function nameOf(connectionString: string): string {
  return `The PostgreSQL database ${placeOf(connectionString)}`
}

/** Host and database, never the password. */
export function placeOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'of DATABASE_URL'
  const { host, pathname } = new URL(connectionString)
  return `${host}${pathname}`
}

/** What a person reads of a failed start, where it is known what they can do. */
export function openError(thrown: unknown, name: string): unknown {
  if (thrown instanceof DatabaseOpenError) return thrown
  const error = thrown instanceof AppError ? thrown.cause : thrown
  const state = sqlState(error)
  const advice = state === undefined ? undefined : ADVICE[state]
  if (advice !== undefined) return new DatabaseOpenError(`${name} ${advice}`, { cause: error })
  const reason = error instanceof Error && error.message !== '' ? error.message : (state ?? 'no answer')
  return new DatabaseOpenError(`${name} cannot be opened (${reason}): check DATABASE_URL.`, { cause: error })
}

/** By the code of the error: Node's for the network, SQLSTATE for what the server says. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'does not answer: check that it runs, and host and port in DATABASE_URL.',
  ENOTFOUND: 'has an unknown host name: check DATABASE_URL.',
  '28P01': 'refused the password: check DATABASE_URL.',
  '28000': 'refused the user: check DATABASE_URL.',
  '3D000': 'does not exist: create it, or name another one in DATABASE_URL.',
  '42501': 'does not let this user create tables: grant it, or use another user in DATABASE_URL.',
}
