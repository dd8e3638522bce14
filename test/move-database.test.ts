import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { lockDataDir } from '../src/config/data-dir.ts'
import { addToCounters, readCounters } from '../src/database/counters.ts'
import { MIGRATIONS } from '../src/database/migrations/index.ts'
import { openSource } from '../src/database/move/source.ts'
import { openPostgres } from '../src/database/postgres/open.ts'
import { openSqlite } from '../src/database/sqlite/open.ts'
import { quietLogger } from './databases.ts'
import { leaveStore, readAll } from './moved-store.ts'
import { startWithAccounts, statusOf } from './people.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'

const MAIN = join(import.meta.dirname, '..', 'src', 'main.ts')

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** The command as a person runs it. `onOutput` may kill it. */
async function move(
  folder: string,
  url: string,
  args: readonly string[] = [],
  onOutput: (out: string, kill: () => void) => void = () => undefined,
): Promise<Ended> {
  const address = new URL(url)
  address.password = 'secret-word'
  const child = spawn(
    process.execPath,
    [MAIN, 'migrate', 'database', '--from', 'sqlite', '--to', 'postgres', ...args],
    {
      cwd: folder,
      env: { PATH: process.env['PATH'], DATA_DIR: folder, DATABASE_URL: address.href },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let out = ''
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
    onOutput(out, () => child.kill('SIGKILL'))
  })
  const [code] = (await once(child, 'close')) as [number | null]
  assert.doesNotMatch(out + err, /secret-word/)
  return { code, out, err }
}

async function smallStore(t: TestContext): Promise<{ folder: string; path: string; change(statement: string): void }> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-small-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'evident.db')
  const database = await openSqlite({ path, logger: quietLogger })
  await database.close()
  const change = (statement: string): void => {
    const raw = new DatabaseSync(path)
    raw.exec(statement)
    raw.close()
  }
  change(`insert into counters values ('store_id', 4711), ('large', 9007199254740993)`)
  return { folder, path, change }
}

describe('Moving a database', () => {
  let server: PostgresServer | undefined
  let missing = ''
  before(async () => {
    const started = await startPostgres()
    if ('missing' in started) missing = started.missing
    else server = started
  })
  after(() => server?.stop())

  const withServer = (name: string, run: (t: TestContext, server: PostgresServer) => Promise<void>): void =>
    void test(name, async (t) => (server === undefined ? t.skip(missing) : run(t, server)))

  const ask = async (url: string, statement: string): Promise<Record<string, string>[]> => {
    const client = new Client(url)
    await client.connect()
    try {
      return (await client.query<Record<string, string>>(statement)).rows
    } finally {
      await client.end()
    }
  }

  withServer(
    'killed again and again it ends with everything, and the service answers as before',
    async (t, postgres) => {
      const store = await leaveStore(t)
      const url = await postgres.createDatabase()
      const phases = ['Moving', 'Moving', 'Reading', 'Moving', 'Moving', 'Moving', 'Verifying']
      const reached: number[] = []
      for (const phase of phases) {
        let killing = false
        const { code, out } = await move(store.folder, url, [], (text, kill) => {
          if (killing || !text.includes(`${phase} `)) return
          killing = true
          void sleep(Math.random() * 120).then(kill)
        })
        assert.equal(code, null, `It ended by itself:\n${out}`)
        const [row] = await ask(url, `select sum(moved) as moved from database_move_tables`).catch(() => [])
        reached.push(Number(row?.['moved'] ?? 0))
        await assert.rejects(openPostgres({ connectionString: url, logger: quietLogger }), /the beginning of a move/)
      }
      assert.deepEqual(
        reached,
        reached.toSorted((a, b) => a - b),
      )
      const ended = await move(store.folder, url)
      assert.equal(ended.code, 0, ended.out + ended.err)
      assert.match(ended.out, /Moving \d+ rows, \d+ of them are there already/)
      assert.match(ended.out, /hold the same: all rows were compared/)
      assert.equal((await move(store.folder, url, ['--verify'])).code, 0)

      const service = await startWithAccounts(t, { folder: store.folder, env: { DATABASE_URL: url } })
      for (const [i, person] of store.people.entries()) assert.deepEqual(await readAll(service, person), store.read[i])
      assert.equal(await statusOf(service, store.apiToken), 200)
      const [{ largest = '' } = {}] = await ask(url, 'select max(id) as largest from audit_log')
      await service.json('POST', '/api/auth/login', { email: 'ann@example.org', password: 'a wrong one' })
      const [{ next = '' } = {}] = await ask(url, 'select max(id) as next from audit_log')
      assert.ok(Number(next) > Number(largest) + 5, `${next} was given out before`)
    },
  )

  withServer('a source that has changed between two runs is refused, or moved anew', async (t, postgres) => {
    const { folder, change } = await smallStore(t)
    const url = await postgres.createDatabase()
    const killed = await move(folder, url, [], (text, kill) => text.includes('Verifying') && kill())
    assert.equal(killed.code, null)
    change(`update users set name = 'Another' where id = 'local'`)
    const refused = await move(folder, url)
    assert.equal(refused.code, 1)
    assert.match(refused.err, /^\S+ has changed since the move began \(users\): add --restart [^\n]+\n$/)
    const anew = await move(folder, url, ['--restart'])
    assert.equal(anew.code, 0, anew.err)
    assert.deepEqual(await ask(url, 'select name from users'), [{ name: 'Another' }])
    assert.deepEqual(await ask(url, `select value from counters where name = 'large'`), [{ value: '9007199254740993' }])
  })

  withServer('what must not be touched is refused in one line, and left as it was', async (t, postgres) => {
    const { folder, path, change } = await smallStore(t)
    const refuses = async (url: string, text: RegExp, ...args: string[]): Promise<void> => {
      const { code, err } = await move(folder, url, args)
      assert.deepEqual([code, err.split('\n').length], [1, 2], err)
      assert.match(err, text)
    }
    const used = await postgres.createMigrated()
    await ask(used, `insert into counters values ('x', 1)`)
    await refuses(used, /is not empty \(it has rows in the table "counters"\)/)
    await refuses(used, /is not empty/, '--restart')
    const foreign = await postgres.createDatabase()
    await ask(foreign, 'create table accounts (id int)')
    await refuses(foreign, /a table "accounts" of another program/)

    const empty = await postgres.createDatabase()
    const lock = lockDataDir(folder, 'evident serve')
    await refuses(empty, /is taken by evident serve/)
    lock?.release()
    await refuses(empty, /no SQLite database/, '--from', `sqlite:${join(folder, 'none.db')}`)
    const dry = await move(folder, empty, ['--dry-run'])
    assert.deepEqual([dry.code, /counters: 3 rows/.test(dry.out)], [0, true], dry.out + dry.err)
    change(`update users set name = 'a' || char(0) || 'b'; insert into counters values (cast(x'eda080' as text), 1)`)
    await refuses(empty, /2 rows have characters that PostgreSQL cannot hold \(the first: [a-z]+\.name of /)
    assert.deepEqual(await ask(empty, `select from information_schema.tables where table_schema = 'public'`), [])

    const replaced = await move(folder, empty, ['--replace-characters'])
    assert.equal(replaced.code, 0, replaced.err)
    assert.deepEqual(await ask(empty, 'select name from users'), [{ name: 'a\uFFFDb' }])
    assert.deepEqual(await ask(empty, 'select name from counters where value = 1'), [{ name: '\uFFFD\uFFFD\uFFFD' }])

    const begun = await postgres.createDatabase()
    await move(folder, begun, ['--replace-characters'], (text, kill) => text.includes('Verifying') && kill())
    change(`update counters set value = 4712 where name = 'store_id'`)
    await refuses(begun, /the beginning of a move of another database/, '--replace-characters')
    change(`insert into kysely_migration values ('9999-later', 'now')`)
    await refuses(begun, /written by a newer version of Evident/)
    assert.ok(path.startsWith(folder))
  })

  withServer('a verification names what differs', async (t, postgres) => {
    const { folder, change } = await smallStore(t)
    const url = await postgres.createDatabase()
    change(`insert into audit_log (at, action, outcome) values ('1', 'a', 'success'), ('2', 'b', 'success')`)
    assert.equal((await move(folder, url)).code, 0)
    await ask(
      url,
      `update audit_log set action = 'c', at = '1 ' where id = 1; delete from audit_log where id = 2;
       insert into counters values ('more', 1); select setval(pg_get_serial_sequence('audit_log', 'id'), 1)`,
    )
    const { code, err } = await move(folder, url, ['--verify'])
    assert.equal(code, 2)
    assert.deepEqual(err.trimEnd().split('\n').slice(0, -1).toSorted(), [
      'audit_log: 1 differs in at, action',
      'audit_log: 2 is missing',
      'audit_log: 2 rows in the source, 1 here',
      'audit_log: the next id comes after 1, and must come after 2',
      'counters: "more" is not in the source',
      'counters: 3 rows in the source, 4 here',
    ])
  })

  withServer(
    'a file of an earlier version is moved as it is, and the start brings it up to date',
    async (t, postgres) => {
      const folder = await mkdtemp(join(tmpdir(), 'evident-earlier-'))
      t.after(() => rm(folder, { recursive: true, force: true }))
      const migrations = Object.fromEntries(Object.entries(MIGRATIONS).slice(0, -1))
      const earlier = await openSqlite({ path: join(folder, 'evident.db'), logger: quietLogger, migrations })
      await earlier.write((tx) => addToCounters(tx, { kept: 7 }))
      await earlier.close()
      const url = await postgres.createDatabase()
      const { code, err } = await move(folder, url)
      assert.equal(code, 0, err)
      const database = await openPostgres({ connectionString: url, logger: quietLogger })
      t.after(() => database.close())
      assert.equal((await readCounters(database.read)).get('kept'), 7)
      assert.equal((await ask(url, 'select from kysely_migration')).length, Object.keys(MIGRATIONS).length)
    },
  )

  withServer('every table and column of the schema is moved', async (t, postgres) => {
    const { path } = await smallStore(t)
    const source = openSource(path)
    t.after(() => source.close())
    const columns = await ask(
      await postgres.createMigrated(),
      `select table_name || '.' || column_name as name from information_schema.columns
       where table_schema = 'public' and table_name not like 'kysely%'`,
    )
    assert.deepEqual(
      source.tables.flatMap((table) => table.columns.map(({ name }) => `${table.name}.${name}`)).toSorted(),
      columns.map(({ name = '' }) => name).toSorted(),
    )
  })
})
