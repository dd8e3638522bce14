import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { forEachDatabase, quietLogger } from '../../../test/databases.ts'
import type { Database } from '../../database/database.ts'
import type { Instances } from '../../database/instances.ts'
import { createHostTurns } from './host-turns.ts'
import { createTurns, type Turns } from './turns.ts'

const HOUR = 3_600_000

/** An instance whose clock is one that the test sets. */
function instance(database: Database, id: string, clock: { now(): Date }): Turns {
  const instances = { id, alone: false, clock } as Instances
  return createTurns(clock, createHostTurns({ database, instances, logger: quietLogger }))
}

forEachDatabase('The turns of a host', ({ test }) => {
  test('one instance at a time asks it, and each has its turn', async (database) => {
    const clock = { now: () => new Date() }
    const all = ['a', 'b', 'c'].map((id) => instance(database, id, clock))
    let asking = 0
    let most = 0
    const asked: number[] = []
    const ask = (turns: Turns, i: number, host: string) =>
      turns.take(host, 0, undefined, async () => {
        most = Math.max(most, ++asking)
        await new Promise((resolve) => setTimeout(resolve, 20))
        asking--
        asked.push(i)
      })
    await Promise.all(all.flatMap((turns, i) => [ask(turns, i, 'one'), ask(turns, i, 'one')]))
    assert.deepEqual([most, asked.toSorted((x, y) => x - y)], [1, [0, 0, 1, 1, 2, 2]])
    await Promise.all(all.map((turns, i) => ask(turns, i, `host-${i}`)))
    assert.ok(most > 1, 'those of other hosts do not wait')
  })

  test('a pause and a hold bind all instances, and a turn whose instance died runs out', async (database) => {
    let now = Date.now()
    const clock = { now: () => new Date(now) }
    const [a, b] = [instance(database, 'a', clock), instance(database, 'b', clock)]
    const asked = (turns: Turns, pauseMs = 0) => turns.take('one', pauseMs, undefined, async () => 'asked')
    const heldUntil = async (): Promise<string> =>
      (await database.read.selectFrom('crawl_turns').select('held_until').executeTakeFirstOrThrow()).held_until
    // By another one each time, as whoever gives up a turn waits longer for the next.
    const isRefused = async (pauseMs = 0): Promise<void> => {
      const third = instance(database, randomUUID(), clock)
      const asked = third.take('one', pauseMs, AbortSignal.timeout(600), () => assert.fail('not asked'))
      await assert.rejects(asked, { name: 'TimeoutError' })
    }
    await asked(a)
    await isRefused(HOUR)
    now += HOUR
    assert.equal(await asked(b, HOUR), 'asked')
    a.hold('one', HOUR)
    while ((await heldUntil()) === '') await new Promise(setImmediate)
    await isRefused()
    now += HOUR + 1
    assert.equal(await asked(b), 'asked')
    // It never comes back.
    const begun = Promise.withResolvers<void>()
    void a.take('one', 0, undefined, () => {
      begun.resolve()
      return new Promise(() => undefined)
    })
    await begun.promise
    await isRefused()
    now += HOUR
    assert.equal(await asked(b), 'asked')
  })
})
