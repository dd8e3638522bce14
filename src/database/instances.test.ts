import assert from 'node:assert/strict'
import { forEachDatabase, quietLogger } from '../../test/databases.ts'
import { eventually } from '../../test/service.ts'
import type { Database } from './database.ts'
import { openInstances, type InstancesDeps } from './instances.ts'

const systemClock = { now: () => new Date() }
const HOUR = 3_600_000

const open = (database: Database, place: string, more: Partial<InstancesDeps> = {}) =>
  openInstances({ database, clock: systemClock, logger: quietLogger, place, secret: undefined, ...more })

forEachDatabase('Instances', ({ test: testOn, dialect }) => {
  testOn('one is alive to itself, and has the time of the database', async (database) => {
    const off = dialect === 'postgres' ? HOUR : 0
    const clock = { now: () => new Date(Date.now() + off) }
    const instances = await open(database, 'here', { clock, beatMs: 20, silentMs: 400 })
    const living = await eventually(instances.living, (found) => found !== undefined)
    assert.deepEqual([...(living ?? [])], [instances.id])
    assert.ok(Math.abs(instances.clock.now().getTime() - Date.now()) < HOUR / 2)
    assert.equal(instances.alone, dialect === 'sqlite')
    await instances.close()
  })

  if (dialect === 'sqlite') return

  testOn('who is silent is dead, and so is what was in the same data folder', async (database) => {
    const row = (id: string, place: string, seen_at: string) =>
      database.write((tx) =>
        tx
          .insertInto('instances')
          .values({ id, place, signing_key: null, started_at: seen_at, seen_at, kept: 3 })
          .execute(),
      )
    const recently = new Date().toISOString()
    await row('silent', 'there', new Date(Date.now() - HOUR / 2).toISOString())
    await row('speaking', 'elsewhere', '2999-01-01T00:00:00.000Z')
    await row('before', 'here', recently)
    const instances = await open(database, 'here', { beatMs: 20, silentMs: 400 })
    const living = await eventually(instances.living, (found) => found !== undefined)
    assert.deepEqual([...(living ?? [])].sort(), [instances.id, 'speaking'].sort())
    instances.keeps(() => 7)
    // With its next sign of life.
    await eventually(instances.keptByAll, (kept) => kept === 3)
    await instances.close()
    const left = await database.read.selectFrom('instances').select('id').orderBy('id').execute()
    assert.deepEqual(
      left.map(({ id }) => id),
      ['silent', 'speaking'],
    )
  })

  testOn('one that signs log-ins with another key does not start beside a living one', async (database) => {
    const first = await open(database, 'a', { secret: 'one key' })
    const second = await open(database, 'b', { secret: 'one key' })
    await assert.rejects(open(database, 'c', { secret: 'another key' }), /JWT_SECRET_KEY/)
    await first.close()
    await second.close()
    const third = await open(database, 'c', { secret: 'another key' })
    await third.close()
  })
})
