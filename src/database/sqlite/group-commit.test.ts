import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Kysely, sql } from 'kysely'
import type { AppError } from '../../core/errors.ts'
import type { Schema } from '../schema.ts'
import { startChannel, type Channel } from './channel.ts'
import { writerDialect } from './dialect.ts'
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts'

/** A writer over a real file, with the COMMITs that it sent counted. */
async function writer(t: TestContext, options: GroupCommitOptions = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  const real = startChannel({ path: join(folder, 'test.db'), role: 'writer' }, assert.fail)
  let commits = 0
  const channel: Channel = {
    ...real,
    commit() {
      commits += 1
      return real.commit()
    },
  }
  await channel.open()
  await channel.run('create table rows (name text primary key) strict', [], false)
  const group = createGroupCommit(channel, options)
  const db = new Kysely<Schema>({ dialect: writerDialect(channel, group) })
  t.after(async () => {
    await group.close()
    await channel.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    channel,
    commits: () => commits,
    insert: (name: string, then?: () => Promise<unknown>) =>
      db.transaction().execute(async (tx) => {
        await sql`insert into rows (name) values (${name})`.execute(tx)
        await then?.()
      }),
    async names() {
      const { rows } = await channel.run('select name from rows order by name', [], false)
      return (rows as { name: string }[]).map((row) => row.name)
    },
  }
}

const names = (count: number): string[] => Array.from({ length: count }, (_, n) => `unit ${String(n).padStart(3, '0')}`)

test('units that wait together share commits, a lone one has its own', async (t) => {
  const db = await writer(t)
  await db.insert('alone')
  assert.equal(db.commits(), 1)
  await Promise.all(names(30).map((name) => db.insert(name)))
  assert.ok(db.commits() < 15, `${db.commits()} commits for 31 units`)
  assert.deepEqual(await db.names(), ['alone', ...names(30)])
})

test('no commit holds more than 64 units', async (t) => {
  const db = await writer(t)
  await Promise.all(names(200).map((name) => db.insert(name)))
  assert.ok(db.commits() >= 4, `${db.commits()} commits for 200 units`)
  assert.equal((await db.names()).length, 200)
})

test('a failing unit does not take its neighbours along', async (t) => {
  const db = await writer(t)
  const units = names(10)
  const outcomes = await Promise.allSettled([...units, 'unit 004'].map((name) => db.insert(name)))
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    [...units.map(() => 'fulfilled'), 'rejected'],
  )
  assert.deepEqual(await db.names(), units)
})

test('a full disk refuses what it has no room for, and the writer goes on', async (t) => {
  const db = await writer(t)
  await db.insert('before')
  const pages = (await db.channel.run('pragma page_count', [], false)).rows as { page_count: number }[]
  await db.channel.run(`pragma max_page_count = ${(pages[0]?.page_count ?? 0) + 4}`, [], false)
  const large = names(20).map((name) => name + 'x'.repeat(3000))
  const outcomes = await Promise.allSettled(large.map((name) => db.insert(name)))
  const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  assert.ok(refused.length > 0)
  for (const error of refused) assert.equal((error as AppError).code, 'storage_full')
  const kept = large.filter((_, n) => outcomes[n]?.status === 'fulfilled')
  assert.deepEqual(await db.names(), ['before', ...kept].sort())
  await db.channel.run('pragma max_page_count = 100000', [], false)
  await db.insert('after')
  assert.ok((await db.names()).includes('after'))
})

test('when the transaction is lost under its units, all of them are refused', async (t) => {
  const db = await writer(t)
  const first = db.insert('first')
  // What the engine does by itself on an I/O error.
  const second = db.insert('second', () => db.channel.rollback())
  const outcomes = await Promise.allSettled([first, second])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.status),
    ['rejected', 'rejected'],
  )
  await db.insert('third')
  assert.deepEqual(await db.names(), ['third'])
})

test('a unit that waits for something else for too long is given up', async (t) => {
  const db = await writer(t, { maxIdleMs: 30 })
  const forever = new Promise<void>(() => undefined)
  const hanging = db.insert('hanging', () => forever)
  hanging.catch(() => undefined)
  let late: Promise<unknown> = Promise.resolve()
  const slow = Promise.withResolvers<void>()
  const tooSlow = db.insert('too slow', () => slow.promise)
  late = assert.rejects(tooSlow, /waited too long/)
  await db.insert('patient')
  slow.resolve()
  await late
  assert.deepEqual(await db.names(), ['patient'])
})

test('closing waits for what is under way and refuses what comes after', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const channel = startChannel({ path: join(folder, 'test.db'), role: 'writer' }, assert.fail)
  await channel.open()
  await channel.run('create table rows (name text)', [], false)
  const group = createGroupCommit(channel)
  const db = new Kysely<Schema>({ dialect: writerDialect(channel, group) })
  const insert = () => db.transaction().execute((tx) => sql`insert into rows values ('x')`.execute(tx))
  const under = Promise.all([insert(), insert(), insert()])
  await new Promise(setImmediate)
  await group.close()
  await assert.rejects(insert(), /closed/)
  await under
  assert.deepEqual((await channel.run('select count(*) as n from rows', [], false)).rows, [{ n: 3 }])
  await channel.close()
  await assert.rejects(channel.run('select 1', [], false), /closed/)
})
