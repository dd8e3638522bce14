import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { addDocument, addUser, forEachDatabase, quietLogger, temporarySqlite } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, newJobId, type DocumentId, type JobId } from '../../core/ids.ts'
import { addToCounters, readCounters } from '../../database/counters.ts'
import type { Database } from '../../database/database.ts'
import { DONE, JobLost, type Job, type JobEvent, type JobHandler } from './job-types.ts'
import type { NewJob } from './jobs.ts'
import { createJobRunner, type JobRunner, type RunnerOptions } from './runner.ts'

const LEASE_MS = 30_000
/** The timers of the runner do not fire in tests: `poll` and `heartbeat` are called instead. */
const NEVER = 2 ** 30

const handler = (run: JobHandler['run'], more: Partial<JobHandler> = {}): JobHandler => ({
  kind: 'work',
  lanes: { one: 'words', two: 'words', late: 'vectors' },
  firstStage: 'one',
  run,
  ...more,
})

/** Time that only the test moves. */
function testClock() {
  let time = Date.parse('2026-03-01T10:00:00.000Z')
  return {
    now: () => new Date(time),
    advance(ms: number) {
      time += ms
    },
  }
}

interface Setup {
  readonly database: Database
  readonly t: TestContext
  readonly handlers: readonly JobHandler[]
  readonly clock?: ReturnType<typeof testClock>
  readonly options?: Partial<RunnerOptions>
}

let instances = 0

function runnerOf({ database, t, handlers, clock = testClock(), options = {} }: Setup): JobRunner {
  instances += 1
  const runner = createJobRunner({
    database,
    clock,
    logger: quietLogger,
    handlers,
    lanes: { words: 2, vectors: 1 },
    instance: `test-${instances}`,
    soleInstance: false,
    leaseMs: LEASE_MS,
    pollMs: NEVER,
    stopMs: 50,
    random: () => 1,
    ...options,
  })
  t.after(() => runner.stop())
  return runner
}

async function add(runner: JobRunner, database: Database, job: Partial<NewJob> = {}): Promise<JobId> {
  const { id } = await database.write((tx) => runner.enqueue(tx, { owner: LOCAL_USER, kind: 'work', ...job }))
  runner.wake()
  return id
}

/** A promise that the test settles. */
const gate = () => Promise.withResolvers<void>()

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })

const counter = async (database: Database, name: string): Promise<number> =>
  (await readCounters(database.read, name)).get(name) ?? 0

forEachDatabase('The job runner', (on) => {
  on.test('works through the stages of a job and tells who watches', async (database, t) => {
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(async (job, { step, progress }) => {
          assert.equal(job.stage, 'one')
          assert.equal(job.attempts, 1)
          await step('two', (tx) => addToCounters(tx, { one: 1 }))
          progress({ stage: 'two', done: 1, total: 2, message: 'half' })
          await step(DONE, (tx) => addToCounters(tx, { two: 1 }))
        }),
      ],
    })
    const { id } = await database.write((tx) => runner.enqueue(tx, { owner: LOCAL_USER, kind: 'work' }))
    const events: JobEvent[] = []
    const over = gate()
    runner.subscribe(id, (event) => {
      events.push(event)
      if (event.type !== 'progress') over.resolve()
    })
    await runner.start()
    await over.promise
    await runner.settled()
    assert.deepEqual(
      events.slice(-3).map((event) => [event.type, event.job.stage, event.job.done]),
      [
        ['progress', 'two', 0],
        ['progress', 'two', 1],
        ['done', 'done', 1],
      ],
    )
    const job = await runner.get(LOCAL_USER, id)
    assert.deepEqual([job.state, job.stage, job.done, job.total, job.error], ['done', 'done', 1, 2, null])
    assert.deepEqual([await counter(database, 'one'), await counter(database, 'two')], [1, 1])
  })

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
        if (hangAfter === 'one') {
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

  on.test('a step that fails half way leaves nothing, and is done once in the end', async (database, t) => {
    const clock = testClock()
    let fail = true
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler((_, { step }) =>
          step(DONE, async (tx) => {
            await addToCounters(tx, { effect: 1 })
            if (fail) throw new Error('half way')
          }),
        ),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    await runner.settled()
    assert.equal(await counter(database, 'effect'), 0)
    assert.deepEqual(pick(await runner.get(LOCAL_USER, id)), ['queued', 'one', 1, 'internal_error'])
    fail = false
    clock.advance(1000)
    await runner.poll()
    await runner.settled()
    assert.equal(await counter(database, 'effect'), 1)
    assert.deepEqual(pick(await runner.get(LOCAL_USER, id)), ['done', 'done', 2, undefined])
  })

  on.test('tries again after growing waits, then gives up with the reason', async (database, t) => {
    const clock = testClock()
    let runs = 0
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(
          () => {
            runs += 1
            return Promise.reject(new AppError('upstream_failed', `The other server is away (${runs}).`))
          },
          { onFailed: (tx, _, error) => addToCounters(tx, { [`failed ${error.code}`]: 1 }) },
        ),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    await runner.settled()
    for (const wait of [1000, 2000, 4000, 8000]) {
      assert.equal((await runner.get(LOCAL_USER, id)).state, 'queued')
      const before = runs
      clock.advance(wait - 1)
      await runner.poll()
      await runner.settled()
      assert.equal(runs, before, `not before ${wait} ms`)
      clock.advance(1)
      await runner.poll()
      await runner.settled()
      assert.equal(runs, before + 1)
    }
    const job = await runner.get(LOCAL_USER, id)
    assert.deepEqual([job.state, job.attempts], ['failed', 5])
    assert.deepEqual(job.error, { code: 'upstream_failed', detail: 'The other server is away (5).' })
    assert.equal(await counter(database, 'failed upstream_failed'), 1)
  })

  on.test('an error that cannot go away fails the job at once, even where its hook fails too', async (database, t) => {
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(() => Promise.reject(new AppError('document_encrypted', 'It asks for a password.')), {
          onFailed: () => Promise.reject(new Error('the hook is broken')),
        }),
      ],
    })
    await runner.start()
    const job = await runner.waitFor(await add(runner, database), DONE, 10_000)
    assert.deepEqual([job.state, job.attempts], ['failed', 1])
    assert.deepEqual(job.error, { code: 'document_encrypted', detail: 'It asks for a password.' })
  })

  on.test('a job that ends the process each time is given up', async (database, t) => {
    const document = await addDocument(database)
    let runs = 0
    const deadly = handler(
      () => {
        runs += 1
        return new Promise(() => undefined)
      },
      { onFailed: (tx) => addToCounters(tx, { given_up: 1 }) },
    )
    let id: JobId | undefined
    for (let life = 0; life < 6; life += 1) {
      const runner = runnerOf({ database, t, handlers: [deadly], options: { soleInstance: true } })
      await runner.start()
      id ??= await add(runner, database, { documentId: document })
      if (life < 5) await runner.waitFor(id, (job) => job.state === 'running' && job.attempts === life + 1, 10_000)
    }
    assert.equal(runs, 5)
    const row = await database.read.selectFrom('jobs').selectAll().executeTakeFirstOrThrow()
    assert.deepEqual([row.id, row.state, row.attempts], [id, 'failed', 5])
    assert.match(row.error_detail ?? '', /stopped 5 times/)
    assert.equal(await counter(database, 'given_up'), 1)
  })

  on.test('a queued job is cancelled at once and can be retried', async (database, t) => {
    let runs = 0
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(
          () => {
            runs += 1
            return Promise.resolve()
          },
          {
            onCancelled: (tx) => addToCounters(tx, { cancelled: 1 }),
            onRetried: (tx) => addToCounters(tx, { retried: 1 }),
          },
        ),
      ],
    })
    const id = await add(runner, database)
    const events: string[] = []
    runner.subscribe(id, (event) => events.push(event.type))
    assert.equal((await runner.cancel(LOCAL_USER, id)).state, 'cancelled')
    assert.equal((await runner.cancel(LOCAL_USER, id)).state, 'cancelled')
    assert.equal(await counter(database, 'cancelled'), 1)
    await runner.start()
    await runner.settled()
    assert.equal(runs, 0)
    assert.equal(events.at(-1), 'cancelled')
    assert.equal((await runner.retry(LOCAL_USER, id)).attempts, 0)
    await runner.settled()
    assert.equal(runs, 1)
    assert.equal(await counter(database, 'retried'), 1)
    await assert.rejects(runner.retry(LOCAL_USER, id), { code: 'conflict', message: /this one is done/ })
  })

  on.test(
    'a running job is stopped when it is cancelled, and keeps nothing of its present step',
    async (database, t) => {
      const begun = gate()
      const runner = runnerOf({
        database,
        t,
        handlers: [
          handler(
            async (_, { signal, step }) => {
              await step('two', (tx) => addToCounters(tx, { before: 1 }))
              begun.resolve()
              await aborted(signal).catch(() => undefined)
              await step(DONE, (tx) => addToCounters(tx, { after: 1 }))
            },
            { onCancelled: (tx) => addToCounters(tx, { cancelled: 1 }) },
          ),
        ],
      })
      await runner.start()
      const id = await add(runner, database)
      await begun.promise
      const asked = await runner.cancel(LOCAL_USER, id)
      assert.deepEqual([asked.state, asked.cancelRequested], ['running', true])
      await runner.settled()
      const job = await runner.get(LOCAL_USER, id)
      assert.deepEqual([job.state, job.stage, job.cancelRequested], ['cancelled', 'two', false])
      const totals = [
        await counter(database, 'before'),
        await counter(database, 'after'),
        await counter(database, 'cancelled'),
      ]
      assert.deepEqual(totals, [1, 0, 1])
    },
  )

  on.test('a deleted document stops its jobs, running and queued', async (database, t) => {
    const document = await addDocument(database)
    const begun = gate()
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(async (_, { signal }) => {
          begun.resolve()
          await aborted(signal)
        }),
      ],
    })
    await runner.start()
    const running = await add(runner, database, { documentId: document })
    const queued = await add(runner, database, { documentId: document })
    await begun.promise
    await database.write((tx) => runner.cancelOfDocument(tx, document))
    runner.wake()
    await runner.settled()
    assert.equal((await runner.get(LOCAL_USER, running)).state, 'cancelled')
    assert.equal((await runner.get(LOCAL_USER, queued)).state, 'cancelled')
  })

  on.test('a job that stumbles over its deleted document is cancelled, not failed', async (database, t) => {
    const document = await addDocument(database)
    const runner: JobRunner = runnerOf({
      database,
      t,
      handlers: [
        handler(async () => {
          await database.write((tx) => runner.cancelOfDocument(tx, document))
          throw new AppError('document_corrupt', 'Its bytes are missing.')
        }),
      ],
    })
    const id = await add(runner, database, { documentId: document })
    await runner.start()
    const job = await runner.waitFor(id, DONE, 10_000)
    assert.deepEqual([job.state, job.error], ['cancelled', null])
  })

  on.test('another instance hears of a cancelled job too', async (database, t) => {
    const begun = gate()
    const working = runnerOf({
      database,
      t,
      handlers: [
        handler(async (_, { signal }) => {
          begun.resolve()
          await aborted(signal)
        }),
      ],
    })
    const asking = runnerOf({ database, t, handlers: [handler(() => Promise.resolve())] })
    await working.start()
    const id = await add(working, database)
    await begun.promise
    const events: string[] = []
    asking.subscribe(id, (event) => events.push(event.type))
    await asking.cancel(LOCAL_USER, id)
    await working.poll()
    await working.settled()
    await asking.poll()
    assert.equal(events.at(-1), 'cancelled')
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
    assert.equal((await runner.countByState()).get('running'), 1)
    blocked.resolve()
    for (const id of ids) assert.equal((await runner.waitFor(id, DONE, 10_000)).state, 'done')
    assert.equal(await counter(database, 'vectors'), 5)
    assert.deepEqual(runs.filter((run) => run === 'late 1').length, 5)
  })

  on.test('a stop gives jobs back without counting the attempt', async (database, t) => {
    const begun = gate()
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(async (job, { signal }) => {
          if (job.attempts === 1) begun.resolve()
          await aborted(signal)
        }),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    await begun.promise
    await runner.stop()
    assert.deepEqual(pick(await runner.get(LOCAL_USER, id)), ['queued', 'one', 0, undefined])
    const next = runnerOf({ database, t, handlers: [handler(() => Promise.resolve())] })
    await next.start()
    assert.deepEqual(pick(await next.waitFor(id, DONE, 10_000)), ['done', 'done', 1, undefined])
  })

  on.test('a stop does not wait for a handler that does not listen', async (database, t) => {
    const [begun, deaf] = [gate(), gate()]
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(async (_, { step }) => {
          begun.resolve()
          await deaf.promise
          await step(DONE, (tx) => addToCounters(tx, { effect: 1 }))
        }),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    await begun.promise
    await runner.stop()
    deaf.resolve()
    await runner.settled()
    assert.deepEqual(pick(await runner.get(LOCAL_USER, id)), ['queued', 'one', 0, undefined])
    assert.equal(await counter(database, 'effect'), 0)
  })

  on.test('waiting for a job ends at its stage, at its end, or after a time', async (database, t) => {
    const hold = gate()
    const runner = runnerOf({
      database,
      t,
      handlers: [
        handler(async (_, { step }) => {
          await step('two', () => Promise.resolve())
          await hold.promise
        }),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    assert.equal((await runner.waitFor(id, 'two', 10_000)).stage, 'two')
    assert.equal((await runner.waitFor(id, 'late', 5)).stage, 'two')
    await assert.rejects(runner.waitFor(newJobId(), 'two', 1000), { code: 'not_found' })
    const stopped = new AbortController()
    const waiting = runner.waitFor(id, 'late', 10_000, stopped.signal)
    stopped.abort(new Error('the client went away'))
    await assert.rejects(waiting, /client went away/)
    hold.resolve()
    assert.equal((await runner.waitFor(id, 'late', 10_000)).state, 'done')
  })

  on.test("an owner's jobs are his alone, newest first", async (database, t) => {
    const clock = testClock()
    const other = await addUser(database, 'other')
    const runner = runnerOf({ database, t, clock, handlers: [handler(() => Promise.resolve())] })
    const mine: JobId[] = []
    for (let n = 0; n < 5; n += 1) {
      mine.push(await add(runner, database))
      clock.advance(n % 2)
    }
    const theirs = await add(runner, database, { owner: other })
    const { jobs, total } = await runner.list(LOCAL_USER, 2, 1)
    assert.equal(total, 5)
    assert.deepEqual(
      jobs.map((job) => job.id),
      [mine[3], mine[2]],
    )
    await assert.rejects(runner.get(LOCAL_USER, theirs), { code: 'not_found' })
    await assert.rejects(runner.cancel(LOCAL_USER, theirs), { code: 'not_found' })
    await assert.rejects(runner.retry(LOCAL_USER, theirs), { code: 'not_found' })
    assert.equal((await runner.get(other, theirs)).state, 'queued')
  })

  on.test('progress is told at once and stored now and then', async (database, t) => {
    const clock = testClock()
    const [told, go] = [gate(), gate()]
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(async (_, { progress }) => {
          for (let done = 1; done <= 50; done += 1) progress({ stage: 'one', done, total: 100, message: '' })
          clock.advance(1000)
          progress({ stage: 'one', done: 51, total: 100, message: 'half' })
          progress({ stage: 'one', done: 52, total: 100, message: 'half' })
          told.resolve()
          await go.promise
        }),
      ],
    })
    const id = await add(runner, database)
    const heard: number[] = []
    runner.subscribe(id, (event) => event.type === 'progress' && heard.push(event.done))
    await runner.start()
    await told.promise
    assert.deepEqual(heard.slice(-2), [51, 52])
    while ((await runner.get(LOCAL_USER, id)).done === 0) await new Promise(setImmediate)
    assert.deepEqual([(await runner.get(LOCAL_USER, id)).done, heard.length > 50], [51, true])
    go.resolve()
    await runner.settled()
  })
})

test('mistakes in the registry stop the start', async (t) => {
  const database = await temporarySqlite(t)
  const run = (): Promise<void> => Promise.resolve()
  const make = (handlers: readonly JobHandler[]) => () => runnerOf({ database, t, handlers })
  assert.throws(make([handler(run), handler(run)]), /Two handlers .* "work"/)
  assert.throws(make([handler(run, { firstStage: 'zero' })]), /"zero", which has no lane/)
  assert.throws(make([handler(run, { lanes: { one: 'nowhere' } })]), /No concurrency .* "nowhere"/)
  const runner = make([handler(run)])()
  await assert.rejects(add(runner, database, { kind: 'unknown' }), /No handler .* "unknown"/)
  await assert.rejects(add(runner, database, { stage: 'unknown' }), /no stage "unknown"/)
})

const pick = (job: Job): unknown[] => [job.state, job.stage, job.attempts, job.error?.code]
