import { AppError } from '../../core/errors.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import { eventOf, type JobEvents } from './job-events.ts'
import {
  JobInterrupted,
  JobLost,
  JobWaits,
  type Job,
  type JobContext,
  type JobError,
  type JobHandler,
  type JobProgress,
} from './job-types.ts'
import type { JobsRepository, Lease } from './jobs.ts'

export interface AttemptDeps {
  readonly database: Database
  readonly repository: JobsRepository
  readonly clock: Clock
  readonly logger: Logger
  readonly events: JobEvents
  /** How long a job waits after its n-th failed attempt, in milliseconds. */
  readonly backoff: (attempts: number) => number
  /** At least 0, below 1. */
  readonly random: () => number
  /** Called when the job is free for another lane, before the handler has returned. */
  readonly handedOver: () => void
}

/** One run of a handler over one claimed job. */
export interface Attempt {
  readonly lease: Lease
  /** False once the job is over or another lane's, though the handler may still be about something. */
  holds(): boolean
  interrupt(reason: JobInterrupted['reason']): void
  /** Never rejects. */
  readonly ended: Promise<void>
}

/** Progress reaches the table at most this often; watchers hear all of it. */
const NOTE_EVERY_MS = 1000

export function startAttempt(deps: AttemptDeps, handler: JobHandler, claimed: Job, lease: Lease): Attempt {
  const { database, repository, clock, events } = deps
  const logger = deps.logger.child({ job: claimed.id, kind: claimed.kind })
  const controller = new AbortController()
  let job = claimed
  let latest: JobProgress | undefined
  let noting = Promise.resolve()
  let notedAt = clock.now().getTime()

  const note = async (progress: JobProgress): Promise<void> => {
    try {
      await database.write((tx) => repository.note(tx, lease, progress))
    } catch (error) {
      if (error instanceof JobLost) interrupt('lost')
      else logger.warn({ err: error }, "A job's progress could not be stored")
    }
  }

  const progress = (seen: JobProgress): void => {
    if (job.state !== 'running' || controller.signal.aborted) return
    latest = seen
    const { done, total, message } = seen
    events.emit({ type: 'progress', job: { ...job, done, total, message }, ...seen })
    const at = clock.now().getTime()
    if (at - notedAt < NOTE_EVERY_MS) return
    notedAt = at
    noting = noting.then(() => note(seen))
  }

  const step = async <T>(stage: string, work: (tx: Tx) => Promise<T>): Promise<T> => {
    const reason: unknown = controller.signal.reason
    // A stop of the server lets a finished step be kept; whoever cancelled wants none of it.
    if (reason instanceof JobInterrupted && reason.reason !== 'shutdown') throw reason
    if (job.state !== 'running') throw new JobLost()
    await noting
    const [next, result] = await database.write(async (tx) => {
      const advanced = await repository.advance(tx, lease, job, stage, latest)
      return [advanced, await work(tx)] as const
    })
    if (next.stage !== job.stage) latest = undefined
    job = next
    events.emit(eventOf(job))
    if (job.state === 'queued') deps.handedOver()
    if (job.cancelRequested) interrupt('cancelled')
    return result
  }

  const interrupt = (reason: JobInterrupted['reason']): void => {
    if (!controller.signal.aborted) controller.abort(new JobInterrupted(reason))
  }

  /** Ends the job in one transaction with the handler's hook; a hook that fails does not keep the job alive. */
  const end = async (change: (tx: Tx) => Promise<Job>, hook?: (tx: Tx, ended: Job) => Promise<void>): Promise<Job> => {
    try {
      return await database.write(async (tx) => {
        const ended = await change(tx)
        await hook?.(tx, ended)
        return ended
      })
    } catch (error) {
      if (error instanceof JobLost || hook === undefined) throw error
      logger.error({ err: error }, 'The hook of a job failed')
      return database.write(change)
    }
  }

  const waiting = async ({ cause, ms }: JobWaits): Promise<Job> => {
    const error = describeError(cause)
    // Those that wait for the same come back apart.
    const wait = ms * (1 + deps.random() / 4)
    logger.info({ code: error.code, detail: error.detail, wait_ms: Math.round(wait) }, 'A job waits')
    const runAt = new Date(clock.now().getTime() + wait).toISOString()
    return end(
      (tx) => repository.wait(tx, lease, runAt, error),
      (tx, ended) => handler.onWaiting?.(tx, ended, error) ?? Promise.resolve(),
    )
  }

  const afterFailure = async (cause: unknown): Promise<Job> => {
    if (cause instanceof JobWaits) return waiting(cause)
    const error = describeError(cause)
    const final = cause instanceof AppError && !cause.retryable
    if (final || claimed.maxAttempts <= job.attempts) {
      logger.warn({ err: cause, code: error.code, attempts: job.attempts }, 'A job failed')
      return end(
        (tx) => repository.fail(tx, lease, error),
        (tx, ended) => handler.onFailed?.(tx, ended, error) ?? Promise.resolve(),
      )
    }
    const wait = deps.backoff(job.attempts)
    logger.warn({ err: cause, attempts: job.attempts, wait_ms: wait }, 'A job will be tried again')
    const runAt = new Date(clock.now().getTime() + wait).toISOString()
    return end((tx) => repository.postpone(tx, lease, runAt, error))
  }

  const afterInterruption = async (reason: JobInterrupted['reason']): Promise<Job> => {
    if (reason === 'lost') throw new JobLost()
    if (reason === 'shutdown') return end((tx) => repository.giveBack(tx, lease))
    return end(
      (tx) => repository.cancelled(tx, lease),
      (tx, ended) => handler.onCancelled?.(tx, ended) ?? Promise.resolve(),
    )
  }

  const context: JobContext = { signal: controller.signal, progress, step }

  const execute = async (): Promise<void> => {
    let failure: { readonly cause: unknown } | undefined
    try {
      if (claimed.cancelRequested) interrupt('cancelled')
      else await handler.run(claimed, context)
    } catch (cause) {
      failure = { cause }
    }
    await noting
    // Done by its last step, or another lane's already.
    if (job.state !== 'running') {
      if (failure !== undefined) logger.warn({ err: failure.cause }, 'A handler failed after its last step')
      return
    }
    // What is cancelled may stumble over what is gone before it hears of it: then that is no failure, and no end.
    const present = await repository.find(database.read, lease.job)
    if (present?.cancelRequested === true) interrupt('cancelled')
    // A handler that returns after an interruption has stopped, not finished: it says so with a step to DONE.
    const reason: unknown = controller.signal.reason
    if (reason instanceof JobInterrupted) job = await afterInterruption(reason.reason)
    else if (failure !== undefined) job = await afterFailure(failure.cause)
    else job = await end((tx) => repository.complete(tx, lease))
    events.emit(eventOf(job))
  }

  const ended = execute().catch((error: unknown) => {
    if (error instanceof JobLost) logger.warn({}, 'A job was taken over by another instance, or has gone')
    // Its lease runs out, and then it is tried again.
    else logger.error({ err: error }, 'The end of a job could not be stored')
  })
  return { lease, holds: () => job.state === 'running', interrupt, ended }
}

/** What may be told of an error; anything unexpected stays in the log. */
function describeError(cause: unknown): JobError {
  if (cause instanceof AppError) return { code: cause.code, detail: cause.message }
  return {
    code: 'internal_error',
    detail: 'Something went wrong inside the server; its log has the reason. It can be retried.',
  }
}
