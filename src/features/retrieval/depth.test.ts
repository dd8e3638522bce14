import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { addDocument, quietLogger, temporaryDatabase } from '../../../test/databases.ts'
import { quickEmbedder } from '../../../test/ingestion.ts'
import { type ChunkId, type DocumentId, LOCAL_USER } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { SearchType } from '../../core/ports/search.ts'
import { temporaryIndex } from '../../index/temporary-index.fixture.ts'
import { createRetrieval, type DocumentSearch, type RetrievalOptions } from './service.ts'

/** A text, and the cosine of its vector with that of every query; equal cosines are ordered by age. */
interface Passage {
  readonly text: string
  readonly cosine: number
}

const embedder: Embedder = {
  ...quickEmbedder(),
  dimension: 2,
  sigma: 0.1,
  embed: async (texts) => texts.map(() => Float32Array.of(1, 0)),
}

const scope = { owner: LOCAL_USER }

/** Documents of these passages in a real store and index, and how deep the index was looked into. */
async function filled(
  t: TestContext,
  documents: Readonly<Record<string, readonly Passage[]>>,
  options: Partial<RetrievalOptions> = {},
) {
  const database = await temporaryDatabase(t)
  const index = await temporaryIndex(embedder.dimension, quietLogger)
  t.after(() => index.close())
  const names = new Map<DocumentId, string>()
  for (const [name, passages] of Object.entries(documents)) {
    const document = await addDocument(database)
    names.set(document, name)
    const ids = await database.write(async (tx) => {
      await tx
        .updateTable('documents')
        .set({ title: name, status: 'processed', searchable: 'full', current_version: 1 })
        .where('id', '=', document)
        .execute()
      const ids: ChunkId[] = []
      for (const [ordinal, { text }] of passages.entries()) {
        const { id } = await tx
          .insertInto('chunks')
          .values({
            document_id: document,
            version: 1,
            ordinal,
            owner_id: LOCAL_USER,
            start_char: 0,
            end_char: text.length,
            page: null,
            headings: '[]',
            context: '',
            text,
            tokens: 8,
          })
          .returning('id')
          .executeTakeFirstOrThrow()
        ids.push(id)
      }
      return ids
    })
    await index.words.replaceDocument(
      LOCAL_USER,
      document,
      passages.map(({ text }, i) => ({ chunk: ids[i] ?? assert.fail(), title: name, context: '', text })),
    )
    await index.vectors.replaceDocument(
      LOCAL_USER,
      document,
      passages.map(({ cosine }, i) => ({
        chunk: ids[i] ?? assert.fail(),
        vector: Float32Array.of(cosine, Math.sqrt(1 - cosine * cosine)),
      })),
    )
  }

  const depths: number[] = []
  const retrieval = createRetrieval(
    {
      database,
      embedder,
      logger: quietLogger,
      index: {
        ...index,
        rank(within, query, more) {
          depths.push(query.depth)
          return index.rank(within, query, more)
        },
      },
    },
    {
      resultsPerDocument: 3,
      hidesNearDuplicates: true,
      timeoutMs: 60_000,
      ready: () => true,
      caughtUp: async () => undefined,
      ...options,
    },
  )
  const nameOf = (id: DocumentId): string => names.get(id) ?? ''
  return {
    depths: () => depths.splice(0),
    async page(more: Partial<DocumentSearch> = {}) {
      const asked = { query: 'pump', type: 'hybrid' as SearchType, limit: 10, threshold: 0, chunkSize: undefined }
      const { results, above } = await retrieval.searchDocuments(scope, { ...asked, ...more })
      return { documents: results.map(({ id }) => nameOf(id)), above, results }
    },
    async evidence(limit: number) {
      const { passages } = await retrieval.search(scope, 'pump', { type: 'hybrid', limit })
      return passages.map(({ documentId }) => nameOf(documentId))
    },
  }
}

const many = (count: number, passage: (n: number) => Passage): Passage[] =>
  Array.from({ length: count }, (_, n) => passage(n))
const documents = (name: string, count: number, passage: (n: number) => Passage): Record<string, Passage[]> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`${name} ${n}`, [passage(n)]]))

const handbook = (count: number): Record<string, Passage[]> => ({
  handbook: many(count, (n) => ({ text: `Pump pump pump ${n}.`, cosine: 0.9 - n / 1e5 })),
})
const leaflets = (count: number): Record<string, Passage[]> =>
  documents('leaflet', count, (n) => ({
    text: `What leaflet ${n} says at some length of a pump.`,
    cosine: 0.5 - n / 1e3,
  }))
const LEAFLETS = Object.keys(leaflets(30))

describe('a page', () => {
  test('is filled where one document has more of the best passages than are looked at first', async (t) => {
    const { page, depths } = await filled(t, { ...handbook(2000), ...leaflets(30) })
    for (const type of ['hybrid', 'semantic', 'keyword'] as const) {
      const { documents: found, results } = await page({ type })
      assert.equal(found.length, 10, type)
      assert.equal(found[0], 'handbook')
      assert.equal(results[0]?.chunks.length, 3)
      if (type === 'semantic') assert.deepEqual(found.slice(1), LEAFLETS.slice(0, 9))
      const scores = results.map(({ relevance }) => relevance)
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
      )
      assert.deepEqual(depths(), [100, 400, 1600, 4000])
    }
  })

  test('is as it was, at the same cost, where the first look fills it', async (t) => {
    const { page, depths } = await filled(t, { ...handbook(80), ...leaflets(100) })
    assert.equal((await page()).documents.length, 10)
    assert.deepEqual(depths(), [100])
  })

  test('is looked for no further where nothing more can be found', async (t) => {
    const { page, depths } = await filled(t, {
      ...handbook(300),
      ...leaflets(2),
      other: [{ text: 'Pump pump pump.', cosine: 0.95 }],
    })
    // No more reach the threshold.
    assert.deepEqual((await page({ threshold: 0.95 })).documents, ['other'])
    assert.deepEqual(depths(), [100])
    // All there is was looked at.
    assert.equal((await page()).documents.length, 4)
    assert.deepEqual(depths(), [100, 400])
    assert.equal((await page({ limit: 1 })).documents.length, 1)
    assert.deepEqual(depths(), [100])
  })

  test('of few documents is not looked for again once each of them was met', async (t) => {
    const { page, depths } = await filled(t, { ...handbook(300), other: [{ text: 'Pump pump pump.', cosine: 0.95 }] })
    assert.deepEqual((await page()).documents, ['other', 'handbook'])
    assert.deepEqual(depths(), [100])
  })

  test('shows what was found first as before, and what a deeper look finds behind it, be its score higher', async (t) => {
    const few = {
      leader: [{ text: 'Pump pump pump red red red.', cosine: 0.9 }],
      ...documents('first', 3, (n) => ({ text: `Pump red ${n} filter.`, cosine: 0.95 - n / 100 })),
      handbook: many(500, (n) => ({ text: `Pump red ${n} filter.`, cosine: 0.9 - n / 1e5 })),
    }
    const query = 'red pump'
    const short = (await (await filled(t, few)).page({ query })).documents
    assert.deepEqual(short.toSorted(), Object.keys(few).toSorted())
    // The two words side by side, which nothing else holds, in a text that is too long to be among the best by words.
    const text = `The red pump ${'is described by the board at some length as it was asked for '.repeat(4)}.`
    const { page } = await filled(t, { ...few, deep: [{ text, cosine: 0.897 }] })
    const { documents: found, results } = await page({ query })
    assert.deepEqual(found, [...short, 'deep'])
    const scores = results.map(({ relevance }) => relevance)
    assert.deepEqual(
      scores,
      scores.toSorted((a, b) => b - a),
    )
  })
})

describe('an answer', () => {
  const copies = (count: number) => documents('copy', count, () => ({ text: 'The pump is red.', cosine: 0.9 }))

  test('is given other passages than the copies of one', async (t) => {
    const { evidence, page, depths } = await filled(t, { ...copies(300), ...leaflets(10) })
    const found = await evidence(5)
    assert.equal(found.length, 5)
    assert.match(found[0] ?? '', /^copy/)
    assert.deepEqual(found.slice(1).filter((name) => name.startsWith('leaflet')).length, 4)
    assert.deepEqual(depths(), [100, 400])
    const { documents: shown, results } = await page()
    assert.equal(shown.length, 10)
    assert.equal(results[0]?.duplicates.length, 299)
    assert.deepEqual(depths(), [100, 400])
  })

  test('looks no deeper than so far, however many copies there are', async (t) => {
    const { evidence, depths } = await filled(t, {
      copies: many(4100, () => ({ text: 'The pump is red.', cosine: 0.9 })),
    })
    assert.equal((await evidence(5)).length, 1)
    assert.deepEqual(depths(), [100, 400, 1600, 4000])
  })
})
