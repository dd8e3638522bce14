// What every vector store must do (src/core/ports/search.ts), whichever it is; where stores differ, a flag of `supports`
// says so, and both sides of it are asked for here.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ChunkId, DocumentId, UserId } from '../../src/core/ids.ts'
import type { DocumentAttributes, DocumentFilter, IndexedVector, VectorStore } from '../../src/core/ports/search.ts'
import { exactVector, exactVectorNear } from '../exact-vectors.ts'

export const DIMENSION = 8

export interface ConformanceOptions {
  /** The features that the store is written down with. */
  readonly supports: VectorStore['supports']
  /** An empty one of vectors of `DIMENSION` numbers. */
  readonly open: () => Promise<VectorStore>
}

const CLOSE = 1e-6
const QUERY = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0)
const named = (id: string): DocumentId => id as DocumentId

/** Ids of passages are never given twice, not even to two owners. */
let lastChunk = 0
const newChunk = (): ChunkId => ++lastChunk as ChunkId
/** The cosine with `QUERY` is `cos`. */
const row = (cos: number, chunk = newChunk()): IndexedVector => ({
  chunk,
  vector: Float32Array.of(cos, Math.sqrt(1 - cos * cos), 0, 0, 0, 0, 0, 0),
})
const chunksOf = (rows: readonly { readonly chunk: ChunkId }[]): ChunkId[] => rows.map(({ chunk }) => chunk)
const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
const attributes = (some: Partial<DocumentAttributes> = {}): DocumentAttributes => ({
  chat: null,
  fileType: null,
  created: 0,
  metadata: {},
  ...some,
})

export function vectorStoreConformance(name: string, { supports, open }: ConformanceOptions): void {
  describe(`${name}: a vector store`, () => {
    let store: VectorStore
    let owners = 0
    const newOwner = (): UserId => `owner-${++owners}` as UserId
    before(async () => {
      store = await open()
    })
    after(() => store.close())

    test('says what it can do', () => {
      assert.deepEqual(
        { filterOps: [...store.supports.filterOps].sort(), atomicReplace: store.supports.atomicReplace },
        { filterOps: [...supports.filterOps].sort(), atomicReplace: supports.atomicReplace },
      )
    })

    test('finds the nearest, best first, ties by chunk, as many as are asked for', async () => {
      const owner = newOwner()
      const [far, tied, near, other] = [row(0.25), row(0.5), row(1), row(0.5)]
      await store.replaceDocument(owner, named('a'), [far, other, near])
      await store.replaceDocument(owner, named('b'), [tied])
      const found = await store.search({ owner }, QUERY, 10)
      assert.deepEqual(chunksOf(found), [near.chunk, tied.chunk, other.chunk, far.chunk])
      for (const [i, cos] of [1, 0.5, 0.5, 0.25].entries()) {
        assert.ok(Math.abs((found[i]?.score ?? NaN) - cos) < CLOSE, `${found[i]?.score} for ${cos}`)
      }
      assert.deepEqual(chunksOf(await store.search({ owner }, QUERY, 2)), [near.chunk, tied.chunk])
      assert.deepEqual(await store.search({ owner }, QUERY, 0), [])
      assert.deepEqual(await store.search({ owner: newOwner() }, QUERY, 10), [])
    })

    test('owners see nothing of each other, though their documents have one id', async () => {
      const [one, two] = [newOwner(), newOwner()]
      const [mine, theirs] = [row(0.5), row(1)]
      await store.replaceDocument(one, named('d'), [mine])
      await store.replaceDocument(two, named('d'), [theirs])
      await store.describeDocuments(two, [{ document: named('d'), attributes: attributes({ chat: 'c' }) }])
      const scope = { owner: one, documents: [named('d')] }
      assert.deepEqual(chunksOf(await store.search(scope, QUERY, 10)), [mine.chunk])
      const [ours = NaN, none = 0] = await store.score(scope, QUERY, [mine.chunk, theirs.chunk])
      assert.ok(Math.abs(ours - 0.5) < CLOSE && Number.isNaN(none))
      assert.deepEqual([...(await store.neighbours({ owner: one }, [mine.chunk, theirs.chunk], 1))], [-1, -1])
      assert.deepEqual(await store.search({ owner: one, filter: { chats: ['c'] } }, QUERY, 10), [])
      await store.deleteDocuments(one, [named('d')])
      assert.deepEqual([await store.count(one), await store.count(two)], [0, 1])
      assert.deepEqual(chunksOf(await store.search({ owner: two }, QUERY, 10)), [theirs.chunk])
    })

    test('a search sees each write that was over before it', async () => {
      const owner = newOwner()
      for (let round = 0; round < 4; round++) {
        const rows = [row(0.5), row(0.75)]
        await store.replaceDocument(owner, named('a'), rows)
        assert.deepEqual(chunksOf(await store.search({ owner }, QUERY, 10)), chunksOf(rows).reverse())
        assert.equal(await store.count(owner), 2)
        if (round % 2 === 0) continue
        await store.deleteDocuments(owner, [named('a'), named('unknown')])
        assert.deepEqual(await store.search({ owner }, QUERY, 10), [])
        assert.equal(await store.count(owner), 0)
      }
    })

    test('replacing keeps the passages that are given again, and nothing else', async () => {
      const owner = newOwner()
      const [kept, gone, added] = [newChunk(), newChunk(), newChunk()]
      await store.replaceDocument(owner, named('a'), [row(0.25, kept), row(0.5, gone)])
      await store.replaceDocument(owner, named('a'), [row(0.75, kept), row(0.5, added)])
      const found = await store.search({ owner }, QUERY, 10)
      assert.deepEqual(chunksOf(found), [kept, added])
      assert.ok(Math.abs((found[0]?.score ?? NaN) - 0.75) < CLOSE)
      const two = [row(0.5), row(0.6)]
      await Promise.all(two.map((one) => store.replaceDocument(owner, named('a'), [one])))
      assert.equal(await store.count(owner), 1, 'of two at once, one is last')
      await store.replaceDocument(owner, named('a'), [])
      assert.equal(await store.count(owner), 0)
    })

    test(`replacing is ${supports.atomicReplace ? 'seen whole or not at all' : 'seen in parts at most'}`, async () => {
      const owner = newOwner()
      const versions = [0.3, 0.6].map((cos) => Array.from({ length: 50 }, () => row(cos)))
      const allowed = versions.map((rows) => String(chunksOf(rows)))
      const either = new Set(versions.flatMap(chunksOf))
      await store.replaceDocument(owner, named('a'), versions[0] ?? [])
      const state = { over: false }
      const replacing = store.replaceDocument(owner, named('a'), versions[1] ?? []).then(() => (state.over = true))
      do {
        const seen = chunksOf(await store.search({ owner }, QUERY, 200)).sort((a, b) => a - b)
        if (supports.atomicReplace) assert.ok(allowed.includes(String(seen)), String(seen))
        else assert.ok(seen.length > 0 && seen.every((chunk) => either.has(chunk)), String(seen))
      } while (!state.over)
      await replacing
      assert.equal(String(chunksOf(await store.search({ owner }, QUERY, 200)).sort((a, b) => a - b)), allowed[1])
    })

    test('what is said of a document holds until something else is said, or it is gone', async () => {
      const owner = newOwner()
      const find = async (filter: DocumentFilter) => chunksOf(await store.search({ owner, filter }, QUERY, 10))
      const [first, second] = [row(0.5), row(0.5)]
      await store.replaceDocument(owner, named('a'), [first])
      assert.deepEqual(await find({ createdFrom: -1e15 }), [], 'nothing is known of it')
      assert.deepEqual(await find({}), [first.chunk])
      await store.describeDocuments(owner, [
        { document: named('a'), attributes: attributes({ chat: 'c' }) },
        { document: named('unknown'), attributes: attributes({ chat: 'c' }) },
      ])
      assert.deepEqual(await find({ chats: ['c'] }), [first.chunk])
      await store.replaceDocument(owner, named('a'), [second])
      assert.deepEqual(await find({ chats: ['c'] }), [second.chunk])
      await store.describeDocuments(owner, [{ document: named('a'), attributes: attributes({ chat: 'd' }) }])
      assert.deepEqual([await find({ chats: ['c'] }), await find({ chats: ['d'] })], [[], [second.chunk]])
      await store.replaceDocument(owner, named('unknown'), [row(1)])
      assert.deepEqual(await find({ chats: ['c'] }), [], 'it was not there when something was said of it')
      await store.deleteDocuments(owner, [named('a')])
      await store.replaceDocument(owner, named('a'), [first])
      assert.deepEqual(await find({ chats: ['d'] }), [], 'it was gone in between')
    })

    describe('filters', () => {
      const owner = 'filters' as UserId
      const described: Readonly<Record<string, DocumentAttributes>> = {
        a: attributes({ chat: 'c"1', fileType: 'text/plain', created: 100, metadata: { n: 1, 'ä "b"\\': 'x' } }),
        b: attributes({ chat: 'c"1', fileType: 'application/pdf', created: 200, metadata: { n: '1', even: true } }),
        c: attributes({ chat: '', created: 300, metadata: { n: true, even: true } }),
        d: attributes({ created: 1.5e12, metadata: { even: 'true' } }),
      }
      const chunks = new Map<ChunkId, string>()
      before(async () => {
        for (const id of [...Object.keys(described), 'undescribed']) {
          // What no filter finds is the nearest of all.
          const one = row(id === 'undescribed' ? 1 : 0.5)
          chunks.set(one.chunk, id)
          await store.replaceDocument(owner, named(id), [one])
        }
        const all = Object.entries(described).map(([id, of]) => ({ document: named(id), attributes: of }))
        await store.describeDocuments(owner, all)
      })

      const cases: readonly (readonly [DocumentFilter, string])[] = [
        [{ chats: ['c"1'] }, 'ab'],
        [{ chats: [''] }, 'c'],
        [{ chats: ['', 'c"1', 'other'] }, 'abc'],
        [{ chats: [] }, ''],
        [{ fileTypes: ['text/plain'] }, 'a'],
        [{ fileTypes: ['text/plain', 'application/pdf'], chats: ['c"1'] }, 'ab'],
        [{ createdFrom: 200 }, 'bcd'],
        [{ createdBefore: 200 }, 'a'],
        [{ createdFrom: 100, createdBefore: 1.5e12 }, 'abc'],
        [{ metadata: { n: 1 } }, 'a'],
        [{ metadata: { n: '1' } }, 'b'],
        [{ metadata: { n: true } }, 'c'],
        [{ metadata: { even: true } }, 'bc'],
        [{ metadata: { even: true, n: '1' } }, 'b'],
        [{ metadata: { 'ä "b"\\': 'x' } }, 'a'],
        [{ metadata: { even: true }, createdFrom: 250, chats: [''] }, 'c'],
        [{ metadata: { even: true }, fileTypes: ['text/plain'] }, ''],
      ]
      for (const [filter, met] of cases) {
        const asked = ['chats', 'fileTypes', 'metadata'].filter((op) => op in filter)
        const needs = 'createdFrom' in filter || 'createdBefore' in filter ? [...asked, 'created'] : asked
        const isSupported = needs.every((op) => supports.filterOps.some((known) => known === op))
        test(`${JSON.stringify(filter)} ${isSupported ? 'narrows the search' : 'loses nothing'}`, async () => {
          const found = await store.search({ owner, filter }, QUERY, isSupported ? Math.max(1, met.length) : 10)
          const ids = found.map(({ chunk }) => chunks.get(chunk) ?? `${chunk}`).sort()
          if (isSupported) assert.deepEqual(ids, met.split(''))
          else assert.ok(met.split('').every((id) => ids.includes(id)))
          const all = [...chunks.keys()]
          const scores = await store.score({ owner, filter }, QUERY, all)
          const scored = all.filter((_, i) => !Number.isNaN(scores[i])).map((chunk) => chunks.get(chunk) ?? '')
          if (isSupported) assert.deepEqual(scored, met.split(''))
          else assert.ok(met.split('').every((id) => scored.includes(id)))
        })
      }

      test('the list of documents may be empty, and thousands long', async () => {
        const find = async (documents: DocumentId[], filter?: DocumentFilter) =>
          (await store.search({ owner, documents, filter }, QUERY, 10))
            .map(({ chunk }) => chunks.get(chunk) ?? '')
            .sort((a, b) => (a < b ? -1 : 1))
        assert.deepEqual(await find([]), [])
        assert.deepEqual(await find([named('b')]), ['b'])
        const others = Array.from({ length: 8000 }, (_, i) => named(`0192f0c1-6c39-7d3a-8b1e-${i}`))
        assert.deepEqual(await find([...others, named('b'), named('d')]), ['b', 'd'])
        assert.deepEqual(await find([...others, named('b'), named('d')], { chats: ['c"1'] }), ['b'])
      })
    })

    test('more passages than go into one request, each scored exactly', async () => {
      const owner = newOwner()
      const rows = Array.from({ length: 2500 }, (_, i) => ({
        chunk: newChunk(),
        vector: exactVectorNear(QUERY, 1, i + 1),
      }))
      await store.replaceDocument(owner, named('big'), rows)
      await store.describeDocuments(owner, [{ document: named('big'), attributes: attributes({ chat: 'c' }) }])
      assert.equal(await store.count(owner), 2500)
      const query = exactVector(DIMENSION, 99)
      const scope = { owner, filter: { chats: ['c'] } }
      const scores = await store.score(scope, query, [...chunksOf(rows), newChunk()])
      for (const [i, { vector }] of rows.entries()) {
        assert.ok(Math.abs((scores[i] ?? NaN) - dot(query, vector)) < CLOSE)
      }
      assert.ok(Number.isNaN(scores[2500]))
      const best = rows.map(({ chunk, vector }) => ({ chunk, score: dot(query, vector) }))
      best.sort((a, b) => b.score - a.score || a.chunk - b.chunk)
      const wanted = new Set(chunksOf(best.slice(0, 100)))
      const found = await store.search(scope, query, 100)
      const hit = found.filter(({ chunk }) => wanted.has(chunk)).length
      assert.ok(hit >= 98, `${hit} of the best 100`)
      await store.deleteDocuments(owner, [named('big')])
      assert.equal(await store.count(owner), 0)
    })

    test('the nearest of others are told by their places', async () => {
      const owner = newOwner()
      const rows = [1, 0.9, 0.2, 0.9, 0].map((cos) => row(cos))
      await store.replaceDocument(owner, named('a'), rows)
      const asked = [...chunksOf(rows.slice(0, 4)), newChunk()]
      assert.deepEqual([...(await store.neighbours({ owner }, asked, 2))], [1, 3, 3, 0, 1, 3, 1, 0, -1, -1])
      assert.deepEqual([...(await store.neighbours({ owner }, asked.slice(0, 2), 3))], [1, -1, -1, 0, -1, -1])
      assert.deepEqual([...(await store.neighbours({ owner, documents: [] }, asked, 1))], Array(5).fill(-1))
    })

    test('vectors of another length, and calls that are no longer wanted, are refused', async () => {
      const owner = newOwner()
      const short = { chunk: newChunk(), vector: Float32Array.of(1, 0) }
      await assert.rejects(async () => store.replaceDocument(owner, named('a'), [short]), RangeError)
      assert.equal(await store.count(owner), 0)
      const signal = AbortSignal.abort(new Error('gone'))
      await assert.rejects(store.search({ owner }, QUERY, 1, { signal }), /gone/)
    })

    test('counts the passages of all, and of one', async () => {
      const [one, two] = [newOwner(), newOwner()]
      const before = await store.count()
      await store.replaceDocument(one, named('a'), [row(0.5), row(0.5)])
      await store.replaceDocument(two, named('a'), [row(0.5)])
      assert.deepEqual([await store.count(), await store.count(one), await store.count(two)], [before + 3, 2, 1])
    })
  })
}
