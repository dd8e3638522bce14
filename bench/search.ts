/**
 * Search in process, the query already embedded: the engine by itself and in its thread, as the service uses it, beside a
 * bare scan of the same bytes by the same kernel in the same run.
 *
 *   npm run bench -- search [--chunks 100000] [--queries 300]
 *
 * Also recall against exact f32, filters against an exhaustive list, and memory. Leaves .bench/search-CHUNKS.json. A
 * million chunks take some 10 GB and a quarter of an hour, most of it for making and loading them.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import type { ChunkId } from '../src/core/ids.ts'
import { mean, percentile } from '../src/features/evaluation/measures.ts'
import type { EmbeddedIndex } from '../src/index/embedded-index.ts'
import { Engine } from '../src/index/engine.ts'
import { temporaryFolder, temporaryIndex } from '../src/index/temporary-index.fixture.ts'
import { root } from '../scripts/drills/server.ts'
import { quietLogger } from '../test/databases.ts'
import { bareScan, type BareScan } from './bare-scan.ts'
import { ms, report, type Row } from './report.ts'
import { embedSet, hybridSearch, OWNER, readSet } from './retrieval-sets.ts'
import { exhaustive, type Exhaustive, sameScores, type SomeDocuments, someDocuments } from './search-checks.ts'
import { CHUNKS_PER_DOCUMENT, type Synthetic, synthetic } from './synthetic.ts'

/** Passages that are embedded for it, once. */
const REAL = 2000
const TOP = 10
/** Queries before the first that is timed, and those that are compared with exhaustive lists. */
const WARM_UP = 30
const CHECKED = 50
/** Candidates of each leg, as the service takes them. */
const CANDIDATES = 100
const BATCH = 250
const scope = { owner: OWNER }

const { values: options } = parseArgs({
  options: { chunks: { type: 'string', default: '100000' }, queries: { type: 'string', default: '300' } },
})
const chunks = Number(options.chunks)

interface Query {
  readonly text: string
  readonly vector: Float32Array
}

const set = await readSet('scifact')
const embedder = await createLocalEmbedder({
  name: 'bge-small-en-v1.5',
  modelsDir: join(root, 'models'),
  logger: quietLogger,
})
const some = { ...set, passages: set.passages.slice(0, REAL) }
const vectors = await embedSet(embedder, some)
const { dimension, sigma } = embedder
await embedder.close()
const queries: readonly Query[] = some.questions
  .map(({ text }, i) => ({ text, vector: vectors.questions[i] as Float32Array }))
  .slice(0, Number(options.queries))

const data = synthetic(some, vectors.passages, chunks)
const folder = await temporaryFolder()
const engine = new Engine({ dimension, folder })
const floor = bareScan(dimension)
const index = await temporaryIndex(dimension, quietLogger)
try {
  await measure()
} finally {
  await index.close()
  await rm(folder, { recursive: true, force: true })
}

async function measure(): Promise<void> {
  const loaded = await load(data, { engine, floor, index })
  const direct = await timeDirect()
  const threaded = await timeThreaded()
  const exact = exhaustive(
    data,
    queries.slice(0, CHECKED).map(({ vector }) => vector),
  )
  const recall = mean(
    exact.map((list, i) => {
      const best = new Set(list.best(TOP).map(({ chunk }) => chunk))
      const found = engine.searchVectors({ scope, query: queries[i]?.vector as Float32Array, limit: TOP })
      return found.chunks.filter((chunk) => best.has(chunk)).length / TOP
    }),
  )
  const filters: Record<string, Filtered> = {}
  for (const filter of someDocuments(data)) filters[filter.name] = await timeFiltered(filter, exact)
  const memory = await index.memory()
  const perChunk = {
    words: memory.wordBytes / chunks,
    vectors: memory.vectorBytes / chunks,
    codes: floor.bytes / chunks,
    text: loaded.textBytes / chunks,
  }

  const both = ({ p50, p95 }: Times): string => `${ms(p50)}, ${ms(p95)}`
  const share = direct.vectors.p50 / direct.floor.p50
  const rows: Row[] = [
    ['chunks, dimensions, documents', `${chunks}, ${dimension}, ${Math.ceil(chunks / CHUNKS_PER_DOCUMENT)}`],
    ['loaded, both engines at once', `${loaded.seconds.toFixed(0)} s`],
    ['bare scan of the same bytes: p50, p95', both(direct.floor)],
    ['vector leg, the engine by itself', both(direct.vectors)],
    ['vector leg / bare scan, p50 (<= 2)', share.toFixed(2)],
    ['word leg, the engine by itself', both(direct.words)],
    ['vector leg, in its thread', both(threaded.vectors)],
    ['word leg, in its thread', both(threaded.words)],
    [`whole hybrid ranking, top ${TOP}, in its thread`, both(threaded.hybrid)],
    [`recall@${TOP} against exact f32 (>= .99)`, recall.toFixed(4)],
    ...Object.entries(filters).flatMap(([name, found]): Row[] => [
      [`filter of ${name}: vectors, words, hybrid`, [found.vectors, found.words, found.hybrid].map(both).join('; ')],
      [
        '  p50 / without a filter (<= 1)',
        (['vectors', 'words', 'hybrid'] as const)
          .map((leg) => (found[leg].p50 / threaded[leg].p50).toFixed(2))
          .join('; '),
      ],
      [
        '  as an exhaustive list has it: vectors, words',
        `${found.vectorsRight}, ${found.wordsRight} of ${exact.length}`,
      ],
    ]),
    [
      'bytes a chunk: vectors (of these 7-bit rows), words',
      `${perChunk.vectors.toFixed(0)} (${perChunk.codes.toFixed(0)}), ${perChunk.words.toFixed(0)}`,
    ],
    ['bytes a chunk of its text', perChunk.text.toFixed(0)],
    ["JavaScript heap of the index's thread", `${(memory.heapBytes / 1e6).toFixed(0)} MB`],
  ]
  const figures = {
    chunks,
    dimension,
    queries: queries.length,
    loaded,
    direct,
    threaded,
    recall,
    filters,
    memory,
    perChunk,
  }
  await report(`search-${chunks}`, rows, figures)
  const wrong = Object.values(filters).some(
    ({ vectorsRight, wordsRight }) => vectorsRight < exact.length || wordsRight < exact.length,
  )
  if (recall < 0.99 || wrong) process.exitCode = 1
}

// --- Loading -----------------------------------------------------------------------------------------------------

interface Targets {
  readonly engine: Engine
  readonly floor: BareScan
  readonly index: EmbeddedIndex
}

/** The same documents into all of them. The thread works on a batch while this one makes the next. */
async function load(from: Synthetic, to: Targets): Promise<{ seconds: number; textBytes: number }> {
  const began = performance.now()
  let textBytes = 0
  let sent = Promise.resolve()
  for (let first = 0; first < from.rows; first += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, from.rows - first) }, (_, i) => first + i)
    const documents = [...Map.groupBy(rows, (row) => from.documentOf(row))].map(([document, own]) => ({
      owner: OWNER,
      document,
      passages: own.map((row) => ({ chunk: (row + 1) as ChunkId, ...from.passage(row) })),
      vectors: own.map((row) => ({ chunk: (row + 1) as ChunkId, vector: from.vector(row) })),
    }))
    for (const { passages, vectors: rowsOfDocument } of documents) {
      for (const { title, text } of passages) textBytes += Buffer.byteLength(title) + Buffer.byteLength(text)
      for (const { vector } of rowsOfDocument) to.floor.add(vector)
    }
    await sent
    sent = to.index.load(documents)
    const values = new Float32Array(rows.length * from.dimension)
    documents.flatMap((document) => document.vectors).forEach(({ vector }, i) => values.set(vector, i * from.dimension))
    drain(to.engine.replaceWords({ documents }))
    drain(
      to.engine.replaceVectors({
        documents: documents.map(({ owner, document, vectors: own }) => ({
          owner,
          document,
          chunks: own.map(({ chunk }) => chunk),
        })),
        values,
      }),
    )
  }
  await sent
  return { seconds: (performance.now() - began) / 1000, textBytes }
}

function drain(write: Generator<void, null>): void {
  while (write.next().done !== true);
}

// --- Timing ------------------------------------------------------------------------------------------------------

interface Times {
  /** Milliseconds. */
  readonly p50: number
  readonly p95: number
}

function timesOf(values: readonly number[]): Times {
  return { p50: percentile(values, 0.5), p95: percentile(values, 0.95) }
}

/** Each way of searching in turn, query by query, so that what else the machine does meets all of them. */
async function timed<Name extends string>(
  ways: Readonly<Record<Name, (query: Query) => unknown>>,
): Promise<Record<Name, Times>> {
  const names = Object.keys(ways) as Name[]
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  for (const [i, query] of [...queries.slice(0, WARM_UP), ...queries].entries()) {
    for (const name of names) {
      const began = performance.now()
      const result = ways[name](query)
      if (result instanceof Promise) await result
      if (i >= WARM_UP) found[name].push(performance.now() - began)
    }
  }
  return Object.fromEntries(names.map((name) => [name, timesOf(found[name])])) as Record<Name, Times>
}

async function timeDirect() {
  return timed({
    floor: ({ vector }) => floor.scan(vector),
    vectors: ({ vector }) => engine.searchVectors({ scope, query: vector, limit: CANDIDATES }),
    words: ({ text }) => engine.searchWords({ scope, query: text, limit: CANDIDATES }),
  })
}

async function timeThreaded() {
  return timed({
    vectors: ({ vector }) => index.vectors.search(scope, vector, CANDIDATES),
    words: ({ text }) => index.words.search(scope, text, CANDIDATES),
    hybrid: (query) => hybridSearch(index, query, sigma),
  })
}

interface Filtered {
  readonly vectors: Times
  readonly words: Times
  readonly hybrid: Times
  /** Queries whose first ten are those of an exhaustive list. */
  readonly vectorsRight: number
  readonly wordsRight: number
}

async function timeFiltered({ documents, rows }: SomeDocuments, exact: readonly Exhaustive[]): Promise<Filtered> {
  const within = { owner: OWNER, documents }
  const times = await timed({
    vectors: ({ vector }) => index.vectors.search(within, vector, CANDIDATES),
    words: ({ text }) => index.words.search(within, text, CANDIDATES),
    hybrid: (query) => hybridSearch(index, query, sigma, documents),
  })
  const ids = Float64Array.from(rows, (row) => row + 1)
  let vectorsRight = 0
  let wordsRight = 0
  for (const [i, list] of exact.entries()) {
    const { text, vector } = queries[i] as Query
    if (sameScores(await index.vectors.search(within, vector, TOP), list.best(TOP, rows))) vectorsRight++
    // Each passage's own terms are counted, without postings.
    const { bm25 } = engine.scoreWords({ scope, query: text, chunks: ids })
    const best = Array.from(bm25, (score, at) => ({ chunk: ids[at] as number, score }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score || a.chunk - b.chunk)
      .slice(0, TOP)
    if (sameScores((await index.words.search(within, text, TOP)).hits, best)) wordsRight++
  }
  return { ...times, vectorsRight, wordsRight }
}
