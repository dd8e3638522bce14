import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { anthropicRefusal, sent, startAnthropicServer } from '../../../../test/anthropic-server.ts'
import { inTurn, spoken } from '../../../../test/model-server.ts'
import type { ModelServer, Reply, Responder, Step } from '../../../../test/model-server.ts'
import type { LanguageModel, ModelEvent, ModelRequest, ToolCall } from '../../../core/ports/language-models.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { anthropic } from './adapter.ts'
import { generationOf } from './generations.ts'

const nothing = (): void => undefined
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }

async function made(t: TestContext, reply: Reply | Responder, model = 'm'): Promise<[LanguageModel, ModelServer]> {
  const server = await startAnthropicServer(reply)
  t.after(() => server.close())
  return [anthropic.create({ baseUrl: `${server.url}/`, apiKey: 'k', model, pause: 1 }, { fetch, logger }), server]
}

const REQUEST: ModelRequest = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Why?' },
  ],
  question: 'Why?',
  evidence: [],
}
const SCHEMA = { type: 'object', properties: {}, additionalProperties: false }
const TOOLS = [{ name: 'search', description: 'Searches.', parameters: SCHEMA }]

async function all(model: LanguageModel, request = REQUEST): Promise<ModelEvent[]> {
  const events: ModelEvent[] = []
  for await (const event of model.stream(request)) events.push(event)
  return events
}
const callsOf = (events: readonly ModelEvent[]): ToolCall[] =>
  events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))

describe('a request', () => {
  test('has the system’s part apart, a limit always, and the version of the format', async (t) => {
    const [model, server] = await made(t, spoken('Yes.'), 'claude-haiku-4-5')
    await all(model)
    const [asked] = server.asked
    assert.deepEqual(asked?.body, {
      model: 'claude-haiku-4-5',
      max_tokens: 16_384,
      system: 'Be brief.',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'Why?' }] }],
      stream: true,
      temperature: 0,
    })
    assert.deepEqual([asked.headers['x-api-key'], asked.headers['anthropic-version']], ['k', '2023-06-01'])
  })

  test('without tools shows what came of earlier calls as text, as calls may not stand there undeclared', async (t) => {
    const [model, server] = await made(t, spoken('Yes.'))
    await all(model, {
      ...REQUEST,
      messages: [
        ...REQUEST.messages,
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'search', arguments: '{}' }] },
        { role: 'tool', callId: 'a', name: 'search', content: 'It rains.' },
      ],
    })
    assert.deepEqual(server.asked[0]?.body.messages, [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Why?' },
          { type: 'text', text: 'Result of search:\n\nIt rains.' },
        ],
      },
    ])
  })

  test('makes an older model call a tool for the sake of its schema', async (t) => {
    const call = { id: 'c', name: 'give_answer', arguments: '{"a":1}' }
    const [model, server] = await made(t, [{ call }], 'claude-3-5-sonnet-20241022')
    const events = await all(model, { ...REQUEST, output: { name: 'a', schema: SCHEMA } })
    assert.deepEqual(
      events.map((event) => (event.type === 'text-delta' ? event.text : event.type === 'finish' ? event.reason : '')),
      ['{"a":1}', 'stop'],
    )
    const { body } = server.asked[0] ?? {}
    assert.deepEqual(body?.['tool_choice'], { type: 'tool', name: 'give_answer' })
    assert.equal(body['output_config'], undefined)
  })
})

test('what a model thought before its calls goes back with them, unchanged', async (t) => {
  const block = (index: number, ...events: readonly { type: string; [field: string]: unknown }[]): Step[] => [
    ...events.map((event) => ({ raw: sent({ index, ...event }) })),
    { raw: sent({ type: 'content_block_stop', index }) },
  ]
  const thinking = block(
    0,
    { type: 'content_block_start', content_block: { type: 'thinking', thinking: '', signature: '' } },
    { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'I ' } },
    { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'look.' } },
    { type: 'content_block_delta', delta: { type: 'signature_delta', signature: 'sig==' } },
  )
  const redacted = block(1, {
    type: 'content_block_start',
    content_block: { type: 'redacted_thinking', data: 'opaque' },
  })
  const calls = block(
    2,
    { type: 'content_block_start', content_block: { type: 'tool_use', id: 't1', name: 'search', input: {} } },
    { type: 'content_block_delta', delta: { type: 'input_json_delta', partial_json: '{"q":1}' } },
  )
  const steps = [...thinking, ...redacted, ...calls, { finish: 'tool_use' }]
  const [model, server] = await made(t, inTurn(steps, spoken('Yes.')))
  const events = await all(model, { ...REQUEST, tools: TOOLS })
  assert.ok(events.every((event) => event.type !== 'text-delta'))
  const toolCalls = callsOf(events)
  await all(model, {
    ...REQUEST,
    tools: TOOLS,
    messages: [
      ...REQUEST.messages,
      { role: 'assistant', content: '', toolCalls },
      { role: 'tool', callId: 't1', name: 'search', content: 'It rains.' },
    ],
  })
  assert.deepEqual(server.asked[1]?.body.messages[1]?.content, [
    { type: 'thinking', thinking: 'I look.', signature: 'sig==' },
    { type: 'redacted_thinking', data: 'opaque' },
    { type: 'tool_use', id: 't1', name: 'search', input: { q: 1 } },
  ])
})

test('an event of a type that nobody knows yet is passed over', async (t) => {
  const [model] = await made(t, ['A', { raw: sent({ type: 'news', what: 7 }) }, 'B'])
  assert.equal((await all(model)).length, 3)
})

test('an error in the middle is what it would have been as a status', async (t) => {
  const overloaded: Step[] = [{ error: { type: 'overloaded_error', message: 'Overloaded' } }, { cut: 'end' }]
  const [model, server] = await made(t, overloaded)
  await assert.rejects(all(model), { code: 'not_ready', kind: 'unavailable' })
  assert.equal(server.asked.length, 3)
})

test('an answer that is not streamed is read, too', async (t) => {
  const content = [
    { type: 'text', text: 'I look.' },
    { type: 'tool_use', id: 't1', name: 'search', input: { q: 1 } },
  ]
  const usage = { input_tokens: 3, cache_read_input_tokens: 10, output_tokens: 2 }
  const [model] = await made(t, { status: 200, body: { type: 'message', content, stop_reason: 'tool_use', usage } })
  const events = await all(model, { ...REQUEST, tools: TOOLS })
  assert.deepEqual(callsOf(events), [{ id: 't1', name: 'search', arguments: '{"q":1}' }])
  assert.deepEqual(events.at(-1), { type: 'finish', reason: 'tools', tokens: 15 })
})

test('a probe asks for the model, and fails where it is not there, but not where a gateway knows no such page', async (t) => {
  const [there] = await made(t, spoken('Yes.'))
  await there.probe()
  const [gateway] = await made(t, spoken('Yes.'), 'other')
  await gateway.probe()
  const fetchGone = async (): Promise<Response> =>
    Response.json({ type: 'error', error: { type: 'not_found_error', message: 'model: other' } }, { status: 404 })
  const gone = anthropic.create({ apiKey: 'k', model: 'other' }, { fetch: fetchGone, logger })
  await assert.rejects(gone.probe(), /ANTHROPIC_MODEL/)
})

test('a refusal of the account is no fault of the request', async (t) => {
  const [model] = await made(t, anthropicRefusal(400, 'Your credit balance is too low to access the API.'))
  await assert.rejects(all(model), { kind: 'settings' })
})

test('the generations are told by their names; a name that tells nothing is a new one', () => {
  const of = (model: string): readonly unknown[] => {
    const { contextWindow, answerTokens, takesTemperature, thinks, takesSchema } = generationOf(model)
    return [contextWindow, answerTokens, takesTemperature, thinks, takesSchema]
  }
  const old = [200_000, 4096, true, false, false]
  const newest = [1_000_000, 16_384, false, true, true]
  assert.deepEqual(of('claude-3-opus-20240229'), old)
  assert.deepEqual(of('claude-3-haiku-20240307'), old)
  assert.deepEqual(of('claude-3-5-sonnet-latest'), [200_000, 8192, true, false, false])
  assert.deepEqual(of('claude-3-7-sonnet-20250219'), [200_000, 16_384, true, false, false])
  assert.deepEqual(of('claude-sonnet-4-20250514'), [200_000, 16_384, true, false, false])
  assert.deepEqual(of('claude-opus-4-1-20250805'), [200_000, 16_384, true, false, false])
  assert.deepEqual(of('claude-haiku-4-5'), [200_000, 16_384, true, false, true])
  assert.deepEqual(of('claude-sonnet-4-5-20250929'), [200_000, 16_384, true, false, true])
  assert.deepEqual(of('claude-opus-4-6'), [1_000_000, 16_384, true, false, true])
  assert.deepEqual(of('claude-opus-4-8'), [1_000_000, 16_384, false, false, true])
  assert.deepEqual(of('claude-2.0'), [100_000, 4096, true, false, false])
  for (const name of ['claude-sonnet-5', 'claude-opus-5-5', 'claude-fable-5-2', 'anything']) {
    assert.deepEqual(of(name), newest, name)
  }
})
