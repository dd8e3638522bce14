// The whole service with the real Milvus beside its index, which goes away and comes back.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test, type TestContext } from 'node:test'
import { freePort } from '../../scripts/drills/server.ts'
import { startMilvus, type RunningMilvus } from '../../scripts/services/milvus.ts'
import { milvus } from '../../src/adapters/vector-stores/milvus/adapter.ts'
import { LOCAL_USER, type ChunkId, type DocumentId } from '../../src/core/ids.ts'
import type { VectorReplica } from '../../src/core/ports/search.ts'
import { eventually, startService, type Json, type TestService } from '../service.ts'

let folder: string
let port: number
let server: RunningMilvus
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evident-milvus-'))
  port = await freePort()
  server = await startMilvus({ port, folder })
})
after(async () => {
  await server.crash()
  await rm(folder, { recursive: true, force: true })
})

const ENV = () => ({ MILVUS_HOST: '127.0.0.1', MILVUS_PORT: String(port), HEALTH_CHECK_INTERVAL: '1' })
const QUESTION = 'Which instrument measures the wind?'

const status = async (service: TestService): Promise<Json> => (await service.json('GET', '/api/v1/vector-store')).body
const health = async (service: TestService): Promise<Json> => (await service.json('GET', '/health')).body
const current = (service: TestService): Promise<Json> =>
  eventually(
    () => status(service),
    ({ state, behind }) => state === 'current' && behind === 0,
  )
const search = async (service: TestService, query = QUESTION, more: object = {}): Promise<Json> =>
  (await service.json('POST', '/api/v1/search', { query, ...more })).body
const engineOf = (body: Json): string => body.search_statistics.engine
const found = (body: Json): string[] => body.results.map(({ document_id }: Json) => document_id)

async function add(service: TestService, name: string, text: string): Promise<string> {
  const { status: code, body } = await service.upload(`${name}.txt`, text)
  assert.equal(code, 200, JSON.stringify(body))
  await eventually(
    async () => (await service.json('GET', `/api/v1/documents/${body.id}/content`)).body,
    ({ searchable }) => searchable === 'full',
  )
  return body.id
}

/** What is in the service's own collection. */
function bare(t: TestContext, { collection }: Json, model: string): VectorReplica {
  const store = milvus.create({ host: '127.0.0.1', port, collection: 'evident', model, dimension: 384 })
  t.after(() => store.close())
  assert.equal(store.name, collection)
  return store
}

test('Milvus answers beside the words, may go at any time, and is caught up, counted and compared when it is back', async (t) => {
  const service = await startService(t, { env: ENV() })
  const wind = await add(service, 'wind', 'An anemometer tells how fast the air moves over a weather station.')
  const bread = await add(service, 'bread', 'Sourdough rises by wild yeast, which bakers feed with flour.')
  await current(service)
  const before = await search(service)
  assert.equal(engineOf(before), 'milvus')
  assert.equal(found(before)[0], wind)
  assert.equal((await health(service)).services.milvus, 'connected')
  assert.equal((await health(service)).status, 'healthy')
  assert.match((await status(service)).version, /^v?2\.3\.5/)

  await server.crash()
  // The words differ, so that no cached result is given.
  const without = await search(service, 'Which instrument measures wind speed?')
  assert.equal(engineOf(without), 'embedded')
  assert.equal(found(without)[0], wind)
  await eventually(
    () => health(service),
    ({ services }) => services.milvus === 'disconnected',
  )
  assert.equal((await health(service)).status, 'degraded')
  const rain = await add(service, 'rain', 'A pluviometer collects the rain of a day.')
  const { body: deleted } = await service.json('DELETE', `/api/v1/documents/${bread}`)
  assert.deepEqual([deleted.deleted_from, deleted.pending], [['database', 'search_index'], ['milvus']])

  server = await startMilvus({ port, folder })
  await current(service)
  const again = await search(service, 'What gathers the rain?')
  assert.equal(engineOf(again), 'milvus')
  assert.equal(found(again)[0], rain)
  const { body: second } = await service.json('DELETE', `/api/v1/documents/${rain}`)
  assert.deepEqual(second.deleted_from, ['database', 'search_index', 'milvus'])
  assert.equal((await service.json('DELETE', `/api/v1/documents/${rain}`)).status, 404)
})

test('what somebody changed in Milvus is found by a comparison, and put right', async (t) => {
  const service = await startService(t, { env: ENV() })
  const one = await add(service, 'one', 'The first of the notes speaks of granite.')
  const two = await add(service, 'two', 'The second of the notes speaks of basalt.')
  const state = await current(service)
  const store = bare(t, state, modelOf(service))
  assert.equal(await store.count(), 2)
  await store.deleteDocuments(LOCAL_USER, [one as DocumentId])
  const row = { chunk: 9_000_001 as ChunkId, vector: new Float32Array(384).fill(0.05) }
  const attributes = { chat: null, fileType: null, created: 1, metadata: {} }
  await store.putDocuments([{ owner: LOCAL_USER, document: 'foreign' as DocumentId, rows: [row], attributes }])
  assert.equal(await store.count(), 2)

  const { status: code, body } = await service.json('POST', '/api/v1/vector-store/comparison')
  assert.equal(code, 200)
  assert.deepEqual({ ...body.comparison, at: '' }, { at: '', passages: 2, added: 1, removed: 1 })
  assert.equal(body.state, 'current')
  const { chunks } = await store.inventory(0, 10_000)
  assert.equal(chunks.length, 2)
  assert.deepEqual((await store.inventory(9_000_000, Infinity)).chunks, [])
  assert.deepEqual(found(await search(service, 'What do the notes say of rock?')).toSorted(), [one, two].toSorted())
})

test('where memory leaves no room for vectors, Milvus alone has them: without it, searches by words go on, and with an empty one it is filled again', async (t) => {
  const first = await startService(t, { env: ENV(), unmanaged: true })
  const data = first.folder
  t.after(() => rm(data, { recursive: true, force: true }))
  const wind = await add(first, 'wind', 'An anemometer tells how fast the air moves over a weather station.')
  await add(first, 'bread', 'Sourdough rises by wild yeast, which bakers feed with flour.')
  await first.close()
  // As if there were more passages than there is room for.
  const database = new DatabaseSync(join(data, 'evident.db'))
  database.exec('update documents set chunk_count = 5000')
  database.close()

  const service = await startService(t, { env: { ...ENV(), MAX_INDEX_MEMORY: '1048576' }, folder: data })
  await current(service)
  const result = await search(service)
  assert.equal(engineOf(result), 'milvus')
  assert.equal(found(result)[0], wind)

  await server.crash()
  const { status: code, body } = await service.json('POST', '/api/v1/search', { query: 'What shows how windy it is?' })
  assert.deepEqual([code, body.code], [503, 'not_ready'])
  assert.match(body.detail, /Milvus cannot be reached, and MAX_INDEX_MEMORY leaves no room/)
  assert.equal(found(await search(service, 'anemometer', { search_type: 'keyword' }))[0], wind)
  await eventually(
    () => health(service),
    ({ services }) => services.vector_search === 'unhealthy',
  )
  // Somebody has taken the disk of before away.
  await rm(folder, { recursive: true, force: true })
  server = await startMilvus({ port, folder })
  await current(service)
  assert.equal(found(await search(service, 'What shows how windy it is?'))[0], wind)
})

/** As the collection's name is made: of the model and of the store. */
function modelOf({ folder: data }: TestService): string {
  const database = new DatabaseSync(join(data, 'evident.db'), { readOnly: true })
  try {
    const { model } = database.prepare('select distinct model from vectors').get() as { model: string }
    const { value } = database.prepare("select value from counters where name = 'store_id'").get() as { value: number }
    return `${model} ${value}`
  } finally {
    database.close()
  }
}
