import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { inTurn, spoken } from '../../../test/model-server.ts'
import type { ModelServer, Reply, Responder, Step } from '../../../test/model-server.ts'
import type { LanguageModel, ModelEvent, ModelRequest } from '../../core/ports/language-models.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import { KEY, SCHEMA, TOOL, CONVERSATION, functions, ROWS, type Settings, type Row } from './conformance.fixture.ts'

// What every provider of language models must do, over its own wire format.

const REQUEST: ModelRequest = { messages: [{ role: 'user', content: 'Why?' }], question: 'Why?', evidence: [] }
const WITH_TOOLS: ModelRequest = { ...REQUEST, tools: [TOOL] }
const WITH_SCHEMA: ModelRequest = { ...REQUEST, output: { name: 'query', schema: SCHEMA } }

interface Made {
  readonly model: LanguageModel
  readonly server: ModelServer
  /** Everything that was logged, as JSON. */
  readonly logged: string[]
}

async function made(t: TestContext, row: Row, reply: Reply | Responder, settings: Settings = {}): Promise<Made> {
  const server = await row.start(reply)
  t.after(() => server.close())
  const logged: string[] = []
  const log = (fields: object, message: string): void => {
    const error = 'err' in fields && fields.err instanceof Error ? fields.err.message : ''
    logged.push(`${JSON.stringify(fields)} ${error} ${message}`)
  }
  const logger: Logger = { debug: log, info: log, warn: log, error: log, child: () => logger }
  return { model: row.create(server.url, settings, logger), server, logged }
}

interface Read {
  readonly events: readonly ModelEvent[]
  readonly text: string
  readonly error: unknown
}

async function read(model: LanguageModel, request = REQUEST, signal?: AbortSignal): Promise<Read> {
  const events: ModelEvent[] = []
  const textOf = (): string => events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('')
  try {
    for await (const event of model.stream(request, { signal })) events.push(event)
  } catch (error) {
    return { events, text: textOf(), error }
  }
  return { events, text: textOf(), error: undefined }
}

async function failure(model: LanguageModel, request = REQUEST): Promise<ProviderFailure> {
  const { error } = await read(model, request)
  assert.ok(error instanceof ProviderFailure, String(error))
  return error
}

/** Time for what must end, and none for what must not. */
const soon = (limit: 'connect' | 'idle' | 'total', milliseconds: number): Settings => ({
  limits: { connect: 60_000, idle: 60_000, total: 60_000, [limit]: milliseconds },
})

for (const row of ROWS) {
  describe(`${row.provider}: an answer`, () => {
    test('comes in pieces, with its end and the tokens that it took', async (t) => {
      const { model } = await made(t, row, [
        ...spoken('Weil es regnet 上海 😀.'),
        { usage: { prompt_tokens: 11, completion_tokens: 4 } },
      ])
      const { events, text } = await read(model)
      assert.equal(text, 'Weil es regnet 上海 😀.')
      assert.equal(events.length, 6)
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'stop', tokens: 15 })
      assert.deepEqual([model.provider, model.id, model.writes], [row.provider, 'm', true])
    })

    test('says when it was cut off or withheld', async (t) => {
      for (const reason of ['length', 'filtered'] as const) {
        const word = row.finish[reason]
        if (word === undefined) continue
        const { model } = await made(t, row, ['A', { finish: word }])
        const last = (await read(model)).events.at(-1)
        assert.ok(last?.type === 'finish' && last.reason === reason)
        const empty = await made(t, row, [{ finish: word }])
        const error = await failure(empty.model)
        assert.match(error.message, /empty answer: its (?:limit|provider)/)
        assert.deepEqual([error.kind, empty.server.asked.length], ['request', 1])
      }
    })

    test('is no longer than it may be', async (t) => {
      const { model, server } = await made(t, row, spoken('Yes.'))
      await read(model, { ...REQUEST, maxTokens: 100 })
      assert.equal(server.asked[0] && row.sent.limit(server.asked[0]), 100)
    })

    test('is stopped at the service when its reader goes, or stops it', async (t) => {
      const never = new Promise(() => undefined)
      const { model, server } = await made(t, row, ['One', ' two', { until: never }])
      for await (const event of model.stream(REQUEST)) if (event.type === 'text-delta') break
      assert.equal(await server.asked[0]?.ended, 'left')
      const controller = new AbortController()
      const reading = (async () => {
        for await (const event of model.stream(REQUEST, { signal: controller.signal })) {
          if (event.type === 'text-delta' && event.text === ' two') controller.abort(new Error('gone'))
        }
      })()
      await assert.rejects(reading, /^Error: gone/)
      assert.equal(await server.asked[1]?.ended, 'left')
      assert.equal(server.asked.length, 2)
    })

    test('is JSON where its schema is asked for', async (t) => {
      const { model, server } = await made(t, row, ['{"query":', '"rain"}'])
      assert.equal(model.supports.jsonSchema, true)
      assert.equal((await read(model, WITH_SCHEMA)).text, '{"query":"rain"}')
      assert.deepEqual(server.asked[0] && row.sent.schema(server.asked[0]), SCHEMA)
    })
  })

  describe(`${row.provider}: tools`, () => {
    test('are offered, and called several at once behind what the model says', async (t) => {
      const { model, server } = await made(t, row, [
        'Let me see.',
        { call: { id: 'c1', name: 'search', arguments: '{"query":"rain in \\"上海\\""}' } },
        { call: { id: 'c2', name: 'search', arguments: '{}' } },
        { usage: { prompt_tokens: 20, completion_tokens: 5 } },
      ])
      assert.equal(model.supports.tools, true)
      const { events, text } = await read(model, WITH_TOOLS)
      assert.equal(text, 'Let me see.')
      const calls = events.flatMap((event) => (event.type === 'tool-call' ? [event.call] : []))
      assert.deepEqual(
        calls.map(({ name, arguments: given }) => [name, JSON.parse(given)]),
        [
          ['search', { query: 'rain in "上海"' }],
          ['search', {}],
        ],
      )
      assert.equal(new Set(calls.map(({ id }) => id)).size, 2)
      assert.deepEqual(events.at(-1), { type: 'finish', reason: 'tools', tokens: 25 })
      const declared = server.asked[0] && row.sent.tools(server.asked[0])
      const { name, description } = TOOL
      const wanted = row.provider === 'anthropic' ? [{ name, description, input_schema: SCHEMA }] : functions
      assert.deepEqual(declared, wanted)
    })

    test('are not half called: one that the limit cut off is none', async (t) => {
      const cut: Step[] = [{ call: { id: 'c1', name: 'search', arguments: '{}' } }, { finish: row.finish.length }]
      const { model } = await made(t, row, cut)
      assert.match((await failure(model, WITH_TOOLS)).message, /limit of tokens/)
    })

    test('give back what came of them in the provider’s words', async (t) => {
      const { model, server } = await made(t, row, spoken('Because it rains.'))
      assert.equal((await read(model, { ...WITH_TOOLS, messages: CONVERSATION })).text, 'Because it rains.')
      assert.deepEqual(server.asked[0]?.body.messages, row.sent.conversation)
    })

    test('that a server does not take are told as such, once, and not offered again', async (t) => {
      const { model, server } = await made(t, row, row.noTools)
      assert.deepEqual([(await failure(model, WITH_TOOLS)).kind, server.asked.length], ['tools', 1])
      assert.deepEqual([model.supports.tools, model.supports.jsonSchema], [false, true])
    })

    test('and so with a schema', async (t) => {
      const { model, server } = await made(t, row, row.noSchema)
      assert.deepEqual([(await failure(model, WITH_SCHEMA)).kind, server.asked.length], ['schema', 1])
      assert.deepEqual([model.supports.tools, model.supports.jsonSchema], [true, false])
    })
  })

  describe(`${row.provider}: before the first word`, () => {
    test('what may pass is tried again', async (t) => {
      const passing: Reply[] = [
        row.refusal(429, 'Slow down', { 'retry-after': '0' }),
        row.refusal(503, 'Overloaded'),
        row.refusal(529, 'Overloaded'),
        { status: 500, body: '<html>oops</html>' },
        { instead: 'cut' },
        [{ error: { message: 'The engine died' } }, { cut: 'end' }],
        [{ cut: 'end' }],
        [{ cut: 'socket' }],
        [],
      ]
      for (const reply of passing) {
        const { model, server } = await made(t, row, inTurn(reply, spoken('In the end.')))
        assert.equal((await read(model)).text, 'In the end.', JSON.stringify(reply))
        assert.equal(server.asked.length, 2, JSON.stringify(reply))
      }
    })

    test('it is not tried for ever, and not after a long pause that the service asks for', async (t) => {
      const stubborn = await made(t, row, row.refusal(503, 'Overloaded'))
      const error = await failure(stubborn.model)
      assert.deepEqual([error.code, error.kind, stubborn.server.asked.length], ['not_ready', 'unavailable', 3])
      const busy = await made(t, row, row.refusal(429, 'Come back later', { 'retry-after': '120' }))
      const later = await failure(busy.model)
      assert.deepEqual([later.code, later.retryAfter, busy.server.asked.length], ['not_ready', 120, 1])
    })

    test('what stays wrong is not tried again, and is told with what to look at', async (t) => {
      const { keyVariable = row.addressVariable, modelVariable, addressVariable } = row
      const cases: [Reply, RegExp, string][] = [
        [row.refusal(401, 'Bad key'), new RegExp(`${keyVariable}\\. It says: Bad key`), 'settings'],
        [row.refusal(404, 'No such model'), new RegExp(modelVariable), 'settings'],
        [row.refusal(400, 'Your credit balance is too low'), /no credit left/, 'settings'],
        [row.refusal(400, 'prompt is too long: 9 tokens'), /MAX_CONTEXT_TOKENS/, 'window'],
        [row.refusal(400, 'Invalid value'), /\(400\)\. It says: Invalid value/, 'request'],
        [{ status: 307, headers: { location: 'http://127.0.0.1:9/v1' }, body: '' }, /\(307\)/, 'settings'],
        [{ status: 200, body: '<html>A page</html>' }, new RegExp(`text/html.*${addressVariable}`), 'unavailable'],
        [[{ raw: 'data: {"choices": 7, "type": "error"}\n\n' }], /not in the format/, 'unavailable'],
        [[{ raw: 'data: {"cho\n\n' }], /not in the format/, 'unavailable'],
        [[{ raw: `data: ${'x'.repeat(3_000_000)}` }], /too long/, 'unavailable'],
      ]
      for (const [reply, told, kind] of cases) {
        const { model, server } = await made(t, row, reply)
        const error = await failure(model)
        assert.match(error.message, told)
        assert.deepEqual([error.code, error.kind, server.asked.length], ['upstream_failed', kind, 1], error.message)
      }
    })

    test('a server that is not there, or never answers, is told as such', async (t) => {
      const gone = await made(t, row, spoken('Yes.'))
      await gone.server.close()
      assert.match((await failure(gone.model)).message, /cannot be reached \(ECONNREFUSED\)/)
      await assert.rejects(gone.model.probe(), /cannot be reached/)
      const silent = await made(t, row, { instead: 'silence' }, soon('connect', 500))
      const error = await failure(silent.model)
      assert.match(error.message, /has not answered/)
      assert.deepEqual([error.kind, silent.server.asked.length], ['unavailable', 1])
    })
  })

  describe(`${row.provider}: in the middle of an answer`, () => {
    test('nothing is tried again, and what came before has been given', async (t) => {
      const never = new Promise(() => undefined)
      const cases: [Step[], RegExp][] = [
        [[{ cut: 'socket' }], /broke off/],
        [[{ cut: 'end' }], /broke off/],
        [[{ error: { message: 'The engine died' } }, { cut: 'end' }], /engine died/],
        [[{ until: never }], /has said nothing/],
      ]
      for (const [steps, told] of cases) {
        const isSilent = steps.some((step) => typeof step === 'object' && 'until' in step)
        const { model, server } = await made(t, row, ['Half', ...steps], isSilent ? soon('idle', 100) : {})
        const { text, error } = await read(model)
        assert.ok(error instanceof ProviderFailure)
        assert.match(error.message, told)
        // What the connection had not given when it was destroyed is lost.
        const isCut = steps.some((step) => typeof step === 'object' && 'cut' in step && step.cut === 'socket')
        if (!isCut) assert.equal(text, 'Half')
        if (text === 'Half') assert.equal(server.asked.length, 1)
      }
    })

    test('an answer that never ends is ended', async (t) => {
      const endless = async function* (): AsyncGenerator<Step> {
        for (;;) {
          yield { pause: 1 }
          yield ' and'
        }
      }
      const { model } = await made(t, row, endless(), soon('total', 100))
      assert.match((await failure(model)).message, /writing one answer/)
    })
  })

  test(`${row.provider}: secrets never leave, neither in errors nor in the log`, async (t) => {
    const words = `Incorrect API key: ${KEY}. Also sk-ant-api03-AbC***xyz, Bearer abc.def, http://u:pass@host/v1`
    const made1 = await made(t, row, inTurn(row.refusal(500, words), row.refusal(401, words)))
    const { message } = await failure(made1.model)
    for (const secret of [KEY, 'sk-ant', 'abc.def', 'u:pass']) {
      assert.ok(!message.includes(secret), message)
      assert.ok(!made1.logged.join('\n').includes(secret), made1.logged.join('\n'))
    }
    assert.ok(made1.logged.length > 0)
  })

  test(`${row.provider}: a probe asks for nothing that costs`, async (t) => {
    const { model, server } = await made(t, row, spoken('Yes.'))
    await model.probe()
    assert.equal(server.asked.length, 0)
  })
}
