import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AppError } from '../../../core/errors.ts'
import type { Embedder } from '../../../core/ports/embedding.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { createLocalEmbedder } from './local-embedder.ts'

const modelsDir = fileURLToPath(new URL('../../../../models', import.meta.url))
const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }

const cosine = (a: Float32Array, b: Float32Array): number =>
  a.reduce((sum, value, at) => sum + value * (b[at] ?? NaN), 0)
const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof AppError)
  assert.equal(error.code, 'not_ready')
  assert.match(error.message, pattern)
  return true
}
/** The nice value of each thread of this process (proc(5), field 19 of stat; the second one may hold spaces). */
async function priorities(): Promise<number[]> {
  const threads = await readdir('/proc/self/task')
  const stats = await Promise.all(threads.map((id) => readFile(`/proc/self/task/${id}/stat`, 'utf8').catch(() => '')))
  return stats.filter((stat) => stat !== '').map((stat) => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]))
}
async function only<T>(values: Promise<T[]>): Promise<T> {
  const [value, ...more] = await values
  assert.ok(value !== undefined && more.length === 0)
  return value
}

/** The first six components as another implementation of the same model gave them. */
const REFERENCE = {
  'bge-small-en-v1.5': {
    id: 'bge-small-en-v1.5@019e6cd79a4b',
    query: [-0.05441, -0.03039, -0.01302, 0.0267, -0.04187, -0.02234],
    document: [-0.01238, 0.0161, 0.00675, 0.05791, -0.01828, -0.03471],
  },
  'multilingual-e5-small': {
    id: 'multilingual-e5-small@c2a12b064edc',
    query: [0.01169, -0.01197, -0.0257, -0.06685, 0.04387, -0.03301],
    document: [-0.01053, -0.00228, -0.00788, -0.05812, 0.06258, -0.04619],
  },
}
const DOCUMENT = 'The tower is 324 metres tall. Der Turm ist 324 Meter hoch.'

for (const [name, reference] of Object.entries(REFERENCE)) {
  describe(name, () => {
    let embedder: Embedder
    before(async () => {
      embedder = await createLocalEmbedder({ name, modelsDir, logger, threads: 1, idleMs: 100 })
    })
    after(() => embedder.close())

    test('has the id of its weights and gives the vectors of the reference', async () => {
      assert.equal(embedder.id, reference.id)
      for (const kind of ['query', 'document'] as const) {
        const vector = await only(embedder.embed([kind === 'query' ? 'How tall is the tower?' : DOCUMENT], kind))
        assert.equal(vector.length, embedder.dimension)
        assert.ok(Math.abs(cosine(vector, vector) - 1) < 1e-5)
        reference[kind].forEach((value, at) => assert.ok(Math.abs((vector[at] ?? NaN) - value) < 2e-5, `${kind} ${at}`))
      }
    })

    test('a vector does not depend on its companions', async () => {
      const alone = await only(embedder.embed([DOCUMENT], 'document'))
      const among = await embedder.embed(['other', 'x '.repeat(3_000), DOCUMENT, ''], 'document')
      assert.deepEqual(among[2], alone)
      assert.equal(among.length, 4)
    })

    test('gives a vector for each word piece of the text itself', async () => {
      const [sentence, again, empty] =
        (await embedder.embedTokens?.(['house house', 'house house', ''], 'document')) ?? []
      const question = await only(embedder.embedTokens?.(['house'], 'query') ?? Promise.resolve([]))
      assert.ok(sentence !== undefined && again !== undefined && empty !== undefined)
      const { dimension } = embedder
      assert.equal(question.tokens.length, dimension)
      assert.equal(sentence.tokens.length, 2 * dimension)
      assert.ok(empty.tokens.length <= dimension)
      assert.deepEqual(sentence, again)
      assert.deepEqual(sentence.vector, await only(embedder.embed(['house house'], 'document')))
      const row = sentence.tokens.subarray(dimension)
      assert.ok(Math.abs(cosine(row, row) - 1) < 1e-5)
      assert.ok(cosine(row, question.tokens) > 0.6)
    })

    test('says which word of the text each piece is of', async () => {
      const text = ' House,  incomprehensibilities\nof Zürich?'
      const { words, tokens } = await only(embedder.embedTokens?.([text], 'document') ?? Promise.resolve([]))
      assert.equal(words.length, tokens.length / embedder.dimension)
      assert.deepEqual([...new Set(words)], [0, 1, 2, 3])
      assert.deepEqual(words.toSorted(), words)
      const counts = await Promise.all(
        ['House,', 'incomprehensibilities', 'of', 'Zürich?'].map(async (word) => {
          const alone = await only(embedder.embedTokens?.([word], 'document') ?? Promise.resolve([]))
          return alone.words.length
        }),
      )
      assert.deepEqual(
        counts,
        [0, 1, 2, 3].map((at) => words.filter((word) => word === at).length),
      )
    })

    test('counts as many tokens as word pieces, in a module that a thread loads by itself', async () => {
      const module: unknown = await import(embedder.tokenCounter.href)
      assert.ok(typeof module === 'object' && module !== null && 'create' in module)
      const create = module.create as (options: unknown) => Promise<(text: string) => number>
      const count = await create(structuredClone(embedder.tokenCounter.options))
      const pieces = await only(embedder.embedTokens?.([DOCUMENT], 'document') ?? Promise.resolve([]))
      assert.equal(count(DOCUMENT), pieces.tokens.length / embedder.dimension)
      assert.equal(count(''), 0)
      assert.ok(count('word '.repeat(50_000)) === 50_000)
      assert.ok(count('\u{1f642}'.repeat(20_000)) > 0)
    })
  })
}

describe('the embedder', () => {
  let embedder: Embedder
  before(async () => {
    embedder = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir, logger, threads: 2, idleMs: 50 })
  })
  after(() => embedder.close())

  test('hands out copies: what a caller does to a vector is not seen by the next', async () => {
    const first = await only(embedder.embed(['a question'], 'query'))
    const expected = first.slice()
    first.fill(0)
    const second = await only(embedder.embed(['a question'], 'query'))
    assert.deepEqual(second, expected)
    structuredClone(second, { transfer: [second.buffer] })
    assert.deepEqual(await only(embedder.embed(['a question'], 'query')), expected)
  })

  test('gives queries in order, whichever were known before', async () => {
    const [b] = await embedder.embed(['b'], 'query')
    const [a, again, c, twice] = await embedder.embed(['a', 'b', 'c', 'a'], 'query')
    assert.deepEqual(again, b)
    assert.deepEqual(twice, a)
    assert.notDeepEqual(a, c)
  })

  test('queries of many at once are shared among threads and have the same vectors', async () => {
    const options = { name: 'bge-small-en-v1.5', modelsDir, logger, cacheSize: 0 }
    const alone = await createLocalEmbedder({ ...options, threads: 1 })
    const shared = await createLocalEmbedder({ ...options, threads: 2 })
    try {
      const texts = Array.from({ length: 60 }, (_, at) => `question ${at}: ${DOCUMENT}`)
      const [expected, found] = await Promise.all(
        [alone, shared].map((one) => Promise.all(texts.map((text) => only(one.embed([text], 'query'))))),
      )
      assert.deepEqual(found, expected)
    } finally {
      await Promise.all([alone.close(), shared.close()])
    }
  })

  test('a query does not wait for the documents', async () => {
    const documents = embedder.embed(
      Array.from({ length: 60 }, (_, at) => `${at} ${DOCUMENT.repeat(8)}`),
      'document',
    )
    let done = false
    void documents.then(() => (done = true))
    await embedder.embed(['first of all'], 'query')
    assert.equal(done, false)
    assert.equal((await documents).length, 60)
  })

  test('threads that embed documents give way to all others', { skip: process.platform !== 'linux' }, async () => {
    const lowered = async (): Promise<number> => (await priorities()).filter((nice) => nice > 0).length
    const reaches = async (threads: number): Promise<void> => {
      for (let tries = 0; tries < 1000 && (await lowered()) !== threads; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.equal(await lowered(), threads)
    }
    await reaches(0)
    const controller = new AbortController()
    const texts = Array.from({ length: 200 }, (_, at) => `${at} ${DOCUMENT.repeat(8)}`)
    const documents = embedder.embed(texts, 'document', { signal: controller.signal })
    await reaches(2)
    await embedder.embed(['a question for the other thread'], 'query')
    assert.equal(await lowered(), 2)
    controller.abort()
    await assert.rejects(documents, { name: 'AbortError' })
  })

  test('an aborted call is rejected at once and its texts are dropped', async () => {
    const controller = new AbortController()
    const texts = Array.from({ length: 500 }, (_, at) => `${at} ${DOCUMENT.repeat(8)}`)
    const call = embedder.embed(texts, 'document', { signal: controller.signal })
    controller.abort(new Error('no longer wanted'))
    await assert.rejects(call, /no longer wanted/)
    // All of them would take far longer than any test may.
    await embedder.embed([DOCUMENT], 'document')
    await assert.rejects(embedder.embed(['x'], 'query', { signal: AbortSignal.abort() }), { name: 'AbortError' })
  })

  test('document threads that ended for want of work are started again', async () => {
    const before = await only(embedder.embed([DOCUMENT], 'document'))
    await new Promise((resolve) => setTimeout(resolve, 300))
    assert.deepEqual(await only(embedder.embed([DOCUMENT], 'document')), before)
  })

  test('nothing is embedded after close', async () => {
    const other = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir, logger })
    const pending = assert.rejects(
      other.embed(
        Array.from({ length: 50 }, () => DOCUMENT),
        'document',
      ),
      refusal(/shut down/),
    )
    await other.close()
    await pending
    await assert.rejects(other.embed(['x'], 'query'), refusal(/shut down/))
  })
})

describe('a model that cannot be used', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evident-models-'))
    await cp(join(modelsDir, 'bge-small-en-v1.5'), join(folder, 'bge-small-en-v1.5'), { recursive: true })
    await cp(join(modelsDir, 'bge-small-en-v1.5'), join(folder, 'unheard-of'), { recursive: true })
  })
  after(() => rm(folder, { recursive: true }))

  test('an unknown name says which there are', async () => {
    const create = (name: string) => createLocalEmbedder({ name, modelsDir: folder, logger })
    await assert.rejects(create('nonesuch'), refusal(/"nonesuch"; there are: bge-small-en-v1\.5, unheard-of/))
    await assert.rejects(create('../bge-small-en-v1.5'), refusal(/no embedding model named/))
    await assert.rejects(create('unheard-of'), refusal(/not one that is known/))
    await assert.rejects(
      createLocalEmbedder({ name: 'x', modelsDir: join(folder, 'absent'), logger }),
      refusal(/cannot be read/),
    )
  })

  test('one changed byte of the weights is noticed', async () => {
    const weights = await open(join(folder, 'bge-small-en-v1.5', 'model.onnx'), 'r+')
    await weights.write(Buffer.from([1]), 0, 1, 20_000_000)
    await weights.close()
    await assert.rejects(
      createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir: folder, logger }),
      refusal(/model\.onnx of the embedding model bge-small-en-v1\.5 is damaged/),
    )
  })
})

/** Exit code and standard error of a process that has an `embedder` and 200 long `texts`. */
async function processWith(body: string, env = process.env): Promise<{ code: number | null; errors: string }> {
  const script = `
    import { createLocalEmbedder } from ${JSON.stringify(new URL('./local-embedder.ts', import.meta.url).href)}
    const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
    const embedder = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir: ${JSON.stringify(modelsDir)}, logger })
    const texts = Array.from({ length: 200 }, () => 'many words '.repeat(300))
    ${body}`
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors }
}

describe('a process', () => {
  test('is not reported on: the library begins nothing, and leaves nothing in the home folder', async () => {
    const home = await mkdtemp(join(tmpdir(), 'evident-home-'))
    try {
      // In a continuous integration, or where it is told to, the library keeps quiet by itself.
      const env = { PATH: process.env['PATH'], HOME: home, ORT_DISABLE_TELEMETRY: '0' }
      const ended = await processWith(`await embedder.embed(['q'], 'query')`, env)
      assert.deepEqual(ended, { code: 0, errors: '' })
      assert.deepEqual(await readdir(home), [])
    } finally {
      await rm(home, { recursive: true })
    }
  })

  test('may end in the midst of embedding', async () => {
    const ended = await processWith(`void embedder.embed(texts, 'document'); setTimeout(() => process.exit(7), 400)`)
    assert.deepEqual(ended, { code: 7, errors: '' })
  })

  test('that forgets to close the embedder ends all the same', async () => {
    const ended = await processWith(`await embedder.embed(['q'], 'query'); await embedder.embed(['d'], 'document')`)
    assert.deepEqual(ended, { code: 0, errors: '' })
  })

  test('lives until the embedder is closed, also while dropped texts still run', async () => {
    const ended = await processWith(`
      const controller = new AbortController()
      const dropped = embedder.embed(texts, 'document', { signal: controller.signal }).catch(() => undefined)
      await new Promise((resolve) => setTimeout(resolve, 600))
      controller.abort()
      await dropped
      await embedder.close()
      process.exitCode = 5`)
    assert.deepEqual(ended, { code: 5, errors: '' })
  })
})
