import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, newJobId, type JobId } from '../../core/ids.ts'
import { addToCounters } from '../../database/counters.ts'
import { DONE, type JobEvent } from './job-types.ts'
import { add, counter, gate, handler, runnerOf, testClock } from './runner.fixture.ts'

forEachDatabase('Waiting for jobs', (on) => {
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
