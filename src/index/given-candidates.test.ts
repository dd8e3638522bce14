import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietLogger } from '../../test/databases.ts'
import { LOCAL_USER, type ChunkId, type DocumentId } from '../core/ids.ts'
import type { RankQuery } from '../core/ports/search.ts'
import { temporaryIndex } from './temporary-index.fixture.ts'

const DIMENSION = 8
const owner = LOCAL_USER
const TEXTS = ['red apple', 'green apples in pies', 'blue sky', 'grey skies with rain', 'red rain', 'old stone']

const unit = (seed: number): Float32Array => {
  const vector = Float32Array.from({ length: DIMENSION }, (_, i) => Math.sin(seed * (i + 1)) + 0.01 * i)
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

async function filled(t: { after(end: () => Promise<void>): void }) {
  const index = await temporaryIndex(DIMENSION, quietLogger)
  t.after(() => index.close())
  await index.load(
    TEXTS.map((text, i) => ({
      owner,
      document: `d${i}` as DocumentId,
      passages: [{ chunk: (i + 1) as ChunkId, title: `Note ${i}`, context: '', text }],
      vectors: [{ chunk: (i + 1) as ChunkId, vector: unit(i + 1) }],
    })),
  )
  return index
}

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

test('another store gets the terms of a query that the owner holds, as often as they are asked for', async (t) => {
  const { terms } = await filled(t)
  assert.deepEqual(await terms.ofQuery(owner, 'Which apples are red, and what apple is a quince?'), [
    'appl',
    'red',
    'appl',
  ])
  assert.deepEqual(await terms.ofQuery(owner, 'nothing known'), [])
})

test('what another store cannot look for has no terms for it: conditions, and passages without a vector', async (t) => {
  const index = await filled(t)
  assert.equal(await index.terms.ofQuery(owner, 'red -rain'), undefined)
  const passages = [{ chunk: 9 as ChunkId, title: '', context: '', text: 'red stone' }]
  await index.words.replaceDocument(owner, 'late' as DocumentId, passages)
  assert.equal(await index.terms.ofQuery(owner, 'red'), undefined)
})

test("a passage's terms are those of the index, its title's as often as they count", async (t) => {
  const { terms } = await filled(t)
  const passage = { chunk: 1 as ChunkId, title: 'Apples', context: 'Fruit', text: 'The GPT-4o of pies' }
  assert.deepEqual(await terms.ofPassages([passage, { ...passage, title: '', context: '', text: '' }]), [
    'appl appl appl fruit gpt-4o gpt 4o pi',
    '',
  ])
})
