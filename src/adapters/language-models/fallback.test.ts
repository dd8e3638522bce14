import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { startAnthropicServer } from '../../../test/anthropic-server.ts'
import { inTurn, spoken } from '../../../test/model-server.ts'
import type { ModelServer, Reply, Responder } from '../../../test/model-server.ts'
import { startOllamaServer } from '../../../test/ollama-server.ts'
import { refusal, startOpenAiServer } from '../../../test/openai-server.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from '../../core/ports/language-models.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import { createFallback } from './fallback.ts'
import type { FallbackOptions } from './fallback.ts'
import { anthropic } from './anthropic/adapter.ts'
import { ollama } from './ollama/adapter.ts'
import { openai } from './openai-compatible/adapter.ts'

const nothing = (): void => undefined
const logger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => logger }

interface Made {
  readonly model: LanguageModel
  readonly first: ModelServer
  readonly second: ModelServer
  /** Milliseconds that the breakers' clock is put on. */
  later(milliseconds: number): void
}

const LIMITS = { connect: 60_000, idle: 60_000, total: 60_000 }

/** OpenAI's format, and Anthropic's behind it. */
async function made(
  t: TestContext,
  reply: Reply | Responder,
  second: Reply | Responder = spoken('From the second.'),
  { window, ...options }: Partial<FallbackOptions> & { readonly window?: number } = {},
): Promise<Made> {
  const servers = [await startOpenAiServer(reply), await startAnthropicServer(second)] as const
  t.after(() => Promise.all(servers.map((server) => server.close())))
  const deps = { fetch, logger }
  const own = { pause: 1, limits: LIMITS, contextWindow: window }
  let now = 0
  const model = createFallback(
    [
      openai.create({ baseUrl: servers[0].url, model: 'one', pause: 1, limits: LIMITS }, deps),
      anthropic.create({ baseUrl: servers[1].url, apiKey: 'k', model: 'two', ...own }, deps),
    ],
    { logger, ...options, breaker: { failures: 2, now: () => now, ...options.breaker } },
  )
  return { model, first: servers[0], second: servers[1], later: (milliseconds) => (now += milliseconds) }
}

const REQUEST: ModelRequest = { messages: [{ role: 'user', content: 'Why?' }], question: 'Why?', evidence: [] }

async function read(model: LanguageModel, request = REQUEST, signal?: AbortSignal) {
  const events: ModelEvent[] = []
  let error: unknown
  try {
    for await (const event of model.stream(request, { signal })) events.push(event)
  } catch (thrown) {
    error = thrown
  }
  const text = events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
  const speakers = events.flatMap((event) => (event.type === 'model' ? [event] : []))
  return { events, text, speakers, error }
}

describe('who answers', () => {
  test('is the first, as long as it can, and says so before its first word', async (t) => {
    const { model, second } = await made(t, spoken('From the first.'))
    const { events, text } = await read(model)
    assert.deepEqual(events[0], { type: 'model', provider: 'openai', id: 'one' })
    assert.equal(text, 'From the first.')
    assert.equal(second.asked.length, 0)
  })

  test('is the next where the first fails in any way before its first word', async (t) => {
    const never = new Promise(() => undefined)
    const failing: [Reply, RegExp][] = [
      [{ instead: 'cut' }, /cannot be reached/],
      [refusal(500, 'Oops'), /\(500\)/],
      [refusal(429, 'Slow down', { 'retry-after': '60' }), /no more requests/],
      [refusal(401, 'Bad key'), /OPENAI_API_KEY/],
      [refusal(404, 'No model'), /OPENAI_MODEL/],
      [{ status: 200, body: '<html></html>' }, /text\/html/],
      [[{ raw: 'data: {"cho\n\n' }], /format/],
      [[{ cut: 'socket' }], /broke off/],
      [[{ cut: 'end' }], /broke off/],
      [[{ error: { message: 'died' } }, { cut: 'end' }], /died/],
      [[{ until: never }], /has said nothing/],
      [{ instead: 'silence' }, /has not answered/],
    ]
    for (const [reply, told] of failing) {
      const servers = [await startOpenAiServer(reply), await startAnthropicServer(spoken('From the second.'))] as const
      t.after(() => Promise.all(servers.map((server) => server.close())))
      const deps = { fetch, logger }
      const limits = { connect: 200, idle: 200, total: 60_000 }
      const model = createFallback(
        [
          openai.create({ baseUrl: servers[0].url, model: 'one', pause: 1, limits }, deps),
          anthropic.create({ baseUrl: servers[1].url, apiKey: 'k', model: 'two', pause: 1 }, deps),
        ],
        { logger },
      )
      const { text, speakers, error } = await read(model)
      assert.equal(error, undefined)
      assert.equal(text, 'From the second.')
      assert.deepEqual(
        speakers.map(({ id }) => id),
        ['one', 'two'],
      )
      assert.match(speakers[1]?.failed ?? '', told)
    }
  })

  test('is nobody else for a failure in the middle of a text: one error, and what was written stays', async (t) => {
    const got = Promise.withResolvers<void>()
    const { model, second } = await made(t, ['Half', { until: got.promise }, { cut: 'end' }])
    let text = ''
    const reading = (async () => {
      for await (const event of model.stream(REQUEST)) {
        if (event.type !== 'text-delta') continue
        text += event.text
        got.resolve()
      }
    })()
    await assert.rejects(reading, /broke off/)
    assert.deepEqual([text, second.asked.length], ['Half', 0])
  })

  test('is nobody else where the request is at fault, or its tools are, or whoever asked has gone', async (t) => {
    const tools = [{ name: 'search', description: '', parameters: {} }]
    const wrong = await made(t, refusal(400, 'Invalid value'))
    assert.match(String((await read(wrong.model)).error), /Invalid value/)
    const toolless = await made(t, refusal(400, 'This model does not support tools'))
    const { error } = await read(toolless.model, { ...REQUEST, tools })
    assert.ok(error instanceof ProviderFailure && error.kind === 'tools')
    assert.equal(toolless.model.supports.tools, false)

    const silent = await made(t, { instead: 'silence' })
    const controller = new AbortController()
    const reading = read(silent.model, REQUEST, controller.signal)
    while (silent.first.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort(new Error('gone'))
    assert.match(String((await reading).error), /gone/)
    assert.deepEqual(
      [wrong, toolless, silent].map(({ second }) => second.asked.length),
      [0, 0, 0],
    )
  })

  test('is not one whose window is too small for a prompt that was cut for another', async (t) => {
    const { model, second } = await made(t, refusal(401, 'Bad key'), spoken('No.'), { window: 100 })
    const long = { ...REQUEST, messages: [{ role: 'user', content: 'x'.repeat(400) }] } as const
    assert.match(String((await read(model, long)).error), /OPENAI_API_KEY/)
    assert.equal(second.asked.length, 0)
  })

  test('is asked where the prompt is too long for the window, but not before it was tried without tools', async (t) => {
    const { model, first, second } = await made(t, refusal(400, 'prompt is too long: 9 tokens'))
    const tools = [{ name: 'search', description: '', parameters: {} }]
    const { error } = await read(model, { ...REQUEST, tools })
    assert.ok(error instanceof ProviderFailure && error.kind === 'window')
    assert.equal(second.asked.length, 0)
    for (let i = 0; i < 4; i++) assert.equal((await read(model)).text, 'From the second.')
    // What says that a prompt is too long is there, and is asked the next time too.
    assert.equal(first.asked.length, 5)
  })

  test('gets the conversation without tools where it takes none', async (t) => {
    const server = await startOllamaServer((asked) =>
      asked.body['tools'] === undefined
        ? spoken('Yes.')
        : { status: 400, body: { error: 'registry.ollama.ai/library/m does not support tools' } },
    )
    t.after(() => server.close())
    const model = createFallback([ollama.create({ baseUrl: server.url, model: 'm', pause: 1 }, { fetch, logger })], {
      logger,
    })
    const request: ModelRequest = {
      ...REQUEST,
      messages: [
        ...REQUEST.messages,
        { role: 'assistant', content: '', toolCalls: [{ id: 'a', name: 'search', arguments: '{}' }] },
        { role: 'tool', callId: 'a', name: 'search', content: 'It rains.' },
      ],
      tools: [{ name: 'search', description: '', parameters: {} }],
    }
    assert.ok((await read(model, request)).error instanceof ProviderFailure)
    assert.equal((await read(model, request)).text, 'Yes.')
    assert.deepEqual(server.asked[1]?.body.messages.at(-1), { role: 'user', content: 'Result of search:\n\nIt rains.' })
  })

  test('fails with what the first said where all fail', async (t) => {
    const { model } = await made(t, refusal(401, 'Bad key'), { instead: 'cut' })
    const { error, speakers } = await read(model)
    assert.match(String(error), /OPENAI_API_KEY/)
    assert.equal(speakers.length, 2)
  })
})

test('all together take no longer than they may', async (t) => {
  const { model, second } = await made(t, { instead: 'silence' }, { instead: 'silence' }, { total: 50 })
  const { error } = await read(model)
  assert.ok(error instanceof ProviderFailure)
  assert.match(error.message, /has been asked for one answer/)
  assert.equal(second.asked.length, 0)
})

describe('a breaker', () => {
  test('spares a model that failed several times, lets one request try it after a pause, and closes when that succeeds', async (t) => {
    const { model, first, later } = await made(t, refusal(401, 'Bad key'))
    for (let i = 0; i < 2; i++) assert.equal((await read(model)).text, 'From the second.')
    assert.equal(first.asked.length, 2)
    assert.deepEqual([model.id, model.provider, model.contextWindow], ['two', 'anthropic', 1_000_000])
    const { speakers } = await read(model)
    assert.deepEqual(speakers.length, 1)
    assert.match(speakers[0]?.failed ?? '', /OPENAI_API_KEY/)
    assert.equal(first.asked.length, 2)

    later(30_000)
    assert.equal((await read(model)).text, 'From the second.')
    assert.equal(first.asked.length, 3)
    await read(model)
    assert.equal(first.asked.length, 3, 'one failure opens it again')

    later(30_000)
    const release = Promise.withResolvers<void>()
    first.answerWith(['Back', { until: release.promise }, ' again.'])
    const trial = read(model)
    while (first.asked.length === 3) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal((await read(model)).text, 'From the second.', 'one tries, the others do not wait')
    release.resolve()
    assert.equal((await trial).text, 'Back again.')
    first.answerWith(spoken('From the first.'))
    assert.equal((await read(model)).text, 'From the first.')
  })

  test('obeys a service that says when it can be asked again', async (t) => {
    const { model, first, later } = await made(t, inTurn(refusal(429, 'Slow', { 'retry-after': '120' }), spoken('Hi.')))
    await read(model)
    later(119_000)
    assert.equal((await read(model)).text, 'From the second.')
    later(1000)
    assert.equal((await read(model)).text, 'Hi.')
    assert.equal(first.asked.length, 2)
  })

  test('is not opened by requests that are at fault, and a trial that is given up is none', async (t) => {
    const { model, first, later } = await made(t, refusal(400, 'Invalid value'))
    for (let i = 0; i < 3; i++) await read(model)
    assert.equal(first.asked.length, 3)
    first.answerWith(refusal(401, 'Bad key'))
    for (let i = 0; i < 3; i++) await read(model)
    assert.equal(first.asked.length, 5)
    later(30_000)
    first.answerWith(['A', { until: new Promise(() => undefined) }])
    for await (const event of model.stream(REQUEST)) if (event.type === 'text-delta') break
    first.answerWith(spoken('From the first.'))
    assert.equal((await read(model)).text, 'From the first.')
  })

  test('counts who took all the time of a request that had only so much', async (t) => {
    const { model, first } = await made(t, { instead: 'silence' })
    for (let i = 0; i < 2; i++) {
      const { error } = await read(model, REQUEST, AbortSignal.timeout(100))
      assert.ok(error instanceof Error && error.name === 'TimeoutError')
    }
    const { text, speakers } = await read(model)
    assert.equal(text, 'From the second.')
    assert.match(speakers[0]?.failed ?? '', /had not answered for/)
    assert.equal(first.asked.length, 2)
  })

  test('says when to come back where nobody else is there', async (t) => {
    const server = await startOpenAiServer(refusal(500, 'Oops'))
    t.after(() => server.close())
    const one = openai.create({ baseUrl: server.url, model: 'one', pause: 1 }, { fetch, logger })
    const model = createFallback([one], { logger, breaker: { failures: 1, now: () => 0 } })
    await read(model)
    const { error, speakers } = await read(model)
    assert.ok(error instanceof ProviderFailure)
    assert.deepEqual([error.code, error.retryAfter, speakers.length], ['not_ready', 30, 0])
    assert.match(error.message, /\(500\)/)
  })
})

test('a probe is content with any of them', async (t) => {
  const { model, first, second } = await made(t, spoken('Yes.'))
  await first.close()
  await model.probe()
  await second.close()
  await assert.rejects(model.probe(), /OPENAI_BASE_URL/)
})
