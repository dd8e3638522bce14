import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { inTurn, refusal, spoken, startOpenAiServer } from '../../../../test/openai-server.ts'
import type { OpenAiServer, Reply, Responder, Step } from '../../../../test/openai-server.ts'
import { AppError } from '../../../core/errors.ts'
import type { LanguageModel, Logger, ModelEvent } from '../../../core/ports.ts'
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

async function failure(model: LanguageModel): Promise<AppError> {
  const error: unknown = await read(model).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
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

  test('says when the model was cut off or withheld', async (t) => {
    const reasons = ['length', 'content_filter', 'tool_calls']
    const { model } = await made(t, (_, nth) => ['A', { finish: reasons[nth] ?? 'stop' }])
    for (const reason of ['length', 'filtered', 'stop']) {
      assert.deepEqual((await read(model)).events.at(-1), { type: 'finish', reason, tokens: 2 })
    }
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

  test('is stopped at the service when its reader goes', async (t) => {
    const never = new Promise(() => undefined)
    const { model, server } = await made(t, ['One', ' two', { until: never }])
    for await (const event of model.stream(REQUEST)) if (event.type === 'text-delta') break
    assert.equal(await server.asked[0]?.ended, 'left')

    const controller = new AbortController()
    const reading = (async () => {
      for await (const event of model.stream(REQUEST, { signal: controller.signal })) {
        if (event.type === 'text-delta' && event.text === ' two') controller.abort(new Error('gone'))
      }
    })()
    await assert.rejects(reading, /gone/)
    assert.equal(await server.asked[1]?.ended, 'left')
    assert.equal(server.asked.length, 2)
  })
})

describe('before the first word', () => {
  test('what may pass is tried again: a busy service, an error of its own, a cut connection, a broken stream', async (t) => {
    const passing: Reply[] = [
      refusal(429, 'Slow down', { 'retry-after': '0' }),
      refusal(503, 'Overloaded'),
      { status: 500, body: '<html>oops</html>' },
      { instead: 'cut' },
      [{ error: { message: 'The engine died' } }, { cut: 'end' }],
      [{ cut: 'end' }],
      [{ cut: 'socket' }],
      [],
    ]
    for (const reply of passing) {
      const { model, server } = await made(t, inTurn(reply, spoken('In the end.')))
      assert.equal((await read(model)).text, 'In the end.')
      assert.equal(server.asked.length, 2, JSON.stringify(reply))
    }
  })

  test('it is not tried for ever, and not after a long pause that the service asks for', async (t) => {
    const stubborn = await made(t, refusal(503, 'Overloaded'))
    const error = await failure(stubborn.model)
    assert.deepEqual([error.code, stubborn.server.asked.length], ['not_ready', 3])
    const busy = await made(t, refusal(429, 'Come back later', { 'retry-after': '120' }))
    const later = await failure(busy.model)
    assert.deepEqual([later.code, later.retryAfter, busy.server.asked.length], ['not_ready', 120, 1])
  })

  test('what stays wrong is not tried again, and is told with what to look at', async (t) => {
    const cases: [Reply, RegExp][] = [
      [refusal(401, 'Incorrect API key provided'), /OPENAI_API_KEY\. It says: Incorrect API key/],
      [refusal(404, 'The model `m` does not exist'), /OPENAI_MODEL/],
      [refusal(400, "This model's maximum context length is 4096 tokens"), /MAX_CONTEXT_TOKENS/],
      [refusal(400, 'Invalid value'), /\(400\)\. It says: Invalid value/],
      [{ status: 429, body: { error: { message: 'No credit', type: 'insufficient_quota' } } }, /no credit left/],
      [{ status: 307, headers: { location: 'http://127.0.0.1:9/v1' }, body: '' }, /\(307\)/],
      [{ status: 200, body: '<html>A page</html>' }, /text\/html.*OPENAI_BASE_URL/],
      [[{ raw: 'data: {"choices": 7}\n\n' }], /not in the format/],
      [[{ raw: 'data: {"cho\n\n' }], /not in the format/],
      [[{ raw: `data: ${'x'.repeat(3_000_000)}` }], /too long/],
      [[{ finish: 'content_filter' }], /empty answer.*filter/],
    ]
    for (const [reply, told] of cases) {
      const { model, server } = await made(t, reply)
      const error = await failure(model)
      assert.equal(error.code, 'upstream_failed')
      assert.match(error.message, told)
      assert.equal(server.asked.length, 1, error.message)
    }
  })

  test('a server that is not there is told as such', async (t) => {
    const { model, server } = await made(t, spoken('Yes.'))
    await server.close()
    const error = await failure(model)
    assert.equal(error.code, 'upstream_failed')
    assert.match(error.message, /cannot be reached \(ECONNREFUSED\)/)
    await assert.rejects(model.probe(), /cannot be reached/)
  })

  test('a service that never answers is given up', async (t) => {
    const { model } = await made(t, { instead: 'silence' }, { limits: { connect: 20, idle: 60_000, total: 60_000 } })
    assert.match((await failure(model)).message, /has not answered/)
  })
})

describe('in the middle of an answer', () => {
  test('nothing is tried again, and what came before has been given', async (t) => {
    const never = new Promise(() => undefined)
    const cases: [Step[], RegExp][] = [
      [[{ cut: 'socket' }], /broke off/],
      [[{ cut: 'end' }], /broke off/],
      [[{ error: { message: 'The engine died' } }, { cut: 'end' }], /stopped with an error.*engine died/],
      [[{ raw: 'error: {"code":500,"message":"out of slots"}\n\n' }, { cut: 'end' }], /out of slots/],
      [[{ until: never }], /has said nothing/],
    ]
    for (const [steps, told] of cases) {
      const got = Promise.withResolvers<void>()
      const reply = ['Half', { until: got.promise }, ...steps]
      const idle = steps.some((step) => typeof step === 'object' && 'until' in step) ? 200 : 60_000
      const { model, server } = await made(t, reply, { limits: { connect: 60_000, idle, total: 60_000 } })
      let text = ''
      const reading = (async () => {
        for await (const event of model.stream(REQUEST)) {
          if (event.type === 'text-delta') text += event.text
          got.resolve()
        }
      })()
      await assert.rejects(reading, told)
      assert.deepEqual([text, server.asked.length], ['Half', 1])
    }
  })

  test('an answer that never ends is', async (t) => {
    const endless = async function* (): AsyncGenerator<{ pause: number } | string> {
      for (;;) {
        yield { pause: 1 }
        yield ' and'
      }
    }
    const { model } = await made(t, endless(), { limits: { connect: 60_000, idle: 60_000, total: 100 } })
    assert.match((await failure(model)).message, /writing one answer/)
  })
})

test('secrets never leave: neither in errors nor in the log', async (t) => {
  const words = `Incorrect API key provided: ${KEY}. Also sk-proj-AbC***xyz, Bearer abc.def, http://u:pass@host/v1`
  const { model, logged } = await made(t, inTurn(refusal(500, words), refusal(401, words)))
  const { message } = await failure(model)
  for (const secret of [KEY, 'sk-proj', 'abc.def', 'u:pass']) {
    assert.ok(!message.includes(secret), message)
    assert.ok(!logged.join('\n').includes(secret), logged.join('\n'))
  }
  assert.ok(logged.length > 0)
})

test('a probe asks for nothing that costs, and fails where an answer would', async (t) => {
  const { model, server } = await made(t, spoken('Yes.'))
  await model.probe()
  assert.equal(server.asked.length, 0)
})

test('the window is what is known of the model, what is configured goes before', async (t) => {
  const window = async (model: string, contextWindow?: number): Promise<number> =>
    (await made(t, [], { model, contextWindow })).model.contextWindow
  assert.deepEqual(
    [await window('gpt-4o-mini'), await window('gpt-4.1-nano'), await window('my-llama'), await window('gpt-4o', 5000)],
    [128_000, 1_047_576, 8192, 5000],
  )
})
