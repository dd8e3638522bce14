import type { AppError, ErrorCode } from '../../core/errors.ts'
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Tx } from '../../database/database.ts'
import type { JobState } from '../../database/schema/work.ts'

export interface JobError {
  readonly code: ErrorCode
  /** A sentence a person can act on. */
  readonly detail: string
}

export interface Job {
  readonly id: JobId
  readonly ownerId: UserId
  readonly kind: string
  readonly state: JobState
  /** Where the work goes on: the steps before it are done. */
  readonly stage: string
  readonly done: number
  readonly total: number
  readonly message: string
  /** How often the present stage was begun, this time included. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly cancelRequested: boolean
  /** Why it failed, or why the last attempt did while it waits for the next one. */
  readonly error: JobError | null
  readonly documentId: DocumentId | null
  readonly createdAt: string
  readonly updatedAt: string
}

export interface JobProgress {
  readonly stage: string
  readonly done: number
  readonly total: number
  readonly message: string
}

/** After one of `done`, `failed`, `cancelled` no more events come, unless the job is retried. */
export type JobEvent =
  | ({ readonly type: 'progress'; readonly job: Job } & JobProgress)
  | { readonly type: 'done' | 'failed' | 'cancelled'; readonly job: Job }

/** A step to this stage ends the job: it is done with the step's own commit. */
export const DONE = 'done'

export interface JobContext {
  /** Aborts when the job is cancelled, lost to another instance, or the server stops. */
  readonly signal: AbortSignal
  /** Tells who watches; written to the job now and then, so it may be called often. */
  progress(progress: JobProgress): void
  /**
   * Runs `work` and moves the job on to `stage` in one transaction, which is only committed while this attempt
   * still holds the job. So a step's effects are there exactly once, whatever stops the process when.
   * A stage of another lane hands the job over: the handler is to return, the other lane goes on with it.
   * @throws JobLost when the attempt no longer holds the job; nothing of `work` is kept
   */
  step<T>(stage: string, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** One kind of job. The hooks run in the transaction that changes the job's state. */
export interface JobHandler {
  readonly kind: string
  /** The lane that works on each stage. */
  readonly lanes: Readonly<Record<string, string>>
  readonly firstStage: string
  /** Goes on at `job.stage`. A stage that was begun before may have to be begun again, so it must be repeatable. */
  run(job: Job, context: JobContext): Promise<void>
  onFailed?(tx: Tx, job: Job, error: JobError): Promise<void>
  /** It waits for what is away, for the reason that is given. */
  onWaiting?(tx: Tx, job: Job, error: JobError): Promise<void>
  onCancelled?(tx: Tx, job: Job): Promise<void>
  /** Throws an AppError to refuse: the job stays as it was. */
  onRetried?(tx: Tx, job: Job): Promise<void>
}

/** This attempt no longer holds its job: another one has taken it over, or it has ended. */
export class JobLost extends Error {
  constructor() {
    super('The job is no longer held by this attempt')
    this.name = 'JobLost'
  }
}

/**
 * What the job needs is away, and the job is not at fault: thrown by a handler it puts the job back into the queue, however
 * often, and the attempt does not count.
 */
export class JobWaits extends Error {
  /** In milliseconds: not before it may what was missing be there again. */
  readonly ms: number
  override readonly cause: AppError

  constructor(cause: AppError) {
    super(cause.message, { cause })
    this.name = 'JobWaits'
    this.cause = cause
    this.ms = Math.min(LONGEST_WAIT_MS, 1000 * Math.max(1, cause.retryAfter ?? USUAL_WAIT_S))
  }
}

const USUAL_WAIT_S = 15
const LONGEST_WAIT_MS = 600_000

/** The reason of an aborted `signal`. */
export class JobInterrupted extends Error {
  readonly reason: 'cancelled' | 'lost' | 'shutdown'

  constructor(reason: JobInterrupted['reason']) {
    super(`The job was interrupted: ${reason}`)
    this.name = 'JobInterrupted'
    this.reason = reason
  }
}

export const isOver = (job: Job): boolean => job.state === 'done' || job.state === 'failed' || job.state === 'cancelled'
