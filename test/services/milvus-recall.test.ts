// What the index of the real Milvus finds of the exact nearest, and that reads see what was written without waiting.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { recallOfTen } from '../../bench/milvus-recall.ts'
import { untilIndexed } from '../../bench/milvus-server.ts'
import { freePort } from '../../scripts/drills/server.ts'
import { startMilvus, type RunningMilvus } from '../../scripts/services/milvus.ts'
import { milvus, type MilvusConfig } from '../../src/adapters/vector-stores/milvus/adapter.ts'
import { INDEX_KINDS } from '../../src/adapters/vector-stores/milvus/collection.ts'
import type { ChunkId, DocumentId, UserId } from '../../src/core/ids.ts'
import type { IndexedVector, ReplicatedDocument, VectorReplica } from '../../src/core/ports/search.ts'
import { mean } from '../../src/features/evaluation/measures.ts'
import { exactVector, exactVectorNear } from '../exact-vectors.ts'

const OWNER = 'owner' as UserId
const DIMENSION = 32
/** More than Milvus 2.3.5 searches one by one before they are sealed. */
const ROWS = 6000
const TOPICS = 60
const LEAST = 0.98
/** The server makes its index and loads it in its own time. */
const INDEXED_MS = 60_000

let folder: string
let port: number
let server: RunningMilvus
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evident-milvus-recall-'))
  port = await freePort()
  server = await startMilvus({ port, folder })
})
after(async () => {
  await server.crash()
  await rm(folder, { recursive: true, force: true })
})

function opened(t: TestContext, config: Partial<MilvusConfig>): VectorReplica {
  const form = { host: '127.0.0.1', port, collection: 'recall', model: 'model@1', dimension: DIMENSION }
  const store = milvus.create({ ...form, limits: { call: 30_000, ready: 120_000 }, ...config })
  t.after(() => store.close())
  return store
}

const documentOf = (id: string, rows: readonly IndexedVector[]): ReplicatedDocument => ({
  owner: OWNER,
  document: id as DocumentId,
  rows,
  attributes: { chat: null, fileType: null, created: 1, metadata: {} },
})

/** As texts have them: topics, and what is about them. */
function vectorsAbout(count: number, seed: number): Float32Array[] {
  const topics = Array.from({ length: TOPICS }, (_, i) => exactVector(DIMENSION, i + 1))
  return Array.from({ length: count }, (_, i) =>
    exactVectorNear(topics[i % TOPICS] ?? exactVector(DIMENSION, 1), 0.7, seed + i),
  )
}

test('each index finds .98 of the ten nearest, once what was written is sealed', async (t) => {
  const vectors = vectorsAbout(ROWS, 10_000)
  const rows = vectors.map((vector, i): IndexedVector => ({ chunk: (i + 1) as ChunkId, vector }))
  const queries = vectorsAbout(40, 100_000)
  const client = new MilvusClient({ address: server.address, logLevel: 'error', __SKIP_CONNECT__: true })
  t.after(() => client.closeConnection())
  for (const index of INDEX_KINDS) {
    const store = opened(t, { collection: `recall_${index}`, index })
    for (let at = 0; at < rows.length; at += 2000)
      await store.putDocuments([documentOf(`d${at}`, rows.slice(at, at + 2000))])
    await store.seal()
    await untilIndexed(client, store.name ?? '', ROWS, INDEXED_MS)
    const reached = mean(await recallOfTen(store, OWNER, rows, queries))
    assert.ok(reached >= LEAST, `${index}: recall@10 ${reached.toFixed(3)}`)
  }
})

test('reads that do not wait see each write that was over before them', async (t) => {
  const store = opened(t, { collection: 'seen' })
  const vector = exactVector(DIMENSION, 1)
  const found = async (): Promise<number[]> => {
    return (await store.search({ owner: OWNER }, vector, 10)).map(({ chunk }) => Number(chunk))
  }
  await store.putDocuments([documentOf('first', [{ chunk: 1 as ChunkId, vector }])])
  // For ten seconds after the start reads wait for the server.
  await sleep(10_500)
  for (let chunk = 2; chunk < 12; chunk++) {
    await store.putDocuments([documentOf('again', [{ chunk: chunk as ChunkId, vector }])])
    assert.deepEqual(await found(), [1, chunk])
    await store.deleteDocuments(OWNER, ['again' as DocumentId])
    assert.deepEqual(await found(), [1])
  }
})
