import assert from 'node:assert/strict'
import { forEachDatabase } from '../../test/databases.ts'
import { AppError } from '../core/errors.ts'
import { LOCAL_USER, newDocumentId } from '../core/ids.ts'
import { appendChange, readChanges } from './change-log.ts'
import type { Database, Tx } from './database.ts'
import { gatheredWrites } from './gathered-writes.ts'

forEachDatabase('Gathered writes', (on) => {
  const counting = (database: Database): { readonly database: Database; readonly transactions: () => number } => {
    let transactions = 0
    return {
      database: {
        ...database,
        write(work) {
          transactions++
          return database.write(work)
        },
      },
      transactions: () => transactions,
    }
  }
  const append =
    (version: number) =>
    (tx: Tx): Promise<number> =>
      appendChange(tx, { owner: LOCAL_USER, document: newDocumentId(), version })
  const versions = async (database: Database): Promise<number[]> =>
    (await readChanges(database.read, 0, 100)).map(({ version }) => version).toSorted((a, b) => a - b)

  on.test('what comes together is one transaction, and each gets its own result', async (real) => {
    const { database, transactions } = counting(real)
    const write = gatheredWrites(database)
    const results = await Promise.all(Array.from({ length: 40 }, (_, i) => write(append(i + 1))))
    assert.equal(transactions(), 1)
    assert.equal(new Set(results).size, 40)
    assert.deepEqual(
      await versions(database),
      Array.from({ length: 40 }, (_, i) => i + 1),
    )
  })

  on.test('one that fails takes nobody with it, and leaves nothing behind', async (real) => {
    const { database } = counting(real)
    const write = gatheredWrites(database)
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((version) =>
        write(async (tx) => {
          await append(version)(tx)
          if (version === 3) throw new RangeError('refused')
          return version
        }),
      ),
    )
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value : String(outcome.reason))),
      [1, 2, 'RangeError: refused', 4],
    )
    assert.deepEqual(await versions(database), [1, 2, 4])
  })

  on.test('where the database is away all are told at once', async (real) => {
    const { database, transactions } = counting({
      ...real,
      write: () => Promise.reject(new AppError('not_ready', 'The database does not answer.')),
    })
    const write = gatheredWrites(database)
    const outcomes = await Promise.allSettled([1, 2, 3].map((version) => write(append(version))))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.equal(transactions(), 1)
  })

  on.test('what comes while others are written goes with the next', async (real) => {
    const { database, transactions } = counting(real)
    const write = gatheredWrites(database)
    const first = write(append(1))
    await new Promise((resolve) => setImmediate(resolve))
    await Promise.all([first, ...[2, 3, 4].map((version) => write(append(version)))])
    assert.ok(transactions() <= 2, `${transactions()}`)
    assert.deepEqual(await versions(database), [1, 2, 3, 4])
  })
})
