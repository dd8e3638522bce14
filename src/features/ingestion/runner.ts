import { AppError } from '../../core/errors.ts'
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import { createJobEvents, eventOf, type JobEvents } from './job-events.ts'
import { createJobRegistry } from './job-registry.ts'
import { JobLost, type Job, type JobError, type JobHandler } from './job-types.ts'
import { createJobsRepository, type Lease, type NewJob } from './jobs.ts'
import { startAttempt, type Attempt } from './runner-attempt.ts'

export interface RunnerOptions {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly handlers: readonly JobHandler[]
  /** How many jobs each lane works on at a time. Every lane that a handler names is here. */
  readonly lanes: Readonly<Record<string, number>>
  /** How many of a lane's places one owner may have at a time, so that slow jobs of one do not keep everybody waiting. */
  readonly perOwner?: Readonly<Record<string, number>>
  /**
   * Lanes that begin nothing while another one is at work, for `ms` at the longest: both want the same processors, and
   * the other's work is what somebody waits for.
   */
  readonly yields?: Readonly<Record<string, { readonly to: string; readonly ms: number }>>
  /** Unlike every other process's, and unlike this one's before a restart. */
  readonly instance: string
  /** No other process works on this database: what runs at the start was left by a dead one. SQLite: true. */
  readonly soleInstance?: boolean
  /** A job whose instance was silent for so long is taken over. 30,000 by default. */
  readonly leaseMs?: number
  /** How often is looked for jobs whose time has come. 1,000 by default. */
  readonly pollMs?: number
  /** Waits after failed attempts double from the first to the longest. 1,000 and 60,000 by default. */
  readonly backoffMs?: { readonly first: number; readonly longest: number }
  /** How long `stop` waits for handlers to end by themselves. 10,000 by default. */
  readonly stopMs?: number
  readonly random?: () => number
}

export interface JobRunner extends Pick<JobEvents, 'subscribe' | 'waitFor'> {
  /** Takes up what a former process left, and begins to work. @throws Error for a job that nothing handles */
  start(): Promise<void>
  /** In the caller's transaction; after its commit comes `wake`. */
  enqueue(tx: Tx, job: NewJob): Promise<Job>
  /** Looks for new and for cancelled jobs now. */
  wake(): void
  /** The caller's job. @throws AppError not_found */
  get(owner: UserId, id: JobId): Promise<Job>
  /** Newest first. */
  list(owner: UserId, limit: number, offset: number): Promise<{ jobs: Job[]; total: number }>
  latestOfDocument(document: DocumentId): Promise<Job | undefined>
  countByState(): Promise<Map<Job['state'], number>>
  /** A queued job is cancelled at once, a running one soon; one that is over stays as it is. @throws AppError not_found */
  cancel(owner: UserId, id: JobId): Promise<Job>
  /** @throws AppError not_found, or conflict for a job that neither failed nor was cancelled, or cannot go on */
  retry(owner: UserId, id: JobId): Promise<Job>
  /** Cancels all jobs of a document in the caller's transaction; after its commit comes `wake`. */
  cancelOfDocument(tx: Tx, document: DocumentId): Promise<void>
  /** What the timer does: leases that ran out, cancelled jobs, jobs whose time has come. */
  poll(): Promise<void>
  /** What the other timer does: keeps the leases of the running jobs. */
  heartbeat(): Promise<void>
  /** Resolves when nothing runs and nothing is left that could run now. */
  settled(): Promise<void>
  /** Interrupts what runs and gives it back, so that the next start goes on with it at once. */
  stop(): Promise<void>
}

export function createJobRunner(options: RunnerOptions): JobRunner {
  const { database, clock, logger, lanes, instance } = options
  const leaseMs = options.leaseMs ?? 30_000
  const soleInstance = options.soleInstance ?? database.dialect === 'sqlite'
  const registry = createJobRegistry(options.handlers)
  for (const lane of registry.lanes) {
    if (!Object.hasOwn(lanes, lane)) throw new Error(`No concurrency is set for the lane "${lane}"`)
  }
  const repository = createJobsRepository(database.dialect, clock, registry)
  const events = createJobEvents((ids) => repository.findAll(database.read, ids), logger)

  /** By token. */
  const attempts = new Map<string, { readonly attempt: Attempt; readonly lane: string }>()
  const filling = new Map<string, Promise<void>>()
  const fillAgain = new Set<string>()
  let state: 'new' | 'running' | 'stopping' = 'new'
  let tokens = 0
  let timers: NodeJS.Timeout[] = []

  const leaseUntil = (): string => new Date(clock.now().getTime() + leaseMs).toISOString()
  const attemptDeps = {
    database,
    repository,
    clock,
    logger,
    events,
    backoff: backoffOf(options),
    random: options.random ?? Math.random,
    handedOver: () => fillAll(),
  }

  const begin = (job: Job, lane: string, token: string): void => {
    // Before the handler's first word.
    events.emit(eventOf(job))
    const attempt = startAttempt(attemptDeps, registry.handler(job.kind), job, { job: job.id, token })
    attempts.set(token, { attempt, lane })
    void attempt.ended.then(() => {
      attempts.delete(token)
      // All lanes: the document's next job may belong to another one.
      fillAll()
    })
  }

  const claimNext = async (lane: string): Promise<boolean> => {
    tokens += 1
    const token = `${instance}/${tokens}`
    const claimed = { lane, token, leaseUntil: leaseUntil(), perOwner: options.perOwner?.[lane] }
    try {
      const job = await database.write((tx) => repository.claim(tx, claimed))
      if (job === undefined) return false
      begin(job, lane, token)
      return true
    } catch (error) {
      // Another instance took a job of the same document at this moment; the next one may be free.
      if (isUniqueViolation(error)) return true
      throw error
    }
  }

  const mayClaim = (): boolean => state === 'running'

  const running = (lane: string): number => [...attempts.values()].filter((entry) => entry.lane === lane).length

  /** Since when a lane gives way. It does so once for as long as the other one is at work without a pause. */
  const yielding = new Map<string, number>()
  const givesWay = (lane: string): boolean => {
    const other = options.yields?.[lane]
    if (other === undefined || running(other.to) === 0) {
      yielding.delete(lane)
      return false
    }
    const now = clock.now().getTime()
    const since = yielding.get(lane) ?? now
    yielding.set(lane, since)
    return now - since < other.ms
  }

  const fill = async (lane: string, concurrency: number): Promise<void> => {
    try {
      while (mayClaim() && !givesWay(lane) && running(lane) < concurrency && (await claimNext(lane)));
    } catch (error) {
      logger.error({ err: error, lane }, 'Jobs could not be claimed')
    }
  }

  const startFilling = (lane: string, concurrency: number): void => {
    fillAgain.delete(lane)
    const filled = fill(lane, concurrency).then(() => {
      filling.delete(lane)
      // Asked for while the last claim was under way, which may have missed what is new.
      if (fillAgain.has(lane)) startFilling(lane, concurrency)
    })
    filling.set(lane, filled)
  }

  function fillAll(): void {
    if (state !== 'running') return
    for (const [lane, concurrency] of Object.entries(lanes)) {
      if (filling.has(lane)) fillAgain.add(lane)
      else startFilling(lane, concurrency)
    }
  }

  const interruptCancelled = async (): Promise<void> => {
    if (attempts.size === 0) return
    const cancelled = new Set(await repository.cancelRequested(database.read, [...attempts.keys()]))
    for (const { attempt } of attempts.values()) {
      if (cancelled.has(attempt.lease.job)) attempt.interrupt('cancelled')
    }
  }

  /** What becomes of a job whose process is gone. */
  const takeOver = async (tx: Tx, job: Job, lease: Lease): Promise<Job> => {
    const handler = registry.handler(job.kind)
    if (job.cancelRequested) {
      const cancelled = await repository.cancelled(tx, lease)
      await handler.onCancelled?.(tx, cancelled)
      return cancelled
    }
    if (job.attempts < job.maxAttempts) return repository.requeue(tx, lease)
    const error: JobError = {
      code: 'internal_error',
      detail: `The server stopped ${job.attempts} times while it worked on this, so it was given up. It can be retried.`,
    }
    const failed = await repository.fail(tx, lease, error)
    await handler.onFailed?.(tx, failed, error)
    return failed
  }

  const sweep = async (everyLease: boolean): Promise<void> => {
    for (const { job, lease } of await repository.abandoned(database.read, everyLease)) {
      if (attempts.has(lease.token)) continue
      const about = { job: job.id, kind: job.kind, attempts: job.attempts }
      try {
        const taken = await database.write((tx) => takeOver(tx, job, lease))
        logger.warn({ ...about, state: taken.state }, 'A job was left unfinished')
        events.emit(eventOf(taken))
      } catch (error) {
        // Lost: another instance was faster.
        if (!(error instanceof JobLost)) logger.error({ ...about, err: error }, 'A job could not be taken over')
      }
    }
  }

  const lookAfter = async (): Promise<void> => {
    try {
      await sweep(false)
      await interruptCancelled()
      const local = new Set([...attempts.values()].map(({ attempt }) => attempt.lease.job))
      await events.refresh((id) => local.has(id))
    } catch (error) {
      logger.error({ err: error }, 'Jobs could not be looked after')
    }
    fillAll()
  }

  const keepLeases = async (): Promise<void> => {
    const held = [...attempts.entries()].filter(([, { attempt }]) => attempt.holds())
    if (held.length === 0) return
    const heldTokens = held.map(([token]) => token)
    try {
      const renewed = await database.write((tx) => repository.renew(tx, heldTokens, leaseUntil()))
      for (const [token, { attempt }] of held) {
        const job = renewed.get(token)
        if (job?.cancelRequested === true) attempt.interrupt('cancelled')
        else if (job === undefined && attempt.holds()) attempt.interrupt('lost')
      }
    } catch (error) {
      logger.error({ err: error }, 'The leases of running jobs could not be renewed')
    }
  }

  /** One run at a time: a slow database must not pile up what the timers start. */
  const alone = (work: () => Promise<void>): (() => Promise<void>) => {
    let running: Promise<void> | undefined
    return () => {
      running ??= work().finally(() => {
        running = undefined
        background.delete(work)
      })
      background.set(work, running)
      return running
    }
  }
  const background = new Map<() => Promise<void>, Promise<void>>()
  const poll = alone(lookAfter)
  const heartbeat = alone(keepLeases)

  const settled = async (): Promise<void> => {
    while (filling.size > 0 || attempts.size > 0) {
      await Promise.all([...filling.values(), ...[...attempts.values()].map(({ attempt }) => attempt.ended)])
    }
  }

  const known = (job: Job | undefined, id: JobId): Job => {
    if (job === undefined) throw new AppError('not_found', `There is no job ${id}.`)
    return job
  }

  return {
    subscribe: events.subscribe,
    waitFor: events.waitFor,
    enqueue: repository.enqueue,
    list: (owner, limit, offset) => repository.list(database.read, owner, limit, offset),
    latestOfDocument: (document) => repository.latestOfDocument(database.read, document),
    countByState: () => repository.countByState(database.read),
    get: async (owner, id) => known(await repository.get(database.read, owner, id), id),
    poll,
    heartbeat,
    settled,

    async start() {
      await database.write((tx) => repository.adopt(tx))
      await sweep(soleInstance)
      state = 'running'
      timers = [
        setInterval(() => void poll(), options.pollMs ?? 1000).unref(),
        setInterval(() => void heartbeat(), leaseMs / 3).unref(),
      ]
      fillAll()
    },

    wake() {
      fillAll()
      if (attempts.size > 0) void poll()
    },

    async cancel(owner, id) {
      const changed = await database.write(async (tx) => {
        const job = await repository.requestCancel(tx, owner, id)
        if (job?.state === 'cancelled') await registry.handler(job.kind).onCancelled?.(tx, job)
        return job
      })
      if (changed === undefined) return known(await repository.get(database.read, owner, id), id)
      if (changed.state === 'cancelled') events.emit(eventOf(changed))
      else for (const { attempt } of attempts.values()) if (attempt.lease.job === id) attempt.interrupt('cancelled')
      return changed
    },

    async retry(owner, id) {
      const retried = await database.write(async (tx) => {
        const job = await repository.retry(tx, owner, id)
        if (job !== undefined) await registry.handler(job.kind).onRetried?.(tx, job)
        return job
      })
      if (retried === undefined) {
        const job = known(await repository.get(database.read, owner, id), id)
        throw new AppError('conflict', `Only a failed or cancelled job can be retried; this one is ${job.state}.`)
      }
      events.emit(eventOf(retried))
      fillAll()
      return retried
    },

    async cancelOfDocument(tx, document) {
      for (const job of await repository.cancelOfDocument(tx, document)) {
        await registry.handler(job.kind).onCancelled?.(tx, job)
      }
    },

    async stop() {
      state = 'stopping'
      for (const timer of timers) clearInterval(timer)
      await Promise.all([...filling.values(), ...background.values()])
      for (const { attempt } of attempts.values()) attempt.interrupt('shutdown')
      const timeout = new Promise<void>((resolve) => setTimeout(resolve, options.stopMs ?? 10_000).unref())
      await Promise.race([settled(), timeout])
      // A handler that does not listen: its job is given back, and whatever it still does is not kept.
      for (const { attempt } of attempts.values()) {
        await database
          .write((tx) => repository.giveBack(tx, attempt.lease))
          .catch((error: unknown) => {
            if (!(error instanceof JobLost)) throw error
          })
      }
    },
  }
}

/** Doubling waits, each between half of itself and all of it, so that jobs that failed together come back apart. */
function backoffOf({ backoffMs = { first: 1000, longest: 60_000 }, random = Math.random }: RunnerOptions) {
  return (attempts: number): number =>
    Math.min(backoffMs.longest, backoffMs.first * 2 ** (attempts - 1)) * (0.5 + random() / 2)
}
