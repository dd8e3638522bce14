import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { spoken } from '../../../../test/model-server.ts'
import type { ModelServer, Reply, Responder } from '../../../../test/model-server.ts'
import { ollamaRefusal, startOllamaServer } from '../../../../test/ollama-server.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from '../../../core/ports/language-models.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { ollama } from './adapter.ts'
import type { OllamaConfig } from './adapter.ts'

const nothing = (): void => undefined
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }

async function made(
  t: TestContext,
  reply: Reply | Responder,
  config: Partial<OllamaConfig> = {},
): Promise<[LanguageModel, ModelServer]> {
  const server = await startOllamaServer(reply)
  t.after(() => server.close())
  return [ollama.create({ baseUrl: server.url, model: 'm', pause: 1, ...config }, { fetch, logger }), server]
}

const REQUEST: ModelRequest = { messages: [{ role: 'user', content: 'Why?' }], question: 'Why?', evidence: [] }
async function all(model: LanguageModel): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of model.stream(REQUEST)) events.push(event)
  return events
}

test('a request says how large the window is: the server would cut what does not fit into its own', async (t) => {
  const [model, server] = await made(t, spoken('Yes.'))
  await all(model)
  const [larger, other] = await made(t, spoken('Yes.'), { contextWindow: 32_768 })
  await all(larger)
  assert.deepEqual([model.contextWindow, larger.contextWindow], [8192, 32_768])
  assert.deepEqual(server.asked[0]?.body, {
    model: 'm',
    messages: [{ role: 'user', content: 'Why?' }],
    stream: true,
    options: { temperature: 0, num_ctx: 8192 },
  })
  assert.deepEqual(other.asked[0]?.body['options'], { temperature: 0, num_ctx: 32_768 })
})

test('an answer is the same however its bytes are cut, and without a line’s end behind the last', async (t) => {
  const lines = ['上海 😀', ' fin'].map((content) => JSON.stringify({ message: { content }, done: false }))
  const bytes = Buffer.from(`${lines.join('\r\n')}\n\n{"done":true,"eval_count":3}`)
  const pieces = Array.from(bytes, (_, i) => ({ raw: bytes.subarray(i, i + 1) }))
  const [model] = await made(t, [...pieces, { cut: 'end' }])
  assert.deepEqual(await all(model), [
    { type: 'text-delta', text: '上海 😀' },
    { type: 'text-delta', text: ' fin' },
    { type: 'finish', reason: 'stop', tokens: 3 },
  ])
})

test('a model that was not pulled is told with the command that does, by an answer and by a probe', async (t) => {
  const [model] = await made(t, ollamaRefusal(404, 'model "other" not found, try pulling it first'), { model: 'other' })
  await assert.rejects(all(model), { kind: 'settings', message: /OLLAMA_MODEL.*ollama pull other/ })
  await assert.rejects(model.probe(), { kind: 'settings', message: /ollama pull other/ })
  const [tagged] = await made(t, [], { model: 'm:latest' })
  await tagged.probe()
})
