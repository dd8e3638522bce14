import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addDocument, addUser, forEachDatabase, temporaryDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, type DocumentId, type JobId } from '../../core/ids.ts'
import { eventually } from '../../../test/service.ts'
import { addToCounters } from '../../database/counters.ts'
import { DONE, JobLost, type JobHandler } from './job-types.ts'
import { aborted, add, counter, gate, handler, LEASE_MS, runnerOf, testClock } from './runner.fixture.ts'

forEachDatabase('Claims and leases of jobs', (on) => {
  on.test('a job whose transaction is undone was never there', async (database, t) => {
    const runner = runnerOf({ database, t, handlers: [handler(() => Promise.resolve())] })
    const undone = database.write(async (tx) => {
      await runner.enqueue(tx, { owner: LOCAL_USER, kind: 'work' })
      throw new Error('undone')
    })
    await assert.rejects(undone, /undone/)
    assert.equal((await runner.list(LOCAL_USER, 10, 0)).total, 0)
  })

  on.test('refuses to start over a job that nothing handles', async (database, t) => {
    const old = runnerOf({ database, t, handlers: [handler(() => Promise.resolve(), { kind: 'old' })] })
    await database.write((tx) => old.enqueue(tx, { owner: LOCAL_USER, kind: 'old' }))
    const runner = runnerOf({ database, t, handlers: [handler(() => Promise.resolve())] })
    await assert.rejects(runner.start(), /unfinished jobs "old" at the stage "one"/)
  })

  on.test('moves waiting jobs when a stage has another lane now', async (database, t) => {
    const before = runnerOf({ database, t, handlers: [handler(() => Promise.resolve())] })
    const { id } = await database.write((tx) => before.enqueue(tx, { owner: LOCAL_USER, kind: 'work', stage: 'two' }))
    const lanes = { one: 'words', two: 'vectors', late: 'vectors' }
    const runner = runnerOf({
      database,
      t,
      handlers: [handler(() => Promise.resolve(), { lanes })],
      options: { lanes: { words: 0, vectors: 1 } },
    })
    await runner.start()
    assert.equal((await runner.waitFor(id, DONE, 10_000)).state, 'done')
  })

  on.test('begins jobs in the order in which they came', async (database, t) => {
    const clock = testClock()
    const begun: JobId[] = []
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [handler((job) => void begun.push(job.id) as unknown as Promise<void>)],
      options: { lanes: { words: 1, vectors: 1 } },
    })
    const ids: JobId[] = []
    for (let n = 0; n < 8; n += 1) {
      ids.push(await add(runner, database))
      if (n % 3 === 0) clock.advance(5)
    }
    await runner.start()
    await runner.settled()
    assert.deepEqual(begun, ids)
  })

  on.test(
    'gives one owner no more of a lane than its share, in the order in which the jobs came',
    async (database, t) => {
      const [first, second] = [await addUser(database, 'first'), await addUser(database, 'second')]
      const begun: string[] = []
      const slow = [gate(), gate(), gate()]
      const runner = runnerOf({
        database,
        t,
        handlers: [
          handler(async ({ ownerId: owner, stage }) => {
            begun.push(`${owner} ${stage}`)
            if (owner === first && stage === 'one')
              await slow[begun.filter((each) => each === 'first one').length - 1]?.promise
          }),
        ],
        options: { lanes: { words: 4, vectors: 1 }, perOwner: { words: 2 } },
      })
      for (const owner of [first, first, first, second]) await add(runner, database, { owner })
      await add(runner, database, { owner: first, stage: 'late' })
      await runner.start()
      // Two of the first one's are at work, and a third waits; the other's has been done beside them, and another lane is free.
      while ((await runner.countByState()).get('done') !== 2) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.deepEqual(begun.toSorted(), ['first late', 'first one', 'first one', 'second one'])
      for (const { resolve } of slow) resolve()
      await runner.settled()
      assert.equal((await runner.countByState()).get('done'), 5)
    },
  )

  on.test('never works twice on one document at a time', async (database, t) => {
    const documents = [await addDocument(database), await addDocument(database)]
    const busy = new Set<DocumentId | null>()
    let most = 0
    const runners = [0, 1].map(() =>
      runnerOf({
        database,
        t,
        handlers: [
          handler(async (job, { step }) => {
            assert.equal(busy.has(job.documentId), false)
            busy.add(job.documentId)
            most = Math.max(most, busy.size)
            await step('two', (tx) => addToCounters(tx, { runs: 1 }))
            busy.delete(job.documentId)
          }),
        ],
        options: { lanes: { words: 3, vectors: 1 } },
      }),
    )
    const [first] = runners
    assert.ok(first)
    for (let n = 0; n < 12; n += 1) await add(first, database, { documentId: documents[n % 2] ?? null })
    await Promise.all(runners.map((runner) => runner.start()))
    // What one runner's job held back is left to the next look.
    while ((await first.countByState()).get('done') !== 12) {
      await Promise.all(runners.map((runner) => runner.poll()))
      await Promise.all(runners.map((runner) => runner.settled()))
    }
    assert.ok(most <= 2)
    assert.equal(await counter(database, 'runs'), 12)
  })

  on.test('two runners never run one job twice', async (database, t) => {
    const runs = new Map<JobId, number>()
    const runners = [0, 1].map(() =>
      runnerOf({
        database,
        t,
        handlers: [
          handler(async (job, { step }) => {
            runs.set(job.id, (runs.get(job.id) ?? 0) + 1)
            await step(DONE, (tx) => addToCounters(tx, { effects: 1 }))
          }),
        ],
        options: { lanes: { words: 4, vectors: 1 } },
      }),
    )
    const [first] = runners
    assert.ok(first)
    const ids = await Promise.all(Array.from({ length: 40 }, () => add(first, database)))
    await Promise.all(runners.map((runner) => runner.start()))
    while ((await first.countByState()).get('done') !== ids.length) {
      await Promise.all(runners.map((runner) => runner.poll()))
      await Promise.all(runners.map((runner) => runner.settled()))
    }
    assert.deepEqual(
      [...runs.values()],
      ids.map(() => 1),
    )
    assert.equal(await counter(database, 'effects'), ids.length)
  })

  on.test('an expired lease is taken over, and the slow attempt changes nothing any more', async (database, t) => {
    const clock = testClock()
    const [slow, held] = [gate(), gate()]
    const outcome = Promise.withResolvers<unknown>()
    const sleepy = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (_, { step }) => {
          held.resolve()
          await slow.promise
          await step(DONE, (tx) => addToCounters(tx, { effect: 1 })).then(outcome.resolve, (error: unknown) => {
            outcome.resolve(error)
            throw error
          })
        }),
      ],
    })
    await sleepy.start()
    const id = await add(sleepy, database)
    await held.promise

    const attempts: number[] = []
    const awake = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (job, { step }) => {
          attempts.push(job.attempts)
          // The slow attempt wakes up while this one holds the job.
          slow.resolve()
          await outcome.promise
          await step(DONE, (tx) => addToCounters(tx, { effect: 1 }))
        }),
      ],
    })
    await awake.start()
    await awake.settled()
    assert.deepEqual(attempts, [], 'the lease still holds')
    clock.advance(LEASE_MS + 1)
    await awake.poll()
    await awake.settled()
    assert.deepEqual(attempts, [2])
    assert.ok((await outcome.promise) instanceof JobLost)
    await sleepy.settled()
    assert.equal(await counter(database, 'effect'), 1)
    assert.equal((await awake.get(LOCAL_USER, id)).state, 'done')
  })

  on.test('a heartbeat keeps a lease, and tells an attempt that it has lost its job', async (database, t) => {
    const clock = testClock()
    const begun = gate()
    let reason: unknown
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (_, { signal }) => {
          begun.resolve()
          await aborted(signal).catch((error: unknown) => {
            reason = error
          })
        }),
      ],
    })
    const other = runnerOf({ database, t, clock, handlers: [handler(() => Promise.resolve())] })
    await runner.start()
    await other.start()
    await other.settled()
    const id = await add(runner, database)
    await begun.promise
    for (let n = 0; n < 4; n += 1) {
      clock.advance(LEASE_MS * 0.9)
      await runner.heartbeat()
      await other.poll()
    }
    assert.equal((await runner.get(LOCAL_USER, id)).state, 'running')
    clock.advance(LEASE_MS + 1)
    await other.poll()
    await other.settled()
    assert.equal((await runner.get(LOCAL_USER, id)).state, 'done')
    await runner.heartbeat()
    await runner.settled()
    assert.equal((reason as { reason?: string }).reason, 'lost')
  })

  on.test('what a dead process left is gone on with at its stage, each step exactly once', async (database, t) => {
    const stages: string[] = []
    const hung = gate()
    const stepwise = (hangAfter: string | undefined): JobHandler =>
      handler(async (job, { step }) => {
        stages.push(`${job.stage} ${job.attempts}`)
        if (job.stage === 'one') await step('two', (tx) => addToCounters(tx, { first: 1 }))
        // The one that counts as dead may still take a job: it does it then.
        if (hangAfter === 'one' && job.attempts === 1) {
          hung.resolve()
          await new Promise(() => undefined)
        }
        await step(DONE, (tx) => addToCounters(tx, { second: 1 }))
      })
    const dead = runnerOf({ database, t, handlers: [stepwise('one')] })
    await dead.start()
    const id = await add(dead, database)
    await hung.promise
    const alive = runnerOf({ database, t, handlers: [stepwise(undefined)], options: { soleInstance: true } })
    await alive.start()
    assert.equal((await alive.waitFor(id, DONE, 10_000)).state, 'done')
    assert.deepEqual(stages, ['one 1', 'two 2'])
    assert.deepEqual([await counter(database, 'first'), await counter(database, 'second')], [1, 1])
  })

  on.test('the words lane never waits behind the vectors lane', async (database, t) => {
    const clock = testClock()
    const blocked = gate()
    const runs: string[] = []
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (job, { step }) => {
          runs.push(`${job.stage} ${job.attempts}`)
          if (job.stage === 'one') return step('late', (tx) => addToCounters(tx, { words: 1 }))
          await blocked.promise
          await step(DONE, (tx) => addToCounters(tx, { vectors: 1 }))
        }),
      ],
      options: { lanes: { words: 1, vectors: 1 } },
    })
    await runner.start()
    const ids = []
    for (let n = 0; n < 5; n += 1) ids.push(await add(runner, database))
    const jobs = await Promise.all(ids.map((id) => runner.waitFor(id, 'late', 10_000)))
    assert.deepEqual(
      jobs.map((job) => job.stage),
      ids.map(() => 'late'),
    )
    assert.equal(await counter(database, 'words'), 5)
    assert.equal(await counter(database, 'vectors'), 0)
    await eventually(
      async () => (await runner.countByState()).get('running'),
      (running) => running === 1,
    )
    blocked.resolve()
    for (const id of ids) assert.equal((await runner.waitFor(id, DONE, 10_000)).state, 'done')
    assert.equal(await counter(database, 'vectors'), 5)
    assert.deepEqual(runs.filter((run) => run === 'late 1').length, 5)
  })

  on.test('a lane gives way to another one at work, though not for ever', async (database, t) => {
    const clock = testClock()
    const gates = [gate(), gate()]
    const [first, second] = gates
    const log: string[] = []
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (job) => {
          log.push(job.stage)
          if (job.stage === 'late') return
          await gates.shift()?.promise
          log.push('end of one')
        }),
      ],
      options: { lanes: { words: 1, vectors: 1 }, yields: { vectors: { to: 'words', ms: 5000 } } },
    })
    // More than once, so that a claim that the first look began has come through.
    const look = async () => {
      for (let n = 0; n < 5; n += 1) await runner.poll()
    }
    await runner.start()
    // Other lanes look at what is at work in this process, which a job is a little later than the database says.
    const begin = async () => {
      const before = log.length
      await runner.waitFor(await add(runner, database), (job) => job.state === 'running', 10_000)
      while (log.length === before) await sleep(5)
    }
    await begin()
    // It begins to give way when it first looks; by now it may not have.
    await look()
    const late = await add(runner, database, { stage: 'late' })
    clock.advance(4999)
    await look()
    assert.equal((await runner.get(LOCAL_USER, late)).state, 'queued')
    clock.advance(1)
    await look()
    await runner.waitFor(late, DONE, 10_000)
    // It has given way once; until the other lane has made a pause it does not do so again.
    await runner.waitFor(await add(runner, database, { stage: 'late' }), DONE, 10_000)
    first?.resolve()
    await runner.settled()

    await begin()
    await look()
    const last = await add(runner, database, { stage: 'late' })
    await look()
    assert.equal((await runner.get(LOCAL_USER, last)).state, 'queued')
    second?.resolve()
    await runner.waitFor(last, DONE, 10_000)
    assert.deepEqual(log, ['one', 'late', 'late', 'end of one', 'one', 'end of one', 'late'])
  })
})

test('mistakes in the registry stop the start', async (t) => {
  const database = await temporaryDatabase(t)
  const run = (): Promise<void> => Promise.resolve()
  const make = (handlers: readonly JobHandler[]) => () => runnerOf({ database, t, handlers })
  assert.throws(make([handler(run), handler(run)]), /Two handlers .* "work"/)
  assert.throws(make([handler(run, { firstStage: 'zero' })]), /"zero", which has no lane/)
  assert.throws(make([handler(run, { lanes: { one: 'nowhere' } })]), /No concurrency .* "nowhere"/)
  const runner = make([handler(run)])()
  await assert.rejects(add(runner, database, { kind: 'unknown' }), /No handler .* "unknown"/)
  await assert.rejects(add(runner, database, { stage: 'unknown' }), /no stage "unknown"/)
})
