import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { startPostgres } from '../../../test/postgres.ts'
import { quietLogger } from '../../../test/quiet-logger.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { openPostgres } from './open.ts'

test('an instance that starts while another one migrates waits for it, and migrates nothing again', async (t) => {
  const server = await startPostgres()
  if ('missing' in server) return t.skip(server.missing)
  t.after(() => server.stop())
  const connectionString = await server.createDatabase()

  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const seen = { runs: 0, opened: false }
  const slow = async (): Promise<void> => {
    seen.runs++
    begun.resolve()
    await goOn.promise
  }
  const open = () =>
    openPostgres({ connectionString, logger: quietLogger, migrations: { ...MIGRATIONS, '0999-slow': slow } })
  const first = open()
  await begun.promise
  const second = open().finally(() => (seen.opened = true))
  // Both are awaited after the watch.
  second.catch(() => undefined)

  const watcher = new Client(connectionString)
  await watcher.connect()
  const waitsFor = async (): Promise<string[]> => {
    const { rows } = await watcher.query<{ what: string }>(
      `select wait_event as what from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return rows.map(({ what }) => what)
  }
  while ((await waitsFor()).length === 0 && seen.runs === 1 && !seen.opened) await sleep(20)
  const during = { waitsFor: await waitsFor(), ...seen }
  await watcher.end()
  goOn.resolve()
  const ends = await Promise.allSettled([first, second])
  for (const end of ends) if (end.status === 'fulfilled') await end.value.close()
  assert.deepEqual(during, { waitsFor: ['advisory'], runs: 1, opened: false })
  assert.deepEqual([ends.map(({ status }) => status), seen.runs], [['fulfilled', 'fulfilled'], 1])
})
