import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addUser, quietLogger } from '../../../test/databases.ts'
import { startPostgresProxy, type PostgresProxy } from '../../../test/postgres-proxy.ts'
import { startPostgres, type PostgresServer } from '../../../test/postgres.ts'
import { eventually } from '../../../test/service.ts'
import { sql } from 'kysely'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, newDocumentId } from '../../core/ids.ts'
import { appendChange } from '../change-log.ts'
import { addToCounters, readCounters } from '../counters.ts'
import type { Database, Tx } from '../database.ts'
import { isConnectionLost } from './lost.ts'
import { openPostgres } from './open.ts'

describe('A PostgreSQL that is lost', () => {
  let server: PostgresServer | undefined
  let missing = ''
  before(async () => {
    const started = await startPostgres()
    if ('missing' in started) missing = started.missing
    else server = started
  })
  after(() => server?.stop())

  const withProxy = (
    name: string,
    run: (database: Database, proxy: PostgresProxy, t: TestContext) => Promise<void>,
  ): void =>
    void test(name, async (t) => {
      if (server === undefined) return t.skip(missing)
      const proxy = await startPostgresProxy(await server.createMigrated())
      const database = await openPostgres({ connectionString: proxy.url, logger: quietLogger })
      t.after(async () => {
        await database.close()
        await proxy.close()
      })
      await run(database, proxy, t)
    })

  const counted = async ({ read }: Database): Promise<number> => (await readCounters(read)).get('a') ?? 0

  withProxy('a query whose connection breaks is asked again', async (database, proxy) => {
    await addUser(database, 'ann')
    proxy.cutAt('from "users"', true)
    const users = await database.read.selectFrom('users').select('id').where('id', '!=', LOCAL_USER).execute()
    assert.deepEqual(
      users.map(({ id }) => id),
      ['ann'],
    )
  })

  withProxy('a transaction that broke before its commit runs again', async (database, proxy) => {
    proxy.cutAt('counters', true)
    await database.write((tx) => addToCounters(tx, { a: 1 }))
    assert.equal(await counted(database), 1)
  })

  for (const isDelivered of [true, false]) {
    const name = isDelivered ? 'whose answer got lost is not done again' : 'that did not arrive is done again'
    withProxy(`a commit ${name}`, async (database, proxy) => {
      let runs = 0
      proxy.cutAt('commit', isDelivered)
      const given = await database.write(async (tx) => {
        await addToCounters(tx, { a: 1 })
        return ++runs
      })
      assert.deepEqual([given, await counted(database)], [isDelivered ? 1 : 2, 1])
    })
  }

  withProxy('a commit that did not arrive is done again though its session waits on', async (database, proxy) => {
    let runs = 0
    proxy.strandAt('commit')
    const given = await database.write(async (tx) => {
      await addToCounters(tx, { a: 1 })
      return ++runs
    })
    assert.deepEqual([given, await counted(database)], [2, 1])
  })

  withProxy('one that only reads, as a primary that became a standby, is away', async (database) => {
    const readOnly = (tx: Tx) => sql`set local transaction_read_only = on`.execute(tx)
    const refused = database.write(async (tx) => {
      await readOnly(tx)
      await addToCounters(tx, { a: 1 })
    })
    await assert.rejects(refused, (error) => error instanceof AppError && error.code === 'not_ready')
  })

  test('it is told from other errors whether it is away', () => {
    const error = (code: string, syscall?: string): Error => Object.assign(new Error(code), { code, syscall })
    for (const code of ['ENOTFOUND', 'EHOSTDOWN', 'ECONNABORTED', '53300', '25006', '08006', '57P01']) {
      assert.equal(isConnectionLost(error(code)), true, code)
    }
    assert.equal(isConnectionLost(error('ENOENT', 'connect')), true)
    assert.equal(isConnectionLost(error('ENOENT', 'open')), false)
    assert.equal(isConnectionLost(error('23505')), false)
  })

  withProxy('while it is away everything says so, and goes on when it is back', async (database, proxy) => {
    // One is idle and one in the middle of a transaction: neither ends the process.
    const begun = Promise.withResolvers<void>()
    const cut = database.write(async (tx) => {
      await addToCounters(tx, { a: 1 })
      begun.resolve()
      await sleep(100)
    })
    await begun.promise
    proxy.away()
    const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'not_ready'
    await Promise.all([
      assert.rejects(cut, isAway),
      assert.rejects(database.ping()),
      assert.rejects(counted(database), isAway),
    ])
    proxy.back()
    await database.ping()
    await database.write((tx) => addToCounters(tx, { a: 1 }))
    assert.equal(await counted(database), 1)
  })

  withProxy('changes are heard of with their commit, and again after the connection broke', async (database, proxy) => {
    const { signals } = database
    assert.ok(signals)
    let heard = 0
    const deafen = signals.on('changes', () => heard++)
    const change = () =>
      database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document: newDocumentId(), version: 1 }))
    const hears = async (work?: () => Promise<unknown>): Promise<void> => {
      const before = heard
      await work?.()
      await eventually(
        async () => heard,
        (now) => now > before,
      )
    }
    // Whoever begins to listen looks at once.
    await hears()
    await hears(change)
    proxy.away()
    proxy.back()
    await hears()
    await hears(change)
    deafen()
  })
})
