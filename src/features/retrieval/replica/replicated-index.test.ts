import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { quietLogger } from '../../../../test/databases.ts'
import { LOCAL_USER, type ChunkId, type DocumentId } from '../../../core/ids.ts'
import type { RankQuery, VectorReplica } from '../../../core/ports/search.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { temporaryIndex } from '../../../index/temporary-index.fixture.ts'
import { memoryReplica } from './memory-replica.fixture.ts'
import { createReplicatedIndex } from './replicated-index.ts'

const owner = LOCAL_USER
const TEXTS = ['red apple', 'green apple pie', 'blue sky', 'grey sky with rain']
const VECTOR = Float32Array.of(1, 0)
const QUERY: RankQuery = { type: 'hybrid', text: 'apple sky', vector: VECTOR, sigma: 0.1, depth: 3 }

/** An index beside a server that looks for words, of which the test says what it finds. */
async function beside(t: TestContext, candidates: VectorReplica['candidates']) {
  const index = await temporaryIndex(2, quietLogger)
  t.after(() => index.close())
  await index.load(
    TEXTS.map((text, i) => ({
      owner,
      document: `d${i}` as DocumentId,
      passages: [{ chunk: (i + 1) as ChunkId, title: '', context: '', text }],
      vectors: [{ chunk: (i + 1) as ChunkId, vector: Float32Array.of(Math.cos(i), Math.sin(i)) }],
    })),
  )
  const state = { shown: 5, position: 5, keeps: true, failures: 0, isUsable: true }
  const replica: VectorReplica = {
    ...memoryReplica(),
    supports: { filterOps: [], atomicReplace: false, fullText: true },
    candidates,
    search: (_scope, vector, limit) => index.vectors.search({ owner }, vector, limit),
  }
  const usable = (): VectorReplica | undefined => (state.isUsable ? replica : undefined)
  const failed = (): void => {
    state.failures++
    state.isUsable = false
  }
  const ranking = createReplicatedIndex(
    {
      index,
      keepsVectors: () => state.keeps,
      shown: () => state.shown,
      follower: { usable, reachable: usable, position: () => state.position, failed },
    },
    { searchMs: 300 },
  )
  return { index, ranking, state }
}

const all = async (): Promise<ChunkId[]> => [4, 3, 2, 1] as ChunkId[]

test('what the server finds by words and vector is ranked as what the index finds', async (t) => {
  let asked = 0
  const { index, ranking } = await beside(t, async (_scope, { vector }) => {
    assert.equal(vector, asked === 0 ? VECTOR : undefined)
    asked++
    return all()
  })
  const own = await index.rank({ owner }, { ...QUERY, depth: 4 })
  const found = await ranking.rank({ owner }, { ...QUERY, depth: 4 })
  assert.deepEqual({ ...found, engine: undefined }, { ...own, engine: undefined })
  assert.equal(found.engine, 'milvus')
  const byWords = await ranking.rank({ owner }, { ...QUERY, type: 'keyword' })
  assert.deepEqual([byWords.engine, byWords.chunks.length, asked], ['milvus', 3, 2])
})

test('the index looks for words itself where the server may miss something', async (t) => {
  let finds = all
  const { ranking, state } = await beside(t, async () => finds())
  const by = async (query: Partial<RankQuery> = {}): Promise<string | undefined> =>
    (await ranking.rank({ owner }, { ...QUERY, type: 'keyword', ...query })).engine
  assert.equal(await by(), 'milvus')
  assert.equal(await by({ text: 'apple -pie' }), undefined, 'conditions')
  assert.equal(await by({ text: 'nothing known' }), undefined, 'no term that the owner has')
  state.shown = 6
  assert.equal(await by(), undefined, 'the index shows more')
  state.position = 6
  assert.equal(await by(), 'milvus')
  finds = async () => {
    state.shown = 7
    return all()
  }
  assert.equal(await by(), undefined, 'the index has changed meanwhile')
  state.position = 7
  finds = async () => []
  assert.equal(await by(), undefined, 'it found nothing of what the owner has')
  finds = all
  state.keeps = false
  assert.equal(await by(), undefined, 'no vectors here')
})

test('a server that fails or is silent is told of, and the index answers', async (t) => {
  let finds = (): Promise<ChunkId[]> =>
    Promise.reject(new ProviderFailure('upstream_failed', 'It refuses.', { kind: 'request' }))
  const { ranking, state } = await beside(t, async () => finds())
  const refused = await ranking.rank({ owner }, QUERY)
  assert.deepEqual([refused.engine, state.failures], [undefined, 1])
  state.isUsable = true
  finds = () => new Promise(() => undefined)
  const late = await ranking.rank({ owner }, QUERY)
  assert.deepEqual([late.engine, late.chunks, state.failures], [undefined, refused.chunks, 2])
  const gone = AbortSignal.abort(new Error('Nobody waits for it'))
  await assert.rejects(ranking.rank({ owner }, QUERY, { signal: gone }), /Nobody waits/)
})
