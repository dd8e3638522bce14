import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusal as refusedVectors, startEmbeddingServer } from './embedding-server.ts'
import { refusal, spoken, startOpenAiServer } from './openai-server.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

test('answers and searches are given again until a document changes, and then never', async (t) => {
  const model = await startOpenAiServer(spoken('The bridge was opened in 1932 [1].'))
  t.after(() => model.close())
  const service = await startService(t, { env: { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'm' } })
  const { body: bridge } = await service.upload('bridge.txt', 'The Sydney Harbour Bridge was opened in 1932.')
  const question = 'When was the Sydney Harbour Bridge opened?'
  const ask = async (more: object = {}): Promise<Json> =>
    (await service.json('POST', '/api/v1/ask', { question, ...more })).body
  const search = async (): Promise<string[]> => {
    const { body } = await service.json('POST', '/api/v1/search', { query: 'Harbour Bridge' })
    return body.results.map(({ document_id: id }: Json) => id)
  }

  // Nothing is kept of an index that has not seen the last change, and that is when its vectors are there.
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    ([document]: Json[]) => document.searchable === 'full',
  )
  await eventually(
    () => ask({ question: 'Who opened it?' }),
    ({ cached }) => cached,
  )
  const first = await ask()
  const again = await ask()
  assert.equal(again.cached, true)
  assert.deepEqual([again.answer, again.citations, again.confidence], [first.answer, first.citations, first.confidence])
  const asked = model.asked.length
  for (const other of [{ top_k: 2 }, { document_ids: [bridge.id] }, { context: { a: 1 } }]) {
    assert.equal((await ask(other)).cached, false, JSON.stringify(other))
  }
  assert.equal(model.asked.length, asked + 3)
  assert.deepEqual([await search(), await search()], [[bridge.id], [bridge.id]])

  const { body: stats } = await service.json('GET', '/api/v1/stats')
  assert.ok(stats.detailed_stats.cache_hits >= 2 && stats.detailed_stats.cache_misses >= 5, JSON.stringify(stats))
  const entries = async (): Promise<number> =>
    (await service.json('GET', '/health')).body.metrics.cache_entries as number
  assert.ok((await entries()) >= 5)

  await service.json('PATCH', `/api/v1/documents/${bridge.id}`, { title: 'Another title' })
  const renamed = await ask()
  assert.deepEqual([renamed.cached, renamed.sources_used[0].title], [false, 'Another title'])

  const { body: second } = await service.upload('bridge2.txt', 'The Harbour Bridge carries eight lanes of cars.')
  assert.deepEqual(new Set(await search()), new Set([bridge.id, second.id]))

  await service.json('DELETE', `/api/v1/documents/${bridge.id}`)
  assert.equal(await entries(), 0)
  assert.deepEqual(await search(), [second.id])
  assert.ok((await ask()).citations.every(({ doc_id: id }: Json) => id !== bridge.id))
})

test('a search that is given again is the same but for its time, whatever its texts say', async (t) => {
  const service = await startService(t, {})
  const said = '"processing_time_ms":1, says the log of 2019 – in characters beyond Latin-1'
  await service.json('POST', '/api/documents', {
    document_title: said,
    content: `The pump was slow: ${said}.`,
    metadata: { processing_time_ms: 7 },
  })
  const search = async (more: object = {}) => {
    const { status, body } = await service.json('POST', '/api/v1/search', { query: said, ...more })
    assert.equal(status, 200)
    const { processing_time_ms: milliseconds, ...statistics } = body.search_statistics
    assert.ok(milliseconds > 0)
    return { milliseconds, rest: { ...body, search_statistics: statistics } }
  }
  const hits = async (): Promise<number> => {
    const { body } = await service.json('GET', '/api/v1/stats')
    return body.detailed_stats.cache_hits
  }
  // Its vectors may still have been on their way into the index.
  await search()
  const first = await search()
  const before = await hits()
  const again = await search()
  assert.equal(await hits(), before + 1)
  assert.deepEqual(again.rest, first.rest)
  assert.notEqual(again.milliseconds, first.milliseconds)
  assert.equal(first.rest.results[0].metadata.processing_time_ms, 7)
  assert.equal(first.rest.query, said)
  // What a response shows of its request is part of what is asked.
  const short = await search({ include_chunks: false })
  assert.equal(short.rest.results[0].chunk_analysis, undefined)
  assert.equal((await search({ query: ` ${said}` })).rest.query, ` ${said}`)
})

const BRIDGE = 'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield.'
const OPENED = 'When was the Sydney Harbour Bridge opened?'

const allRead = (service: TestService) =>
  eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
  )

test('an answer is known again only where all is the same that it was made of', async (t) => {
  const model = await startOpenAiServer(spoken('The bridge was opened in 1932 [1].'))
  t.after(() => model.close())
  // An answer that is ranked without vectors, which were late, is not kept: those of a busy machine's own model often are.
  const vectors = await startEmbeddingServer()
  t.after(() => vectors.close())
  const service = await startService(t, {
    env: {
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'm',
      EMBEDDING_PROVIDER: 'ollama',
      OLLAMA_BASE_URL: vectors.ollama,
      EMBEDDING_MODEL: 'words',
    },
  })
  const { body: bridge } = await service.upload('bridge.txt', BRIDGE, { metadata: '{"kind": "bridge"}' })
  await allRead(service)
  let asked = 0
  const ask = async (more: object = {}): Promise<boolean> => {
    asked++
    return (await service.json('POST', '/api/v1/ask', { question: OPENED, ...more })).body.cached
  }
  /** Made anew at first, and from memory once the index has seen the last change. */
  const anew = async (more: object = {}): Promise<void> => {
    assert.equal(await ask(more), false)
    await eventually(() => ask(more), Boolean)
  }
  await anew()
  await anew({ filters: { file_types: ['text/plain'] } })
  await anew({ question: 'When was the Sydney Harbour Bridge opened ?' })
  // What the web says now is not what it says later, and an engine that is missing today may be there then.
  for (let i = 0; i < 2; i++) assert.equal(await ask({ web_search_enabled: true }), false)

  const prompt = '/api/v1/settings/system-prompt'
  await service.json('PUT', prompt, { system_prompt: 'Answer in one word.' })
  await anew()
  await service.json('DELETE', prompt)
  assert.equal(await ask(), true, 'nothing is as before but what was asked without a prompt')

  const path = `/api/v1/documents/${bridge.id}`
  for (const change of [{ metadata: { kind: 'arch' } }, { summary: 'A bridge.' }, { title: 'Bridge' }]) {
    assert.equal((await service.json('PATCH', path, change)).status, 200)
    await anew()
  }
  await service.upload('other.txt', 'The ferry to Manly leaves from Circular Quay.')
  await allRead(service)
  await anew()
  const { body: again } = await service.json('POST', `${path}/reprocess`)
  await eventually(
    async () => (await service.json('GET', `/api/v1/jobs/${again.job_id}`)).body.state,
    (state) => state === 'done',
  )
  assert.equal(await ask(), false)

  const { body: stats } = await service.json('GET', '/api/v1/stats')
  const { cache_hits: hits, cache_misses: misses } = stats.detailed_stats
  assert.equal(hits + misses, asked, 'every question was looked up, and nothing else')
  assert.equal(stats.cache_hit_rate, (100 * hits) / (hits + misses))
})

test('what a model said in the place of another that failed is not said again', async (t) => {
  const model = await startOpenAiServer(refusal(401, 'Incorrect API key provided.'))
  t.after(() => model.close())
  const service = await startService(t, { env: { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'm' } })
  await service.upload('bridge.txt', BRIDGE)
  const ask = async (): Promise<Json> => (await service.json('POST', '/api/v1/ask', { question: OPENED })).body
  for (let i = 0; i < 3; i++) {
    const { cached, api_used: by } = await ask()
    assert.deepEqual([cached, by], [false, 'extractive'])
  }
  model.answerWith(spoken('It was opened in 1932 [1].'))
  assert.equal((await ask()).model_used, 'm')
})

test('an answer that was made without vectors, which were late, is made again', async (t) => {
  const vectors = await startEmbeddingServer()
  t.after(() => vectors.close())
  const service = await startService(t, {
    env: {
      OPENAI_BASE_URL: vectors.openAi,
      OPENAI_EMBEDDING_MODEL: 'words',
      EMBEDDING_PROVIDER: 'openai',
      LLM_PROVIDER: 'extractive',
    },
  })
  await service.upload('bridge.txt', BRIDGE)
  await allRead(service)
  const ask = async (): Promise<Json> => (await service.json('POST', '/api/v1/ask', { question: OPENED })).body
  // The question is read, and then what would rank the sentences refuses.
  vectors.answerWith(({ body }) =>
    body.input.includes(OPENED) ? undefined : refusedVectors(400, 'No sentences today.'),
  )
  for (let i = 0; i < 3; i++) {
    const { cached, abstained } = await ask()
    assert.deepEqual([cached, abstained], [false, false])
  }
  vectors.answerWith(undefined)
  await ask()
  assert.equal((await ask()).cached, true)
})
