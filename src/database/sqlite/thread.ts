import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import type { Failure, Replies, Reply, Request, Requests, RunResult, SqlValue, ThreadData } from './messages.ts'

/**
 * Hosts one SQLite connection, so that no statement and no sync to disk stops the main thread.
 * Requests are answered one after another in the order in which they came.
 */

if (parentPort === null) throw new Error('This file runs as a worker thread')
const port = parentPort
const { path, role } = workerData as ThreadData

/** Enough for every statement of the repositories; the oldest one goes first. */
const MAX_STATEMENTS = 256
const statements = new Map<string, StatementSync>()
let connection: DatabaseSync | undefined

function open(): DatabaseSync {
  const database = new DatabaseSync(path, {
    readOnly: role === 'reader',
    timeout: 5000,
    enableForeignKeyConstraints: true,
  })
  try {
    database.exec(role === 'writer' ? WRITER_PRAGMAS : READER_PRAGMAS)
  } catch (error) {
    database.close()
    throw error
  }
  return database
}

/**
 * FULL syncs the log at each commit, so what was acknowledged survives a power cut. The limit gives the disk
 * space of a burst of writes back. What is deleted is overwritten with zeros. Cache sizes are in KiB (negative by SQLite's convention).
 */
const WRITER_PRAGMAS = `
  pragma journal_mode = wal;
  pragma synchronous = full;
  pragma secure_delete = on;
  pragma journal_size_limit = 67108864;
  pragma temp_store = memory;
  pragma cache_size = -8192;
`
const READER_PRAGMAS = `
  pragma temp_store = memory;
  pragma cache_size = -16384;
`

function prepare(database: DatabaseSync, sql: string): StatementSync {
  const known = statements.get(sql)
  if (known !== undefined) {
    // Moved to the end: the first key is then always the one not used for longest.
    statements.delete(sql)
    statements.set(sql, known)
    return known
  }
  const statement = database.prepare(sql)
  statements.set(sql, statement)
  if (statements.size > MAX_STATEMENTS) {
    const oldest = statements.keys().next()
    if (!oldest.done) statements.delete(oldest.value)
  }
  return statement
}

function run(database: DatabaseSync, sql: string, parameters: readonly SqlValue[]): RunResult {
  const statement = prepare(database, sql)
  if (statement.columns().length > 0) return { rows: statement.all(...parameters) }
  return { rows: [], changes: Number(statement.run(...parameters).changes) }
}

function commit(database: DatabaseSync): RunResult {
  try {
    return run(database, 'commit', [])
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
}

function close(database: DatabaseSync): RunResult {
  statements.clear()
  try {
    // The log is folded into the file, so that a copy of the one file is a whole backup after a clean stop.
    if (role === 'writer') database.exec('pragma wal_checkpoint(truncate)')
  } finally {
    database.close()
  }
  return { rows: [] }
}

function answer(request: Request): RunResult {
  if (request.type === 'open') {
    connection = open()
    return { rows: [] }
  }
  const database = connection
  // Opening failed: there is nothing to close, and the thread may go.
  if (database === undefined && request.type === 'close') return { rows: [] }
  if (database === undefined) throw new Error('The database is not open')
  switch (request.type) {
    case 'run':
      if (request.inTransaction !== database.isTransaction) {
        throw new Error(
          request.inTransaction ? 'The transaction has already ended' : 'The statement came outside of its transaction',
        )
      }
      return run(database, request.sql, request.parameters)
    case 'commit':
      return commit(database)
    case 'rollback':
      if (database.isTransaction) database.exec('rollback')
      return { rows: [] }
    case 'close':
      connection = undefined
      return close(database)
    default:
      throw new Error('Unknown request')
  }
}

function failureOf(error: unknown, request: Request): Failure {
  const expected = request.type === 'commit' || (request.type === 'run' && request.inTransaction)
  const known = error as { message?: unknown; errcode?: unknown }
  return {
    message: typeof known.message === 'string' ? known.message : String(error),
    resultCode: typeof known.errcode === 'number' ? known.errcode : 0,
    transactionLost: expected && connection?.isTransaction !== true,
  }
}

/** Longest time that a reply waits to go with the next ones. */
const HELD_BACK_MS = 1

function reply(request: Request): Reply {
  try {
    return { id: request.id, result: answer(request) }
  } catch (error) {
    return { id: request.id, failure: failureOf(error, request) }
  }
}

port.on('message', (requests: Requests) => {
  const replies: Reply[] = []
  let due = performance.now() + HELD_BACK_MS
  for (const request of requests) {
    replies.push(reply(request))
    // What is known need not wait for a sync to disk or a long statement.
    if (request.type === 'run' && performance.now() < due) continue
    port.postMessage(replies.splice(0) satisfies Replies)
    due = performance.now() + HELD_BACK_MS
  }
  if (replies.length > 0) port.postMessage(replies satisfies Replies)
  if (requests.some(({ type }) => type === 'close')) port.close()
})
