import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AppError } from '../core/errors.ts'
import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type { IndexedPassage, IndexedVector } from '../core/ports/search.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { connect } from './connection.ts'
import type { EmbeddedIndex } from './embedded-index.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const owner = (id: string): UserId => id as UserId
const documentId = (id: string): DocumentId => id as DocumentId
const chunk = (id: number): ChunkId => id as ChunkId
const passage = (id: number, text: string, title = ''): IndexedPassage => ({
  chunk: chunk(id),
  title,
  context: '',
  text,
})
const row = (id: number, ...values: number[]): IndexedVector => ({
  chunk: chunk(id),
  vector: Float32Array.from(values),
})
const isNotReady = (error: unknown): boolean => error instanceof AppError && error.code === 'not_ready'

let index: EmbeddedIndex
before(async () => {
  index = await temporaryIndex(2, logger)
})
after(() => index.close())

test('words: what is put in is found under title, context and text, and gone when deleted', async () => {
  const scope = { owner: owner('w') }
  const context = { chunk: chunk(3), title: '', context: 'Sun > Moon', text: 'stars' }
  await index.words.replaceDocument(scope.owner, documentId('a'), [
    passage(1, 'red apples', 'Fruit'),
    passage(2, 'pears'),
  ])
  await index.words.replaceDocument(scope.owner, documentId('b'), [context])
  const find = async (query: string): Promise<number[]> =>
    (await index.words.search(scope, query, 10)).hits.map((hit) => hit.chunk)
  assert.deepEqual(await find('apple'), [1])
  assert.deepEqual(await find('fruits'), [1])
  assert.deepEqual(await find('moon'), [3])
  assert.deepEqual(
    (await index.words.search({ ...scope, documents: [documentId('b')] }, 'apple moon', 10)).hits.map(
      (hit) => hit.chunk,
    ),
    [3],
  )
  await index.words.replaceDocument(scope.owner, documentId('a'), [passage(4, 'plums')])
  assert.deepEqual(await find('apple plum'), [4])
  await index.words.deleteDocuments(scope.owner, [documentId('a'), documentId('unknown')])
  assert.deepEqual(await find('plum'), [])
  assert.equal(await index.words.count(scope.owner), 1)
})

test('vectors: nearest first, within a scope, gone when deleted', async () => {
  const scope = { owner: owner('v') }
  const wide = Float32Array.of(9, 9, 1, 0)
  await index.vectors.replaceDocument(scope.owner, documentId('a'), [row(1, 1, 0), row(2, 0, 1)])
  await index.vectors.replaceDocument(scope.owner, documentId('b'), [{ chunk: chunk(3), vector: wide.subarray(2) }])
  assert.deepEqual(await index.vectors.search(scope, Float32Array.of(1, 0), 2), [
    { chunk: 1, score: 1 },
    { chunk: 3, score: 1 },
  ])
  const onlyB = { ...scope, documents: [documentId('b')] }
  const scores = await index.vectors.score(onlyB, wide.subarray(2), [chunk(1), chunk(3), chunk(9)])
  assert.deepEqual([...scores], [Number.NaN, 1, Number.NaN])
  await index.vectors.deleteDocuments(scope.owner, [documentId('b')])
  assert.equal(await index.vectors.count(scope.owner), 2)
  assert.deepEqual(await index.vectors.search(onlyB, wide.subarray(2), 5), [])
  assert.equal(wide[2], 1, 'what the caller gave is still the caller’s')
})

test('owners see neither each other’s passages nor each other’s statistics', async () => {
  const [one, other] = [owner('one'), owner('other')]
  await index.words.replaceDocument(one, documentId('d'), [passage(10, 'alpha beta'), passage(11, 'gamma')])
  await index.vectors.replaceDocument(one, documentId('d'), [row(10, 1, 0)])
  const before = await index.words.search({ owner: one }, 'alpha', 10)
  await index.words.replaceDocument(other, documentId('d'), [passage(20, 'alpha'), passage(21, 'alpha alpha')])
  await index.vectors.replaceDocument(other, documentId('d'), [row(20, 1, 0)])
  assert.deepEqual(await index.words.search({ owner: one }, 'alpha', 10), before)
  assert.ok(Number.isNaN((await index.words.score({ owner: one }, 'alpha', [chunk(20)])).bm25[0]))
  assert.deepEqual([...(await index.vectors.neighbours({ owner: one }, [chunk(10), chunk(20)], 1))], [-1, -1])
  assert.ok(Number.isNaN((await index.vectors.score({ owner: one }, Float32Array.of(1, 0), [chunk(20)]))[0]))
  assert.deepEqual(await index.words.search({ owner: owner('nobody') }, 'alpha', 10), {
    hits: [],
    query: { terms: ['alpha'], idf: [Math.LN2], idfSum: Math.LN2 },
  })
  await index.words.deleteDocuments(other, [documentId('d')])
  assert.equal(await index.words.count(one), 2)
  assert.deepEqual([...(await index.words.idf(one, ['alpha', 'the']))], [Math.log(1 + 1.5 / 1.5), 0])
})

test('a document with very many passages leaves room for searches, and comes all at once', async () => {
  const scope = { owner: owner('bulk') }
  const many = Array.from({ length: 6000 }, (_, i) => passage(1000 + i, `needle number ${i} of a long document`))
  const state = { loaded: false }
  const document = { owner: scope.owner, document: documentId('big'), passages: many, vectors: [] }
  const loading = index.load([document]).then(() => {
    state.loaded = true
  })
  let between = 0
  while (!state.loaded) {
    const { hits } = await index.words.search(scope, 'needle', 10_000)
    if (hits.length === 0) between++
    else assert.equal(hits.length, 6000)
  }
  await loading
  assert.ok(between > 1, `${between} searches were answered while the document was being read`)
  assert.equal((await index.words.search(scope, 'needle', 10_000)).hits.length, 6000)
})

test('loading puts many documents with and without vectors in place', async () => {
  const id = owner('load')
  await index.load([
    { owner: id, document: documentId('a'), passages: [passage(1, 'alpha')], vectors: [row(1, 1, 0)] },
    { owner: id, document: documentId('b'), passages: [passage(2, 'alpha')], vectors: [] },
    { owner: id, document: documentId('c'), passages: [passage(3, 'beta')], vectors: [row(3, 0, 1)] },
  ])
  assert.equal(await index.words.count(id), 3)
  assert.deepEqual(await index.vectors.search({ owner: id }, Float32Array.of(0, 1), 1), [{ chunk: 3, score: 1 }])
  await index.load([{ owner: id, document: documentId('a'), passages: [], vectors: [] }])
  assert.deepEqual([await index.words.count(id), await index.vectors.count(id)], [2, 1])
})

test('a vector of another length is refused and changes nothing', async () => {
  const id = owner('length')
  await index.vectors.replaceDocument(id, documentId('a'), [row(1, 1, 0)])
  await assert.rejects(index.vectors.replaceDocument(id, documentId('a'), [row(1, 1, 0, 0)]), RangeError)
  await assert.rejects(index.vectors.search({ owner: id }, Float32Array.of(1), 1), RangeError)
  assert.equal(await index.vectors.count(id), 1)
})

test('an aborted call rejects with the reason', async () => {
  const stop = new AbortController()
  const waiting = index.words.search({ owner: owner('x') }, 'alpha', 1, { signal: stop.signal })
  stop.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(index.words.search({ owner: owner('x') }, 'a', 1, { signal: stop.signal }), /enough/)
})

test('memory grows with what is stored', async () => {
  const before = await index.memory()
  await index.vectors.replaceDocument(
    owner('m'),
    documentId('a'),
    Array.from({ length: 500 }, (_, i) => row(i, 1, 0)),
  )
  const after = await index.memory()
  assert.ok(after.vectorBytes - before.vectorBytes >= 500 * 2 * 4)
  assert.equal(after.bytes, after.documentBytes + after.wordBytes + after.vectorBytes)
})

test('after closing every call is answered with not_ready', async () => {
  const closed = await temporaryIndex(2, logger)
  const waiting = assert.rejects(closed.words.count(), isNotReady)
  await closed.close()
  await waiting
  await assert.rejects(closed.vectors.count(), isNotReady)
  await closed.close()
})

test('a thread that dies rejects what waits and says so once', async () => {
  const crashes: Error[] = []
  const dying = new URL(
    `data:text/javascript,${encodeURIComponent(
      'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw new Error("broken") })',
    )}`,
  )
  const connection = connect({ dimension: 2, folder: '' }, (error) => crashes.push(error), dying)
  const calls = [connection.call('memory', null), connection.call('countWords', { owner: undefined })]
  for (const call of calls) await assert.rejects(call, isNotReady)
  await assert.rejects(connection.call('memory', null), isNotReady)
  await connection.close()
  assert.deepEqual(
    crashes.map((error) => error.message),
    ['broken'],
  )
  await assert.rejects(temporaryIndex(0, logger), isNotReady)
})
