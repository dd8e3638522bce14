// Many answers streamed at once, each with its retrieval, beside the language model's own pace. The model is a stub in a
// process of its own: first token at once, then 60 at 20 ms. Clients, stub and server share the machine.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMiB, root, startServer } from '../scripts/drills/server.ts'
import { embedders } from '../src/adapters/embedders/registry.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { quietLogger } from '../test/databases.ts'
import { median, ms, report, type Row } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { readStream, type StreamTimes } from './stream-client.ts'
import { startModel } from './stub-model.ts'

const GAP = 20
const TOKENS = 60

const { url: modelUrl, stop: stopModel } = await startModel({ gap: GAP, tokens: TOKENS })
const set = await readSet('scifact')
const { dataDir: served } = await servedSet(set)
const folder = await mkdtemp(join(tmpdir(), 'evident-streams-'))
try {
  await measure()
} finally {
  stopModel()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  // A copy: the questions asked here stay in the history.
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  const server = await startServer({
    dataDir,
    env: {
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: modelUrl,
      OPENAI_MODEL: 'stub',
      CONFIDENCE_THRESHOLD: '0',
      MAX_CONCURRENT_REQUESTS: '1000',
      MAX_ANSWERS_PER_USER: '1000',
      LOG_LEVEL: 'warn',
    },
  })
  try {
    const questions = set.questions.map(({ text }) => text)
    // Numbered where the set has fewer, so that no two are the same and none finds its embedding made.
    const question = (n: number): string =>
      `${questions[n % questions.length] ?? ''}${n < questions.length ? '' : ` ${n}`}`
    const ask = (from: number, count: number): Promise<StreamTimes[]> =>
      Promise.all(Array.from({ length: count }, (_, i) => readStream(server.url, question(from + i))))

    await ask(0, 2)
    const encoderAlone = await bareEmbedding(Array.from({ length: 100 }, (_, i) => question(2 + i)))
    const modelAlone = await modelGaps(100)
    const hundred = await ask(2, 100)
    const again = await ask(2, 100)
    const before = residentMiB(server.processes())
    let peak = before
    const watch = setInterval(() => (peak = Math.max(peak, residentMiB(server.processes()))), 100)
    const many = await ask(102, 500)
    clearInterval(watch)

    const first = (times: readonly StreamTimes[]): number =>
      percentile(
        times.map(({ firstToken }) => firstToken),
        0.95,
      )
    const gap = (times: readonly StreamTimes[]): number =>
      percentile(
        times.flatMap(({ gaps }) => gaps),
        0.95,
      )
    const rows: Row[] = [
      ['the encoder alone, the same 100 questions one after the other', ms(encoderAlone)],
      [
        '100 different questions at once, first token: p50, p95 (<= 600)',
        `${ms(median(hundred.map((t) => t.firstToken)))}, ${ms(first(hundred))}`,
      ],
      [
        'the same with their embeddings cached: p50, p95 (<= 300)',
        `${ms(median(again.map((t) => t.firstToken)))}, ${ms(first(again))}`,
      ],
      ['500 at once: complete and in order', `${many.length} of 500`],
      ['500 at once, first token: p50, p95', `${ms(median(many.map((t) => t.firstToken)))}, ${ms(first(many))}`],
      ['gap between tokens, p95: the stub alone, 100 readers', ms(modelAlone)],
      [
        'gap between tokens, p95: 100 streams, again, 500 streams',
        [hundred, again, many].map((t) => ms(gap(t))).join(', '),
      ],
      [
        'pieces an answer (the model sent 60): 100, 500 streams',
        [hundred, many].map((t) => median(t.map(({ pieces }) => pieces)).toFixed(0)).join(', '),
      ],
      ['memory a stream, 500 at once, at the peak', `${(((peak - before) * 1024) / 500).toFixed(0)} KiB`],
    ]
    const figures = { encoderAlone, hundred, again, many, modelAlone, before, peak }
    await report('streams', rows, figures)
  } finally {
    await server.stop(60_000)
  }
}

/** What no service with this encoder can be faster than: the milliseconds that it needs for the questions by itself. */
async function bareEmbedding(questions: readonly string[]): Promise<number> {
  const embedder = await embedders.local.create(
    { name: 'bge-small-en-v1.5', modelsDir: join(root, 'models/'), threads: 1, cacheSize: 0 },
    { logger: quietLogger },
  )
  try {
    await embedder.embed(questions.slice(0, 5), 'query')
    const began = performance.now()
    for (const text of questions) await embedder.embed([text], 'query')
    return performance.now() - began
  } finally {
    await embedder.close()
  }
}

/** p95 of the milliseconds between two pieces when so many read from the stub itself. */
async function modelGaps(readers: number): Promise<number> {
  const one = async (): Promise<number[]> => {
    const response = await fetch(`${modelUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'stub', stream: true, messages: [{ role: 'user', content: 'x' }] }),
    })
    if (response.body === null) throw new Error('The stub sent no body')
    const arrivals: number[] = []
    for await (const _ of response.body) arrivals.push(performance.now())
    return arrivals.slice(1).map((at, i) => at - (arrivals[i] ?? at))
  }
  const gaps = await Promise.all(Array.from({ length: readers }, one))
  await sleep(100)
  return percentile(gaps.flat(), 0.95)
}
