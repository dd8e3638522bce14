/**
 * Searches, and answers with their first token, while documents are uploaded, beside the same on an idle server in the
 * same run: what a person notices of somebody else's upload. Clients, server and stub model share the machine. Then, without
 * a server, the embedding of a question while documents are embedded.
 *
 *   npm run bench -- mixed [--documents 200]
 */
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { apiClient } from '../scripts/drills/client.ts'
import { root, startServer, type RunningServer } from '../scripts/drills/server.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { queryBesideBulk } from './query-beside-bulk.ts'
import { ms, report, type Row } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { readStream } from './stream-client.ts'
import { startModel } from './stub-model.ts'

/** Requests of a person or two: the next one comes so many milliseconds after an answer. */
const PAUSE = 20
const SEARCHES = 300
const ANSWERS = 60
/** Uploads under way at once, as `evident ingest` has them. */
const LANES = 8
const WARM_UP = 20

const Delays = z.object({ p50: z.number(), p99: z.number(), max: z.number(), count: z.number() })

const { values: options } = parseArgs({ options: { documents: { type: 'string', default: '200' } } })
const documents = Number(options.documents)

const set = await readSet('cranfield')
const { dataDir: served } = await servedSet(set)
const { passages: uploads } = await readSet('scifact')
const folder = await mkdtemp(join(tmpdir(), 'evident-mixed-'))
const delaysFile = join(folder, 'delays.jsonl')
const model = await startModel({ gap: 20, tokens: 20 })
try {
  await measure()
} finally {
  model.stop()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  // A copy: what is uploaded and asked here stays in it.
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  const server = await startServer({
    dataDir,
    command: [process.execPath, '--import', join(root, 'bench/loop-probe.ts'), join(root, 'src/main.ts'), 'serve'],
    env: {
      LOOP_DELAYS: delaysFile,
      LLM_PROVIDER: 'openai',
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'stub',
      CONFIDENCE_THRESHOLD: '0',
      MAX_CACHE_SIZE: '0',
      LOG_LEVEL: 'warn',
    },
  })
  try {
    const search = searcher(server)
    const answer = answerer(server)
    await repeated(search, { times: WARM_UP })
    await repeated(answer, { times: 3 })

    await delaysOf(server)
    const idleSearches = await repeated(search, { times: SEARCHES })
    const idleDelays = await delaysOf(server)
    const idleAnswers = await repeated(answer, { times: ANSWERS })
    await delaysOf(server)
    const busy = await during(upload(server, 0), search)
    const busyDelays = await delaysOf(server)
    const busyToo = await during(upload(server, documents), answer)
    const answerDelays = await delaysOf(server)
    await server.stop(60_000)
    const embedding = await queryBesideBulk(set, PAUSE)

    const both = (times: readonly number[]): string => `${ms(percentile(times, 0.5))}, ${ms(percentile(times, 0.95))}`
    const ratio = (times: readonly number[], idle: readonly number[]): number =>
      percentile(times, 0.95) / percentile(idle, 0.95)
    const searches = ratio(busy.times, idleSearches)
    const answers = ratio(busyToo.times, idleAnswers)
    const rows: Row[] = [
      ['documents there, uploaded meanwhile', `${set.passages.length}, ${documents} (twice)`],
      ['search, idle: p50, p95', both(idleSearches)],
      ['search while documents upload: p50, p95', both(busy.times)],
      ['  p95 / idle (<= 2)', searches.toFixed(2)],
      ['first token, idle: p50, p95', both(idleAnswers)],
      ['first token while documents upload: p50, p95', both(busyToo.times)],
      ['  p95 / idle (<= 2)', answers.toFixed(2)],
      ['event loop delay with searches, idle: p99, max', `${ms(idleDelays.p99)}, ${ms(idleDelays.max)}`],
      ['  while documents upload: p99 (<= 20), max', `${ms(busyDelays.p99)}, ${ms(busyDelays.max)}`],
      ['  the same with answers: p99 (<= 20), max', `${ms(answerDelays.p99)}, ${ms(answerDelays.max)}`],
      ['documents a second meanwhile: with searches, with answers', `${rate(busy)}, ${rate(busyToo)}`],
      ['embedding of a question, idle: p50, p95', both(embedding.idle)],
      ['  while documents are embedded: p50, p95', both(embedding.busy)],
      ['  p95 / idle', ratio(embedding.busy, embedding.idle).toFixed(2)],
      [
        'passages embedded a second: without questions, between them',
        `${embedding.bulk.toFixed(1)}, ${embedding.bulkMeanwhile.toFixed(1)}`,
      ],
    ]
    const delays = { idleDelays, busyDelays, answerDelays }
    await report('mixed', rows, { documents, idleSearches, idleAnswers, busy, busyToo, ...delays, embedding })
    if (searches > 2 || answers > 2 || busyDelays.p99 > 20 || answerDelays.p99 > 20) process.exitCode = 1
  } finally {
    await server.stop(60_000)
  }
}

function rate({ seconds }: During): string {
  return (documents / seconds).toFixed(1)
}

/** Milliseconds of one request whose query nobody has asked before. */
type Timed = () => Promise<number>

function searcher({ url }: RunningServer): Timed {
  const api = apiClient(url)
  let asked = 0
  return async () => {
    const query = `${set.questions[asked % set.questions.length]?.text ?? ''} ${asked++}`
    const began = performance.now()
    const found = await api.search(query, 10)
    const took = performance.now() - began
    if (found.length === 0) throw new Error(`Nothing was found for: ${query}`)
    return took
  }
}

function answerer({ url }: RunningServer): Timed {
  let asked = 0
  return async () => {
    const question = `${set.questions[asked % set.questions.length]?.text ?? ''} (${asked++})`
    return (await readStream(url, question)).firstToken
  }
}

async function repeated(one: Timed, { times, until }: { times?: number; until?: () => boolean }): Promise<number[]> {
  const found: number[] = []
  while (until === undefined ? found.length < (times ?? 0) : !until()) {
    found.push(await one())
    await sleep(PAUSE)
  }
  return found
}

interface During {
  readonly times: readonly number[]
  readonly seconds: number
}

/** Times requests for as long as the work takes. */
async function during(work: Promise<void>, one: Timed): Promise<During> {
  const began = performance.now()
  let seconds = Number.NaN
  let over = false
  const ended = work.finally(() => {
    over = true
    seconds = (performance.now() - began) / 1000
  })
  const [times] = await Promise.all([repeated(one, { until: () => over }), ended])
  return { times, seconds }
}

/** Uploads files and waits until each is searchable by words and vectors. */
async function upload({ url }: RunningServer, first: number): Promise<void> {
  const api = apiClient(url)
  const queue = uploads.slice(first, first + documents).values()
  const ids: string[] = []
  const lane = async (): Promise<void> => {
    for (const { id, title, text } of queue) {
      const bytes = new TextEncoder().encode(`${title}\n\n${text}`)
      ids.push((await api.upload(`${id}.txt`, bytes)).document_id)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  for (const id of ids) while ((await api.content(id)).searchable !== 'full') await sleep(200)
}

/** Delays of the server's event loop since the last call, in milliseconds. */
async function delaysOf({ pid }: RunningServer): Promise<z.output<typeof Delays>> {
  const lines = async (): Promise<string[]> =>
    existsSync(delaysFile) ? (await readFile(delaysFile, 'utf8')).split('\n').filter(Boolean) : []
  const before = (await lines()).length
  process.kill(pid, 'SIGUSR2')
  for (;;) {
    const line = (await lines())[before]
    if (line !== undefined) return Delays.parse(JSON.parse(line))
    await sleep(10)
  }
}
