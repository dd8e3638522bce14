import assert from 'node:assert/strict'
import { addDocument, forEachDatabase } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type JobId } from '../../core/ids.ts'
import { addToCounters } from '../../database/counters.ts'
import { DONE, JobWaits } from './job-types.ts'
import { aborted, add, counter, gate, handler, pick, runnerOf, testClock } from './runner.fixture.ts'
import type { JobRunner } from './runner.ts'

forEachDatabase('Ends and retries of jobs', (on) => {
  on.test('a job that must wait for something comes back however often, and no attempt counts', async (database, t) => {
    const clock = testClock()
    let away = true
    const reasons: string[] = []
    const runner = runnerOf({
      database,
      t,
      clock,
      handlers: [
        handler(
          async (_, { step }) => {
            if (away) throw new JobWaits(new AppError('not_ready', 'The model is away.', { retryAfter: 8 }))
            await step(DONE, (tx) => addToCounters(tx, { done: 1 }))
          },
          { onWaiting: async (_, __, error) => void reasons.push(error.detail) },
        ),
      ],
    })
    await runner.start()
    const id = await add(runner, database)
    for (let n = 0; n < 20; n++) {
      await runner.settled()
      const job = await runner.get(LOCAL_USER, id)
      assert.deepEqual(pick(job), ['queued', 'one', 0, 'not_ready'])
      // Not before the time that was asked for.
      clock.advance(7999)
      await runner.poll()
      await runner.settled()
      assert.equal(reasons.length, n + 1)
      clock.advance(2002)
      await runner.poll()
    }
    await runner.settled()
    away = false
    clock.advance(11_000)
    await runner.poll()
    await runner.settled()
    assert.deepEqual(pick(await runner.get(LOCAL_USER, id)), ['done', 'done', 1, undefined])
    assert.deepEqual(new Set(reasons), new Set(['The model is away.']))
    assert.equal(await counter(database, 'done'), 1)
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
})
