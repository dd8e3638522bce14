import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type { DocumentAttributes, DocumentFilter, RankQuery, Scope } from '../core/ports/search.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import type { EmbeddedIndex, LoadedDocument } from './embedded-index.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const DOCUMENTS = 1000
const FILTERS: readonly DocumentFilter[] = [
  { chats: ['c7'] },
  { chats: ['c7', 'c8'], fileTypes: ['application/pdf'] },
  { createdFrom: 990 },
  { createdFrom: 100, createdBefore: 110 },
  { metadata: { hundred: 3 } },
  { fileTypes: ['text/plain'], createdBefore: 500, metadata: { hundred: 4, even: true } },
]

let index: EmbeddedIndex
before(async () => {
  index = await temporaryIndex(2, logger)
})
after(() => index.close())

const name = (n: number): DocumentId => `d${n}` as DocumentId
const attributesOf = (n: number): DocumentAttributes => ({
  chat: `c${n % 100}`,
  fileType: n % 2 === 0 ? 'text/plain' : 'application/pdf',
  created: n,
  metadata: { hundred: Math.floor(n / 10), even: n % 2 === 0 },
})

/** The further a document, the worse it is found, by words and by its vector. */
const documentOf = (owner: UserId, n: number, attributes: DocumentAttributes | undefined): LoadedDocument => {
  const chunk = (n + 1) as ChunkId
  const angle = (Math.PI / 2) * (n / DOCUMENTS)
  return {
    owner,
    document: name(n),
    passages: [{ chunk, title: '', context: '', text: `needle ${'hay '.repeat(1 + Math.floor(n / 50))}` }],
    vectors: [{ chunk, vector: Float32Array.of(Math.cos(angle), Math.sin(angle)) }],
    attributes,
  }
}

async function loaded(id: string, attributes: (n: number) => DocumentAttributes | undefined): Promise<UserId> {
  const owner = id as UserId
  await index.load(Array.from({ length: DOCUMENTS }, (_, n) => documentOf(owner, n, attributes(n))))
  return owner
}

const query: RankQuery = { type: 'hybrid', text: 'needle', vector: Float32Array.of(1, 0), sigma: 0.1, depth: 10 }

/** All that a search of any kind gives. */
async function everything(scope: Scope) {
  const some = Array.from({ length: 50 }, (_, n) => (n * 20 + 1) as ChunkId)
  return {
    words: await index.words.search(scope, 'needle', 10),
    vectors: await index.vectors.search(scope, Float32Array.of(1, 0), 10),
    wordScores: await index.words.score(scope, 'needle', some),
    scores: await index.vectors.score(scope, Float32Array.of(1, 0), some),
    neighbours: await index.vectors.neighbours(scope, some, 3),
    ranked: await index.rank(scope, query),
    conditioned: await index.rank(scope, { ...query, text: '+needle -gone' }),
  }
}

test('a filter finds what the list of the documents that meet it finds, and as many as are asked for', async () => {
  const owner = await loaded('filters', attributesOf)
  const met: readonly ((n: number) => boolean)[] = [
    (n) => n % 100 === 7,
    (n) => n % 100 === 7,
    (n) => n >= 990,
    (n) => n >= 100 && n < 110,
    (n) => Math.floor(n / 10) === 3,
    (n) => Math.floor(n / 10) === 4 && n % 2 === 0,
  ]
  for (const [i, filter] of FILTERS.entries()) {
    const documents = Array.from({ length: DOCUMENTS }, (_, n) => n).filter((n) => met[i]?.(n))
    const found = await everything({ owner, filter })
    assert.deepEqual(found, await everything({ owner, documents: documents.map(name) }), JSON.stringify(filter))
    const chunks = documents.map((n) => n + 1)
    const sorted = (hits: readonly { readonly chunk: ChunkId }[]) =>
      hits.map(({ chunk }) => chunk).sort((a, b) => a - b)
    assert.deepEqual(sorted(found.words.hits), chunks)
    assert.deepEqual(sorted(found.vectors), chunks)
    assert.equal(found.ranked.searched, documents.length)
    assert.deepEqual(
      found.ranked.documents,
      [...found.ranked.chunks].map((chunk) => name(chunk - 1)),
    )
    assert.deepEqual(
      await everything({ owner, filter, documents: [name(3), ...documents.slice(1).map(name)] }),
      await everything({ owner, documents: documents.filter((n, at) => at > 0 || n === 3).map(name) }),
    )
  }
  assert.deepEqual(await everything({ owner, filter: {} }), await everything({ owner }))
  assert.equal((await index.rank({ owner: 'another' as UserId, filter: { chats: ['c7'] } }, query)).searched, 0)
})

test('what is said of a document holds until something else is said, whatever becomes of its passages', async () => {
  const owner = await loaded('described', () => undefined)
  const find = async (filter: DocumentFilter): Promise<number[]> =>
    (await index.words.search({ owner, filter }, 'needle', 10)).hits.map(({ chunk }) => chunk - 1)
  assert.deepEqual(await find({ createdFrom: 0 }), [], 'nothing is known of them')
  await index.words.describeDocuments(owner, [
    { document: name(5), attributes: attributesOf(5) },
    { document: 'unknown' as DocumentId, attributes: attributesOf(5) },
  ])
  assert.deepEqual(await find({ chats: ['c5'] }), [5])
  await index.vectors.describeDocuments(owner, [{ document: name(5), attributes: { ...attributesOf(5), chat: 'c6' } }])
  assert.deepEqual([await find({ chats: ['c5'] }), await find({ chats: ['c6'] })], [[], [5]])

  const { passages, vectors } = documentOf(owner, 5, undefined)
  await index.words.replaceDocument(owner, name(5), passages)
  await index.words.deleteDocuments(owner, [name(5)])
  assert.deepEqual(await index.vectors.search({ owner, filter: { chats: ['c6'] } }, Float32Array.of(1, 0), 1), [
    { chunk: 6, score: Math.fround(vectors[0]?.vector[0] ?? 0) },
  ])
  await index.words.replaceDocument(owner, name(5), passages)
  await index.vectors.deleteDocuments(owner, [name(5)])
  assert.deepEqual(await find({ chats: ['c6'] }), [5])

  await index.words.deleteDocuments(owner, [name(5)])
  await index.words.replaceDocument(owner, name(5), passages)
  assert.deepEqual(await find({ chats: ['c6'] }), [], 'it was gone in between')
  assert.equal((await index.rank({ owner }, query)).searched, DOCUMENTS)
  const { vector = new Float32Array(2) } = vectors[0] ?? {}
  await index.vectors.replaceDocument(owner, 'pure' as DocumentId, [{ chunk: 5000 as ChunkId, vector }])
  assert.equal((await index.rank({ owner }, query)).searched, DOCUMENTS + 1)
  await index.vectors.deleteDocuments(owner, ['pure' as DocumentId])
  assert.equal((await index.rank({ owner }, query)).searched, DOCUMENTS)
  assert.ok((await index.memory()).documentBytes > 0)
})
