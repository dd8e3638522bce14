// What a passage takes in a Milvus of its own, how fast it is filled as a comparison fills it, and what a search of it costs.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/drills/server.ts'
import { startMilvus } from '../../scripts/services/milvus.ts'
import { vectorStores } from '../../src/adapters/vector-stores/registry.ts'
import type { ChunkId, UserId } from '../../src/core/ids.ts'
import type { ReplicatedDocument, VectorReplica } from '../../src/core/ports/search.ts'
import { percentile } from '../../src/features/evaluation/measures.ts'
import { bareScan } from '../bare-scan.ts'
import { cpuSeconds } from '../cpu-time.ts'
import { CHUNKS_PER_DOCUMENT, type Synthetic } from '../synthetic.ts'
import type { Collections } from './collection.ts'

export interface MilvusFigures {
  readonly dimension: number
  readonly chunks: number
  /** Rows a second, put there by one writer. */
  readonly filled: number
  /** Milliseconds of one document that is put there by itself. */
  readonly one: number
  /** Seconds until the index of what was put there was built. */
  readonly indexSeconds: number
  /** Of the server's process, bytes a row: what it grew by from the empty collection on. */
  readonly resident: number
  /** On its disk: rows, index, and the log of writes that is not forgotten yet. */
  readonly stored: number
  /** Milliseconds of one search, and of the bare scan of as many rows in this process. */
  readonly search: number
  readonly search95: number
  readonly floor: number
  /** Milliseconds that a search by each of so many at a time takes, and searches a second. */
  readonly together: { readonly clients: number; readonly p50: number; readonly perSecond: number }
  /** CPU milliseconds of the server for one of these. */
  readonly cpu: number
  /** Milliseconds of `count(*)`. */
  readonly counted: number
}

const OWNER = 'bench' as UserId
const DOCUMENTS_AT_ONCE = 100
const CANDIDATES = 100
const WARM_UP = 20
const QUERIES = 200
const CLIENTS = 8
const ASKED_TOGETHER = 400
const PUT_ALONE = 10
/** After which reads do not wait for what was written any more. */
const BOUND_MS = 10_500
const INDEX_LIMIT_MS = 60_000

export async function measureMilvus(from: Collections, chunks: number): Promise<MilvusFigures[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-scaling-'))
  const port = await freePort()
  const server = await startMilvus({ port, folder })
  try {
    const found: MilvusFigures[] = []
    for (const data of [from.of(chunks), from.ofDimension(Math.ceil(chunks / 4), 1024)]) {
      found.push(await measureCollection(data, { port, folder, pid: server.pid }))
    }
    return found
  } finally {
    await server.stop(20_000)
    await rm(folder, { recursive: true, force: true })
  }
}

interface Server {
  readonly port: number
  readonly folder: string
  readonly pid: number
}

async function measureCollection(data: Synthetic, { port, folder, pid }: Server): Promise<MilvusFigures> {
  const { create } = await vectorStores.milvus()
  const model = `bench@${data.dimension}`
  const limits = { call: 60_000, ready: 120_000 }
  const { dimension } = data
  const replica = create({ host: '127.0.0.1', port, collection: 'scaling', model, dimension, limits })
  try {
    await replica.probe()
    const before = { resident: resident(pid), stored: bytesIn(join(folder, 'data')) }
    const began = performance.now()
    await fill(replica, data)
    const filled = performance.now()
    await indexed(port, replica.name ?? '', data.rows)
    const built = performance.now()
    await sleep(BOUND_MS)
    const after = { resident: resident(pid), stored: bytesIn(join(folder, 'data')) }
    const scan = bareScan(dimension)
    for (let row = 0; row < data.rows; row++) scan.add(data.vector(row))
    const times = { search: [] as number[], floor: [] as number[] }
    const ask = (i: number) => replica.search({ owner: OWNER }, data.vector((i * 37) % data.rows), CANDIDATES)
    for (let i = 0; i < WARM_UP + QUERIES; i++) {
      const begun = performance.now()
      await ask(i)
      const searched = performance.now()
      scan.scan(data.vector((i * 37) % data.rows))
      if (i < WARM_UP) continue
      times.search.push(searched - begun)
      times.floor.push(performance.now() - searched)
    }
    const spent = cpuOf(pid)
    const load = await together(ask)
    const cpu = (1000 * (cpuOf(pid) - spent)) / ASKED_TOGETHER
    const one: number[] = []
    for (let i = 0; i < PUT_ALONE; i++) {
      const begun = performance.now()
      await replica.putDocuments(documentsOf(data, data.rows + i * CHUNKS_PER_DOCUMENT, CHUNKS_PER_DOCUMENT))
      one.push(performance.now() - begun)
    }
    const counting = performance.now()
    await replica.count()
    const counted = performance.now() - counting
    const each = (one: keyof typeof after): number => (after[one] - before[one]) / data.rows
    return {
      dimension,
      chunks: data.rows,
      one: percentile(one, 0.5),
      filled: (1000 * data.rows) / (filled - began),
      indexSeconds: (built - filled) / 1000,
      resident: each('resident'),
      stored: each('stored'),
      search: percentile(times.search, 0.5),
      search95: percentile(times.search, 0.95),
      floor: percentile(times.floor, 0.5),
      together: load,
      cpu,
      counted,
    }
  } finally {
    await replica.close()
  }
}

async function fill(replica: VectorReplica, data: Synthetic): Promise<void> {
  const step = DOCUMENTS_AT_ONCE * CHUNKS_PER_DOCUMENT
  for (let first = 0; first < data.rows; first += step) {
    await replica.putDocuments(documentsOf(data, first, Math.min(step, data.rows - first)))
  }
}

function documentsOf(data: Synthetic, first: number, count: number): ReplicatedDocument[] {
  const rows = Array.from({ length: count }, (_, i) => first + i)
  return [...Map.groupBy(rows, (row) => data.documentOf(row))].map(([document, own]) => ({
    owner: OWNER,
    document,
    rows: own.map((row) => ({ chunk: (row + 1) as ChunkId, vector: data.vector(row) })),
    attributes: { chat: null, fileType: 'text/plain', created: 1_700_000_000_000 + first, metadata: {} },
  }))
}

/** Until all rows that were written are in segments that have their index. */
async function indexed(port: number, collection_name: string, rows: number): Promise<void> {
  const { MilvusClient } = await import('@zilliz/milvus2-sdk-node')
  const client = new MilvusClient({ address: `127.0.0.1:${port}`, logLevel: 'error', __SKIP_CONNECT__: true })
  try {
    await client.flushSync({ collection_names: [collection_name] })
    const until = performance.now() + INDEX_LIMIT_MS
    for (;;) {
      const { index_descriptions } = await client.describeIndex({ collection_name, field_name: 'vector' })
      const built = index_descriptions[0]
      if (Number(built?.indexed_rows) >= rows && built?.state === 'Finished') return
      if (performance.now() > until) throw new Error(`Milvus has indexed ${built?.indexed_rows ?? 0} of ${rows} rows`)
      await sleep(100)
    }
  } finally {
    await client.closeConnection()
  }
}

async function together(ask: (i: number) => Promise<unknown>): Promise<MilvusFigures['together']> {
  const times: number[] = []
  let next = 0
  const began = performance.now()
  const client = async (): Promise<void> => {
    while (next < ASKED_TOGETHER) {
      const begun = performance.now()
      await ask(next++)
      times.push(performance.now() - begun)
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  const perSecond = (1000 * times.length) / (performance.now() - began)
  return { clients: CLIENTS, p50: percentile(times, 0.5), perSecond }
}

const cpuOf = (pid: number): number => [...cpuSeconds(pid).values()].reduce((sum, seconds) => sum + seconds, 0)

/** Bytes. */
function resident(pid: number): number {
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
}

function bytesIn(path: string): number {
  // The server removes files meanwhile.
  if (!existsSync(path)) return 0
  const status = statSync(path)
  if (!status.isDirectory()) return status.blocks * 512
  return readdirSync(path).reduce((sum, name) => sum + bytesIn(join(path, name)), 0)
}
