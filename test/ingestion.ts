// Documents and their reading, with everything but the index, for what is about passages and their vectors.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { LOCAL_USER, type DocumentId, type JobId } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Database } from '../src/database/database.ts'
import { documentEstate } from '../src/features/documents/estate.ts'
import { createDocuments } from '../src/features/documents/service.ts'
import type { IndexRoom } from '../src/features/ingestion/index-room.ts'
import { createIngestHandler } from '../src/features/ingestion/ingest.ts'
import { isOver } from '../src/features/ingestion/job-types.ts'
import { createPreparer } from '../src/features/ingestion/prepare.ts'
import { createJobRunner } from '../src/features/ingestion/runner.ts'
import { createIngestion } from '../src/features/ingestion/service.ts'
import { quietLogger as logger } from './databases.ts'

const clock = { now: () => new Date() }
const indexed = async (): Promise<void> => undefined

/** Vectors that are a function of the text and the model's name, and of nothing else. */
export const quickEmbedder = (name = 'quick'): Embedder => ({
  id: `${name}@1`,
  name,
  dimension: 8,
  maxBatch: 32,
  maxTokens: 256,
  sigma: 1,
  languages: 'many',
  tokenCounter: {
    href: `data:text/javascript,export const create = () => (text) => text.split(/\\s+/).filter(Boolean).length`,
    options: null,
  },
  async embed(texts) {
    return texts.map((text) =>
      Float32Array.from(
        createHash('sha256')
          .update(name + text)
          .digest()
          .subarray(0, 8),
      ),
    )
  },
  close: indexed,
})

/** An embedder that notes every text it is given. */
export function counted(inner: Embedder) {
  const texts: string[] = []
  /** Each call waits for it. */
  const gate = { pass: async (): Promise<void> => undefined }
  const embedder: Embedder = {
    ...inner,
    async embed(some, kind, options) {
      texts.push(...some)
      await gate.pass()
      return inner.embed(some, kind, options)
    },
  }
  return { embedder, gate, taken: () => texts.splice(0) }
}

/** For tests of something else. */
export const enoughRoom: IndexRoom = { most: Infinity, ensure: async () => undefined }

export async function startIngestion(database: Database, t: TestContext, embedder: Embedder) {
  const preparer = createPreparer({ tokenCounter: embedder.tokenCounter, maxTokens: embedder.maxTokens })
  const reader = { read: () => Promise.reject(new Error('Only texts are added here')), close: indexed }
  const runner = createJobRunner({
    database,
    clock,
    logger,
    handlers: [createIngestHandler({ database, reader, preparer, embedder, clock, logger, room: enoughRoom, indexed })],
    lanes: { words: 1, vectors: 1 },
    instance: `test-${Math.random()}`,
  })
  const ingestion = createIngestion({ database, runner, embedder, indexed, clock, logger })
  const documents = createDocuments({ database, ingestion, clock }, { uploadWaitMs: 30_000 })
  await runner.start()
  const stop = async (): Promise<void> => {
    await runner.stop()
    await preparer.close()
  }
  t.after(stop)
  const finish = async (job: JobId | undefined): Promise<void> => {
    assert.ok(job !== undefined)
    assert.equal((await runner.waitFor(job, isOver, 60_000)).state, 'done')
  }
  async function add(content: string, { owner = LOCAL_USER, title = 'The lighthouse' } = {}): Promise<DocumentId> {
    const { document, job } = await documents.addText(owner, { title, content })
    await finish(job)
    return document.id
  }
  return { documents, ingestion, estate: documentEstate({ database, ingestion }), finish, add, stop }
}

/** Far enough apart for passages of their own. */
export const paragraph = (about: string): string =>
  Array.from({ length: 40 }, (_, n) => `Sentence ${n} tells at some length of the ${about} and its keeper.`).join(' ')

/** All passages of a document, or of all documents, with their vectors of a model. */
export function passagesOf(database: Database, model: string, document?: DocumentId) {
  return database.read
    .selectFrom('chunks')
    .innerJoin('documents', 'documents.id', 'chunks.document_id')
    .leftJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
    .select(['documents.title', 'chunks.context', 'chunks.text', 'chunks.ordinal', 'vectors.vector'])
    .$if(document !== undefined, (query) => query.where('chunks.document_id', '=', document ?? ('' as DocumentId)))
    .orderBy('chunks.id')
    .execute()
}
