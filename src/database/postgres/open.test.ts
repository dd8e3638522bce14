import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { sql } from 'kysely'
import { Client } from 'pg'
import { quietLogger } from '../../../test/databases.ts'
import { startPostgres, type PostgresServer } from '../../../test/postgres.ts'
import { addToCounters, readCounters } from '../counters.ts'
import { DatabaseOpenError } from '../errors.ts'
import { MIGRATIONS, type MigrateUp } from '../migrations/index.ts'
import { openPostgres } from './open.ts'

describe('Opening PostgreSQL', () => {
  let server: PostgresServer | undefined
  let missing = ''
  before(async () => {
    const started = await startPostgres()
    if ('missing' in started) missing = started.missing
    else server = started
  })
  after(() => server?.stop())

  const withServer = (name: string, run: (url: string) => Promise<void>): void =>
    void test(name, async (t) => {
      if (server === undefined) return t.skip(missing)
      await run(await server.createDatabase())
    })

  withServer('several instances that start at once migrate once', async (connectionString) => {
    const opened = await Promise.all(
      Array.from({ length: 4 }, () => openPostgres({ connectionString, logger: quietLogger })),
    )
    for (const database of opened) {
      assert.equal((await readCounters(database.read)).get('change_log'), 0)
      await database.close()
    }
  })

  withServer('a database of a newer version is left alone', async (connectionString) => {
    const migrations = { ...MIGRATIONS, '0999-from-the-future': () => Promise.resolve() }
    const newer = await openPostgres({ connectionString, logger: quietLogger, migrations })
    await newer.close()
    await assert.rejects(
      openPostgres({ connectionString, logger: quietLogger }),
      /newer version .*0999-from-the-future/,
    )
  })

  withServer('a migration that fails leaves the database whole', async (connectionString) => {
    const broken = { ...MIGRATIONS, '0999-broken': () => Promise.reject(new Error('no such thing')) }
    await assert.rejects(
      openPostgres({ connectionString, logger: quietLogger, migrations: broken }),
      /0999-broken failed/,
    )
    const database = await openPostgres({ connectionString, logger: quietLogger })
    assert.equal((await readCounters(database.read)).get('change_log'), 0)
    await database.close()
  })

  withServer('what is wrong is said in one line, without the password', async (connectionString) => {
    const open = (change: (url: URL) => void): Promise<unknown> => {
      const url = new URL(connectionString)
      url.password = 'secret-word'
      change(url)
      return openPostgres({ connectionString: url.href, logger: quietLogger })
    }
    const says = (text: RegExp) => (error: unknown) => {
      assert.ok(error instanceof DatabaseOpenError)
      assert.match(error.message, text)
      assert.doesNotMatch(error.message, /secret-word|\n/)
      return true
    }
    await assert.rejects(
      open((url) => {
        url.pathname = '/no_such_database'
      }),
      says(/no_such_database does not exist/),
    )
    await assert.rejects(
      open((url) => {
        url.port = '1'
      }),
      says(/does not answer/),
    )
  })

  withServer('a unit that loses a deadlock runs again', async (connectionString) => {
    const database = await openPostgres({ connectionString, logger: quietLogger })
    await database.write((tx) => addToCounters(tx, { a: 1, b: 1 }))
    const bothHoldOne = Promise.withResolvers<void>()
    let holding = 0
    let runs = 0
    const cross = (first: string, second: string): Promise<void> =>
      database.write(async (tx) => {
        runs += 1
        await addToCounters(tx, { [first]: 1 })
        holding += 1
        if (holding === 2) bothHoldOne.resolve()
        await bothHoldOne.promise
        await addToCounters(tx, { [second]: 1 })
      })
    await Promise.all([cross('a', 'b'), cross('b', 'a')])
    // On a busy machine the loser may meet the winner again.
    assert.ok(runs >= 3, `${runs} runs`)
    const totals = await readCounters(database.read)
    assert.deepEqual([totals.get('a'), totals.get('b')], [3, 3])
    await database.close()
  })

  withServer('a migration that crosses what another process does runs again, whole', async (connectionString) => {
    const first = await openPostgres({ connectionString, logger: quietLogger })
    await first.close()
    const other = new Client({ connectionString })
    await other.connect()
    const holds = Promise.withResolvers<void>()
    let runs = 0
    const next: MigrateUp = async (db, types) => {
      runs += 1
      await db.schema.alterTable('documents').addColumn('next_note', types.text).execute()
      // From here on the other one waits for this one, and this one will wait for it.
      if (runs === 1) holds.resolve()
      await db.schema.alterTable('chunks').addColumn('next_note', types.text).execute()
    }
    // The migration is who finds the deadlock, and loses.
    await other.query("set deadlock_timeout = '1min'")
    await other.query('begin')
    await other.query('lock table chunks')
    const opening = openPostgres({
      connectionString,
      logger: quietLogger,
      migrations: { ...MIGRATIONS, '9999-next': next },
    })
    await holds.promise
    await other.query('lock table documents')
    await other.query('commit')
    await other.end()
    const database = await opening
    assert.ok(runs >= 2, `${runs} runs`)
    const tables = await database.read.introspection.getTables()
    const added = tables.filter(({ columns }) => columns.some((column) => column.name === 'next_note'))
    assert.deepEqual(added.map((table) => table.name).sort(), ['chunks', 'documents'])
    await database.close()
  })

  withServer('a statement that runs too long is ended', async (connectionString) => {
    const database = await openPostgres({ connectionString, logger: quietLogger, statementTimeoutMs: 1000 })
    await assert.rejects(
      database.write((tx) => sql`select pg_sleep(30)`.execute(tx)),
      /statement timeout/,
    )
    await database.ping()
    await database.close()
  })
})
