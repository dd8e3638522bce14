import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { forEachDatabase, quietLogger } from '../../test/databases.ts'
import { eventually } from '../../test/service.ts'
import type { Database, Tx } from './database.ts'
import { hasStepped, openInstances, type InstancesDeps } from './instances.ts'

const systemClock = { now: () => new Date() }
const HOUR = 3_600_000

const open = (database: Database, place: string, more: Partial<InstancesDeps> = {}) =>
  openInstances({ database, clock: systemClock, logger: quietLogger, place, secret: undefined, ...more })

test('a clock that is set is told from one that goes on, however slow an answer is', () => {
  const last = { sentAt: 1000, heardAt: 1010, seenAt: 500_000 }
  const after = (ms: number, tookMs = 10) => ({ sentAt: 3000, heardAt: 3000 + tookMs, seenAt: last.seenAt + ms })
  assert.equal(hasStepped(last, after(2000)), false)
  assert.equal(hasStepped(last, after(6000, 4500)), false)
  assert.equal(hasStepped(last, after(60_000)), true)
  assert.equal(hasStepped(last, after(-60_000)), true)
})

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

  testOn('one whose connections are all busy shows that it lives', async (database) => {
    const instances = await open(database, 'here', { beatMs: 20, silentMs: 400 })
    const { apart } = database
    assert.ok(apart)
    const release = Promise.withResolvers<void>()
    const lock = (tx: Tx) => sql`select pg_advisory_xact_lock(1)`.execute(tx)
    const holding = database.write(async (tx) => {
      await lock(tx)
      await release.promise
    })
    const waiting = Array.from({ length: 12 }, () => database.write(lock))
    const stuck = sql<{ n: number }>`
      select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`
    const nine = async () => (await stuck.execute(apart)).rows[0]?.n
    await eventually(nine, (n) => n === 9)
    const seenAt = async () => (await apart.selectFrom('instances').select('seen_at').executeTakeFirstOrThrow()).seen_at
    const before = await seenAt()
    await eventually(seenAt, (now) => now > before)
    release.resolve()
    await Promise.all([holding, ...waiting])
    await instances.close()
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
