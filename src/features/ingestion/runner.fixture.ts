// What the tests of the job runner share: handlers, runners and jobs on a database of the test's own.
import type { TestContext } from 'node:test'
import { quietLogger } from '../../../test/databases.ts'
import { LOCAL_USER, type JobId } from '../../core/ids.ts'
import { readCounters } from '../../database/counters.ts'
import type { Database } from '../../database/database.ts'
import type { Job, JobHandler } from './job-types.ts'
import type { NewJob } from './jobs.ts'
import { createJobRunner, type JobRunner, type RunnerOptions } from './runner.ts'

export const LEASE_MS = 30_000
/** The timers of the runner do not fire in tests: `poll` and `heartbeat` are called instead. */
const NEVER = 2 ** 30

export const handler = (run: JobHandler['run'], more: Partial<JobHandler> = {}): JobHandler => ({
  kind: 'work',
  lanes: { one: 'words', two: 'words', late: 'vectors' },
  firstStage: 'one',
  run,
  ...more,
})

/** Time that only the test moves. */
export function testClock() {
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

export function runnerOf({ database, t, handlers, clock = testClock(), options = {} }: Setup): JobRunner {
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

export async function add(runner: JobRunner, database: Database, job: Partial<NewJob> = {}): Promise<JobId> {
  const { id } = await database.write((tx) => runner.enqueue(tx, { owner: LOCAL_USER, kind: 'work', ...job }))
  runner.wake()
  return id
}

/** A promise that the test settles. */
export const gate = () => Promise.withResolvers<void>()

export const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })

export const counter = async (database: Database, name: string): Promise<number> =>
  (await readCounters(database.read, name)).get(name) ?? 0

/** State, stage, attempts and error code. */
export const pick = (job: Job): unknown[] => [job.state, job.stage, job.attempts, job.error?.code]
