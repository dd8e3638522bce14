import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { startAnthropicServer } from './anthropic-server.ts'
import type { Asked, Reply, Responder } from './model-server.ts'
import { spoken } from './model-server.ts'
import { startOllamaServer } from './ollama-server.ts'
import { refusal, startOpenAiServer } from './openai-server.ts'
import { signUp, startWithAccounts } from './people.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

// The whole service with a language model that calls tools, in each provider's wire format.

const BRIDGE = 'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield, an engineer.'
const BRADFIELD = 'John Bradfield, an engineer of Queensland, was born in Sandgate in 1867.'
const QUESTION = 'Where was the designer of the Sydney Harbour Bridge born?'
const ANSWER = 'John Bradfield was born in Sandgate'

const PROVIDERS = {
  openai: { start: startOpenAiServer, env: (url: string) => ({ OPENAI_BASE_URL: url, OPENAI_MODEL: 'm' }) },
  anthropic: {
    start: startAnthropicServer,
    env: (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: 'k', ANTHROPIC_MODEL: 'm' }),
  },
  ollama: { start: startOllamaServer, env: (url: string) => ({ OLLAMA_BASE_URL: url, OLLAMA_MODEL: 'm' }) },
} as const

const asText = ({ body }: Asked): string => JSON.stringify(body.messages)

/** The number under which the evidence with these words was shown. */
function numberOf(asked: Asked, words: string): string {
  const blocks = asText(asked).split(/(?=evidence \[\d+\])/)
  return /^evidence \[(\d+)\]/.exec(blocks.findLast((block) => block.includes(words)) ?? '')?.[1] ?? '0'
}

const searchFor = (query: string): Reply => [
  { call: { id: 'call_1', name: 'search_documents', arguments: JSON.stringify({ query }) } },
]

/** Looks for the designer, and answers from what that brings. */
const searcher: Responder = (asked, nth) =>
  nth === 0 ? searchFor('Bradfield born Sandgate') : spoken(`${ANSWER} [${numberOf(asked, 'Sandgate')}].`)

async function started(t: TestContext, provider: keyof typeof PROVIDERS, script: Reply | Responder) {
  const { start, env } = PROVIDERS[provider]
  const model = await start(script)
  t.after(() => model.close())
  const service = await startService(t, { env: env(model.url) })
  for (const [name, text] of Object.entries({ 'bridge.txt': BRIDGE, 'bradfield.txt': BRADFIELD })) {
    assert.equal((await service.upload(name, text)).status, 200)
  }
  return { service, model }
}

const ask = (service: TestService, more: object = {}, token?: string): Promise<Json> =>
  service.json('POST', '/api/v1/ask', { question: QUESTION, top_k: 1, ...more }, token)

for (const provider of Object.keys(PROVIDERS) as (keyof typeof PROVIDERS)[]) {
  test(`${provider}: a model looks further with a tool, and its answer is tied to what that found`, async (t) => {
    const { service, model } = await started(t, provider, searcher)
    const { status, body } = await ask(service)
    assert.equal(status, 200)
    assert.equal(model.asked.length, 2)
    assert.match(body.answer, /^John Bradfield was born in Sandgate \[\d\]\.$/)
    assert.equal(body.citations[0].verdict, 'supported')
    assert.match(body.citations[0].quote, /Sandgate/)
    assert.equal(body.search_steps.length, 1)
    assert.deepEqual(body.search_steps[0].asked, { query: 'Bradfield born Sandgate' })
    assert.ok(body.search_steps[0].returned > 0)
    assert.equal(body.api_used, provider)
  })
}

test('what a model only saw in a list is forgotten from the history, too, when it is deleted', async (t) => {
  const model = await startOpenAiServer((asked, nth) =>
    nth === 0
      ? [{ call: { id: 'call_1', name: 'list_documents', arguments: '{}' } }]
      : spoken(`It was opened in 1932 [${numberOf(asked, '1932')}].`),
  )
  t.after(() => model.close())
  const env = { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'm', CITATIONS_OF_DELETED: 'remove' }
  const service = await startService(t, { env })
  const bridge = await service.upload('bridge.txt', BRIDGE)
  const listed = await service.upload('a secret title.txt', 'Of something else.')
  const { body } = await ask(service, {
    question: 'When was the Sydney Harbour Bridge opened?',
  })
  assert.match(body.answer, /1932 \[\d\]/)
  assert.deepEqual(
    body.sources_used.map(({ id }: Json) => id),
    [bridge.body.id],
  )
  const history = async () => (await service.json('GET', '/api/v1/users/local/chat-history')).body.chat_history[0]
  assert.match((await history()).answer, /1932/)
  assert.equal((await service.json('DELETE', `/api/v1/documents/${listed.body.id}`)).status, 200)
  assert.match((await history()).answer, /was deleted/)
})

describe('what tools cannot do', () => {
  test('a server that knows no tools is asked without them', async (t) => {
    const { service, model } = await started(t, 'openai', (asked) =>
      asked.body['tools'] === undefined
        ? spoken(`It was opened in 1932 [${numberOf(asked, '1932')}].`)
        : refusal(400, 'This model does not support tools.'),
    )
    const { body } = await ask(service, { question: 'When was the Sydney Harbour Bridge opened?' })
    assert.equal(body.answer, 'It was opened in 1932 [1].')
    assert.deepEqual([body.search_steps, body.model_failure], [[], undefined])
    assert.equal(model.asked.length, 2)
  })

  test('they reach no document of another person', async (t) => {
    const model = await startOpenAiServer((asked, nth) =>
      nth === 0
        ? [
            { call: { id: 'a', name: 'search_documents', arguments: '{"query":"Bradfield born Sandgate"}' } },
            { call: { id: 'b', name: 'list_documents', arguments: '{}' } },
            { call: { id: 'c', name: 'read_document', arguments: '{"document":"D2"}' } },
          ]
        : spoken(`The bridge was designed by John Bradfield [${numberOf(asked, 'designed')}].`),
    )
    t.after(() => model.close())
    const service = await startWithAccounts(t, { env: PROVIDERS.openai.env(model.url) })
    const ann = await signUp(service, 'ann')
    const bob = await signUp(service, 'bob')
    assert.equal((await service.upload('bridge.txt', BRIDGE, {}, ann.token)).status, 200)
    assert.equal((await service.upload('secret-bradfield.txt', BRADFIELD, {}, bob.token)).status, 200)
    const { status, body } = await ask(service, { question: 'Who designed the Sydney Harbour Bridge?' }, ann.token)
    assert.equal(status, 200)
    assert.equal(body.search_steps.length, 3)
    assert.match(body.search_steps[2].error, /no document D2/)
    assert.doesNotMatch(model.asked.map(asText).join(), /Sandgate in 1867|secret-bradfield/)
  })
})

test('a chat streams each step, keeps it with the answer, and a question after it is understood from it', async (t) => {
  const { service, model } = await started(t, 'openai', (asked, nth) => {
    if (nth === 2) return spoken('Where was John Bradfield born?')
    return searcher(asked, nth < 2 ? nth : 1)
  })
  const stream = await service.app.inject({
    method: 'POST',
    url: '/api/chat/ask/stream',
    headers: { host: 'localhost' },
    payload: { question: QUESTION },
  })
  const events = Array.from(stream.body.matchAll(/^event: (\w+)\ndata: (.*)$/gm), ([, name, data = '']) => ({
    name,
    data: JSON.parse(data),
  }))
  const step = events.find(({ data }) => data.stage === 'search_step')
  assert.equal(step?.data.tool, 'search_documents')
  const chat = events.find(({ name }) => name === 'start')?.data.chat_id
  const kept = await eventually(
    async () => (await service.json('GET', `/api/chat/${chat}/messages`)).body.messages,
    (messages) => messages.length === 2,
  )
  assert.equal(kept[1].metadata.search_steps.length, 1)

  const next = await service.json('POST', '/api/chat/ask', { question: 'And where was he born?', chat_id: chat })
  assert.equal(next.status, 200)
  assert.match(asText(model.asked[2] as Asked), /Write its last question again/)
  assert.match(asText(model.asked[3] as Asked), /By itself it says: Where was John Bradfield born\?/)
  assert.match(next.body.answer_message.content, /Sandgate/)
})
