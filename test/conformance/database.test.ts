// What a database must do is asked of both in src/database/database.test.ts and change-log.test.ts; here are the two features
// in which they differ, each on both sides.
import assert from 'node:assert/strict'
import { addToCounters, readCounters } from '../../src/database/counters.ts'
import { forEachDatabase } from '../databases.ts'
import { eventually } from '../service.ts'

const SUPPORTS = {
  sqlite: { writes: true, signals: false },
  postgres: { writes: false, signals: true },
} as const

forEachDatabase('A database supports what is written down of it', (on) => {
  on.test('counts its writes where nobody else writes, before the writer hears of the end', async (db) => {
    const { writes } = db
    assert.equal(writes !== undefined, SUPPORTS[db.dialect].writes)
    if (writes === undefined) return
    const before = writes()
    await db.write((tx) => addToCounters(tx, { counted: 1 }))
    assert.ok(writes() > before)
    const after = writes()
    await readCounters(db.read, 'counted')
    assert.equal(writes(), after, 'a read is none')
    await assert.rejects(
      db.write(async () => {
        throw new Error('undone')
      }),
    )
  })

  on.test('tells all who listen where others may write, once what they are told of is committed', async (db) => {
    const { signals } = db
    assert.equal(signals !== undefined, SUPPORTS[db.dialect].signals)
    if (signals === undefined) return
    const seen: (number | undefined)[] = []
    const off = signals.on('answers', () => {
      void readCounters(db.read, 'told').then((counters) => seen.push(counters.get('told')))
    })
    await eventually(
      async () => {
        await db.write(async (tx) => {
          await addToCounters(tx, { told: 1 })
          await signals.send(tx, 'answers')
        })
        return seen
      },
      () => seen.some((told) => told !== undefined),
    )
    off()
    const heard = seen.length
    await db.write((tx) => signals.send(tx, 'answers'))
    await db.ping()
    assert.equal(seen.length, heard)
  })
})
