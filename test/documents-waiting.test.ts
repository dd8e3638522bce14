import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { createDocumentReader } from '../src/adapters/parsers/reader.ts'
import { LOCAL_USER, type DocumentId } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import type { Clock } from '../src/core/ports/surroundings.ts'
import type { Database } from '../src/database/database.ts'
import { createDocuments } from '../src/features/documents/service.ts'
import { createIngestHandler, INGEST } from '../src/features/ingestion/ingest.ts'
import { createPreparer } from '../src/features/ingestion/prepare.ts'
import { createJobRunner } from '../src/features/ingestion/runner.ts'
import { createIngestion } from '../src/features/ingestion/service.ts'
import { forEachDatabase, quietLogger } from './databases.ts'
import { enoughRoom } from './ingestion.ts'
import { held, waiting } from './transactions.ts'

const clock: Clock = { now: () => new Date() }

/** Documents and their jobs, of which none is begun before the runner is started. `embed` is what vectors wait for. */
function open(database: Database, t: TestContext, embed: Embedder['embed'] = async () => []) {
  const tokenCounter = { href: 'data:text/javascript,export const create = () => (text) => text.length', options: {} }
  const embedder: Embedder = {
    id: 'none',
    name: 'none',
    dimension: 1,
    maxBatch: 1,
    maxTokens: 512,
    sigma: 1,
    languages: 'many',
    tokenCounter,
    embed,
    close: async () => undefined,
  }
  const reader = createDocumentReader()
  const preparer = createPreparer({ tokenCounter, maxTokens: 512 })
  const common = { database, clock, logger: quietLogger, indexed: async () => undefined }
  const runner = createJobRunner({
    ...common,
    handlers: [createIngestHandler({ ...common, reader, preparer, embedder, room: enoughRoom })],
    lanes: { words: 1, vectors: 1 },
    instance: 'test',
  })
  const ingestion = createIngestion({ ...common, runner, embedder })
  t.after(async () => {
    await runner.stop()
    await Promise.all([reader.close(), preparer.close()])
  })
  /** The same service where somebody removes the document after the first transaction. */
  const removedMeanwhile = (id: DocumentId) => {
    let removed = false
    const write: Database['write'] = async (work) => {
      const result = await database.write(work)
      if (!removed) {
        removed = true
        assert.equal(await documents.remove(LOCAL_USER, id), true)
      }
      return result
    }
    return createDocuments({ database: { ...database, write }, ingestion, clock }, { uploadWaitMs: 0 })
  }
  const documents = createDocuments({ database, ingestion, clock }, { uploadWaitMs: 0 })
  return {
    runner,
    documents,
    removedMeanwhile,
    /** State, what of it is found, and the code of its error. */
    async state(id: DocumentId) {
      const { status, searchable, error_code } = await documents.get(LOCAL_USER, id)
      return [status, searchable, error_code]
    },
    /** As if a reading had got as far as this. */
    async read(id: DocumentId, searchable: 'words' | 'full', status: 'processing' | 'processed' = 'processed') {
      await database.write((tx) =>
        tx.updateTable('documents').set({ status, searchable }).where('id', '=', id).execute(),
      )
    },
    /** A passage that has no vector. */
    async passage(id: DocumentId) {
      const place = { version: 1, ordinal: 0, start_char: 0, end_char: 11, page: null, headings: '[]', context: '' }
      const row = { ...place, document_id: id, owner_id: LOCAL_USER, text: 'Some words.', tokens: 3 }
      await database.write((tx) => tx.insertInto('chunks').values(row).execute())
    },
    /** A job that goes on where the vectors are made. */
    async vectorsJob(documentId: DocumentId) {
      const { id } = await database.write((tx) =>
        runner.enqueue(tx, { owner: LOCAL_USER, kind: INGEST, documentId, stage: 'vectors' }),
      )
      runner.wake()
      return id
    },
  }
}

type Opened = ReturnType<typeof open>

const upload = ({ documents }: Pick<Opened, 'documents'>, more: { title?: string } = {}) =>
  documents.upload(LOCAL_USER, { bytes: new TextEncoder().encode('Some words.'), filename: 'words.txt', ...more })

async function stored(opened: Opened) {
  const { document, job } = await upload(opened)
  assert.ok(job)
  return { id: document.id, job }
}

forEachDatabase('Documents that wait to be read', (on) => {
  on.test('one that is sent to be read again is queued, and has no error any more', async (database, t) => {
    const opened = open(database, t)
    const { id } = await stored(opened)
    const { job } = await opened.documents.reprocess(LOCAL_USER, id)
    assert.deepEqual(await opened.state(id), ['queued', 'no', null])
    await opened.runner.cancel(LOCAL_USER, job)
    assert.deepEqual(await opened.state(id), ['failed', 'no', 'cancelled'])
    await opened.documents.reprocess(LOCAL_USER, id)
    assert.deepEqual(await opened.state(id), ['queued', 'no', null])
    for (const searchable of ['words', 'full'] as const) {
      await opened.read(id, searchable)
      const again = await opened.documents.reprocess(LOCAL_USER, id)
      assert.deepEqual(await opened.state(id), ['queued', searchable, null])
      await opened.runner.cancel(LOCAL_USER, again.job)
      const error = searchable === 'words' ? 'cancelled' : null
      assert.deepEqual(await opened.state(id), ['processed', searchable, error])
    }
  })

  on.test('a job that is cancelled says nothing of a document that another one works on', async (database, t) => {
    const [began, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const opened = open(database, t, async (texts) => {
      began.resolve()
      await go.promise
      return texts.map(() => new Float32Array(1))
    })
    const { id, job } = await stored(opened)
    await opened.runner.cancel(LOCAL_USER, job)
    await opened.read(id, 'words', 'processing')
    await opened.passage(id)
    await database.write((tx) => tx.updateTable('documents').set({ error_code: null }).where('id', '=', id).execute())
    const first = await opened.vectorsJob(id)
    await opened.runner.start()
    await began.promise
    await opened.documents.change(LOCAL_USER, id, { title: 'Another title' })
    const [second] = (await opened.runner.list(LOCAL_USER, 1, 0)).jobs
    assert.ok(second)
    assert.equal((await opened.runner.cancel(LOCAL_USER, second.id)).state, 'cancelled')
    assert.deepEqual(await opened.state(id), ['processing', 'words', null])
    go.resolve()
    await opened.runner.waitFor(first, 'done', 10_000)
    assert.deepEqual(await opened.state(id), ['processed', 'full', null])
  })

  on.test('what is fully searchable at last has no error of before', async (database, t) => {
    const opened = open(database, t)
    const { id, job } = await stored(opened)
    await opened.read(id, 'words')
    await opened.runner.cancel(LOCAL_USER, job)
    assert.deepEqual(await opened.state(id), ['processed', 'words', 'cancelled'])
    await opened.runner.start()
    await opened.runner.waitFor(await opened.vectorsJob(id), 'done', 10_000)
    const { error_code, error_detail, searchable } = await opened.documents.get(LOCAL_USER, id)
    assert.deepEqual([searchable, error_code, error_detail], ['full', null, null])
  })

  on.test('the same bytes again tell of the reading that they begin', async (database, t) => {
    const opened = open(database, t)
    const { id, job } = await stored(opened)
    await opened.read(id, 'words')
    await opened.runner.cancel(LOCAL_USER, job)
    const { document, known, begun } = await upload(opened)
    assert.deepEqual([document.id, known, begun], [id, true, true])
    assert.deepEqual([document.status, document.error_code], ['queued', null])
  })

  for (const [name, searchable, more] of [
    ['fully read', 'full', {}],
    ['found by its words', 'words', {}],
    ['not read yet', undefined, {}],
    ['with another title', 'full', { title: 'Another title' }],
  ] as const) {
    on.test(`bytes of a document that goes while they come again are stored anew: ${name}`, async (database, t) => {
      const opened = open(database, t)
      const { id } = await stored(opened)
      if (searchable !== undefined) await opened.read(id, searchable)
      const { document, known, begun } = await upload({ documents: opened.removedMeanwhile(id) }, more)
      assert.notEqual(document.id, id)
      assert.deepEqual([known, begun], [false, true])
      assert.deepEqual(await opened.state(document.id), ['queued', 'no', null])
      assert.equal((await opened.documents.file(LOCAL_USER, document.id)).bytes.byteLength, 11)
    })
  }

  // SQLite has one writer.
  if (on.dialect === 'sqlite') return

  on.test('of two jobs that are cancelled at once, the later one marks the document', async (database, t) => {
    const opened = open(database, t)
    const { id, job } = await stored(opened)
    const other = await opened.vectorsJob(id)
    const letGo = await held(database, (tx) =>
      tx.selectFrom('documents').selectAll().where('id', '=', id).forUpdate().execute(),
    )
    const cancelled = [opened.runner.cancel(LOCAL_USER, job), opened.runner.cancel(LOCAL_USER, other)]
    await waiting(database, 2)
    await letGo()
    await Promise.all(cancelled)
    assert.deepEqual(await opened.state(id), ['failed', 'no', 'cancelled'])
  })
})
