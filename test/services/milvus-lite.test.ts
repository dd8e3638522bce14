// A server of the newer interface, which looks for words as well.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { freePort } from '../../scripts/drills/server.ts'
import { startMilvusLite } from '../../scripts/services/milvus-lite.ts'
import type { RunningMilvus } from '../../scripts/services/milvus.ts'
import { milvus, type MilvusConfig } from '../../src/adapters/vector-stores/milvus/adapter.ts'
import type { VectorReplica } from '../../src/core/ports/search.ts'
import { fullTextConformance } from '../conformance/full-text.ts'
import { DIMENSION, vectorStoreConformance } from '../conformance/vector-store.ts'
import { eventually, startService, type Json, type TestService } from '../service.ts'

let folder: string
let port: number
let server: RunningMilvus
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evident-milvus-lite-'))
  port = await freePort()
  server = await startMilvusLite({ port, folder })
})
after(async () => {
  await server.crash()
  await rm(folder, { recursive: true, force: true })
})

const open = (config: Partial<MilvusConfig>): VectorReplica =>
  milvus.create({
    host: '127.0.0.1',
    port,
    collection: 'conformance',
    terms: 'terms-1',
    model: 'model@1',
    dimension: DIMENSION,
    ...config,
  })

vectorStoreConformance('Milvus Lite', {
  supports: { filterOps: ['owner', 'documents', 'chats', 'fileTypes', 'created', 'metadata'], atomicReplace: false },
  open: async () => open({ collection: 'vectors' }),
})
fullTextConformance('Milvus Lite', { fullText: true, open: async () => open({}) })
fullTextConformance('Milvus Lite, told to look for no words', {
  fullText: false,
  open: async () => open({ terms: undefined }),
})

const status = async (service: TestService): Promise<Json> => (await service.json('GET', '/api/v1/vector-store')).body
const current = (service: TestService): Promise<Json> =>
  eventually(
    () => status(service),
    ({ state, behind }) => state === 'current' && behind === 0,
  )
const TEXTS = {
  wind: 'An anemometer tells how fast the air moves over a weather station.',
  bread: 'Sourdough rises by wild yeast, which bakers feed with flour.',
  rain: 'A pluviometer collects the rain of a day, and is read at nine.',
  stone: 'Granite cools slowly below the ground, so that its crystals are large.',
}
const SEARCHES = [
  { query: 'Which instrument measures the wind?' },
  { query: 'How do bakers make bread rise?', search_type: 'hybrid' },
  { query: 'crystals of granite', search_type: 'keyword' },
  { query: 'rain "read at nine"' },
]

test('the service has candidates found there by words and vectors, and ranks as it does alone', async (t) => {
  const service = await startService(t, {
    env: { MILVUS_HOST: '127.0.0.1', MILVUS_PORT: String(port), HEALTH_CHECK_INTERVAL: '1', CACHE_TTL: '0' },
  })
  for (const [name, text] of Object.entries(TEXTS)) {
    const { status: code, body } = await service.upload(`${name}.txt`, text)
    assert.equal(code, 200)
    await eventually(
      async () => (await service.json('GET', `/api/v1/documents/${body.id}/content`)).body,
      ({ searchable }) => searchable === 'full',
    )
  }
  const found = await current(service)
  assert.equal(found.full_text, true)
  const search = async (body: object): Promise<Json> => (await service.json('POST', '/api/v1/search', body)).body
  const results = ({ results: all }: Json): Json =>
    all.map(({ document_id, score }: Json) => [document_id, Math.round(score * 1e6)])
  const there: Json[] = []
  for (const body of SEARCHES) there.push(await search(body))
  // A query with a condition is the index's own.
  assert.deepEqual(
    there.map(({ search_statistics: { engine } }) => engine),
    ['milvus', 'milvus', 'milvus', 'milvus'],
  )
  await server.crash()
  await eventually(
    async () => (await service.json('GET', '/health')).body.services.milvus,
    (state) => state === 'disconnected',
  )
  for (const [i, body] of SEARCHES.entries()) {
    const alone = await search(body)
    assert.equal(alone.search_statistics.engine, 'embedded')
    assert.deepEqual(results(alone), results(there[i]), body.query)
    assert.ok(alone.results.length > 0, body.query)
  }
  server = await startMilvusLite({ port, folder })
  await current(service)
  assert.equal(
    (await search({ query: 'wind of a station', search_type: 'keyword' })).search_statistics.engine,
    'milvus',
  )
})
