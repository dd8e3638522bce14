import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { quietLogger } from '../../../test/databases.ts'
import { addToCounters, readCounters } from '../counters.ts'
import { DatabaseOpenError } from '../errors.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { startChannel } from './channel.ts'
import { openSqlite } from './open.ts'

async function temporaryPath(t: TestContext, ...parts: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return join(folder, ...parts, 'evident.db')
}

const refusal = (path: string, advice: RegExp) => (error: unknown) => {
  assert.ok(error instanceof DatabaseOpenError)
  assert.ok(error.message.startsWith(path), error.message)
  assert.match(error.message, advice)
  assert.equal(error.message.includes('\n'), false)
  return true
}

test('makes the folder, and finds everything again', async (t) => {
  const path = await temporaryPath(t, 'not', 'there', 'yet')
  const first = await openSqlite({ path, logger: quietLogger })
  await first.write((tx) => addToCounters(tx, { kept: 7 }))
  await first.close()
  assert.equal((await stat(path)).isFile(), true)
  await assert.rejects(stat(`${path}-wal`), { code: 'ENOENT' })
  const second = await openSqlite({ path, logger: quietLogger })
  assert.equal((await readCounters(second.read)).get('kept'), 7)
  await second.close()
})

test('closes whatever is asked meanwhile, and who is not answered is told so', async (t) => {
  const path = await temporaryPath(t)
  const database = await openSqlite({ path, logger: quietLogger })
  const read = (): Promise<unknown> => database.read.selectFrom('documents').select('id').execute()
  const asked = Promise.allSettled([read(), read(), new Promise((resolve) => setImmediate(resolve)).then(read)])
  await database.close()
  for (const outcome of await asked) {
    if (outcome.status === 'rejected') assert.match(String(outcome.reason), /closed/)
  }
  await assert.rejects(read(), /closed/)

  // In the same breath: a thread that took both at once would have one that never ends.
  const channel = startChannel({ path, role: 'reader' }, assert.ifError)
  await channel.open()
  const closing = channel.close()
  await assert.rejects(channel.run('select 1', [], false), /closed/)
  await closing
})

test('a file that is no database is left alone', async (t) => {
  const path = await temporaryPath(t)
  const text = 'These are my notes, and not a database at all. '.repeat(40)
  await writeFile(path, text)
  await assert.rejects(openSqlite({ path, logger: quietLogger }), refusal(path, /not an SQLite database/))
  assert.equal(await readFile(path, 'utf8'), text)
})

test("another program's database is left alone", async (t) => {
  const path = await temporaryPath(t)
  const foreign = new DatabaseSync(path)
  foreign.exec('create table bookmarks (url text)')
  foreign.close()
  await assert.rejects(openSqlite({ path, logger: quietLogger }), refusal(path, /another program .*"bookmarks"/))
})

test('a database of a newer version is left alone', async (t) => {
  const path = await temporaryPath(t)
  const migrations = { ...MIGRATIONS, '0999-from-the-future': () => Promise.resolve() }
  const newer = await openSqlite({ path, logger: quietLogger, migrations })
  await newer.close()
  await assert.rejects(openSqlite({ path, logger: quietLogger }), refusal(path, /newer version .*0999-from-the-future/))
})

test('a later version brings an older database to its form, or leaves it whole', async (t) => {
  const path = await temporaryPath(t)
  const { '0001-documents': documents = assert.fail() } = MIGRATIONS
  const older = await openSqlite({ path, logger: quietLogger, migrations: { '0001-documents': documents } })
  await older.close()
  const broken = { ...MIGRATIONS, '0999-broken': () => Promise.reject(new Error('no such thing')) }
  await assert.rejects(
    openSqlite({ path, logger: quietLogger, migrations: broken }),
    refusal(path, /0999-broken failed.*unchanged/),
  )
  const file = new DatabaseSync(path, { readOnly: true })
  assert.equal(file.prepare(`select count(*) as n from sqlite_schema where name = 'jobs'`).get()?.['n'], 0)
  file.close()
  const current = await openSqlite({ path, logger: quietLogger })
  assert.equal((await readCounters(current.read)).get('change_log'), 0)
  await current.close()
})

test('summaries of an older version may be given ones, and stay', async (t) => {
  const path = await temporaryPath(t)
  const { '0001-documents': documents = assert.fail(), '0002-jobs': jobs = assert.fail() } = MIGRATIONS
  const migrations = { '0001-documents': documents, '0002-jobs': jobs }
  await (await openSqlite({ path, logger: quietLogger, migrations })).close()
  const older = new DatabaseSync(path)
  const insert = older.prepare(`
    insert into documents (id, owner_id, title, title_given, summary, metadata, source, size, current_version, status,
      searchable, chunk_count, content_length, created_at, updated_at)
    values (?, 'local', '', 0, ?, '{}', 'text', 0, 0, 'queued', 'no', 0, 0, '', '')`)
  insert.run('with', 'A summary')
  insert.run('without', '')
  older.close()
  const current = await openSqlite({ path, logger: quietLogger })
  const rows = await current.read.selectFrom('documents').select(['id', 'summary_given']).orderBy('id').execute()
  await current.close()
  assert.deepEqual(rows, [
    { id: 'with', summary_given: 1 },
    { id: 'without', summary_given: 0 },
  ])
})

test('a damaged database says so', async (t) => {
  const path = await temporaryPath(t)
  const database = await openSqlite({ path, logger: quietLogger })
  await database.close()
  const bytes = await readFile(path)
  // Everything after the file's header: the tables' own list is unreadable.
  await writeFile(path, bytes.fill(0xab, 100))
  await assert.rejects(openSqlite({ path, logger: quietLogger }), refusal(path, /damaged/))
})

test('a folder that cannot be made says so', async (t) => {
  const file = await temporaryPath(t)
  await writeFile(file, '')
  const path = join(file, 'evident.db')
  await assert.rejects(openSqlite({ path, logger: quietLogger }), refusal(path, /cannot be opened/))
})
