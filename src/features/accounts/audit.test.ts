import assert from 'node:assert/strict'
import { forEachDatabase } from '../../../test/databases.ts'
import { auditRetention, createAudit } from './audit.ts'

const DAY_MS = 86_400_000

forEachDatabase('The audit log', ({ test }) => {
  test('forgets what is older than it is kept, some entries at a time', async (database) => {
    let time = Date.parse('2026-01-01T00:00:00.000Z')
    const clock = { now: () => new Date(time) }
    const audit = createAudit({ database, clock })
    for (let n = 0; n < 10; n++) {
      await audit.record({ actor: null, action: `day.${n}`, outcome: 'failure', address: null, requestId: null })
      time += DAY_MS
    }
    const slices: number[] = []
    await auditRetention(database, clock, 5 * DAY_MS).remove(async (slice) => {
      do slices.push(await slice(2))
      while (slices.at(-1) === 2)
    })
    assert.deepEqual(slices, [2, 2, 1])
    const rows = await database.read.selectFrom('audit_log').select('action').orderBy('id').execute()
    assert.deepEqual(
      rows.map(({ action }) => action),
      ['day.5', 'day.6', 'day.7', 'day.8', 'day.9'],
    )
  })
})
