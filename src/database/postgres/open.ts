import { Kysely, PostgresDialect, sql } from 'kysely'
import type { PoolConfig } from 'pg'
import { AppError } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../database.ts'
import { POSTGRES_TYPES } from '../dialect-types.ts'
import { DatabaseOpenError, sqlState } from '../errors.ts'
import { migrate } from '../migrate.ts'
import type { MigrateUp } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'
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

/** Units lost to a deadlock or a serialization conflict are run again this often. */
const MAX_RUNS = 4

/**
 * Connects and brings the tables to this version's form (one instance does it, the others wait).
 * @throws DatabaseOpenError one line that says what to do; it never shows the password
 */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { logger } = options
  // Imported here, as the embedded default never needs it.
  const { Pool, types } = await import('pg')
  const statementTimeout = options.statementTimeoutMs ?? 30_000
  const config: PoolConfig = {
    connectionString: options.connectionString,
    max: options.maxConnections ?? 10,
    application_name: 'evident',
    connectionTimeoutMillis: 10_000,
    statement_timeout: statementTimeout,
    // A transaction whose client hangs would hold its locks for ever.
    idle_in_transaction_session_timeout: 2 * statementTimeout,
    types: { getTypeParser: typeParsers(types) },
  }
  const name = nameOf(options.connectionString)
  const connect = (settings: PoolConfig): Kysely<Schema> => {
    const pool = new Pool(settings)
    // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
    pool.on('error', (error) => logger.warn({ err: error }, 'A connection to PostgreSQL broke'))
    return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  }
  const db = connect(config)

  try {
    await checkEncoding(db, name)
    // Its own connections: a migration may take longer than any statement of the service.
    const patient = connect({ ...config, max: 2, statement_timeout: 0, idle_in_transaction_session_timeout: 0 })
    try {
      await migrate(patient as unknown as Kysely<unknown>, { ...options, types: POSTGRES_TYPES, name })
    } finally {
      await patient.destroy()
    }
  } catch (error) {
    await db.destroy()
    throw openError(error, name)
  }

  let closing: Promise<void> | undefined
  return {
    dialect: 'postgres',
    read: db,
    write: (work) => writeWithRetry(db, work),
    writes: undefined,
    async ping() {
      await sql`select 1`.execute(db)
    },
    close() {
      closing ??= db.destroy()
      return closing
    },
  }
}

const RETRYABLE_STATES = new Set(['40001', '40P01'])

async function writeWithRetry<T>(db: Kysely<Schema>, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let run = 1; ; run += 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const state = sqlState(error)
      if (state === '53100') {
        throw new AppError('storage_full', "The database's disk is full. Free some space there, then try again.", {
          cause: error,
        })
      }
      if (state === undefined || !RETRYABLE_STATES.has(state) || run === MAX_RUNS) throw error
    }
  }
}

/** Texts are Unicode; a database in another encoding refuses some of them later, one document at a time. */
async function checkEncoding(db: Kysely<Schema>, name: string): Promise<void> {
  const { rows } = await sql<{ server_encoding: string }>`show server_encoding`.execute(db)
  const encoding = rows[0]?.server_encoding
  if (encoding === 'UTF8') return
  throw new DatabaseOpenError(`${name} has the encoding ${encoding}: create the database with ENCODING 'UTF8'.`)
}

function nameOf(connectionString: string): string {
  if (!URL.canParse(connectionString)) return 'The PostgreSQL database'
  const { host, pathname } = new URL(connectionString)
  return `The PostgreSQL database ${host}${pathname}`
}

function openError(error: unknown, name: string): unknown {
  if (error instanceof DatabaseOpenError) return error
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
