// How long one person waits over 100,000 chunks: for the first word of a model that answers at once (a stub in a process of
// its own), and for a whole answer of the quoting writer. One question after the other; clients, stub and server share
// the machine.
//
//   npm run bench -- answer-times [--chunks 100000] [--questions 200]
//
// Each set of questions is asked twice: new, so that each is embedded, and again with embeddings kept and nothing else, which
// is everything but the embedding of the question.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { root, startServer, type RunningServer } from '../scripts/drills/server.ts'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { quietLogger } from '../test/databases.ts'
import { ms, report, type Row } from './report.ts'
import { embedSet, readSet } from './retrieval-sets.ts'
import { servedSynthetic } from './served-synthetic.ts'
import { readStream, type StreamTimes } from './stream-client.ts'
import { startModel } from './stub-model.ts'
import { synthetic } from './synthetic.ts'

/** Passages that the large set is made of. */
const REAL = 2000
/** Asked before anything is timed, so that code is compiled. */
const WARM = 20

const { values: options } = parseArgs({
  options: { chunks: { type: 'string', default: '100000' }, questions: { type: 'string', default: '200' } },
})

const Whole = z.object({ answer: z.string().min(1), processing_time_ms: z.number(), abstained: z.boolean() })

const folder = await mkdtemp(join(tmpdir(), 'evident-answer-times-'))
const embedder = await createLocalEmbedder({
  name: 'bge-small-en-v1.5',
  modelsDir: join(root, 'models'),
  cacheSize: 0,
  logger: quietLogger,
})
const set = await readSet('scifact')
const some = { ...set, passages: set.passages.slice(0, REAL) }
const { passages: vectors } = await embedSet(embedder, some)
const data = synthetic(some, vectors, Number(options.chunks))
const served = await servedSynthetic(data, embedder.id)
const questions = set.questions.map(({ text }) => text).slice(0, WARM + Number(options.questions))
const model = await startModel({ gap: 0, tokens: 10 })
try {
  const encoder = await each(questions, (question) => embedder.embed([question], 'query'))
  const stub = await each(questions, firstOfStub)
  const streams: StreamTimes[] = []
  const written = await overServer(
    { LLM_PROVIDER: 'openai', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'stub', ANSWER_SEARCH_STEPS: '0' },
    async ({ url }, question) => {
      const stream = await readStream(url, question)
      streams.push(stream)
      return stream.firstToken
    },
  )
  const stages = Object.keys(streams.at(-1)?.stages ?? {}).map((name): Row => {
    const times = streams.slice(-(questions.length - WARM)).map((stream) => stream.stages[name] ?? Number.NaN)
    return [`  of these, until ${name}`, both(times)]
  })
  const looking = await overServer(
    { LLM_PROVIDER: 'openai', OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'stub' },
    async ({ url }, question) => (await readStream(url, question)).firstToken,
  )
  const quoted = await overServer({ LLM_PROVIDER: 'extractive' }, whole)
  const rows: Row[] = [
    ['chunks, questions', `${data.rows}, ${questions.length - WARM}`],
    ['the encoder alone, a question: p50, p95', both(encoder)],
    ['the stub alone, its first piece: p50, p95', both(stub)],
    ['first delta, each question embedded: p50, p95', both(written.fresh)],
    ['first delta, embeddings kept: p50, p95 (<= 15)', both(written.again)],
    ...stages,
    ['first delta, a model that may look further, embeddings kept: p50, p95', both(looking.again)],
    ['whole quoted answer, each question embedded: p50, p95 (<= 80)', both(quoted.fresh)],
    ['whole quoted answer, embeddings kept: p50, p95', both(quoted.again)],
  ]
  await report('answer-times', rows, { encoder, stub, written, looking, quoted })
} finally {
  model.stop()
  await embedder.close()
  await rm(folder, { recursive: true, force: true })
}

interface Twice {
  readonly fresh: readonly number[]
  readonly again: readonly number[]
}

/** Milliseconds of each question, by a server over a copy of the set that keeps embeddings and no results. */
async function overServer(
  env: Record<string, string>,
  ask: (server: RunningServer, question: string) => Promise<number>,
): Promise<Twice> {
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  const server = await startServer({
    dataDir,
    env: { ...env, CONFIDENCE_THRESHOLD: '0', MAX_CACHE_SIZE: '0', LOG_LEVEL: 'warn' },
  })
  try {
    const one = (question: string): Promise<number> => ask(server, question)
    return { fresh: await each(questions, one), again: await each(questions, one) }
  } finally {
    await server.stop(60_000)
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Of all but the first few; what the function itself measured, or else the time that it took. */
async function each(texts: readonly string[], one: (text: string) => Promise<unknown>): Promise<number[]> {
  const times: number[] = []
  for (const text of texts) {
    const began = performance.now()
    const measured = await one(text)
    times.push(typeof measured === 'number' ? measured : performance.now() - began)
  }
  return times.slice(WARM)
}

async function whole({ url }: RunningServer, question: string): Promise<number> {
  const began = performance.now()
  const response = await fetch(`${url}/api/v1/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question }),
  })
  Whole.parse(await response.json())
  return performance.now() - began
}

async function firstOfStub(text: string): Promise<number> {
  const began = performance.now()
  const response = await fetch(`${model.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'stub', stream: true, messages: [{ role: 'user', content: text }] }),
  })
  if (response.body === null) throw new Error('The stub sent no body')
  let first: number | undefined
  for await (const _ of response.body) first ??= performance.now()
  return (first ?? Number.NaN) - began
}

function both(times: readonly number[]): string {
  return `${ms(percentile(times, 0.5))}, ${ms(percentile(times, 0.95))}`
}
