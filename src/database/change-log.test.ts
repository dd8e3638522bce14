import assert from 'node:assert/strict'
import { forEachDatabase } from '../../test/databases.ts'
import { LOCAL_USER, newDocumentId } from '../core/ids.ts'
import { appendChange, lastChange, prunedUpTo, pruneChanges, readChanges, type Change } from './change-log.ts'
import { addToCounters } from './counters.ts'
import type { Database } from './database.ts'

const append = (database: Database, version = 1): Promise<number> =>
  database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document: newDocumentId(), version }))

forEachDatabase('The change log', (on) => {
  on.test('a follower that reads while many write misses nothing', async (database) => {
    const writers = { active: true }
    const followed: Change[] = []
    const follow = async (): Promise<void> => {
      while (writers.active || followed.length < (await lastChange(database.read))) {
        followed.push(...(await readChanges(database.read, followed.at(-1)?.seq ?? 0, 7)))
      }
    }
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; n < 12; n += 1) {
        const unit = database.write(async (tx) => {
          // Units of different length, some of which fail after they took their number.
          for (let i = 0; i < (writer * n) % 4; i += 1) await addToCounters(tx, { [`writer ${writer}`]: 1 })
          await appendChange(tx, { owner: LOCAL_USER, document: newDocumentId(), version: writer })
          if (n % 5 === 4) throw new Error('undone')
        })
        if (n % 5 === 4) await assert.rejects(unit, /undone/)
        else await unit
      }
    }
    const following = follow()
    await Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer)))
    writers.active = false
    await following
    assert.deepEqual(
      followed.map((change) => change.seq),
      Array.from({ length: 120 }, (_, n) => n + 1),
    )
  })

  on.test('gives what was noted, and forgets what is pruned', async (database) => {
    assert.deepEqual([await lastChange(database.read), await prunedUpTo(database.read)], [0, 0])
    const document = newDocumentId()
    const seq = await database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document, version: 3 }))
    assert.deepEqual(await readChanges(database.read, 0, 10), [{ seq, owner: LOCAL_USER, document, version: 3 }])
    for (let n = 0; n < 4; n += 1) await append(database)
    assert.equal(await lastChange(database.read), 5)
    await database.write((tx) => pruneChanges(tx, 3))
    assert.equal(await prunedUpTo(database.read), 3)
    const left = await readChanges(database.read, 0, 10)
    assert.deepEqual(
      left.map((change) => change.seq),
      [4, 5],
    )
    await database.write((tx) => pruneChanges(tx, 5))
    assert.deepEqual([await prunedUpTo(database.read), await append(database)], [5, 6])
  })
})
