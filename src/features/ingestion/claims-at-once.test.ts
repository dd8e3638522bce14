import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER } from '../../core/ids.ts'
import { createJobRegistry } from './job-registry.ts'
import { createJobsRepository } from './jobs.ts'
import { handler, LEASE_MS, testClock } from './runner.fixture.ts'

forEachDatabase('Two instances that claim at the same moment', (on) => {
  // SQLite has one writer, so there a claim is over before the next one begins.
  if (on.dialect === 'sqlite') return

  on.test('take different jobs, and neither waits for the other', async (database) => {
    const clock = testClock()
    const registry = createJobRegistry([handler(() => Promise.resolve())])
    const repository = createJobsRepository(database.dialect, clock, registry)
    const leaseUntil = new Date(clock.now().getTime() + LEASE_MS).toISOString()
    const job = { owner: LOCAL_USER, kind: 'work' }
    const ids = await database.write(async (tx) => [
      (await repository.enqueue(tx, job)).id,
      (await repository.enqueue(tx, job)).id,
    ])
    const taken = await database.write(async (one) => {
      const first = await repository.claim(one, { lane: 'words', token: 'first', leaseUntil })
      // That is not committed yet, so the row is locked: a claim that waits for it ends here with an error.
      const others = await database.write(async (other) => {
        await sql`set local lock_timeout = '10s'`.execute(other)
        const second = await repository.claim(other, { lane: 'words', token: 'second', leaseUntil })
        return [second, await repository.claim(other, { lane: 'words', token: 'third', leaseUntil })]
      })
      return [first, ...others]
    })
    const [first, second, third] = taken.map((claimed) => claimed?.id)
    assert.deepEqual(new Set([first, second]), new Set(ids))
    assert.equal(third, undefined)
  })
})
