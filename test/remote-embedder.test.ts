import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { test, type TestContext } from 'node:test'
import { dial } from '../src/http/websocket.fixture.ts'
import { readRows } from './chosen-database.ts'
import { refusal, startEmbeddingServer, type EmbeddingServer } from './embedding-server.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

// The whole service with an embedding model behind HTTP: a server of its wire format on 127.0.0.1 stands in for the paid one.

const BRIDGE = 'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield.'
const ZOO = 'The zoo feeds its otters at noon. Herring and trout are what they like best.'

async function serverOf(t: TestContext): Promise<EmbeddingServer> {
  const server = await startEmbeddingServer()
  t.after(() => server.close())
  return server
}

const ofOpenAi = ({ openAi }: EmbeddingServer) => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: openAi,
  OPENAI_EMBEDDING_MODEL: 'm',
  LLM_PROVIDER: 'extractive',
})
const ofOllama = ({ ollama }: EmbeddingServer) => ({
  EMBEDDING_PROVIDER: 'ollama',
  OLLAMA_BASE_URL: ollama,
  EMBEDDING_MODEL: 'm',
})

const documents = async (service: TestService): Promise<Json[]> =>
  (await service.json('GET', '/api/v1/documents')).body.documents

const allRead = (service: TestService) =>
  eventually(
    () => documents(service),
    (all) => all.length > 0 && all.every(({ searchable }) => searchable === 'full'),
  )

const search = async (service: TestService, query: string, search_type = 'hybrid'): Promise<Json> => {
  const { status, body } = await service.json('POST', '/api/v1/search', { query, search_type })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const models = async (service: TestService): Promise<Json> =>
  (await service.json('GET', '/api/v1/embedding-models')).body

const embeddings = async (service: TestService): Promise<string> =>
  (await service.json('GET', '/health')).body.services.embeddings

for (const [provider, of] of [
  ['openai', ofOpenAi],
  ['ollama', ofOllama],
] as const) {
  test(`documents and questions are embedded by ${provider}`, async (t) => {
    const server = await serverOf(t)
    const service = await startService(t, { env: of(server) })
    const { body } = await service.upload('bridge.txt', BRIDGE)
    assert.equal(body.embedding_dimensions, 64)
    await service.upload('zoo.txt', ZOO)
    await allRead(service)
    const found = await search(service, 'otters at noon', 'semantic')
    assert.match(found.results[0].excerpt, /otters/)
    assert.ok(found.results[0].semantic_similarity > 0.5)
    assert.equal(found.message, undefined)
    const asked = (await service.json('POST', '/api/v1/ask', { question: 'When was the bridge opened?' })).body
    assert.match(asked.answer, /1932/)
    assert.deepEqual([asked.embedding_model, asked.warnings], [`${provider}/m`, []])
    assert.equal(await embeddings(service), 'healthy')
    assert.equal((await models(service)).serving, `${provider}/m`)
  })
}

test('while the service is away all goes on by words and says so, and recovers by itself', async (t) => {
  const server = await serverOf(t)
  const service = await startService(t, { env: { ...ofOpenAi(server), HEALTH_CHECK_INTERVAL: '1' } })
  await service.upload('bridge.txt', BRIDGE)
  await allRead(service)
  await server.stop()

  assert.equal((await service.upload('zoo.txt', ZOO)).status, 200)
  const waits = await eventually(
    () => documents(service),
    (all) => all.some(({ error }) => error !== undefined),
  )
  const zoo = waits.find(({ title }) => title === 'zoo')
  assert.deepEqual([zoo.status, zoo.searchable, zoo.error.code], ['processing', 'words', 'not_ready'])
  assert.match(zoo.error.detail, /embedding service cannot be reached.*OPENAI_BASE_URL/)
  const { jobs } = (await service.json('GET', '/api/v1/jobs')).body
  assert.deepEqual([jobs[0].state, jobs[0].stage, jobs[0].error.code], ['queued', 'vectors', 'not_ready'])

  for (const type of ['hybrid', 'semantic'] as const) {
    const found = await search(service, 'otters at noon', type)
    assert.match(found.results[0].excerpt, /otters/)
    assert.match(
      found.message,
      /^The query was searched for by its words only\. The embedding service cannot be reached/,
    )
  }
  assert.equal((await search(service, 'otters', 'keyword')).message, undefined)
  const question = 'When was the Sydney Harbour Bridge opened?'
  const asked = (await service.json('POST', '/api/v1/ask', { question })).body
  assert.match(asked.answer, /1932/)
  assert.match(asked.warnings.join(), /searched for by its words only/)
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = await dial(`${url}/ws`)
  await socket.next()
  socket.send({ type: 'question', question })
  const messages = await socket.until('answer')
  assert.ok(messages.some(({ message }) => /searched for by its words only/.test(String(message))))
  assert.match(String(messages.at(-1)?.warnings), /searched for by its words only/)
  const chat = (await service.json('POST', '/api/v1/chats', { title: 'Bridges' })).body
  const inChat = await service.json('POST', '/api/v1/ask', { question, chat_id: chat.id ?? chat.chat_id })
  assert.match(inChat.body.answer, /1932/)
  assert.equal(await embeddings(service), 'unhealthy')
  const health = await service.json('GET', '/health')
  assert.deepEqual([health.status, health.body.status], [200, 'degraded'])

  await server.start()
  await allRead(service)
  const [first] = await documents(service)
  assert.equal(first.error, undefined)
  // Neither was what was made without it kept.
  const again = await eventually(
    () => search(service, 'otters at noon', 'semantic'),
    ({ message }) => message === undefined,
  )
  assert.ok(again.results[0].semantic_similarity > 0.5)
  assert.deepEqual((await service.json('POST', '/api/v1/ask', { question })).body.warnings, [])
  await eventually(
    () => embeddings(service),
    (state) => state === 'healthy',
  )
})

test('a start needs no service, known or not, and the index takes its vectors once it is there', async (t) => {
  const server = await serverOf(t)
  await server.stop()
  const service = await startService(t, { env: ofOllama(server), unmanaged: true })
  t.after(() => rm(service.folder, { recursive: true, force: true }))
  await service.upload('zoo.txt', ZOO)
  assert.match((await search(service, 'otters at noon')).results[0].excerpt, /otters/)
  await server.start()
  await allRead(service)
  const found = await search(service, 'otters at noon', 'semantic')
  assert.ok(found.results[0].semantic_similarity > 0.5)
  await service.close()

  await server.stop()
  const asked = server.asked.length
  const next = await startService(t, { folder: service.folder, env: ofOllama(server) })
  assert.match((await search(next, 'otters at noon')).results[0].excerpt, /otters/)
  assert.ok(!next.lines.some(({ message }) => /embedded anew|cannot be asked yet/.test(message)))
  await server.start()
  await eventually(
    () => search(next, 'otters at noon', 'semantic'),
    ({ message }) => message === undefined,
  )
  // Only the question: nothing is embedded again.
  assert.ok(
    server.asked.slice(asked).every(({ body }) => body.input.length === 1 && !body.input[0]?.includes('Herring')),
  )
})

test('a document that the service does not take fails alone, in words', async (t) => {
  const server = await serverOf(t)
  const service = await startService(t, { env: ofOpenAi(server) })
  server.answerWith(({ body }) =>
    body.input.some((text) => text.includes('Herring')) ? refusal(400, 'input is not allowed') : undefined,
  )
  await service.upload('zoo.txt', ZOO)
  await service.upload('bridge.txt', BRIDGE)
  await eventually(
    () => documents(service),
    (all) => all.some(({ title, searchable }) => title === 'bridge' && searchable === 'full'),
  )
  const { jobs } = await eventually(
    async () => (await service.json('GET', '/api/v1/jobs')).body,
    ({ jobs: all }) => all.some(({ error }: Json) => error !== undefined),
  )
  const refused = jobs.find(({ error }: Json) => error !== undefined)
  assert.equal(refused.error.code, 'upstream_failed')
  assert.match(refused.error.detail, /refused the request \(400\).*input is not allowed/)
})

test('documents change to a remote model and back, and searches find by meaning all the while', async (t) => {
  const server = await serverOf(t)
  const access = { OLLAMA_BASE_URL: server.ollama }
  const service = await startService(t, { env: access, unmanaged: true })
  t.after(() => rm(service.folder, { recursive: true, force: true }))
  await service.upload('zoo.txt', ZOO)
  await allRead(service)
  const change = (on: TestService, model: string) => on.json('POST', '/api/v1/embedding-models/migration', { model })
  const changed = (on: TestService, model: string) =>
    eventually(
      () => models(on),
      ({ active, next }) => active === model && next === null,
    )
  const missing = await change(service, 'openai/m')
  assert.deepEqual([missing.status, missing.body.code], [422, 'invalid_request'])
  assert.match(missing.body.detail, /openai\/m needs OPENAI_API_KEY/)
  assert.match((await change(service, 'no-such')).body.detail, /There is no embedding model no-such/)

  // It goes on when the service is back.
  await server.stop()
  assert.equal((await change(service, 'ollama/m#32')).status, 202)
  assert.equal((await models(service)).done, 0)
  await server.start()
  await changed(service, 'ollama/m#32')
  assert.equal((await models(service)).serving, 'bge-small-en-v1.5')
  assert.ok((await search(service, 'What do otters eat?')).results[0].semantic_similarity > 0.4)
  await service.close()

  const remote = await startService(t, { folder: service.folder, env: access, unmanaged: true })
  assert.equal((await models(remote)).serving, 'ollama/m#32')
  assert.ok(!remote.lines.some(({ message }) => /embedded anew/.test(message)))
  assert.ok((await search(remote, 'otters at noon', 'semantic')).results[0].semantic_similarity > 0.5)
  assert.ok(server.asked.every(({ body }) => body.dimensions === 32))
  await change(remote, 'bge-small-en-v1.5')
  await changed(remote, 'bge-small-en-v1.5')
  await remote.close()

  const back = await startService(t, { folder: service.folder })
  assert.equal((await models(back)).serving, 'bge-small-en-v1.5')
  assert.ok((await search(back, 'What do otters eat?')).results[0].semantic_similarity > 0.4)
  await eventually(
    () => readRows(service.folder, 'select distinct model from vectors'),
    (left) => left.length === 1,
  )
})

test('documents of a model whose settings are gone stop the start, and say what to do', async (t) => {
  const server = await serverOf(t)
  const service = await startService(t, { env: ofOllama(server), unmanaged: true })
  t.after(() => rm(service.folder, { recursive: true, force: true }))
  await service.upload('zoo.txt', ZOO)
  await allRead(service)
  await service.close()
  await assert.rejects(
    startService(t, { folder: service.folder }),
    /documents are embedded with ollama\/m: ollama\/m needs OLLAMA_BASE_URL.*EMBEDDING_PROVIDER=local/,
  )
  const local = await startService(t, { folder: service.folder, env: { EMBEDDING_PROVIDER: 'local' } })
  assert.equal((await models(local)).serving, 'bge-small-en-v1.5')
  await allRead(local)
})
