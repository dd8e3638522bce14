// The real server, with TLS and a token, one for all of this file.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { ROOT, startMilvus, type RunningMilvus } from '../../scripts/services/milvus.ts'
import type { MilvusConfig } from '../../src/adapters/vector-stores/milvus/adapter.ts'
import { vectorStores } from '../../src/adapters/vector-stores/registry.ts'
import { AppError } from '../../src/core/errors.ts'
import type { ChunkId, DocumentId, UserId } from '../../src/core/ids.ts'
import type { VectorReplica, VectorStore } from '../../src/core/ports/search.ts'
import { LOCALHOST, OTHER } from '../../src/http/tls.fixture.ts'
import { fullTextConformance } from '../conformance/full-text.ts'
import { DIMENSION, vectorStoreConformance } from '../conformance/vector-store.ts'

const milvus = await vectorStores.milvus()
const OWNER = 'owner' as UserId
const QUERY = Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0)
const rowOf = (chunk: number, vector = QUERY) => ({ chunk: chunk as ChunkId, vector })
const document = (id: string): DocumentId => id as DocumentId

let folder: string
let port: number
let server: RunningMilvus
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evident-milvus-'))
  port = await freePort()
  server = await startMilvus({ port, folder, secured: LOCALHOST })
})
after(async () => {
  await server.crash()
  await rm(folder, { recursive: true, force: true })
})

const open = (config: Partial<MilvusConfig> = {}): VectorReplica =>
  milvus.create({
    host: '127.0.0.1',
    port,
    token: ROOT,
    tls: true,
    authority: LOCALHOST.cert,
    collection: 'conformance',
    model: 'model@1',
    dimension: DIMENSION,
    limits: { call: 30_000, ready: 120_000 },
    ...config,
  })

function opened(t: TestContext, config: Partial<MilvusConfig>): VectorStore {
  const store = open(config)
  t.after(() => store.close())
  return store
}

async function freePort(): Promise<number> {
  const held = createServer().listen(0, '127.0.0.1')
  await once(held, 'listening')
  const { port } = held.address() as AddressInfo
  await new Promise((closed) => held.close(closed))
  return port
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
}

vectorStoreConformance('Milvus', {
  supports: { filterOps: ['owner', 'documents', 'chats', 'fileTypes', 'created', 'metadata'], atomicReplace: false },
  open: async () => open(),
})

fullTextConformance('Milvus 2.3.5', {
  fullText: false,
  open: async () => open({ collection: 'words', terms: 'terms-1' }),
})

describe('Milvus', () => {
  test('has each kind of index, and makes it anew where another is wanted', async (t) => {
    const collection = 'kinds'
    for (const [i, index] of (['IVF_FLAT', 'HNSW', 'AUTOINDEX'] as const).entries()) {
      const store = opened(t, { collection, index })
      await store.replaceDocument(OWNER, document(`d${i}`), [rowOf(100_000 + i)])
      assert.equal((await store.search({ owner: OWNER }, QUERY, 10)).length, i + 1, index)
    }
  })

  test('another model and another length of vectors are another collection', async (t) => {
    const [one, model, longer] = [{}, { model: 'model@2' }, { dimension: 9 }].map((form) =>
      opened(t, { collection: 'forms', ...form }),
    )
    assert.ok(one && model && longer)
    await one.replaceDocument(OWNER, document('a'), [rowOf(100_010)])
    await longer.replaceDocument(OWNER, document('a'), [rowOf(100_011, new Float32Array(9).fill(1 / 3))])
    assert.deepEqual([await one.count(), await model.count(), await longer.count()], [1, 0, 1])
  })

  test('a wrong token and a certificate of somebody else are told apart', async (t) => {
    const wrong = await failure(opened(t, { token: 'root:planted0123' }).count())
    assert.match(wrong.message, /refused the token.*MILVUS_TOKEN/)
    assert.ok(!wrong.message.includes('planted'))
    const stranger = await failure(opened(t, { authority: OTHER.cert, limits: { call: 5000, ready: 5000 } }).count())
    assert.deepEqual([stranger.code, stranger.retryable], ['not_ready', true])
  })

  test('nobody there is said at once, and silence in time', async (t) => {
    const nobody = await failure(opened(t, { port: await freePort() }).count())
    assert.equal(nobody.code, 'not_ready')
    assert.match(nobody.message, /cannot be reached at 127\.0\.0\.1:\d+/)
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const accepted = new Set<Socket>()
    silent.on('connection', (socket) => accepted.add(socket))
    t.after(() => {
      for (const socket of accepted) socket.destroy()
      silent.close()
    })
    const { port } = silent.address() as AddressInfo
    const mute = await failure(opened(t, { port, limits: { call: 300, ready: 300 } }).count())
    assert.deepEqual(
      [mute.code, /has not answered within 300 ms|cannot be reached/.test(mute.message)],
      ['not_ready', true],
    )
  })

  test('killed at any moment, it comes back with what it had acknowledged, and the store finds it again', async (t) => {
    const store = opened(t, { collection: 'killed' })
    const kept = Array.from({ length: 20 }, (_, i) => document(`kept-${i}`))
    for (const [i, id] of kept.entries()) await store.replaceDocument(OWNER, id, [rowOf(100_100 + i)])
    await store.replaceDocument(OWNER, document('deleted'), [rowOf(100_199)])
    await store.deleteDocuments(OWNER, [document('deleted')])
    const writing = store.replaceDocument(OWNER, document('unknown'), [rowOf(100_200)]).then(
      () => true,
      () => false,
    )
    await server.crash()
    const isWritten = await writing
    const error = await failure(store.search({ owner: OWNER }, QUERY, 50))
    assert.equal(error.code, 'not_ready', error.message)
    server = await startMilvus({ port, folder, secured: LOCALHOST })
    const found = await eventually(() => store.search({ owner: OWNER }, QUERY, 50))
    const chunks = found.map(({ chunk }) => Number(chunk))
    assert.deepEqual(
      chunks.filter((chunk) => chunk !== 100_200),
      kept.map((_, i) => 100_100 + i),
    )
    if (isWritten) assert.ok(chunks.includes(100_200))
    await store.replaceDocument(OWNER, document('later'), [rowOf(100_201)])
    assert.ok((await store.search({ owner: OWNER }, QUERY, 50)).some(({ chunk }) => chunk === 100_201))
  })
})

/** Until it no longer says that it is not ready. */
async function eventually<T>(work: () => Promise<T>): Promise<T> {
  const until = Date.now() + 120_000
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'not_ready' || Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }
}
