import type { Selectable, Updateable } from 'kysely'
import { isErrorCode } from '../../core/errors.ts'
import { newJobId, type DocumentId, type JobId, type UserId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import type { JobsTable } from '../../database/schema/work.ts'
import type { JobRegistry } from './job-registry.ts'
import { DONE, JobLost, type Job, type JobError, type JobProgress } from './job-types.ts'

/** All SQL of jobs. Whoever runs a job names its lease; a statement whose lease is gone changes nothing. */

export interface NewJob {
  readonly owner: UserId
  readonly kind: string
  readonly documentId?: DocumentId | null
  /** The kind's first stage where it is absent. */
  readonly stage?: string
  readonly total?: number
}

export interface Lease {
  readonly job: JobId
  /** New with every claim, so that an attempt that lost its job cannot mistake the next one's lease for its own. */
  readonly token: string
}

export interface Claim {
  readonly lane: string
  readonly token: string
  /** ISO 8601. */
  readonly leaseUntil: string
  /** How many jobs of the lane one owner may have at work; undefined: as many as there are. */
  readonly perOwner?: number | undefined
}

const MAX_ATTEMPTS = 5

export type JobsRepository = ReturnType<typeof createJobsRepository>

export function createJobsRepository(dialect: Database['dialect'], clock: Clock, registry: JobRegistry) {
  const now = (): string => clock.now().toISOString()

  /** In the caller's transaction: the job is there exactly if what it is to work on is. */
  async function enqueue(tx: Tx, job: NewJob): Promise<Job> {
    const stage = job.stage ?? registry.handler(job.kind).firstStage
    const at = now()
    const row = await tx
      .insertInto('jobs')
      .values({
        id: newJobId(),
        owner_id: job.owner,
        kind: job.kind,
        state: 'queued',
        stage,
        lane: registry.laneOf(job.kind, stage),
        done: 0,
        total: job.total ?? 0,
        message: '',
        attempts: 0,
        max_attempts: MAX_ATTEMPTS,
        run_at: at,
        lease_owner: null,
        lease_until: null,
        cancel_requested: 0,
        error_code: null,
        error_detail: null,
        document_id: job.documentId ?? null,
        created_at: at,
        updated_at: at,
      })
      .returningAll()
      .executeTakeFirstOrThrow()
    return toJob(row)
  }

  /**
   * The oldest job of the lane that may run now, if any; never one whose document another job is working on, or whose owner
   * has as many at work as one may have (one more, where two instances claim at the same moment).
   * Throws a unique violation when another instance claims a job of the same document at this moment.
   */
  async function claim(tx: Tx, { lane, token, leaseUntil, perOwner }: Claim): Promise<Job | undefined> {
    const at = now()
    const row = await tx
      .updateTable('jobs')
      .set((eb) => ({
        state: 'running' as const,
        lease_owner: token,
        lease_until: leaseUntil,
        attempts: eb('attempts', '+', 1),
        updated_at: at,
      }))
      .where('id', '=', (eb) => {
        const next = eb
          .selectFrom('jobs as next')
          .select('next.id')
          .where('next.state', '=', 'queued')
          .where('next.lane', '=', lane)
          .where('next.run_at', '<=', at)
          .where((inner) =>
            inner.not(
              inner.exists(
                inner
                  .selectFrom('jobs as other')
                  .select('other.id')
                  .whereRef('other.document_id', '=', 'next.document_id')
                  .where('other.state', '=', 'running'),
              ),
            ),
          )
          .$if(perOwner !== undefined, (query) =>
            query.where(
              (inner) =>
                inner
                  .selectFrom('jobs as theirs')
                  .select((theirs) => theirs.fn.countAll<number>().as('running'))
                  .whereRef('theirs.owner_id', '=', 'next.owner_id')
                  .where('theirs.state', '=', 'running')
                  .where('theirs.lane', '=', lane),
              '<',
              perOwner ?? 0,
            ),
          )
          .orderBy('next.run_at')
          .orderBy('next.id')
          .limit(1)
        return dialect === 'postgres' ? next.forUpdate().skipLocked() : next
      })
      .returningAll()
      .executeTakeFirst()
    return row && toJob(row)
  }

  /** Extends the leases that still hold; the jobs of the others are missing from the answer. */
  async function renew(tx: Tx, tokens: readonly string[], leaseUntil: string): Promise<Map<string, Job>> {
    if (tokens.length === 0) return new Map()
    const rows = await tx
      .updateTable('jobs')
      .set({ lease_until: leaseUntil })
      .where('state', '=', 'running')
      .where('lease_owner', 'in', tokens)
      .returningAll()
      .execute()
    return new Map(rows.flatMap((row) => (row.lease_owner === null ? [] : [[row.lease_owner, toJob(row)]])))
  }

  const held = (tx: Tx, lease: Lease) =>
    tx
      .updateTable('jobs')
      .where('id', '=', lease.job)
      .where('lease_owner', '=', lease.token)
      .where('state', '=', 'running')

  /** @throws JobLost */
  async function change(tx: Tx, lease: Lease, values: Updateable<JobsTable>): Promise<Job> {
    const row = await held(tx, lease)
      .set({ ...values, updated_at: now() })
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new JobLost()
    return toJob(row)
  }

  const RELEASED = { lease_owner: null, lease_until: null } as const
  const OVER = { ...RELEASED, cancel_requested: 0 } as const

  /** @throws JobLost */
  async function uncounted(tx: Tx, lease: Lease, values: Updateable<JobsTable>): Promise<Job> {
    const row = await held(tx, lease)
      .set((eb) => ({
        ...RELEASED,
        ...values,
        state: 'queued' as const,
        attempts: eb('attempts', '-', 1),
        updated_at: now(),
      }))
      .returningAll()
      .executeTakeFirst()
    if (row === undefined) throw new JobLost()
    return toJob(row)
  }

  /**
   * Moves a held job to a stage: within the lane, to another lane (then it is queued for that one), or to its end.
   * A new stage begins with no failed attempts behind it.
   * @throws JobLost
   */
  function advance(tx: Tx, lease: Lease, from: Job, stage: string, progress: JobProgress | undefined): Promise<Job> {
    const seen = progress && { done: progress.done, total: progress.total, message: progress.message }
    if (stage === DONE) {
      return change(tx, lease, { ...OVER, ...seen, state: 'done', stage, error_code: null, error_detail: null })
    }
    if (stage === from.stage) return change(tx, lease, { ...seen })
    const lane = registry.laneOf(from.kind, stage)
    const fresh = { stage, lane, done: 0, total: 0, message: '', error_code: null, error_detail: null }
    return lane === registry.laneOf(from.kind, from.stage)
      ? change(tx, lease, { ...fresh, attempts: 1 })
      : change(tx, lease, { ...fresh, ...RELEASED, attempts: 0, state: 'queued' })
  }

  return {
    enqueue,
    claim,
    renew,
    advance,

    /** Progress alone, for who asks for the job. @throws JobLost */
    note: (tx: Tx, lease: Lease, { done, total, message }: JobProgress) => change(tx, lease, { done, total, message }),

    complete: (tx: Tx, lease: Lease) =>
      change(tx, lease, { ...OVER, state: 'done', stage: DONE, error_code: null, error_detail: null }),

    fail: (tx: Tx, lease: Lease, error: JobError) =>
      change(tx, lease, { ...OVER, state: 'failed', error_code: error.code, error_detail: error.detail }),

    cancelled: (tx: Tx, lease: Lease) => change(tx, lease, { ...OVER, state: 'cancelled' }),

    /** Back into the queue for another attempt at `runAt`. */
    postpone: (tx: Tx, lease: Lease, runAt: string, error: JobError) =>
      change(tx, lease, {
        ...RELEASED,
        state: 'queued',
        run_at: runAt,
        error_code: error.code,
        error_detail: error.detail,
      }),

    /** The same for what is not the job's fault: this attempt does not count. */
    wait: (tx: Tx, lease: Lease, runAt: string, error: JobError) =>
      uncounted(tx, lease, { run_at: runAt, error_code: error.code, error_detail: error.detail }),

    /** Back into the queue as if this attempt had not been. */
    giveBack: (tx: Tx, lease: Lease) => uncounted(tx, lease, {}),

    /** Jobs that run under a lease that is over (all of them with `everyLease`), with their present leases. */
    async abandoned(read: Reader | Tx, everyLease: boolean): Promise<{ job: Job; lease: Lease }[]> {
      let query = read.selectFrom('jobs').selectAll().where('state', '=', 'running')
      if (!everyLease) query = query.where('lease_until', '<', now())
      const rows = await query.orderBy('run_at').orderBy('id').execute()
      return rows.map((row) => ({ job: toJob(row), lease: { job: row.id, token: row.lease_owner ?? '' } }))
    },

    /** Back into the queue; the attempt counts, as it may have been what ended the process. */
    requeue: (tx: Tx, lease: Lease) => change(tx, lease, { ...RELEASED, state: 'queued' }),

    /** A queued job is cancelled at once (the answer's `state` says so), a running one is asked to stop. */
    async requestCancel(tx: Tx, owner: UserId, id: JobId): Promise<Job | undefined> {
      const row = await tx
        .updateTable('jobs')
        .set((eb) => ({
          state: eb
            .case()
            .when('state', '=', 'queued')
            .then('cancelled' as const)
            .else('running' as const)
            .end(),
          cancel_requested: eb.case().when('state', '=', 'queued').then(0).else(1).end(),
          updated_at: now(),
        }))
        .where('id', '=', id)
        .where('owner_id', '=', owner)
        .where('state', 'in', ['queued', 'running'])
        .returningAll()
        .executeTakeFirst()
      return row && toJob(row)
    },

    /** Which of these leases' jobs are asked to stop. */
    async cancelRequested(read: Reader, tokens: readonly string[]): Promise<JobId[]> {
      const rows = await read
        .selectFrom('jobs')
        .select('id')
        .where('state', '=', 'running')
        .where('cancel_requested', '=', 1)
        .where('lease_owner', 'in', tokens)
        .execute()
      return rows.map((row) => row.id)
    },

    /** The same for all jobs of a document. Gives those that were still queued and are cancelled now. */
    async cancelOfDocument(tx: Tx, document: DocumentId): Promise<Job[]> {
      const ofDocument = tx.updateTable('jobs').where('document_id', '=', document)
      await ofDocument.set({ cancel_requested: 1, updated_at: now() }).where('state', '=', 'running').execute()
      const rows = await ofDocument
        .set({ state: 'cancelled', cancel_requested: 0, updated_at: now() })
        .where('state', '=', 'queued')
        .returningAll()
        .execute()
      return rows.map(toJob)
    },

    /** A failed or cancelled job begins its stage again, with all attempts before it; others stay as they are. */
    async retry(tx: Tx, owner: UserId, id: JobId): Promise<Job | undefined> {
      const row = await tx
        .updateTable('jobs')
        .set({
          state: 'queued',
          attempts: 0,
          run_at: now(),
          error_code: null,
          error_detail: null,
          message: '',
          updated_at: now(),
        })
        .where('id', '=', id)
        .where('owner_id', '=', owner)
        .where('state', 'in', ['failed', 'cancelled'])
        .returningAll()
        .executeTakeFirst()
      return row && toJob(row)
    },

    get,

    /** Without asking whose it is. */
    async find(read: Reader | Tx, id: JobId): Promise<Job | undefined> {
      const row = await read.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst()
      return row && toJob(row)
    },

    /** The same of many, in no promised order. */
    async findAll(read: Reader | Tx, ids: readonly JobId[]): Promise<Job[]> {
      if (ids.length === 0) return []
      const rows = await read.selectFrom('jobs').selectAll().where('id', 'in', ids).execute()
      return rows.map(toJob)
    },

    /** Newest first. */
    async list(read: Reader, owner: UserId, limit: number, offset: number): Promise<{ jobs: Job[]; total: number }> {
      const own = read.selectFrom('jobs').where('owner_id', '=', owner)
      const [rows, { total }] = await Promise.all([
        own.selectAll().orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).offset(offset).execute(),
        own.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow(),
      ])
      return { jobs: rows.map(toJob), total }
    },

    /** The newest job of a document. */
    async latestOfDocument(read: Reader | Tx, document: DocumentId): Promise<Job | undefined> {
      const row = await read
        .selectFrom('jobs')
        .selectAll()
        .where('document_id', '=', document)
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row && toJob(row)
    },

    /** How many jobs are in which state, for health and statistics. */
    async countByState(read: Reader): Promise<Map<Job['state'], number>> {
      const rows = await read
        .selectFrom('jobs')
        .select((eb) => ['state', eb.fn.countAll<number>().as('jobs')])
        .groupBy('state')
        .execute()
      return new Map(rows.map((row) => [row.state, row.jobs]))
    },

    /**
     * Checks that every job that is not over can be worked on, and puts it into the lane that its stage has now.
     * @throws Error naming a kind or a stage that nothing here handles
     */
    async adopt(tx: Tx): Promise<void> {
      const kinds = await tx
        .selectFrom('jobs')
        .select(['kind', 'stage', 'lane'])
        .distinct()
        .where('state', 'in', ['queued', 'running'])
        .execute()
      for (const { kind, stage, lane } of kinds) {
        if (!registry.has(kind, stage)) {
          throw new Error(
            `The database has unfinished jobs "${kind}" at the stage "${stage}", which this version does not know: start the version that made them, or cancel them there.`,
          )
        }
        const current = registry.laneOf(kind, stage)
        if (current === lane) continue
        await tx
          .updateTable('jobs')
          .set({ lane: current })
          .where('kind', '=', kind)
          .where('stage', '=', stage)
          .where('state', 'in', ['queued', 'running'])
          .execute()
      }
    },
  }
}

async function get(read: Reader | Tx, owner: UserId, id: JobId): Promise<Job | undefined> {
  const row = await read
    .selectFrom('jobs')
    .selectAll()
    .where('id', '=', id)
    .where('owner_id', '=', owner)
    .executeTakeFirst()
  return row && toJob(row)
}

function toJob(row: Selectable<JobsTable>): Job {
  return {
    id: row.id,
    ownerId: row.owner_id,
    kind: row.kind,
    state: row.state,
    stage: row.stage,
    done: row.done,
    total: row.total,
    message: row.message,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    cancelRequested: row.cancel_requested === 1,
    error: errorOf(row),
    documentId: row.document_id,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}

function errorOf({ error_code: code, error_detail: detail }: Selectable<JobsTable>): JobError | null {
  if (code === null) return null
  return { code: isErrorCode(code) ? code : 'internal_error', detail: detail ?? '' }
}
