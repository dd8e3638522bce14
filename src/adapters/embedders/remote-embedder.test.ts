import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import {
  openAiAnswer,
  refusal,
  startEmbeddingServer,
  wordVector,
  type AskedVectors,
  type VectorReply,
  type VectorServerOptions,
} from '../../../test/embedding-server.ts'
import { quietLogger } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import { ollama } from './ollama/adapter.ts'
import { openai } from './openai-compatible/adapter.ts'
import type { RemoteEmbedderConfig } from './remote-config.ts'
import type { MeasuredModel, RemoteEmbedder } from './remote-embedder.ts'
import { SAMPLE_PASSAGES } from './sample-passages.ts'

const KEY = 'sk-planted-0123456789abcdef'
const LIMITS = { query: 20_000, document: 20_000, pause: 5, longestPause: 50 }
const MEASURED = { dimension: 64, sigma: 0.1 }

interface Options extends VectorServerOptions {
  readonly config?: Partial<RemoteEmbedderConfig>
  readonly provider?: 'openai' | 'ollama'
}

async function made(t: TestContext, { config = {}, provider = 'openai', ...options }: Options = {}) {
  const server = await startEmbeddingServer(options)
  const found: MeasuredModel[] = []
  const common = { model: 'm', measured: MEASURED, limits: LIMITS, ...config }
  const deps = { fetch, logger: quietLogger, onMeasured: async (model: MeasuredModel) => void found.push(model) }
  const embedder =
    provider === 'openai'
      ? openai.create({ baseUrl: server.openAi, apiKey: KEY, ...common }, deps)
      : ollama.create({ baseUrl: server.ollama, ...common }, deps)
  t.after(async () => {
    await embedder.close()
    await server.close()
  })
  return { server, embedder, found }
}

async function failure(work: Promise<unknown>): Promise<AppError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
}

const unit = (text: string, dimension = 64): Float32Array => {
  const vector = wordVector(text, dimension)
  const length = Math.hypot(...vector)
  return vector.map((number) => number / length)
}

function near(actual: readonly Float32Array[], expected: readonly Float32Array[]): void {
  assert.equal(actual.length, expected.length)
  actual.forEach((vector, i) => {
    assert.equal(vector.length, expected[i]?.length)
    vector.forEach((number, at) => assert.ok(Math.abs(number - (expected[i]?.[at] ?? NaN)) < 1e-6))
  })
}

const TEXTS = ['A tale of two harbours', 'lamp', 'The lamp of the harbour burns at night']
const embedOne = (embedder: RemoteEmbedder) => embedder.embed(['lamp'], 'document')

for (const provider of ['openai', 'ollama'] as const) {
  describe(`Vectors of ${provider}`, () => {
    test('have length 1, one a text in order', async (t) => {
      const { embedder, server } = await made(t, { provider })
      near(
        await embedder.embed(TEXTS, 'document'),
        TEXTS.map((text) => unit(text)),
      )
      near(await embedder.embed(['lamp'], 'query'), [unit('lamp')])
      assert.deepEqual(await embedder.embed([], 'document'), [])
      const [asked] = server.asked
      assert.equal(asked?.body.model, 'm')
      assert.deepEqual(asked?.body.input, TEXTS)
      assert.equal(asked?.headers.authorization, provider === 'openai' ? `Bearer ${KEY}` : undefined)
      assert.equal('dimensions' in (asked?.body ?? {}), false)
    })

    test('come in several requests, each of so many texts, not all at the same time', async (t) => {
      const { embedder, server } = await made(t, { provider, config: { batchSize: 3 } })
      const texts = Array.from({ length: 50 }, (_, n) => `text number ${n} is about ${'abcdefgh'[n % 8]}`)
      const four = Promise.withResolvers<void>()
      server.answerWith(async (_, nth) => {
        if (nth === 3) four.resolve()
        await four.promise
        return undefined
      })
      near(
        await embedder.embed(texts, 'document'),
        texts.map((text) => unit(text)),
      )
      assert.deepEqual(new Set(server.asked.map(({ body }) => body.input.length)), new Set([3, 2]))
      assert.equal(server.mostOpen, 4)
    })

    test('a model is measured by its first answer, once, whoever asks', async (t) => {
      const { embedder, server, found } = await made(t, { provider, config: { measured: undefined } })
      assert.deepEqual([embedder.dimension, found.length], [0, 0])
      await Promise.all([embedOne(embedder), embedder.embed(['night'], 'query'), embedder.measure()])
      assert.equal(embedder.dimension, 64)
      assert.equal(found.length, 1)
      assert.ok(embedder.sigma > 0.01 && embedder.sigma < 0.5, String(embedder.sigma))
      assert.equal(server.asked.filter(({ body }) => body.input.length === SAMPLE_PASSAGES.length).length, 1)
      assert.match(embedder.id, new RegExp(`^${provider}:127\\.0\\.0\\.1:\\d+(/v1)?/m#64$`))
      assert.equal(embedder.name, `${provider}/m`)
    })

    test('a length that is asked for is sent, is part of the id, and must come', async (t) => {
      const { embedder, server } = await made(t, { provider, config: { dimension: 32, measured: undefined } })
      assert.equal((await embedOne(embedder))[0]?.length, 32)
      assert.equal(server.asked[0]?.body.dimensions, 32)
      assert.match(embedder.id, /#32$/)
      assert.equal(embedder.name, `${provider}/m#32`)
    })

    test('a service that knows no lengths is asked without; other lengths than wanted are refused', async (t) => {
      const own = await made(t, { provider, dimension: 32, config: { dimension: 32, measured: undefined } })
      const other = await made(t, { provider, dimension: 48, config: { dimension: 32, measured: undefined } })
      for (const { server } of [own, other]) {
        server.answerWith(({ body }) =>
          body.dimensions === undefined ? undefined : refusal(400, 'Model does not support matryoshka dimensions'),
        )
      }
      assert.equal((await embedOne(own.embedder))[0]?.length, 32)
      const error = await failure(embedOne(other.embedder))
      assert.equal(error.code, 'not_ready')
      assert.match(error.message, /vectors of 48 numbers.*32 are asked for.*EMBEDDING_DIM to 48/)
    })

    test('vectors of another length than before are refused in words', async (t) => {
      const { embedder } = await made(t, { provider, dimension: 48 })
      const error = await failure(embedOne(embedder))
      assert.match(error.message, /vectors of 48 numbers.*those of the documents have 64.*EMBEDDING_DIM=48/)
    })
  })
}

describe('A remote model', () => {
  test('is read with the prefixes that it was trained with, which its id tells', async (t) => {
    const { embedder, server } = await made(t, { provider: 'ollama', config: { model: 'nomic-embed-text:v1.5' } })
    await embedder.embed(['lamp'], 'query')
    await embedder.embed(['lamp'], 'document')
    assert.deepEqual(
      server.asked.map(({ body }) => body.input[0]),
      ['search_query: lamp', 'search_document: lamp'],
    )
    assert.match(embedder.id, /\/nomic-embed-text:v1\.5#64\+[0-9a-f]{6}$/)
    assert.equal(embedder.maxTokens, 2048)
  })

  test('vectors are read in the order that index says, as base64 or as numbers', async (t) => {
    for (const floats of [true, false]) {
      const { embedder, server } = await made(t, { floats })
      server.answerWith(({ body }) => {
        const vectors = body.input.map((text) => wordVector(text, 64)).toReversed()
        return { body: openAiAnswer(vectors, !floats, [2, 1, 0]) }
      })
      near(
        await embedder.embed(TEXTS, 'document'),
        TEXTS.map((text) => unit(text)),
      )
      assert.equal(server.asked[0]?.body.encoding_format, 'base64')
    }
  })

  test('a server that knows no base64 is asked for numbers', async (t) => {
    const { embedder, server } = await made(t)
    server.answerWith(({ body }) =>
      body.encoding_format === undefined ? undefined : refusal(422, 'encoding_format: Extra inputs are not permitted'),
    )
    near(await embedOne(embedder), [unit('lamp')])
    await embedOne(embedder)
    assert.equal(server.asked.length, 3)
  })

  test('a text is cut to the window', async (t) => {
    const { embedder, server } = await made(t, { config: { maxTokens: 20 } })
    await embedder.embed(['word '.repeat(500), 'short'], 'document')
    const [long = '', short] = server.asked[0]?.body.input ?? []
    assert.equal(long.split(' ').length, 20)
    assert.equal(short, 'short')
  })

  test('a text that the service finds too long is cut further, the others are not', async (t) => {
    const { embedder, server } = await made(t, { longest: 100, config: { maxTokens: 400 } })
    const texts = ['one', 'word '.repeat(100), 'three', 'four']
    const vectors = await embedder.embed(texts, 'document')
    near(
      [vectors[0], vectors[2], vectors[3]].filter((v) => v !== undefined),
      ['one', 'three', 'four'].map((v) => unit(v)),
    )
    assert.equal(vectors[1]?.length, 64)
    // What was learned spares the next call the refusals.
    const before = server.asked.length
    await embedder.embed(['word '.repeat(100)], 'document')
    assert.equal(server.asked.length, before + 1)
  })

  test('questions are kept, and the same one is asked for once', async (t) => {
    const { embedder, server } = await made(t, { config: { cacheSize: 2 } })
    const [first, again] = await embedder.embed(['lamp', 'lamp'], 'query')
    await embedder.embed(['lamp'], 'query')
    assert.deepEqual(first, again)
    assert.equal(server.asked.length, 1)
    first?.fill(0)
    near(await embedder.embed(['lamp'], 'query'), [unit('lamp')])
  })

  test('a question goes before documents that wait', async (t) => {
    const { embedder, server } = await made(t, { config: { batchSize: 1 } })
    const release = Promise.withResolvers<void>()
    server.answerWith(async ({ body }) => {
      if (body.input[0]?.startsWith('document') === true) await release.promise
      return undefined
    })
    const documents = embedder.embed(
      Array.from({ length: 12 }, (_, n) => `document ${n}`),
      'document',
    )
    // Answered while all that documents may take is taken.
    near(await embedder.embed(['lamp'], 'query'), [unit('lamp')])
    assert.ok(server.asked.length <= 5)
    release.resolve()
    assert.equal((await documents).length, 12)
  })

  test('an aborted call leaves the server, and what waited is never asked', async (t) => {
    const { embedder, server } = await made(t, { config: { batchSize: 1 } })
    const begun = Promise.withResolvers<AskedVectors>()
    server.answerWith((asked) => {
      begun.resolve(asked)
      return { instead: 'silence' }
    })
    const stop = new AbortController()
    const work = embedder.embed(
      Array.from({ length: 20 }, (_, n) => `document ${n}`),
      'document',
      { signal: stop.signal },
    )
    const first = await begun.promise
    const reason = new Error('nobody waits any more')
    stop.abort(reason)
    await assert.rejects(work, reason)
    assert.equal(await first.ended, 'left')
    assert.ok(server.asked.length <= 4)
    server.answerWith(undefined)
    near(await embedOne(embedder), [unit('lamp')])
  })
})

describe('A service that fails', () => {
  const HTML: VectorReply = { status: 502, body: '<html><h1>Bad Gateway</h1></html>' }
  const cases: readonly (readonly [name: string, reply: VectorReply, RegExp, tries: number])[] = [
    [
      'refuses the key',
      refusal(401, `Incorrect API key provided: ${KEY}.`),
      /refused the key \(401\).*OPENAI_API_KEY/,
      1,
    ],
    ['has no such model', refusal(404, 'The model m does not exist'), /no such model.*OPENAI_EMBEDDING_MODEL/, 1],
    ['has no credit', refusal(429, 'You exceeded your current quota, please check your plan'), /no credit left/, 1],
    ['is a proxy with an error', HTML, /answered with an error \(502\)/, 3],
    [
      'sends requests elsewhere',
      { status: 302, headers: { location: 'http://127.0.0.1:9/' }, body: {} },
      /elsewhere/,
      1,
    ],
    ['is a web page', { body: '<html>Welcome</html>' }, /text\/html and not JSON.*OPENAI_BASE_URL/, 3],
    [
      'sends half an answer',
      { headers: { 'content-type': 'application/json' }, body: '{"data":[' },
      /not whole JSON/,
      3,
    ],
    ['breaks off', { instead: 'half' }, /broke off/, 3],
    ['cuts the connection', { instead: 'cut' }, /cannot be reached/, 3],
    ['answers something else', { body: { choices: [] } }, /has no vectors/, 3],
    ['answers null', { body: null }, /has no vectors/, 3],
    ['has fewer vectors than texts', { body: { object: 'list', data: [] } }, /0 vectors for 1 texts/, 3],
    [
      'has words in a vector',
      { body: { data: [{ index: 0, embedding: ['a', 'b'] }] } },
      /something else where a vector/,
      3,
    ],
    ['has a vector of zeros', { body: { data: [{ index: 0, embedding: [0, 0] }] } }, /without a direction/, 3],
    [
      'has an index of no text',
      { body: { data: [{ index: 7, embedding: [1, 0] }] } },
      /which vector is of which text/,
      3,
    ],
  ]
  for (const [name, reply, message, tries] of cases) {
    test(`${name}: says so, without the key`, async (t) => {
      const { embedder, server } = await made(t)
      server.answerWith(reply)
      const error = await failure(embedOne(embedder))
      assert.equal(error.code, 'not_ready')
      assert.match(error.message, message)
      assert.ok(!error.message.includes(KEY))
      assert.ok((error.retryAfter ?? 0) > 0)
      assert.equal(server.asked.length, tries)
    })
  }

  test('recovers: what fails for a moment is asked again', async (t) => {
    const { embedder, server } = await made(t)
    server.answerWith((_, nth) => (nth < 2 ? { status: 500, body: { error: 'loading' } } : undefined))
    near(await embedOne(embedder), [unit('lamp')])
    assert.equal(server.asked.length, 3)
  })

  test('refuses a text for good: that is no reason to wait', async (t) => {
    const { embedder, server } = await made(t)
    server.answerWith(refusal(400, "'$.input' is invalid"))
    const error = await failure(embedOne(embedder))
    assert.equal(error.code, 'upstream_failed')
    assert.match(error.message, /refused the request \(400\)\. It says: '\$\.input' is invalid/)
    server.answerWith(undefined)
    near(await embedOne(embedder), [unit('lamp')])
  })

  test('asks for patience: documents wait for it, and questions are told', async (t) => {
    const { embedder, server } = await made(t)
    server.answerWith((_, nth) => (nth === 0 ? refusal(429, 'Rate limit reached', { 'retry-after': '2' }) : undefined))
    const documents = embedOne(embedder)
    while (server.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    // The refusal is read soon after it was sent.
    const asked = await failureSoon((tries) => embedder.embed([`night ${tries}`], 'query'))
    assert.match(asked.message, /takes no more requests just now/)
    assert.ok((asked.retryAfter ?? 0) <= 2)
    near(await documents, [unit('lamp')])
    assert.deepEqual(
      server.asked.map(({ body }) => body.input[0]).filter((text) => text === 'lamp'),
      ['lamp', 'lamp'],
    )
  })

  test('that has failed is left alone for a while, then asked again', async (t) => {
    const limits = { ...LIMITS, pause: 60_000, longestPause: 60_000 }
    const { embedder, server } = await made(t, { config: { limits } })
    server.answerWith(refusal(401, 'no'))
    await failure(embedOne(embedder))
    const first = server.asked.length
    for (const kind of ['query', 'document'] as const) {
      const error = await failure(embedder.embed(['night'], kind))
      assert.match(error.message, /refused the key/)
      assert.ok((error.retryAfter ?? 0) > 20)
    }
    assert.equal(server.asked.length, first)
    const other = await made(t)
    other.server.answerWith((_, nth) => (nth === 0 ? refusal(401, 'no') : undefined))
    await failure(embedOne(other.embedder))
    near(await eventuallyGiven(() => embedOne(other.embedder)), [unit('lamp')])
  })

  test('that says nothing is given up in time, by questions and by documents', async (t) => {
    const limits = { ...LIMITS, query: 60, document: 60 }
    const { embedder, server } = await made(t, { config: { limits } })
    server.answerWith({ instead: 'silence' })
    for (const kind of ['query', 'document'] as const) {
      const error = await failure(embedder.embed(['night'], kind))
      assert.equal(error.code, 'not_ready')
      assert.match(error.message, /has not answered within 0\.1 s/)
    }
  })

  test('cannot be reached: names the setting and whether it runs', async (t) => {
    const { embedder, server } = await made(t, { provider: 'ollama' })
    await server.stop()
    const error = await failure(embedOne(embedder))
    assert.match(error.message, /Ollama cannot be reached \(ECONNREFUSED\)\. Look at OLLAMA_BASE_URL/)
    await server.start()
    near(await eventuallyGiven(() => embedOne(embedder)), [unit('lamp')])
  })

  test('of Ollama without the model says how to get it', async (t) => {
    const { embedder, server } = await made(t, { provider: 'ollama' })
    server.answerWith({ status: 404, body: { error: 'model "m" not found, try pulling it first' } })
    assert.match((await failure(embedOne(embedder))).message, /run ollama pull m/)
  })
})

async function eventuallyGiven<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

/** The first failure; calls that succeed before it are no matter. What has been asked before may be known, and comes at once. */
async function failureSoon(work: (tries: number) => Promise<unknown>): Promise<AppError> {
  for (let tries = 0; ; tries++) {
    try {
      await work(tries)
    } catch (error) {
      assert.ok(error instanceof AppError, String(error))
      return error
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
