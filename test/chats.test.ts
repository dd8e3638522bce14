import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { spoken, startOpenAiServer, type Reply, type Responder } from './openai-server.ts'
import { eventually, startService, type Json } from './service.ts'

// The whole service with chats: retrieval, a language model (a server of OpenAI's wire format stands in for the paid
// one), streams and what is stored of them.

const BRIDGE =
  'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield. About 1,400 men worked on the bridge for eight years.'
const QUESTION = 'When was the Sydney Harbour Bridge opened?'

async function start(t: TestContext, reply: Reply | Responder, env: Record<string, string> = {}) {
  const model = await startOpenAiServer(reply)
  t.after(() => model.close())
  const settings = { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1', LLM_PROVIDER: 'openai', ...env }
  const service = await startService(t, { env: settings })
  assert.equal((await service.upload('bridge.txt', BRIDGE)).status, 200)
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  return { service, model, url }
}

const asking = (url: string, body: object, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/api/chat/ask/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })

const parsed = (text: string): { event: string; data: Json }[] =>
  [...text.matchAll(/event: (\w+)\ndata: (.*)\n/g)].map(([, event = '', data = '']) => ({
    event,
    data: JSON.parse(data),
  }))

test('an answer streams from question to verified citations, and is stored so', async (t) => {
  const text = 'It was opened in 1932 [1]. John Bradfield designed the bridge [1]. 😀 It is blue [1].'
  const { service, url } = await start(t, spoken(text))
  const events = parsed(await (await asking(url, { question: QUESTION, web_search_enabled: true })).text())
  assert.deepEqual(
    events.map(({ event, data }) => data.stage ?? event).filter((name, i, all) => name !== all[i - 1]),
    ['saved', 'start', 'rag_gate', 'web_search', 'embeddings', 'retrieval', 'citations', 'delta', 'saved', 'done'],
  )
  const meta = (stage: string): Json => events.find(({ data }) => data.stage === stage)?.data
  assert.deepEqual(meta('rag_gate'), { stage: 'rag_gate', rag_enabled: true, documents_attached: 0 })
  assert.deepEqual([meta('web_search').total_web_results, meta('web_search').web_sources], [0, []])
  assert.ok(meta('web_search').error)
  assert.deepEqual([meta('retrieval').returned, meta('retrieval').top_k, meta('retrieval').min_score], [1, 5, 0])
  // By these a deletion finds an answer that was broken off.
  assert.match(meta('retrieval').sources[0].doc_id, /^[0-9a-f-]{36}$/)
  assert.equal(meta('citations').count, meta('citations').citations.length)
  assert.equal(meta('citations').citations[0].verified, false)

  const content = events.map(({ event, data }) => (event === 'delta' ? data.content : '')).join('')
  assert.equal(content, text)
  const done = events.at(-1)?.data
  assert.deepEqual(
    done.citations.map(({ verdict }: Json) => verdict),
    ['supported', 'supported', 'unsupported'],
  )
  const { body } = await service.json('GET', `/api/chat/${done.chat_id}/messages`)
  const [question, answer] = body.messages
  assert.deepEqual([question.content, answer.content, answer.model_used], [QUESTION, text, 'writer-1'])
  assert.deepEqual(JSON.parse(answer.citations_json), done.citations)
  assert.equal(answer.metadata.confidence, done.confidence)
  assert.equal(JSON.parse(answer.sources_json).length, 1)
  const stats = await service.json('GET', '/api/v1/stats')
  assert.equal(stats.body.total_questions_processed, 1)
})

test('a chat goes on with what was said, the instructions and the context', async (t) => {
  const { service, model } = await start(t, spoken('In 1932 [1].'))
  const first = await service.json('POST', '/api/chat/ask', {
    question: QUESTION,
    system_prompt: 'Speak like a pirate.',
  })
  const { chat_id } = first.body
  const context = 'The reader is eight years old.'
  const second = await service.json('POST', '/api/chat/ask', { question: 'Who designed the bridge?', chat_id, context })
  assert.equal(second.status, 200)
  assert.equal(second.body.chat_id, chat_id)
  const prompts = model.asked.map(({ body }) =>
    body.messages.map(({ role, content }) => `${role}: ${content}`).join('\n'),
  )
  assert.match(prompts[0] ?? '', /Speak like a pirate\./)
  assert.doesNotMatch(prompts[1] ?? '', /pirate/)
  assert.match(prompts[1] ?? '', /eight years old/)
  assert.match(prompts[1] ?? '', /user: When was the Sydney Harbour Bridge opened\?\nassistant: In 1932/)
})

test('a reader who leaves for good stops the model, and what it wrote stays', async (t) => {
  const more = Promise.withResolvers<void>()
  const { service, model, url } = await start(
    t,
    () => ['It was ', 'opened in 1932 [1]. ', { until: more.promise }, 'never'],
    {
      STREAM_GRACE: '0',
    },
  )
  t.after(() => more.resolve())
  const leave = new AbortController()
  const response = await asking(url, { question: QUESTION }, leave.signal)
  let text = ''
  const decoder = new TextDecoder()
  const reader = response.body?.getReader()
  while (!text.includes('1932')) text += decoder.decode((await reader?.read())?.value, { stream: true })
  leave.abort()
  assert.equal(await model.asked[0]?.ended, 'left')
  const begun = parsed(text).find(({ event }) => event === 'start')
  const answer = await eventually(
    async () => (await service.json('GET', `/api/chat/${begun?.data.chat_id}/messages`)).body.messages[1],
    ({ state }) => state !== 'generating',
  )
  assert.equal(answer.state, 'interrupted')
  assert.match(answer.content, /^It was opened in 1932/)
  assert.equal(answer.metadata.interrupted, 'abandoned')
})

test('a model that fails is the last event, and an error of the whole answer', async (t) => {
  const { service, url } = await start(t, () => ['It was ', { cut: 'socket' }], { LLM_FALLBACK: 'none' })
  const events = parsed(await (await asking(url, { question: QUESTION })).text())
  assert.deepEqual(
    [events.at(-1)?.event, events.at(-1)?.data.code, events.at(-1)?.data.status_code],
    ['error', 'upstream_failed', 502],
  )
  const { status, body } = await service.json('POST', '/api/chat/ask', { question: QUESTION })
  assert.deepEqual([status, body.code], [502, 'upstream_failed'])
})

test('/api/v1/ask in a chat is a question of that chat', async (t) => {
  const { service } = await start(t, spoken('It was opened in 1932 [1].'))
  const { body: first } = await service.json('POST', '/api/chat/ask', { question: QUESTION })
  const alone = await service.json('POST', '/api/v1/ask', { question: QUESTION })
  const { status, body } = await service.json('POST', '/api/v1/ask', {
    question: QUESTION,
    chat_id: first.chat_id,
    top_k: 3,
  })
  assert.equal(status, 200)
  // Not their values: how sure an answer is depends on whether the vectors of its sentences came in time.
  assert.deepEqual(Object.keys(body).sort(), Object.keys(alone.body).sort())
  const stable = ({ answer, model_used, api_used, basis, abstained, sentences, results_count, warnings }: Json) => {
    return { answer, model_used, api_used, basis, abstained, sentences, results_count, warnings }
  }
  assert.deepEqual(stable(body), stable(alone.body))
  assert.deepEqual(
    body.citations.map(({ id, quote, verdict }: Json) => [id, quote, verdict]),
    alone.body.citations.map(({ id, quote, verdict }: Json) => [id, quote, verdict]),
  )
  const { body: chat } = await service.json('GET', `/api/chat/${first.chat_id}/messages`)
  assert.deepEqual(
    chat.messages.map(({ role, content }: Json) => [role, content]),
    [1, 2].flatMap(() => [
      ['user', QUESTION],
      ['assistant', 'It was opened in 1932 [1].'],
    ]),
  )
  for (const chat_id of ['unknown', 'with\0nul']) {
    assert.equal((await service.json('POST', '/api/v1/ask', { question: QUESTION, chat_id })).status, 404)
  }
  const { body: history } = await service.json('GET', '/api/v1/users/local/chat-history')
  assert.deepEqual(
    history.chat_history.map(({ chat_id }: Json) => chat_id),
    [first.chat_id, null, first.chat_id],
  )
})

test('without documents or a model an answer still comes, and only of what may be read', async (t) => {
  const service = await startService(t)
  const { body: bridge } = await service.upload('bridge.txt', BRIDGE)
  const ask = (body: object) => service.json('POST', '/api/chat/ask', { question: QUESTION, ...body })
  assert.equal((await ask({ document_ids: ['nobody-s'] })).status, 404)
  assert.equal((await ask({ document_ids: [] })).body.abstained, true)
  const { body } = await ask({ document_ids: [bridge.document_id] })
  assert.equal(body.abstained, false)
  assert.match(body.answer_message.content, /1932/)
  assert.equal((await service.json('GET', '/api/chats')).body.total, 2)
  assert.equal((await ask({ question: 'x'.repeat(16_001) })).status, 413)
})
