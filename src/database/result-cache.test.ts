import assert from 'node:assert/strict'
import { z } from 'zod'
import { forEachDatabase } from '../../test/databases.ts'
import { newDocumentId, type UserId } from '../core/ids.ts'
import { appendChange, lastChange, lastChangeOf, pruneChanges } from './change-log.ts'
import type { Database } from './database.ts'
import { createResultCache, type ResultCache } from './result-cache.ts'
import { jsonForm } from './result-text.ts'

const ANN = 'ann' as UserId
const BOB = 'bob' as UserId
const NUMBER = jsonForm(z.number())

const change = (database: Database, owner: UserId): Promise<number> =>
  database.write((tx) => appendChange(tx, { owner, document: newDocumentId(), version: 1 }))

interface Made {
  readonly cache: ResultCache
  /** Asks for a result, which is made anew as the next number. */
  ask(owner: UserId, key: string, weight?: number): Promise<number>
  readonly looked: boolean[]
  readonly time: { now: number; position: number }
}

function made(database: Database, limits = { ttl: 1000, entries: 10 }): Made {
  const looked: boolean[] = []
  const time = { now: 0, position: Number.MAX_SAFE_INTEGER }
  const cache = createResultCache(
    {
      database,
      position: () => time.position,
      shared: undefined,
      settings: '',
      clock: { now: () => new Date(time.now) },
      looked: (known) => looked.push(known),
    },
    limits,
  )
  let count = 0
  const ask = async (owner: UserId, key: string, weight: number | undefined = 1): Promise<number> =>
    (
      await cache.through(owner, [key], NUMBER, async () => ({
        value: ++count,
        weight: weight < 0 ? undefined : weight,
      }))
    ).value
  return { cache, ask, looked, time }
}

forEachDatabase('The cache of results', (on) => {
  on.test('gives again what was made, to the same owner for the same key', async (database) => {
    const { ask, looked, cache } = made(database)
    assert.deepEqual([await ask(ANN, 'a'), await ask(ANN, 'a')], [1, 1])
    assert.deepEqual([await ask(BOB, 'a'), await ask(ANN, 'b')], [2, 3])
    assert.deepEqual(looked, [false, true, false, false])
    assert.equal(cache.entries(), 3)
  })

  on.test('knows of a change that ends while the last one is read, and of a write that fails', async (database) => {
    const { ask } = made(database)
    assert.equal(await ask(ANN, 'a'), 1)
    await database.write(async () => undefined)
    const asked = ask(ANN, 'a')
    await change(database, ANN)
    await asked
    const next = await ask(ANN, 'a')
    assert.ok(next > 1, 'made before the change')
    await assert.rejects(
      database.write(() => Promise.reject(new Error('undone'))),
      /undone/,
    )
    assert.equal(await ask(ANN, 'a'), next)
  })

  on.test('ends with any change of the owner’s documents, also one that the log has forgotten', async (database) => {
    const { ask } = made(database)
    await change(database, ANN)
    assert.deepEqual([await ask(ANN, 'a'), await ask(BOB, 'a')], [1, 2])
    await change(database, ANN)
    await database.write(async (tx) => pruneChanges(tx, await lastChange(tx)))
    assert.deepEqual([await ask(ANN, 'a'), await ask(BOB, 'a')], [3, 2])
    assert.equal(await lastChangeOf(database.read, ANN), 2)
    assert.equal(await lastChangeOf(database.read, BOB), 0)
  })

  on.test(
    'keeps nothing that an index behind the database gave, or that was forgotten while it was made',
    async (database) => {
      const { ask, cache, time } = made(database)
      time.position = (await change(database, ANN)) - 1
      assert.deepEqual([await ask(ANN, 'a'), await ask(ANN, 'a')], [1, 2])
      time.position++
      assert.deepEqual([await ask(ANN, 'a'), await ask(ANN, 'a')], [3, 3])
      cache.forget(ANN)
      assert.equal(cache.entries(), 0)
      const { cached } = await cache.through(ANN, ['slow'], NUMBER, async () => {
        cache.forget(ANN)
        return { value: 0, weight: 1 }
      })
      assert.deepEqual([cached, cache.entries()], [false, 0])
    },
  )

  on.test('is bounded in time, number and size, and keeps what was used last', async (database) => {
    const { ask, cache, time } = made(database, { ttl: 1000, entries: 2 })
    await ask(ANN, 'a')
    await ask(ANN, 'b')
    await ask(ANN, 'a')
    await ask(ANN, 'c')
    assert.deepEqual([await ask(ANN, 'a'), await ask(ANN, 'c'), await ask(ANN, 'b')], [1, 3, 4])
    time.now = 999
    assert.equal(cache.evictExpired(), 2)
    time.now = 1000
    assert.equal(await ask(ANN, 'b'), 5)
    assert.equal(cache.evictExpired(), 1)
    await ask(ANN, 'large', 40_000_000)
    await ask(ANN, 'not kept', -1)
    assert.equal(cache.entries(), 0)
  })

  on.test('is off at a time or a number of 0', async (database) => {
    for (const limits of [
      { ttl: 0, entries: 10 },
      { ttl: 1000, entries: 0 },
    ]) {
      const { ask, cache, looked } = made(database, limits)
      assert.deepEqual([await ask(ANN, 'a'), await ask(ANN, 'a')], [1, 2])
      assert.deepEqual([cache.entries(), looked], [0, []])
    }
  })
})
