import {
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  Transaction,
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
} from 'kysely'
import type { Channel } from './channel.ts'
import { toQueryResult, type GroupCommit, type Unit } from './group-commit.ts'
import type { SqlValue } from './messages.ts'

/** Kysely's dialect is four factories; three are its own ones, the driver posts to our threads. */
const sqliteDialect = (driver: Driver): Dialect => ({
  createDriver: () => driver,
  createAdapter: () => new ThreadAdapter(),
  createQueryCompiler: () => new SqliteQueryCompiler(),
  createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
})

class ThreadAdapter extends SqliteAdapter {
  /** The group commit queues units itself; Kysely's mutex would hold each one until it is durable. */
  override get supportsMultipleConnections(): boolean {
    return true
  }
  /** True of SQLite, though Kysely's adapter does not use it: migrations run whole or not at all. */
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/** One connection shared by all callers: each statement is its own read transaction and sees the last commit. */
export function readerDialect(channel: Channel): Dialect {
  const connection = connectionOf((sql, parameters) => channel.run(sql, parameters, false))
  const refuse = (): Promise<void> => Promise.reject(new Error('Transactions go through `write`'))
  return sqliteDialect({
    init: () => Promise.resolve(),
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: () => Promise.resolve(),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: () => Promise.resolve(),
  })
}

/** Each Kysely transaction is a unit of the group commit. */
export function writerDialect(channel: Channel, commits: GroupCommit): Dialect {
  const units = new WeakMap<DatabaseConnection, Unit>()
  const unitOf = (connection: DatabaseConnection): Unit => {
    const unit = units.get(connection)
    if (unit === undefined) throw new Error('No transaction was begun')
    return unit
  }
  return sqliteDialect({
    init: () => Promise.resolve(),
    acquireConnection() {
      const connection: DatabaseConnection = connectionOf((sql, parameters) => {
        const unit = units.get(connection)
        return unit === undefined ? channel.run(sql, parameters, false) : unit.run(sql, parameters)
      })
      return Promise.resolve(connection)
    },
    releaseConnection: () => Promise.resolve(),
    async beginTransaction(connection) {
      units.set(connection, await commits.begin())
    },
    async commitTransaction(connection) {
      await unitOf(connection).commit()
      units.delete(connection)
    },
    async rollbackTransaction(connection) {
      await unitOf(connection).rollback()
      units.delete(connection)
    },
    destroy: () => Promise.resolve(),
  })
}

/**
 * A unit as Kysely's transaction. Kysely's own lets one statement of it wait for the other; the thread keeps their order
 * by itself, so that those of a `Promise.all` travel together.
 */
export function transactionOver<Schema>(writer: Kysely<Schema>, unit: Unit): Transaction<Schema> {
  const connection = connectionOf((sql, parameters) => unit.run(sql, parameters))
  const dialect = sqliteDialect(noDriver)
  return new Transaction<Schema>({
    config: { dialect },
    dialect,
    driver: noDriver,
    executor: writer.getExecutor().withConnectionProvider({ provideConnection: (use) => use(connection) }),
  })
}

const notByDriver = (): Promise<never> => Promise.reject(new Error('A unit is begun and ended by the group commit'))
const noDriver: Driver = {
  init: () => Promise.resolve(),
  acquireConnection: notByDriver,
  releaseConnection: notByDriver,
  beginTransaction: notByDriver,
  commitTransaction: notByDriver,
  rollbackTransaction: notByDriver,
  destroy: () => Promise.resolve(),
}

type Run = (sql: string, parameters: readonly SqlValue[]) => Promise<{ rows: readonly unknown[]; changes?: number }>

const connectionOf = (run: Run): DatabaseConnection => ({
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return toQueryResult<R>(await run(query.sql, query.parameters as readonly SqlValue[]))
  },
  streamQuery() {
    throw new Error('Long results are read in pages by key, which both databases do alike')
  },
})
