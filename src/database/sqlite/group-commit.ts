import { performance } from 'node:perf_hooks'
import type { QueryResult } from 'kysely'
import { lostTransaction, type Channel } from './channel.ts'
import type { RunResult, SqlValue } from './messages.ts'

/**
 * Lets the units of work that wait at the same time share one COMMIT, and so one sync to disk. The units run
 * one after another, each in its own savepoint; a failing one is undone alone. A commit holds at most
 * `MAX_UNITS` units, and no unit joins one that is open for longer than `MAX_OPEN_MS`, so that a reader sees
 * a fresh commit soon. With nothing else waiting a unit is committed at once.
 */
export interface GroupCommit {
  /** Waits for the unit's turn and opens its savepoint. */
  begin(): Promise<Unit>
  /** Runs one statement outside of transactions, when those that are open have been committed. */
  apart(sql: string): Promise<RunResult>
  close(): Promise<void>
}

export interface Unit {
  run(sql: string, parameters: readonly SqlValue[]): Promise<RunResult>
  /** Resolves once the unit is durable. */
  commit(): Promise<void>
  /** Does nothing after a failed `commit`. */
  rollback(): Promise<void>
}

export interface GroupCommitOptions {
  /** A unit that runs no statement for so long is given up, as everybody waits for it. Milliseconds. */
  readonly maxIdleMs?: number
  /** Told after a commit that deleted rows. */
  readonly onErased?: () => void
}

const MAX_UNITS = 64
const MAX_OPEN_MS = 20
const MAX_IDLE_MS = 30_000

interface Group {
  readonly openedAt: number
  units: number
  /** Savepoints opened, released and undone: sent without waiting, as each answer would cost a round trip. */
  readonly sent: Promise<void>[]
  erased: boolean
  /** What made SQLite undo the transaction; nothing of the group can be kept then. */
  failure: Error | undefined
  readonly durable: Promise<void>
  resolve(): void
  reject(error: Error): void
}

function openGroup(): Group {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // Each unit awaits it; where all units were undone nobody does, and that is no unhandled rejection.
  promise.catch(() => undefined)
  return {
    openedAt: performance.now(),
    units: 0,
    sent: [],
    erased: false,
    failure: undefined,
    durable: promise,
    resolve,
    reject,
  }
}

export function createGroupCommit(channel: Channel, options: GroupCommitOptions = {}): GroupCommit {
  const maxIdleMs = options.maxIdleMs ?? MAX_IDLE_MS
  const queue: (() => void)[] = []
  let busy = false
  let group: Group | undefined
  let closed = false

  const turn = (): Promise<void> => {
    if (!busy) {
      busy = true
      return Promise.resolve()
    }
    return new Promise((resolve) => queue.push(resolve))
  }

  const passOn = (): void => {
    const next = queue.shift()
    if (next === undefined) busy = false
    else next()
  }

  /** After a unit: lets the next one in, or closes the group first. */
  const leave = async (current: Group): Promise<void> => {
    const mayGrow = current.units < MAX_UNITS && performance.now() - current.openedAt < MAX_OPEN_MS
    if (queue.length > 0 && mayGrow && current.failure === undefined) return passOn()
    try {
      await close(current)
    } finally {
      passOn()
    }
  }

  /** Commits the group, or undoes it. */
  const close = async (current: Group): Promise<void> => {
    group = undefined
    try {
      await Promise.all(current.sent)
      if (current.failure !== undefined) {
        await channel.rollback()
        throw current.failure
      }
      await channel.commit()
      current.resolve()
      if (current.erased) options.onErased?.()
    } catch (error) {
      current.reject(error as Error)
    }
  }

  const apart = async (statement: string): Promise<RunResult> => {
    if (closed) throw new Error('The database is closed')
    await turn()
    try {
      if (group !== undefined) await close(group)
      return await channel.run(statement, [], false)
    } finally {
      passOn()
    }
  }

  /** Without its savepoint what a unit wrote cannot be told from the others' rows: then none of them is kept. */
  const send = (current: Group, sql: string, inTransaction = true): void => {
    const answered = channel.run(sql, [], inTransaction).then(
      () => undefined,
      (error: unknown) => {
        current.failure ??= error as Error
      },
    )
    current.sent.push(answered)
  }

  const begin = async (): Promise<Unit> => {
    if (closed) throw new Error('The database is closed')
    await turn()
    if (group === undefined) {
      group = openGroup()
      send(group, 'begin immediate', false)
    }
    send(group, 'savepoint unit')
    return openUnit(group)
  }

  const openUnit = (current: Group): Unit => {
    let over = false
    let running = 0

    const run = async (sql: string, parameters: readonly SqlValue[]): Promise<RunResult> => {
      running += 1
      try {
        const result = await channel.run(sql, parameters, true)
        if (erases(sql, result)) current.erased = true
        return result
      } catch (error) {
        if (lostTransaction(error)) current.failure ??= error as Error
        // Where the transaction could not be begun, that is the reason.
        throw current.failure ?? error
      } finally {
        running -= 1
        if (!over) watch.refresh()
      }
    }
    const end = (): boolean => {
      if (over) return false
      over = true
      clearTimeout(watch)
      return true
    }
    const undo = (): Promise<void> => {
      send(current, 'rollback to unit')
      send(current, 'release unit')
      return leave(current)
    }
    const expel = (): void => {
      if (running > 0) return void watch.refresh()
      if (end()) void undo()
    }
    const watch = setTimeout(expel, maxIdleMs)
    watch.unref()

    return {
      run(sql, parameters) {
        if (over) return Promise.reject(new Error('The transaction is over: it ended, or waited too long'))
        return run(sql, parameters)
      },
      async commit() {
        if (!end()) throw new Error('The transaction is over: it waited too long between its statements')
        send(current, 'release unit')
        current.units += 1
        await leave(current)
        await current.durable
      },
      async rollback() {
        if (end()) await undo()
      },
    }
  }

  return {
    begin,
    apart,
    async close() {
      closed = true
      await turn()
      if (group === undefined) passOn()
      else await leave(group)
    },
  }
}

const erases = (sql: string, { changes, rows }: RunResult): boolean =>
  /^delete\b/i.test(sql) && (changes === undefined ? rows.length > 0 : changes > 0)

/** Kysely's form of a result. */
export const toQueryResult = <R>(result: RunResult): QueryResult<R> =>
  result.changes === undefined
    ? { rows: result.rows as R[] }
    : { rows: result.rows as R[], numAffectedRows: BigInt(result.changes) }
