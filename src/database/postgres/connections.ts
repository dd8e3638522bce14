import {
  AbortedTransactionError,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { CommitUnknown, isConnectionLost, whileLost } from './lost.ts'

/** Kysely's dialect is four factories; three are its own ones, the drivers know what becomes of a connection that breaks. */
const postgresDialect = (driver: Driver): Dialect => ({
  createDriver: () => driver,
  createAdapter: () => new PostgresAdapter(),
  createQueryCompiler: () => new PostgresQueryCompiler(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
})

/** A connection from the pool, for as long as one statement or one transaction has it. */
interface Session {
  readonly run: (sql: string, parameters: readonly unknown[]) => Promise<Answer>
  /** One that broke is not given to anybody else. */
  readonly release: () => void
}

interface Answer {
  readonly command: string
  readonly rowCount: number | null
  readonly rows: readonly unknown[]
}

async function take(pool: Pool): Promise<Session> {
  const client: PoolClient = await pool.connect()
  let broken = false
  return {
    async run(sql, parameters) {
      try {
        // Of several statements in one text there is a list of answers.
        const answer = (await client.query(sql, [...parameters])) as Answer | readonly Answer[]
        return Array.isArray(answer) ? (answer.at(-1) as Answer) : (answer as Answer)
      } catch (error) {
        broken ||= isConnectionLost(error)
        throw error
      }
    },
    release: () => client.release(broken),
  }
}

const COUNTED = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

const toQueryResult = <R>({ command, rowCount, rows }: Answer): QueryResult<R> => ({
  rows: rows as R[],
  ...(COUNTED.has(command) && rowCount !== null ? { numAffectedRows: BigInt(rowCount) } : {}),
})

const refuseStream = (): never => {
  throw new Error('Long results are read in pages by key, which both databases do alike')
}

/**
 * Each statement is its own read transaction, on any free connection. A query whose connection breaks is asked again on
 * another one, as it changes nothing; what else is sent this way is sent once.
 */
export function readerDialect(pool: Pool): Dialect {
  const once = async (query: CompiledQuery): Promise<Answer> => {
    const session = await take(pool)
    try {
      return await session.run(query.sql, query.parameters)
    } finally {
      session.release()
    }
  }
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const isQuery = query.query.kind === 'SelectQueryNode' || /^\s*(select|show)\b/i.test(query.sql)
      return toQueryResult<R>(isQuery ? await whileLost(() => once(query)) : await once(query))
    },
    streamQuery: refuseStream,
  }
  const refuse = (): Promise<never> => Promise.reject(new Error('Transactions go through `write`'))
  return postgresDialect({
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: () => Promise.resolve(),
  })
}

/** @throws CommitUnknown from a commit whose connection broke */
export function writerDialect(pool: Pool): Dialect {
  const sessions = new WeakMap<DatabaseConnection, Session & { xid: string }>()
  const sessionOf = (connection: DatabaseConnection): Session & { xid: string } => {
    const session = sessions.get(connection)
    if (session === undefined) throw new Error('The connection was given back')
    return session
  }
  return postgresDialect({
    init: () => Promise.resolve(),
    async acquireConnection() {
      const session = { ...(await take(pool)), xid: '' }
      const connection: DatabaseConnection = {
        async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
          return toQueryResult<R>(await session.run(query.sql, query.parameters))
        },
        streamQuery: refuseStream,
      }
      sessions.set(connection, session)
      return connection
    },
    async releaseConnection(connection) {
      sessionOf(connection).release()
      sessions.delete(connection)
    },
    async beginTransaction(connection) {
      const session = sessionOf(connection)
      // One way to the server and back for both. By its number the server can be asked what became of it.
      const { rows } = await session.run('begin; select pg_current_xact_id()::text as xid', [])
      session.xid = (rows[0] as { xid: string }).xid
    },
    async commitTransaction(connection) {
      const session = sessionOf(connection)
      const { command } = await session.run('commit', []).catch((error: unknown) => {
        throw isConnectionLost(error) ? new CommitUnknown(session.xid, error) : error
      })
      // What had failed before is rolled back by a commit.
      if (command === 'ROLLBACK') throw new AbortedTransactionError()
    },
    async rollbackTransaction(connection) {
      // The server does it by itself where the connection is gone; what was wrong before is what is told.
      await sessionOf(connection)
        .run('rollback', [])
        .catch((error: unknown) => {
          if (!isConnectionLost(error)) throw error
        })
    },
    destroy: () => Promise.resolve(),
  })
}
