import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { refusal, spoken, startOpenAiServer } from '../../../../test/openai-server.ts'
import type { OpenAiServer, Reply, Responder, Step } from '../../../../test/openai-server.ts'
import type { LanguageModel, ModelEvent } from '../../../core/ports/language-models.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { openai } from './adapter.ts'
import type { OpenAiConfig } from './adapter.ts'

const KEY = 'sk-planted-0123456789abcdef'

interface Made {
  readonly model: LanguageModel
  readonly server: OpenAiServer
  /** Everything that was logged, as JSON. */
  readonly logged: string[]
}

async function made(t: TestContext, reply: Reply | Responder, config: Partial<OpenAiConfig> = {}): Promise<Made> {
  const server = await startOpenAiServer(reply)
  t.after(() => server.close())
  const logged: string[] = []
  const log = (fields: object, message: string): void => {
    const error = 'err' in fields && fields.err instanceof Error ? fields.err.message : ''
    logged.push(`${JSON.stringify(fields)} ${error} ${message}`)
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  const model = openai.create({ baseUrl: server.url, apiKey: KEY, model: 'm', pause: 1, ...config }, { fetch, logger })
  return { model, server, logged }
}

const REQUEST = { messages: [{ role: 'user', content: 'Why?' }], question: 'Why?', evidence: [] } as const

async function read(model: LanguageModel, signal?: AbortSignal): Promise<{ events: ModelEvent[]; text: string }> {
  const events: ModelEvent[] = []
  let text = ''
  for await (const event of model.stream(REQUEST, { signal })) {
    events.push(event)
    if (event.type === 'text-delta') text += event.text
  }
  return { events, text }
}

const delta = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`

describe('an answer', () => {
  test('comes as it is streamed, with its end and the tokens that it took', async (t) => {
    const { model, server } = await made(t, [
      ...spoken('Because it rains.'),
      { usage: { prompt_tokens: 11, completion_tokens: 4 } },
    ])
    const { events, text } = await read(model)
    assert.equal(text, 'Because it rains.')
    assert.equal(events.length, 4)
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop', tokens: 15 })
    const [asked] = server.asked
    assert.equal(asked?.headers.authorization, `Bearer ${KEY}`)
    assert.deepEqual(asked?.body, {
      model: 'm',
      messages: [{ role: 'user', content: 'Why?' }],
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
    })
  })

  test('needs no key', async (t) => {
    const { model, server } = await made(t, spoken('Yes.'), { apiKey: undefined })
    assert.equal((await read(model)).text, 'Yes.')
    assert.equal(server.asked[0]?.headers.authorization, undefined)
  })

  test('is the same however its bytes are cut', async (t) => {
    const bytes = Buffer.from(`: a comment\r\n\r\n${delta('上海 😀')}${delta(' fin')}`)
    const pieces = Array.from(bytes, (_, i) => ({ raw: bytes.subarray(i, i + 1) }))
    const { model } = await made(t, pieces)
    assert.equal((await read(model)).text, '上海 😀 fin')
  })

  test('is whole where only its counts got lost', async (t) => {
    const end = `data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: 'stop' }] })}\n\n`
    for (const cut of ['socket', 'end'] as const) {
      const { model } = await made(t, ['All of it.', { raw: end }, { pause: 1 }, { cut }])
      const { events, text } = await read(model)
      assert.equal(text, 'All of it.')
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop', tokens: null })
    }
  })

  test('may come whole from a server that does not stream, or end with [DONE] alone', async (t) => {
    const body = { choices: [{ message: { role: 'assistant', content: 'At once.' }, finish_reason: 'stop' }] }
    const whole = await made(t, { status: 200, body })
    assert.equal((await read(whole.model)).text, 'At once.')
    const bare = await made(t, ['Short', { raw: 'data: [DONE]\n\n' }, { cut: 'end' }])
    assert.deepEqual((await read(bare.model)).events.at(-1), { type: 'finish', reason: 'stop', tokens: null })
  })

  test('needs no end but what it is made of', async (t) => {
    const { model } = await made(t, (_, nth) => ['A', { finish: ['tool_calls', 'function_call'][nth] ?? 'eos' }])
    for (let i = 0; i < 3; i++) {
      assert.deepEqual((await read(model)).events.at(-1), { type: 'finish', reason: 'stop', tokens: 2 })
    }
  })
})

test('llama.cpp words an error in the middle as a field of its own', async (t) => {
  const { model } = await made(t, ['Half', { raw: 'error: {"code":500,"message":"out of slots"}\n\n' }, { cut: 'end' }])
  await assert.rejects(read(model), /stopped with an error.*out of slots/)
})

describe('a call', () => {
  const calls = (...pieces: readonly object[]): Step[] => [
    ...pieces.map((piece) => ({
      raw: `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [piece] }, finish_reason: null }] })}\n\n`,
    })),
    { finish: 'tool_calls' },
  ]
  const called = async (model: LanguageModel): Promise<(readonly [string, string])[]> =>
    (await read(model)).events.flatMap((event) =>
      event.type === 'tool-call' ? [[event.call.name, event.call.arguments] as const] : [],
    )
  const expected = [
    ['search', '{"query":"a"}'],
    ['read', '{"id":1}'],
  ]

  test('is put together by its index, though the pieces of several mingle', async (t) => {
    const { model } = await made(
      t,
      calls(
        { index: 0, id: 'x', function: { name: 'search', arguments: '{"query"' } },
        { index: 1, id: 'y', function: { name: 'read', arguments: '{"id"' } },
        { index: 0, function: { arguments: ':"a"}' } },
        { index: 1, function: { arguments: ':1}' } },
      ),
    )
    assert.deepEqual(await called(model), expected)
  })

  test('is told apart from others where the server gives no index, the same to all, no ids, or an object', async (t) => {
    const servers = [
      calls(
        { id: 'x', function: { name: 'search', arguments: '{"query"' } },
        { function: { arguments: ':"a"}' } },
        { id: 'y', function: { name: 'read', arguments: '{"id":1}' } },
      ),
      calls(
        { index: 0, id: 'x', function: { name: 'search', arguments: '{"query":"a"}' } },
        { index: 0, id: 'y', function: { name: 'read', arguments: '{"id":1}' } },
      ),
      calls(
        { function: { name: 'search', arguments: '{"query":"a"}' } },
        { function: { name: 'read', arguments: { id: 1 } } },
      ),
      calls(
        { index: 0, id: 'x', function: { name: 'search', arguments: '{"query"' } },
        { index: 0, id: 'x', function: { name: 'search', arguments: ':"a"}' } },
        { index: 1, id: '', function: { name: 'read', arguments: '{"id":1}' } },
      ),
    ]
    for (const steps of servers) assert.deepEqual(await called((await made(t, steps)).model), expected)
  })

  test('without an id gets one, without arguments an empty object, and also from a server that does not stream', async (t) => {
    const message = { role: 'assistant', content: null, tool_calls: [{ function: { name: 'list', arguments: '' } }] }
    const body = { choices: [{ message, finish_reason: 'tool_calls' }] }
    const { model } = await made(t, { status: 200, body })
    const { events } = await read(model)
    const [call] = events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))
    assert.deepEqual([call?.name, call?.arguments], ['list', '{}'])
    assert.match(call?.id ?? '', /^call_\w{18}$/)
    assert.deepEqual(events.at(-1), { type: 'finish', reason: 'tools', tokens: null })
  })
})

describe('tools that a server does not take', () => {
  const offered = async (model: LanguageModel): Promise<void> => {
    const tools = [{ name: 'search', description: '', parameters: {} }]
    for await (const _ of model.stream({ ...REQUEST, tools }));
  }

  test('are known in the words of many, also of llama.cpp, which says it with 500', async (t) => {
    const refusals = [
      refusal(500, 'tools param requires --jinja flag', {}, 'server_error'),
      refusal(500, 'Unsupported param: tools', {}, 'server_error'),
      refusal(404, 'No endpoints found that support tool use.'),
      refusal(400, 'Unrecognized request argument supplied: tools'),
    ]
    for (const reply of refusals) {
      const { model, server } = await made(t, reply)
      await assert.rejects(offered(model), { name: 'ProviderFailure', kind: 'tools' })
      assert.deepEqual([model.supports.tools, server.asked.length], [false, 1])
    }
  })

  test('are offered again where only these were wrong', async (t) => {
    const { model } = await made(t, refusal(400, "Invalid 'tools[0].function.name': string too long."))
    await assert.rejects(offered(model), { kind: 'tools' })
    assert.equal(model.supports.tools, true)
  })
})

describe('Azure', () => {
  test('has its key in a header of its own, and the query of its address behind the path', async (t) => {
    const { server } = await made(t, spoken('Yes.'))
    const baseUrl = `${server.url.replace(/\/v1$/, '')}/v1/?api-version=2024-10-21`
    const { model } = await made(t, [], { baseUrl })
    assert.equal((await read(model)).text, 'Yes.')
    const [asked] = server.asked
    assert.equal(asked?.path, '/v1/chat/completions?api-version=2024-10-21')
    assert.deepEqual([asked.headers['api-key'], asked.headers.authorization], [KEY, undefined])
    await model.probe()
  })

  test('says that its filter refused a question', async (t) => {
    const body = { error: { message: 'The prompt triggered a policy.', code: 'content_filter', status: 400 } }
    const { model } = await made(t, { status: 400, body })
    await assert.rejects(read(model), { kind: 'request', message: /by its filter\. It says: The prompt/ })
  })
})

test('models that think are told no temperature, and get room to think', async (t) => {
  const { model, server } = await made(t, spoken('Yes.'), { model: 'gpt-5-mini' })
  for await (const _ of model.stream({ ...REQUEST, maxTokens: 100 }));
  const body: Readonly<Record<string, unknown>> | undefined = server.asked[0]?.body
  assert.deepEqual(
    [body?.['temperature'], body?.['max_tokens'], body?.['max_completion_tokens']],
    [undefined, undefined, 8292],
  )
})

test('the window is what is known of the model, what is configured goes before', async (t) => {
  const window = async (model: string, contextWindow?: number): Promise<number> =>
    (await made(t, [], { model, contextWindow })).model.contextWindow
  assert.deepEqual(
    [await window('gpt-4o-mini'), await window('gpt-4.1-nano'), await window('my-llama'), await window('gpt-4o', 5000)],
    [128_000, 1_047_576, 8192, 5000],
  )
})
