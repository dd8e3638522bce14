import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { embedders } from '../src/adapters/embedders/registry.ts'
import { passageText } from '../src/core/documents.ts'
import { LOCAL_USER, type DocumentId, type UserId } from '../src/core/ids.ts'
import { storeBlob } from '../src/database/blobs.ts'
import type { Database } from '../src/database/database.ts'
import { addUser, forEachDatabase, quietLogger as logger } from './databases.ts'
import { counted, paragraph, passagesOf, quickEmbedder, startIngestion } from './ingestion.ts'

const modelsDir = fileURLToPath(new URL('../models', import.meta.url))
const quick = quickEmbedder()

async function setUp(database: Database, t: TestContext, inner = quick) {
  const { embedder, gate, taken } = counted(inner)
  return { gate, taken, ...(await startIngestion(database, t, embedder)) }
}

const TEXT = ['harbour', 'lamp', 'storm', 'boat'].map((about) => `# The ${about}\n\n${paragraph(about)}`).join('\n\n')

/** Whether each passage has exactly the vector of its present text. */
async function assertVectors(database: Database, document: DocumentId, model = quick): Promise<void> {
  const rows = await passagesOf(database, model.id, document)
  assert.ok(rows.length > 0)
  const expected = await model.embed(
    rows.map(({ title, context, text }) => passageText(title, context, text)),
    'document',
  )
  rows.forEach(({ vector, ordinal }, i) => {
    assert.equal(ordinal, i)
    assert.deepEqual(new Float32Array(Uint8Array.from(vector ?? []).buffer), expected[i], `passage ${i}`)
  })
}

/** Puts another text in the place of the document's, as a page that changed would. */
async function changeText(database: Database, document: DocumentId, content: string): Promise<void> {
  const bytes = new TextEncoder().encode(content)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  await database.write(async (tx) => {
    await storeBlob(tx, sha256, bytes, new Date().toISOString())
    await tx.updateTable('documents').set({ blob_sha256: sha256 }).where('id', '=', document).execute()
  })
}

const vectorCount = async (database: Database): Promise<number> =>
  (await database.read.selectFrom('vectors').select('chunk_id').execute()).length

forEachDatabase('The embedding cache', ({ test }) => {
  test('a text that is there costs no inference: read again, or added again', async (database, t) => {
    const shipped = await embedders.local.create({ modelsDir, threads: 1 }, { logger })
    t.after(() => shipped.close())
    const { add, documents, finish, taken } = await setUp(database, t, shipped)
    const first = await add(TEXT)
    const { length } = taken()
    assert.ok(length >= 4, `${length} passages`)

    await finish((await documents.reprocess(LOCAL_USER, first)).job)
    assert.deepEqual(taken(), [])
    await assertVectors(database, first, shipped)

    const second = await add(TEXT)
    assert.deepEqual(taken(), [])
    await assertVectors(database, second, shipped)
    assert.equal(await vectorCount(database), 2 * length)
  })

  test('after a change only the passages that changed are embedded', async (database, t) => {
    const { add, documents, finish, taken } = await setUp(database, t)
    const id = await add(TEXT)
    taken()
    await changeText(
      database,
      id,
      TEXT.replace('Sentence 39 tells at some length of the storm', 'It ends with the storm'),
    )
    await finish((await documents.reprocess(LOCAL_USER, id)).job)
    const embedded = taken()
    assert.equal(embedded.length, 1)
    assert.match(embedded[0] ?? '', /It ends with the storm/)
    await assertVectors(database, id)
  })

  test('a passage that stands in a document many times is embedded once', async (database, t) => {
    const { add, taken } = await setUp(database, t)
    const id = await add(Array.from({ length: 50 }, () => `# Notice\n\n${paragraph('notice')}`).join('\n\n'))
    const embedded = taken()
    assert.equal(embedded.length, new Set(embedded).size)
    assert.ok(
      (await passagesOf(database, quick.id, id)).length >= 50 && embedded.length < 5,
      `${embedded.length} embedded`,
    )
    await assertVectors(database, id)
  })

  test('what is deleted is gone from it, what another document of the person holds is not', async (database, t) => {
    const { add, documents, taken } = await setUp(database, t)
    const [first, second] = [await add(TEXT), await add(TEXT)]
    const { length } = taken()
    await documents.remove(LOCAL_USER, first)
    const third = await add(TEXT)
    assert.deepEqual(taken(), [])
    for (const id of [second, third]) await documents.remove(LOCAL_USER, id)
    assert.equal(await vectorCount(database), 0)
    await add(TEXT)
    assert.equal(taken().length, length)
  })

  test('nobody gains by what another person keeps, and a text goes with its document', async (database, t) => {
    const { add, estate, taken } = await setUp(database, t)
    const [ada, ben] = [await addUser(database, 'ada'), await addUser(database, 'ben')] as [UserId, UserId]
    await add(TEXT, { owner: ada })
    const { length } = taken()
    await add(TEXT, { owner: ben })
    assert.equal(taken().length, length)

    const { length: others } = await add('Only Ada has it.', { owner: ada }).then(taken)
    await estate.transfer(ada, ben)
    await add('Only Ada has it.', { owner: ben })
    assert.deepEqual(taken(), [])
    await add('Only Ada has it.', { owner: ada })
    assert.equal(taken().length, others)
  })

  test('vectors are never those of a former title, whenever it is changed', async (database, t) => {
    const { add, documents, ingestion, finish, gate, taken } = await setUp(database, t)
    const id = await add(TEXT)
    const { length } = taken()
    const release = Promise.withResolvers<void>()
    gate.pass = () => release.promise
    await documents.change(LOCAL_USER, id, { title: 'Second' })
    // Its passages are being embedded under the second title.
    while (taken().length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    await documents.change(LOCAL_USER, id, { title: 'Third' })
    release.resolve()
    await finish((await ingestion.latestJob(id))?.id)
    await assertVectors(database, id)
    taken()
    await documents.change(LOCAL_USER, id, { title: 'Fourth' })
    await finish((await ingestion.latestJob(id))?.id)
    assert.equal(taken().length, length)
    await assertVectors(database, id)
  })

  test('each model has its own', async (database, t) => {
    const first = await setUp(database, t)
    const id = await first.add(TEXT)
    const { length } = first.taken()
    await first.stop()
    const second = await setUp(database, t, { ...quick, id: 'another@model' })
    await second.finish((await second.documents.reprocess(LOCAL_USER, id)).job)
    assert.equal(second.taken().length, length)
    await assertVectors(database, id)
    assert.ok((await passagesOf(database, 'another@model', id)).every(({ vector }) => vector !== null))
    await second.finish((await second.documents.reprocess(LOCAL_USER, id)).job)
    assert.deepEqual(second.taken(), [])
    assert.equal(await vectorCount(database), 2 * length)
  })
})
