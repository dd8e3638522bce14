import assert from 'node:assert/strict'
import { forEachDatabase, quietLogger } from '../../../test/databases.ts'
import { EVERY_MS, startSnapshots } from './snapshots.ts'
import { createStatistics } from './statistics.ts'

forEachDatabase('Statistics of a time', ({ test }) => {
  test('are noted once, however many instances count', async (database, t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    let now = Date.parse('2026-01-02T03:04:05.000Z')
    // They never look at exactly the same time.
    const clock = { now: () => new Date(now++) }
    const deps = { database, clock, logger: quietLogger }
    const statistics = createStatistics(deps)
    const all = [1, 2, 3].map(() => startSnapshots({ ...deps, statistics }))
    const count = async () => (await database.read.selectFrom('statistics_snapshots').select('at').execute()).length
    for (let round = 0; round < 2; round++) {
      now += EVERY_MS
      t.mock.timers.tick(EVERY_MS)
      // Whoever was first has noted them, and the others have looked, when each is closed or asked again.
      while ((await count()) === round) await new Promise(setImmediate)
    }
    await Promise.all(all.map((snapshots) => snapshots.close()))
    assert.equal(await count(), 2)
    await statistics.close()
  })
})
