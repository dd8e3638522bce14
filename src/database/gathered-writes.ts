import type { Database, Tx } from './database.ts'
import { isAway } from './errors.ts'

/** Keeps one transaction short, so that others come to their turn. */
const MOST = 250

interface Waiting<T> {
  readonly work: (tx: Tx) => Promise<T>
  readonly settled: PromiseWithResolvers<T>
}

/**
 * Small units of work that many callers have at the same time, in one transaction: what comes while one is being
 * written is written with the next. The units of one transaction run side by side, so that their statements travel to
 * the database together and not one after another; they must not depend on each other. Where one fails all are undone
 * and each is tried alone, so a unit may run twice; where the commit fails nobody can tell, and where the database is away
 * each alone would wait as long again: then all are told.
 */
export function gatheredWrites(database: Database): <T>(work: (tx: Tx) => Promise<T>) => Promise<T> {
  const waiting: Waiting<unknown>[] = []
  let writing = false

  async function write(units: readonly Waiting<unknown>[]): Promise<void> {
    let done = false
    try {
      const results = await database.write(async (tx) => {
        done = false
        const each = await sideBySide(units.map(({ work }) => work(tx)))
        done = true
        return each
      })
      units.forEach(({ settled }, i) => settled.resolve(results[i]))
    } catch (error) {
      if (units.length > 1 && !done && !isAway(error)) for (const unit of units) await write([unit])
      else for (const { settled } of units) settled.reject(error)
    }
  }

  async function drain(): Promise<void> {
    writing = true
    // What is said in the same breath goes together.
    await Promise.resolve()
    while (waiting.length > 0) await write(waiting.splice(0, MOST))
    writing = false
  }

  return <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const settled = Promise.withResolvers<T>()
    waiting.push({ work, settled } as Waiting<unknown>)
    // It throws nothing: what fails is told to whom it concerns.
    if (!writing) void drain()
    return settled.promise
  }
}

/** The results in order; the first failure only when nothing is under way any more, as the transaction is then undone. */
export async function sideBySide<T>(works: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(works)
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}
