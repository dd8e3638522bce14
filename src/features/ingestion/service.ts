import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { Tx } from '../../database/database.ts'
import { INGEST } from './ingest.ts'
import { isOver, type Job } from './job-types.ts'
import type { JobRunner } from './runner.ts'

type Outcome =
  | { readonly state: 'searchable' }
  | { readonly state: 'working' }
  | { readonly state: 'failed'; readonly code: ErrorCode; readonly detail: string }

/** What the documents feature asks of this one. */
export function createIngestion({ runner, indexed }: { runner: JobRunner; indexed: () => Promise<void> }) {
  async function outcome(id: JobId, timeoutMs: number): Promise<Outcome> {
    const job = await runner.waitFor(id, wordsAreStored, timeoutMs)
    if (!wordsAreStored(job)) return { state: 'working' }
    if (job.state === 'failed' && job.error !== null) return { state: 'failed', ...job.error }
    if (job.state === 'cancelled')
      return { state: 'failed', code: 'cancelled', detail: 'Reading was cancelled. Send the file again to read it.' }
    // The step is committed; a search must show it before the caller is told.
    await indexed()
    return { state: 'searchable' }
  }

  return {
    outcome,
    indexed,
    async enqueue(tx: Tx, { owner, documentId }: { owner: UserId; documentId: DocumentId }): Promise<JobId> {
      const job = await runner.enqueue(tx, { owner, kind: INGEST, documentId })
      return job.id
    },
    cancelAll: (tx: Tx, documentId: DocumentId): Promise<void> => runner.cancelOfDocument(tx, documentId),
    wake: (): void => runner.wake(),
    latestJob: async (documentId: DocumentId): Promise<JobId | undefined> =>
      (await runner.latestOfDocument(documentId))?.id,
  }
}

const wordsAreStored = (job: Job): boolean => job.stage !== 'parse' || isOver(job)
