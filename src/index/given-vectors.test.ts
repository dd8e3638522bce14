import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkId, DocumentId } from '../core/ids.ts'
import type { GivenNearest, RankQuery } from '../core/ports/search.ts'
import { filled, owner, TEXTS, unit } from './given.fixture.ts'

const QUERY: RankQuery = { type: 'hybrid', text: 'red sky', vector: unit(3.3), sigma: 0.1, depth: 3 }

/** What another store of the same vectors says. */
async function given(index: Awaited<ReturnType<typeof filled>>, withVectors: boolean): Promise<GivenNearest> {
  const hits = await index.vectors.search({ owner }, unit(3.3), QUERY.depth)
  const chunks = TEXTS.map((_, i) => i + 1)
  return {
    chunks: Float64Array.from(hits, ({ chunk }) => chunk),
    scores: Float64Array.from(hits, ({ score }) => score),
    ...(withVectors && {
      vectors: {
        chunks: Float64Array.from(chunks),
        values: Float32Array.from(chunks.flatMap((chunk) => [...unit(chunk)])),
      },
    }),
  }
}

/** The cosines are of other roundings. */
const rounded = (values: Float64Array): number[] => Array.from(values, (value) => Math.round(value * 1e5) / 1e5)

for (const type of ['hybrid', 'semantic'] as const) {
  test(`a ${type} query ranks the same, whoever found the nearest vectors`, async (t) => {
    const index = await filled(t)
    const query = { ...QUERY, type }
    const own = await index.rank({ owner }, query)
    assert.ok(own.chunks.length >= QUERY.depth)
    const beside = await index.rank({ owner }, { ...query, nearest: await given(index, false) })
    const alone = await given(index, true)
    await index.dropVectors()
    assert.equal(await index.vectors.count(), 0)
    const without = await index.rank({ owner }, { ...query, nearest: alone })
    for (const other of [beside, without]) {
      assert.deepEqual(other.chunks, own.chunks)
      assert.deepEqual(rounded(other.fused), rounded(own.fused))
      assert.deepEqual(rounded(other.cos), rounded(own.cos))
    }
  })
}

test('what the index does not know, or what is out of the scope, is left out of what is given', async (t) => {
  const index = await filled(t)
  const nearest = { chunks: Float64Array.of(99, 2, 1), scores: Float64Array.of(0.9, 0.8, 0.7) }
  const query = { ...QUERY, type: 'semantic', nearest } as const
  assert.deepEqual([...(await index.rank({ owner }, query)).chunks], [2, 1])
  assert.deepEqual([...(await index.rank({ owner, documents: ['d0' as DocumentId] }, query)).chunks], [1])
})

test('an index without vectors takes them again', async (t) => {
  const index = await filled(t)
  await index.dropVectors()
  const vector = unit(9)
  await index.vectors.replaceDocument(owner, 'd1' as DocumentId, [{ chunk: 2 as ChunkId, vector }])
  assert.deepEqual(
    (await index.vectors.search({ owner }, vector, 5)).map(({ chunk }) => chunk),
    [2],
  )
  assert.equal((await index.rank({ owner }, { ...QUERY, type: 'keyword', vector: undefined })).chunks.length, 3)
})
