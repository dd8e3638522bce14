import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as fc from 'fast-check'
import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type { RankQuery } from '../core/ports/search.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import type { EmbeddedIndex, LoadedDocument } from './embedded-index.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const SIGMA = 0.25

let index: EmbeddedIndex
before(async () => {
  index = await temporaryIndex(3, logger)
})
after(() => index.close())

let owners = 0
/** Each passage is a document of its own, with the number of its place; one without a vector has only words. */
async function loaded(passages: readonly Passage[]): Promise<UserId> {
  const owner = `owner${owners++}` as UserId
  const documents = passages.map(({ text, vector }, i): LoadedDocument => {
    const chunk = (i + 1) as ChunkId
    return {
      owner,
      document: `d${i + 1}` as DocumentId,
      passages: [{ chunk, title: '', context: '', text }],
      vectors: vector === undefined ? [] : [{ chunk, vector: Float32Array.from(vector) }],
    }
  })
  await index.load(documents)
  return owner
}

interface Passage {
  readonly text: string
  readonly vector: readonly number[] | undefined
}

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'zeta', 'the', 'nlrp3')
const words = fc.array(word, { minLength: 1, maxLength: 6 }).map((list) => list.join(' '))
/** Quarters: their products are exact in floats of 32 bits, so that ties are ties. */
const vector = fc
  .array(fc.integer({ min: -4, max: 4 }), { minLength: 3, maxLength: 3 })
  .map((numbers) => numbers.map((number) => number / 4))
const passage = fc.record({ text: words, vector: fc.option(vector, { nil: undefined }) })

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

/** The design's page on ranking, read aloud: every step for every passage, whatever it costs. */
async function slowRank(owner: UserId, passages: readonly Passage[], { text, vector: asked, depth }: RankQuery) {
  const query = Array.from(asked as Float32Array)
  const all = passages.map((_, i) => (i + 1) as ChunkId)
  const { hits, query: terms } = await index.words.search({ owner }, text, depth)
  const cosine = (chunk: number): number => {
    const row = passages[chunk - 1]?.vector
    return row === undefined ? Number.NaN : dot(query, row)
  }
  const nearest = all
    .filter((chunk) => !Number.isNaN(cosine(chunk)))
    .sort((a, b) => cosine(b) - cosine(a) || a - b)
    .slice(0, depth)
  const union = all.filter((chunk) => hits.some((hit) => hit.chunk === chunk) || nearest.includes(chunk))
  const { bm25, phrase } = await index.words.score({ owner }, text, union)
  const lexical = union.map((_, i) => (bm25[i] as number) + 0.3 * (phrase[i] as number))
  const divisor = Math.max(...lexical, 0.25 * terms.idfSum)
  const rel = lexical.map((score) => (divisor > 0 ? score / divisor : 0))
  const lambda = terms.terms.length <= 3 ? 4 : text.includes('nlrp3') ? 3 : 2
  const known = union
    .map(cosine)
    .filter((value) => !Number.isNaN(value))
    .sort((a, b) => a - b)
  const [low, high] = [known[Math.floor(known.length * 0.75)] ?? 0, known.at(-1) ?? 1]
  const fused = union.map((chunk, i) => {
    const share = rel[i] as number
    const cos = Number.isNaN(cosine(chunk)) ? low + (high - low) * share : cosine(chunk)
    return cos / SIGMA + lambda * share
  })
  const rising = union
    .map((_, i) => i)
    .sort((a, b) => (fused[b] as number) - (fused[a] as number) || a - b)
    .slice(0, 50)
  const lifted = fused.map((own, i) => {
    if (!rising.includes(i) || rising.length < 2) return own
    const row = passages[(union[i] as number) - 1]?.vector
    const others = rising
      .filter((j) => j !== i && row !== undefined && passages[(union[j] as number) - 1]?.vector !== undefined)
      .map((j) => ({ j, near: dot(row ?? [], passages[(union[j] as number) - 1]?.vector ?? []) }))
    others.sort((a, b) => b.near - a.near || rising.indexOf(a.j) - rising.indexOf(b.j))
    const above = others.slice(0, 5).reduce((sum, { j }) => sum + Math.max(0, (fused[j] as number) - own), 0)
    return own + (0.6 * above) / Math.min(5, rising.length - 1)
  })
  return new Map(union.map((chunk, i) => [chunk as number, lifted[i] as number]))
}

test('the ranking of both legs equals the formula worked out for every passage', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(passage, { minLength: 1, maxLength: 14 }),
      words,
      vector,
      fc.integer({ min: 1, max: 8 }),
      async (passages, text, asked, depth) => {
        const owner = await loaded(passages)
        const query: RankQuery = { type: 'hybrid', text, vector: Float32Array.from(asked), sigma: SIGMA, depth }
        const { chunks, fused } = await index.rank({ owner }, query)
        const expected = await slowRank(owner, passages, query)
        assert.deepEqual(new Set(chunks), new Set(expected.keys()))
        chunks.forEach((chunk, i) => {
          const [found, wanted] = [fused[i] as number, expected.get(chunk) as number]
          assert.ok(Math.abs(found - wanted) < 1e-9, `passage ${chunk}: ${found}, by the formula ${wanted}`)
        })
      },
    ),
    { numRuns: 200 },
  )
})

test('one leg alone decides where only that is asked for, and a scope holds for both', async () => {
  const owner = await loaded([
    { text: 'alpha', vector: [0, 0, 1] },
    { text: 'alpha alpha beta', vector: undefined },
    { text: 'gamma', vector: [1, 0, 0] },
  ])
  const asked = { text: 'alpha', sigma: SIGMA, depth: 10 }
  const vector = Float32Array.of(1, 0, 0)
  const best = async (query: RankQuery, documents?: readonly string[]): Promise<number[]> => {
    const { chunks, fused } = await index.rank({ owner, documents: documents as DocumentId[] | undefined }, query)
    return Array.from(chunks.keys())
      .sort((a, b) => (fused[b] as number) - (fused[a] as number))
      .map((i) => chunks[i] as number)
  }
  assert.deepEqual(await best({ ...asked, type: 'keyword' }), [2, 1])
  assert.deepEqual(await best({ ...asked, type: 'semantic', vector }), [3, 1])
  assert.deepEqual(await best({ ...asked, type: 'hybrid', vector }, ['d2', 'd3']), [2, 3])
  assert.deepEqual(await best({ ...asked, type: 'hybrid', vector }, []), [])
})

test('what a query demands and excludes holds for both legs, and as many are found as there are', async () => {
  const plain = Array.from({ length: 30 }, (): Passage => ({ text: 'alpha beta', vector: [1, 0, 0] }))
  const owner = await loaded([
    ...plain,
    { text: 'gamma delta', vector: [0, 1, 0] },
    { text: 'alpha gamma delta', vector: [0, 0, 1] },
    { text: 'delta gamma', vector: [0.5, 0.5, 0] },
  ])
  const find = async (text: string, type: RankQuery['type'] = 'hybrid'): Promise<number[]> => {
    const query: RankQuery = { type, text, vector: Float32Array.of(1, 0, 0), sigma: SIGMA, depth: 2 }
    return [...(await index.rank({ owner }, query)).chunks].sort((a, b) => a - b)
  }
  assert.deepEqual(await find('alpha "gamma delta"'), [31, 32])
  assert.deepEqual(await find('alpha "gamma delta"', 'semantic'), [31, 32])
  assert.deepEqual(await find('alpha +gamma -beta', 'semantic'), [31, 33])
  assert.deepEqual(await find('-alpha'), [])
})
