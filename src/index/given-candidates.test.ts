import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietLogger } from '../../test/databases.ts'
import type { ChunkId, DocumentId } from '../core/ids.ts'
import type { RankQuery, WeighedTerms } from '../core/ports/search.ts'
import { DIMENSION, filled, owner, unit } from './given.fixture.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

const HYBRID: RankQuery = { type: 'hybrid', text: 'red skies', vector: unit(3.3), sigma: 0.1, depth: 3 }
const KEYWORD: RankQuery = { ...HYBRID, type: 'keyword', vector: undefined }

for (const query of [HYBRID, KEYWORD]) {
  test(`a ${query.type} query ranks the same, whoever found its candidates, and in whatever order`, async (t) => {
    const index = await filled(t)
    const own = await index.rank({ owner }, query)
    const candidates = Float64Array.from([...own.chunks, ...own.chunks].reverse())
    assert.deepEqual(await index.rank({ owner }, { ...query, candidates }), own)
  })
}

test('candidates that the index does not know, or that are out of the scope, are left out', async (t) => {
  const index = await filled(t)
  const candidates = Float64Array.of(99, 5, 1)
  const { chunks } = await index.rank({ owner }, { ...HYBRID, candidates })
  assert.deepEqual(chunks.toSorted(), Float64Array.of(1, 5))
  const one = await index.rank({ owner, documents: ['d0' as DocumentId] }, { ...HYBRID, candidates })
  assert.deepEqual([...one.chunks], [1])
})

/** What another store makes of the weights of both. */
function product(query: WeighedTerms, passage: WeighedTerms): number {
  const weightOf = new Map(Array.from(passage.ids, (id, i) => [id, passage.weights[i] ?? 0]))
  return query.ids.reduce((sum, id, i) => sum + (query.weights[i] ?? 0) * (weightOf.get(id) ?? 0), 0)
}

test('the product of a query with a passage is the score that the index gives it, but for the mean length', async (t) => {
  const index = await temporaryIndex(DIMENSION, quietLogger)
  t.after(() => index.close())
  const filler = Array.from({ length: 120 }, (_, i) => `filler${i}`).join(' ')
  const passages = [
    'Red apples, red pies',
    'One apple',
    'GPT-4o of 東京',
    'Äpfel und Straßen in der Stadt, und auch die Häuser',
  ].map((text, i) => {
    return { chunk: (i + 1) as ChunkId, title: i === 1 ? 'Red notes' : '', context: '', text: `${text} ${filler}` }
  })
  await index.load(
    passages.map((passage) => {
      const vectors = [{ chunk: passage.chunk, vector: unit(passage.chunk) }]
      return { owner, document: `d${passage.chunk}` as DocumentId, passages: [passage], vectors }
    }),
  )
  const weights = await index.terms.ofPassages(passages)
  const chunks = passages.map(({ chunk }) => chunk)
  for (const text of ['red apple', 'apple apple pies', 'GPT-4o', '東京', 'Straße', 'the notes', 'filler3 red']) {
    const query = await index.terms.ofQuery(owner, text)
    assert.ok(query)
    const { bm25 } = await index.words.score({ owner }, text, chunks)
    for (const [i, passage] of weights.entries()) {
      const expected = bm25[i] ?? NaN
      const found = product(query, passage)
      assert.ok(Math.abs(found - expected) <= 0.02 * expected, `${text}: ${found} for ${expected}`)
    }
  }
})

test('what another store cannot look for has no terms for it: conditions, and passages without a vector', async (t) => {
  const index = await filled(t)
  assert.equal((await index.terms.ofQuery(owner, 'nothing known'))?.ids.length, 0)
  assert.equal(await index.terms.ofQuery(owner, 'red -rain'), undefined)
  const passages = [{ chunk: 9 as ChunkId, title: '', context: '', text: 'red stone' }]
  await index.words.replaceDocument(owner, 'late' as DocumentId, passages)
  assert.equal(await index.terms.ofQuery(owner, 'red'), undefined)
})
