/**
 * `POST /api/v1/search` end to end: a real server over Cranfield and over 100,000 chunks, asked by one client and by eight,
 * beside what it is made of in the same run: the bare embedder over the same questions, the bare index over the same
 * chunks, a bare route with as many bytes.
 *
 *   npm run bench -- http-search [--chunks 100000] [--seconds 8] [--clients 8] [--sets cranfield,synthetic]
 *
 * Three servers over each folder, one after the other: every question embedded; embeddings cached, nothing else; as
 * shipped, where whole results are cached, too. Leaves .bench/http-search-SET.json. Needs Linux, for the CPU time of the
 * server's threads.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { LOCAL_USER } from '../src/core/ids.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { Engine } from '../src/index/engine.ts'
import { temporaryFolder } from '../src/index/temporary-index.fixture.ts'
import { root, startServer } from '../scripts/drills/server.ts'
import { quietLogger } from '../test/databases.ts'
import { askEach, load, type Load } from './keep-alive-load.ts'
import { ms, report, type Row } from './report.ts'
import { embedSet, readSet, type RetrievalSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { servedSynthetic } from './served-synthetic.ts'
import { storedDocuments } from './stored-chunks.ts'
import { synthetic } from './synthetic.ts'

const PATH = '/api/v1/search'
/** Passages that the large set is made of. */
const REAL = 2000
/** Of each leg, as `bench/search.ts` has it. */
const DEPTH = 100
const DOCUMENTS_A_LOAD = 100

const { values: options } = parseArgs({
  options: {
    chunks: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '8' },
    clients: { type: 'string', default: '8' },
    sets: { type: 'string', default: 'cranfield,synthetic' },
  },
})
const seconds = Number(options.seconds)
const clients = Number(options.clients)
const cores = availableParallelism()

const Answer = z.object({ results: z.array(z.unknown()).min(1) })

interface Measured {
  readonly name: string
  readonly dataDir: string
  readonly questions: readonly string[]
  /** Milliseconds that a request may take beyond the embedding of its question, at the median. */
  readonly beyond: number
  /** Repeated questions a second; undefined: stated only. */
  readonly repeated: number | undefined
}

const folder = await mkdtemp(join(tmpdir(), 'evident-http-search-'))
const embedder = await createLocalEmbedder({
  name: 'bge-small-en-v1.5',
  modelsDir: join(root, 'models'),
  cacheSize: 0,
  logger: quietLogger,
})
try {
  for (const name of options.sets.split(',')) await measure(name === 'cranfield' ? await cranfield() : await large())
} finally {
  await embedder.close()
  await rm(folder, { recursive: true, force: true })
}

async function cranfield(): Promise<Measured> {
  const set = await readSet('cranfield')
  const { dataDir } = await servedSet(set)
  return { name: 'cranfield', dataDir, questions: textsOf(set), beyond: 3, repeated: 2000 }
}

async function large(): Promise<Measured> {
  const set = await readSet('scifact')
  const some = { ...set, passages: set.passages.slice(0, REAL) }
  const { passages: vectors } = await embedSet(embedder, some)
  const data = synthetic(some, vectors, Number(options.chunks))
  const dataDir = await servedSynthetic(data, embedder.id)
  return { name: `synthetic-${data.rows}`, dataDir, questions: textsOf(set), beyond: 6, repeated: undefined }
}

function textsOf({ questions }: RetrievalSet): string[] {
  return questions.map(({ text }) => text)
}

async function measure({ name, dataDir, questions, beyond, repeated }: Measured): Promise<void> {
  const floors = await bareFloors(dataDir, questions)
  const bodies = questions.map((query) => JSON.stringify({ query }))
  const distinct = await underLoad(dataDir, bodies, { EMBEDDING_CACHE_SIZE: '0', MAX_CACHE_SIZE: '0' })
  const embedded = await underLoad(dataDir, bodies, { MAX_CACHE_SIZE: '0' })
  const shipped = await underLoad(dataDir, bodies, {})
  const route = await bareRoute(distinct.one.bytes, bodies)

  const beyondEmbedding = percentile(distinct.one.times, 0.5) - floors.embedding.p50
  const possible = (1000 * cores) / (floors.embedding.cpu + floors.rank.cpu)
  const share = rate(distinct.many) / possible
  const rows: Row[] = [
    ['documents, chunks, questions', `${floors.documents}, ${floors.chunks}, ${questions.length}`],
    ['bare embedder, one at a time: p50, p95; CPU', both(floors.embedding)],
    ['bare index, the whole ranking: p50, p95; CPU', both(floors.rank)],
    [`bare route of ${(route.one.bytes / 1000).toFixed(0)} kB, one client`, told(route.one)],
    [`  ${clients} clients`, told(route.many)],
    ['each question embedded, one client', told(distinct.one)],
    [`  p50 beyond the bare embedder (<= ${beyond} ms)`, ms(beyondEmbedding)],
    [`  ${clients} clients`, told(distinct.many)],
    [`  share of ${possible.toFixed(0)} a second: ${cores} cores, embedder and index alone (>= .80)`, share.toFixed(3)],
    ['embeddings cached, one client', told(embedded.one)],
    [`  ${clients} clients${repeated === undefined ? '' : ` (>= ${repeated} a second)`}`, told(embedded.many)],
    ['as shipped, results cached, one client', told(shipped.one)],
    [`  ${clients} clients`, told(shipped.many)],
    ...Object.entries({ 'each embedded': distinct, 'embeddings cached': embedded, 'as shipped': shipped }).map(
      ([what, { many }]): Row => [`CPU of a request, ${clients} clients, ${what}`, cpuOf(many)],
    ),
  ]
  await report(`http-search-${name}`, rows, { seconds, clients, floors, possible, distinct, embedded, shipped, route })
  const fast = repeated === undefined || rate(embedded.many) >= repeated
  if (beyondEmbedding > beyond || share < 0.8 || !fast) process.exitCode = 1
}

interface Loads {
  readonly one: Load
  readonly many: Load
}

/** A server over a copy of the folder, first asked each question once. */
async function underLoad(served: string, bodies: readonly string[], env: Record<string, string>): Promise<Loads> {
  const dataDir = join(folder, 'data')
  await cp(served, dataDir, { recursive: true })
  const server = await startServer({ dataDir, env: { ...env, LOG_LEVEL: 'warn' } })
  try {
    for (const answer of await askEach(server.url, PATH, bodies)) Answer.parse(answer)
    return await loads(server.url, PATH, bodies, server.pid)
  } finally {
    await server.stop(60_000)
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function loads(url: string, path: string, bodies: readonly string[], pid: number): Promise<Loads> {
  const run = { url, path, bodies, seconds, pid }
  // What one client makes the server compile and start is there before the many are timed, and the other way round.
  await load({ ...run, clients, seconds: seconds / 4 })
  return { one: await load({ ...run, clients: 1 }), many: await load({ ...run, clients }) }
}

/** A process of its own that answers as many bytes to the same questions. */
async function bareRoute(bytes: number, bodies: readonly string[]): Promise<Loads> {
  const args = ['bench/bare-route.ts', String(Math.round(bytes))]
  const floor = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [address] = (await once(floor.stdout.setEncoding('utf8'), 'data')) as [string]
    if (floor.pid === undefined) throw new Error('The bare route did not start')
    return await loads(address.trim(), '/ask', bodies, floor.pid)
  } finally {
    floor.kill()
  }
}

// --- Floors in this process --------------------------------------------------------------------------------------

interface Floor {
  /** Milliseconds of one. */
  readonly p50: number
  readonly p95: number
  /** CPU time of one, on average. */
  readonly cpu: number
}

async function bareFloors(dataDir: string, questions: readonly string[]) {
  const vectors: Float32Array[] = []
  const embedding = await timed(questions, async (question, i) => {
    vectors[i] = await embedOne(embedder, question)
  })
  const indexFolder = await temporaryFolder()
  try {
    const engine = new Engine({ dimension: embedder.dimension, folder: indexFolder })
    const loaded = loadAll(engine, dataDir)
    const { sigma } = embedder
    const rank = await timed(questions, (text, i) => {
      const query = { type: 'hybrid', text, vector: vectors[i], sigma, depth: DEPTH } as const
      engine.rank({ scope: { owner: LOCAL_USER }, query })
    })
    return { ...loaded, embedding, rank }
  } finally {
    await rm(indexFolder, { recursive: true, force: true })
  }
}

async function embedOne({ embed }: Embedder, question: string): Promise<Float32Array> {
  const [vector] = await embed([question], 'query')
  if (vector === undefined) throw new Error('The embedder gave no vector')
  return vector
}

function loadAll(engine: Engine, dataDir: string): { documents: number; chunks: number } {
  let documents = 0
  let chunks = 0
  for (const batch of storedDocuments(dataDir, DOCUMENTS_A_LOAD)) {
    const rows = batch.flatMap((document) => document.vectors)
    const values = new Float32Array(rows.length * embedder.dimension)
    rows.forEach(({ vector }, i) => values.set(vector, i * embedder.dimension))
    drain(engine.replaceWords({ documents: batch }))
    drain(
      engine.replaceVectors({
        documents: batch.map((document) => ({ ...document, chunks: document.vectors.map(({ chunk }) => chunk) })),
        values,
      }),
    )
    documents += batch.length
    chunks += rows.length
  }
  return { documents, chunks }
}

function drain(write: Generator<void, null>): void {
  while (write.next().done !== true);
}

/** The second of two rounds: in the first, code is compiled and memory taken. */
async function timed(
  questions: readonly string[],
  one: (question: string, i: number) => Promise<void> | void,
): Promise<Floor> {
  const round = async (): Promise<number[]> => {
    const times: number[] = []
    for (const [i, question] of questions.entries()) {
      const began = performance.now()
      const result = one(question, i)
      if (result !== undefined) await result
      times.push(performance.now() - began)
    }
    return times
  }
  await round()
  const cpu = process.cpuUsage()
  const times = await round()
  const { user, system } = process.cpuUsage(cpu)
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95), cpu: (user + system) / 1000 / times.length }
}

// --- Telling -----------------------------------------------------------------------------------------------------

function rate({ times, seconds: took }: Load): number {
  return times.length / took
}

function both({ p50, p95, cpu }: Floor): string {
  return `${p50.toFixed(2)} ms, ${p95.toFixed(2)} ms; ${cpu.toFixed(2)} ms`
}

function told(one: Load): string {
  const at = (p: number): string => `${percentile(one.times, p).toFixed(2)} ms`
  return `p50 ${at(0.5)}, p95 ${at(0.95)}, ${rate(one).toFixed(0)} a second`
}

function cpuOf({ clientCpu, serverCpu }: Load): string {
  const threads = Object.entries(serverCpu)
    .filter(([, spent]) => spent >= 0.005)
    .map(([name, spent]) => `${name} ${spent.toFixed(2)}`)
  return [...threads, `client ${clientCpu.toFixed(2)} ms`].join(', ')
}
