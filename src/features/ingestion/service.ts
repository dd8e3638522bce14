import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import { appendChange } from '../../database/change-log.ts'
import type { Database, Tx } from '../../database/database.ts'
import { INGEST } from './ingest.ts'
import { isOver, type Job } from './job-types.ts'
import * as repository from './repository.ts'
import type { JobRunner } from './runner.ts'

type Outcome =
  | { readonly state: 'searchable' }
  | { readonly state: 'working' }
  | { readonly state: 'failed'; readonly code: ErrorCode; readonly detail: string }

/** What the documents feature asks of this one. */
export interface IngestionDeps {
  readonly database: Database
  readonly runner: JobRunner
  /** The one in use. */
  readonly embedder: Pick<Embedder, 'id'>
  readonly indexed: () => Promise<void>
  readonly clock: Clock
  readonly logger: Logger
}

export function createIngestion({ database, runner, embedder, indexed, clock, logger }: IngestionDeps) {
  /** After a change of model: documents that were read before get its vectors too. */
  async function embedMissing(): Promise<void> {
    const model = embedder.id
    let documents = 0
    for await (const some of repository.documentsWithoutVectors(database.read, model)) {
      if (documents === 0) {
        logger.warn(
          { model },
          'Documents have no vectors of this model and are embedded anew; they are found by their words meanwhile. To ' +
            'keep their vectors until the new ones are there, start with the former model and run evident migrate embeddings',
        )
      }
      for (const { id, owner_id: owner } of some) {
        await database.write(async (tx) => {
          const version = await repository.markVectorsMissing(tx, id, clock.now().toISOString())
          if (version === undefined) return
          await runner.enqueue(tx, { owner, kind: INGEST, documentId: id, stage: 'vectors' })
          await appendChange(tx, { owner, document: id, version })
        })
      }
      documents += some.length
    }
    if (documents === 0) return
    logger.warn({ documents, model }, 'Documents wait for vectors of this model')
    await indexed()
    runner.wake()
  }

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
    embedMissing,
    outcome,
    indexed,
    async enqueue(tx: Tx, { owner, documentId }: { owner: UserId; documentId: DocumentId }): Promise<JobId> {
      const job = await runner.enqueue(tx, { owner, kind: INGEST, documentId })
      return job.id
    },
    cancelAll: (tx: Tx, documentId: DocumentId): Promise<void> => runner.cancelOfDocument(tx, documentId),
    wake: (): void => runner.wake(),
    superseded: repository.superseded,
    async latestJob(documentId: DocumentId): Promise<{ id: JobId; over: boolean } | undefined> {
      const job = await runner.latestOfDocument(documentId)
      return job && { id: job.id, over: isOver(job) }
    },
  }
}

const wordsAreStored = (job: Job): boolean => job.stage !== 'parse' || isOver(job)
