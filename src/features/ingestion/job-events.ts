import { AppError } from '../../core/errors.ts'
import type { JobId } from '../../core/ids.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { isOver, type Job, type JobEvent } from './job-types.ts'

export type JobListener = (event: JobEvent) => void

/** Who watches jobs in this process. Events come after the commit of what they tell. */
export interface JobEvents {
  emit(event: JobEvent): void
  /**
   * The first event is the job's present state, so nothing is missed between looking and listening.
   * Gives the function that ends it.
   */
  subscribe(id: JobId, listener: JobListener): () => void
  /**
   * Resolves with the job once it has reached a stage (or what `until` says), once it is over, or after
   * `timeoutMs` as it is then.
   * @throws AppError not_found
   */
  waitFor(id: JobId, until: string | ((job: Job) => boolean), timeoutMs: number, signal?: AbortSignal): Promise<Job>
  /** Looks at the watched jobs that another instance may be working on. */
  refresh(isLocal: (id: JobId) => boolean): Promise<void>
}

interface Watch {
  readonly listener: JobListener
  heard: boolean
}

/** @param findAll those of the jobs that are there, in no promised order */
export function createJobEvents(findAll: (ids: readonly JobId[]) => Promise<Job[]>, logger: Logger): JobEvents {
  const find = async (id: JobId): Promise<Job | undefined> => (await findAll([id]))[0]
  const watches = new Map<JobId, Set<Watch>>()
  const lastSeen = new Map<JobId, string>()

  const tell = (watch: Watch, event: JobEvent): void => {
    watch.heard = true
    try {
      watch.listener(event)
    } catch (error) {
      logger.error({ err: error, job: event.job.id }, 'A listener to a job failed')
    }
  }

  const emit = (event: JobEvent): void => {
    const watching = watches.get(event.job.id)
    if (watching === undefined) return
    lastSeen.set(event.job.id, event.job.updatedAt)
    for (const watch of Array.from(watching)) tell(watch, event)
  }

  /** `present` gives the job as it was found, undefined where there is none. */
  const attach = (id: JobId, listener: JobListener): { detach: () => void; present: Promise<Job | undefined> } => {
    const watch: Watch = { listener, heard: false }
    const watching = watches.get(id) ?? new Set()
    watches.set(id, watching.add(watch))
    const detach = (): void => {
      watching.delete(watch)
      if (watching.size > 0 || watches.get(id) !== watching) return
      watches.delete(id)
      lastSeen.delete(id)
    }
    const present = find(id).then((job) => {
      // An event that came meanwhile is newer than what was read.
      if (job !== undefined && !watch.heard && watching.has(watch)) tell(watch, eventOf(job))
      return job
    })
    return { detach, present }
  }

  const waitFor: JobEvents['waitFor'] = async (id, until, timeoutMs, signal) => {
    signal?.throwIfAborted()
    const reached = typeof until === 'string' ? (job: Job) => job.stage === until : until
    const { promise, resolve, reject } = Promise.withResolvers<Job | 'timeout'>()
    const timer = setTimeout(() => resolve('timeout'), timeoutMs)
    const abort = (): void => reject(signal?.reason as Error)
    signal?.addEventListener('abort', abort, { once: true })
    const { detach, present } = attach(id, ({ job }) => {
      if (isOver(job) || reached(job)) resolve(job)
    })
    present.then((job) => job ?? reject(unknown(id)), reject)
    try {
      const outcome = await promise
      if (outcome !== 'timeout') return outcome
      const job = await find(id)
      if (job === undefined) throw unknown(id)
      return job
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      detach()
    }
  }

  return {
    emit,
    subscribe(id, listener) {
      const { detach, present } = attach(id, listener)
      present.catch((error: unknown) => logger.error({ err: error, job: id }, 'A watched job could not be read'))
      return detach
    },
    waitFor,
    async refresh(isLocal) {
      // One statement for all: every request that waits for its document watches a job.
      const elsewhere = [...watches.keys()].filter((id) => !isLocal(id))
      for (const job of await findAll(elsewhere)) if (job.updatedAt !== lastSeen.get(job.id)) emit(eventOf(job))
    },
  }
}

const unknown = (id: JobId): AppError => new AppError('not_found', `There is no job ${id}.`)

/** What there is to tell of a job as it stands. */
export function eventOf(job: Job): JobEvent {
  if (job.state === 'done' || job.state === 'failed' || job.state === 'cancelled') return { type: job.state, job }
  const { stage, done, total, message } = job
  return { type: 'progress', job, stage, done, total, message }
}
