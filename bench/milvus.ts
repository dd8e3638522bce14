/**
 * The real Milvus beside the embedded engine over SciFact: whether it finds the same, what a search on it costs through the
 * service beside its bare client, how long it takes to be filled and to be current again after a crash.
 *
 *   npm run bench -- milvus [--parts recall,equality,seam,crash] [--indexes HNSW,…] [--kills 2]
 *   npm run bench -- milvus --server lite --parts equality
 *
 * Milvus is installed into .services/ and started over a folder of its own; Milvus Lite looks for words as well, and is slow.
 * Leaves .bench/milvus-PART.json.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { milvus } from '../src/adapters/vector-stores/milvus/adapter.ts'
import { INDEX_KINDS } from '../src/adapters/vector-stores/milvus/collection.ts'
import { LOCAL_USER } from '../src/core/ids.ts'
import { createLocalEmbedder } from '../src/adapters/embedders/local-onnx/local-embedder.ts'
import { bootstrap } from '../src/features/evaluation/bootstrap.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { apiClient } from '../scripts/drills/client.ts'
import { freePort, root, startServer, type RunningServer } from '../scripts/drills/server.ts'
import { startMilvusLite } from '../scripts/services/milvus-lite.ts'
import { startMilvus, type RunningMilvus } from '../scripts/services/milvus.ts'
import { quietLogger } from '../test/databases.ts'
import { recallOfTen } from './milvus-recall.ts'
import { bareSearch, inTurns, p50, seam } from './milvus-seam.ts'
import { compared, milvusHealth, quality, searcher, until, untilCurrent, untilIndexed } from './milvus-server.ts'
import { median, report, type Row } from './report.ts'
import { embedSet, readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'
import { storedDocuments } from './stored-chunks.ts'

const { values: options } = parseArgs({
  options: {
    parts: { type: 'string', default: 'recall,equality,seam,crash' },
    indexes: { type: 'string', default: INDEX_KINDS.join() },
    kills: { type: 'string', default: '2' },
    server: { type: 'string', default: 'standalone' },
  },
})
const parts = options.parts.split(',')
const INTERVAL_S = 1
/** Who looks for what: a server with full text for words as well. */
const BY_INDEX = { hybrid: 'embedded', semantic: 'embedded', keyword: 'embedded' }
const BY_BOTH = { hybrid: 'milvus', semantic: 'milvus', keyword: 'embedded' }
const BY_MILVUS = { hybrid: 'milvus', semantic: 'milvus', keyword: 'milvus' }
const ATTRIBUTES = { chat: null, fileType: 'text/plain', created: 0, metadata: {} }

const set = await readSet('scifact')
const { dataDir: served, ids } = await servedSet(set)
const folder = await mkdtemp(join(tmpdir(), 'evident-bench-milvus-'))
const dataDir = join(folder, 'data')
await cp(served, dataDir, { recursive: true })
const port = await freePort()
const env = {
  MILVUS_HOST: '127.0.0.1',
  MILVUS_PORT: String(port),
  HEALTH_CHECK_INTERVAL: String(INTERVAL_S),
  LOG_LEVEL: 'warn',
  // Neither whole results are kept, nor may one client be slowed down.
  MAX_CACHE_SIZE: '0',
  RATE_LIMIT_ENABLED: 'false',
}
// Where it is told to end, Milvus ends as well.
process.once('SIGTERM', () => process.exit(1))
const start = options.server === 'lite' ? startMilvusLite : startMilvus
let running: RunningMilvus = await start({ port, folder: join(folder, 'milvus') })
const client = new MilvusClient({
  address: running.address,
  logLevel: 'error',
  telemetry: { enabled: false },
  __SKIP_CONNECT__: true,
})
try {
  if (parts.includes('recall')) await recall()
  // The later ones need the collection that the former has filled.
  const filled = parts.some((part) => ['equality', 'seam', 'crash'].includes(part)) ? await equality() : undefined
  if (filled !== undefined && parts.includes('seam')) await seams(filled)
  if (parts.includes('crash')) await crashes()
} finally {
  await client.closeConnection()
  await running.crash()
  await rm(folder, { recursive: true, force: true })
}

async function queries(): Promise<Float32Array[]> {
  const modelsDir = join(root, 'models')
  const embedder = await createLocalEmbedder({ name: 'bge-small-en-v1.5', modelsDir, logger: quietLogger })
  const { questions } = await embedSet(embedder, set)
  await embedder.close()
  return [...questions]
}

/** Each index, before and after its rows are in it. */
async function recall(): Promise<void> {
  const documents = [...storedDocuments(served, Infinity)].flat()
  const stored = documents.flatMap(({ vectors }) => vectors)
  const questions = await queries()
  const rows: Row[] = [['rows, questions', `${stored.length}, ${questions.length}`]]
  const figures: Record<string, unknown> = {}
  for (const index of INDEX_KINDS.filter((kind) => options.indexes.split(',').includes(kind))) {
    const dimension = questions[0]?.length ?? 0
    const store = milvus.create({
      host: '127.0.0.1',
      port,
      collection: `recall_${index}`,
      model: 'm',
      dimension,
      index,
    })
    await store.count()
    const began = performance.now()
    for (let at = 0; at < documents.length; at += 100) {
      const some = documents.slice(at, at + 100)
      await store.putDocuments(some.map(({ vectors, ...one }) => ({ ...one, rows: vectors, attributes: ATTRIBUTES })))
    }
    const seconds = (performance.now() - began) / 1000
    const unsealed = bootstrap(await recallOfTen(store, LOCAL_USER, stored, questions))
    await store.seal()
    const indexedMs = await untilIndexed(client, store.name ?? '', stored.length)
    const sealed = bootstrap(await recallOfTen(store, LOCAL_USER, stored, questions))
    await store.close()
    rows.push(
      [`${index}: recall@10 (>= .98)`, told(sealed)],
      ['  before its rows are sealed', told(unsealed)],
      ['  put there, rows a second; then until indexed', `${rate(stored.length, seconds)}; ${indexedMs.toFixed(0)} ms`],
    )
    figures[index] = { sealed, unsealed, seconds, indexedMs }
  }
  await report('milvus-recall', rows, figures)
}

/** The same questions to the service without Milvus and with it; first it has to be filled. */
async function equality(): Promise<{ collection: string; rows: number }> {
  const isMeasured = parts.includes('equality')
  const passages = [...storedDocuments(served, Infinity)].flat().reduce((sum, { vectors }) => sum + vectors.length, 0)
  const without = isMeasured
    ? await withServer({ LOG_LEVEL: 'warn' }, (server) => quality(server, set, ids, BY_INDEX))
    : undefined
  return withServer(env, async (server) => {
    const { collection, ms } = await untilCurrent(server)
    // Of the other it is not known.
    const indexedMs = options.server === 'lite' ? 0 : await untilIndexed(client, collection, passages)
    if (without !== undefined) {
      const documents = ids.filter((id) => id !== '').length
      const filling = `${rate(documents, ms / 1000)}, ${rate(passages, ms / 1000)}; ${(ms / 1000).toFixed(1)} s`
      const rows: Row[] = [
        ...compared(without, await quality(server, set, ids, options.server === 'lite' ? BY_MILVUS : BY_BOTH)),
        ['filled: documents and rows a second; until current', filling],
        ['  from there until all rows are indexed', `${(indexedMs / 1000).toFixed(1)} s`],
      ]
      await report(`milvus-equality${options.server === 'lite' ? '-lite' : ''}`, rows, {
        rows,
        fillingMs: ms,
        indexedMs,
      })
    }
    return { collection, rows: passages }
  })
}

/** One floor after the other in this process, then over HTTP; the bare client is asked in turn with each. */
async function seams({ collection }: { readonly collection: string }): Promise<void> {
  const texts = set.questions.map(({ text }) => text)
  const inside = await seam({ dataDir, env }, client, texts)
  const vectors = await queries()
  const overHttp = (more: Readonly<Record<string, string>>): Promise<Record<string, number[]>> =>
    withServer({ ...env, ...more }, async (server) => {
      await untilCurrent(server)
      const { search, close } = searcher(server)
      const works = {
        bare: (i: number) => bareSearch(client, collection, vectors[i] ?? new Float32Array(0)),
        http: (i: number) => search(texts[i] ?? ''),
      }
      const all = texts.map((_, i) => i)
      await inTurns(all, works)
      const times = await inTurns(all, works)
      await close()
      return times
    })
  const known = await overHttp({})
  const whole = await overHttp({ EMBEDDING_CACHE_SIZE: '0' })
  const beside = (times: readonly number[] | undefined, bare: readonly number[] | undefined): string =>
    `${p50(times).toFixed(2)} ms, ${percentile(times ?? [], 0.95).toFixed(2)} ms; ${(p50(times) / p50(bare)).toFixed(2)}x`
  const rows: Row[] = [
    ['bare client: p50, p95', beside(inside['bare'], inside['bare'])],
    ['the store', beside(inside['store'], inside['bare'])],
    ['the ranking, semantic', beside(inside['rank'], inside['bare'])],
    ['the ranking, hybrid', beside(inside['hybrid'], inside['bare'])],
    ['retrieval: ten passages with their texts', beside(inside['passages'], inside['bare'])],
    ['retrieval: ten documents, marked and without copies', beside(inside['documents'], inside['bare'])],
    ['HTTP, vector of the question kept', beside(known['http'], known['bare'])],
    ['HTTP, everything', beside(whole['http'], whole['bare'])],
  ]
  await report('milvus-seam', rows, { inside, known, whole })
}

/** SIGKILL to Milvus, a document meanwhile, and back. */
async function crashes(): Promise<void> {
  const noticed: number[] = []
  const starts: number[] = []
  const currents: number[] = []
  const healthy: number[] = []
  await withServer(env, async (server) => {
    await untilCurrent(server)
    const api = apiClient(server.url)
    for (let kill = 0; kill < Number(options.kills); kill++) {
      await until('healthy', async () => (await milvusHealth(server)) === 'connected')
      const killed = performance.now()
      await running.crash()
      await until('noticed', async () => (await milvusHealth(server)) === 'disconnected')
      noticed.push(performance.now() - killed)
      await api.addText(`While it was away ${kill}`, `A sentence that Milvus has missed, number ${kill}.`)
      running = await start({ port, folder: join(folder, 'milvus') })
      starts.push(running.readyAfter)
      const back = performance.now()
      await untilCurrent(server)
      currents.push(performance.now() - back)
      await until('healthy', async () => (await milvusHealth(server)) === 'connected')
      healthy.push(performance.now() - back)
    }
  })
  const seconds = (values: readonly number[]): string =>
    `${(median(values) / 1000).toFixed(2)} s, ${(Math.max(...values) / 1000).toFixed(2)} s`
  const rows: Row[] = [
    [`kills; seconds between looks at Milvus`, `${noticed.length}; ${INTERVAL_S}`],
    ['killed until the health says so: median, worst', seconds(noticed)],
    ['the server itself: started until it answers', seconds(starts)],
    ['from there until current', seconds(currents)],
    ['from there until the health says so', seconds(healthy)],
  ]
  await report('milvus-crash', rows, { noticed, starts, currents, healthy })
}

async function withServer<T>(
  variables: Readonly<Record<string, string>>,
  work: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await startServer({ dataDir, env: variables })
  try {
    return await work(server)
  } finally {
    await server.stop(60_000)
  }
}

function told({ mean, low, high }: ReturnType<typeof bootstrap>): string {
  return `${mean.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]`
}

function rate(count: number, seconds: number): string {
  return (count / seconds).toFixed(0)
}
