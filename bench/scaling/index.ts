// What a passage takes in the embedded index, in memory and in its snapshot, and what a search costs by the size of its owner.
import { renameSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import { newDocumentId, type ChunkId, type UserId } from '../../src/core/ids.ts'
import { percentile } from '../../src/features/evaluation/measures.ts'
import { Engine } from '../../src/index/engine.ts'
import { SNAPSHOT, UNSYNCED } from '../../src/index/files.ts'
import type { Position } from '../../src/index/messages.ts'
import { temporaryFolder } from '../../src/index/temporary-index.fixture.ts'
import { bareScan } from '../bare-scan.ts'
import { CHUNKS_PER_DOCUMENT, type Synthetic } from '../synthetic.ts'
import { direction, type Collections, type Query } from './collection.ts'

/** Owners of one size. */
export interface Owners {
  readonly chunks: number
  readonly count: number
  /** Bytes a passage. */
  readonly words: number
  readonly vectors: number
  readonly documents: number
  /** Passages a second, analysed and put there. */
  readonly loaded: number
  /** Milliseconds of a search of one of them, at the median; `floor`: the bare scan of as many rows. */
  readonly hybrid: number
  readonly hybrid95: number
  readonly vectorLeg: number
  readonly wordLeg: number
  readonly floor: number
}

export interface IndexFigures {
  readonly dimension: number
  readonly chunks: number
  readonly owners: readonly Owners[]
  readonly snapshot: {
    readonly bytes: number
    readonly writeSeconds: number
    readonly readSeconds: number
    /** Bytes of JSON a document, which all come to stand in one text. */
    readonly description: number
  }
  /** The bare scan of longer vectors. */
  readonly wide: { readonly dimension: number; readonly bytes: number; readonly rows: number; readonly floor: number }
  /** On the main thread's heap, for each document that is followed. */
  readonly followed: number
}

const WARM_UP = 20
const QUERIES = 100
const CANDIDATES = 100
const DOCUMENTS_A_LOAD = 25
/** How many owners there are of each size, and so many passages has each. */
const SMALL = [200, 20] as const
const OTHERS = [
  [4, 1000],
  [1, 10_000],
] as const
const WIDE = 1024
const WIDE_ROWS = 20_000
const FOLLOWED = 200_000
const POSITION: Position = { position: 1, change: 'bench' }

export async function measureIndex(from: Collections, largest: number): Promise<IndexFigures> {
  const sizes = [SMALL, ...OTHERS, [1, largest] as const]
  const data = from.of(sizes.reduce((sum, [count, chunks]) => sum + count * chunks, 0))
  const folder = await temporaryFolder()
  const options = { dimension: data.dimension, folder, contents: 'bench' }
  try {
    const engine = new Engine(options)
    const owners: Owners[] = []
    let first = 0
    for (const [count, chunks] of sizes) {
      owners.push(measureOwners({ engine, data, first, count, chunks }, from))
      first += count * chunks
    }
    const writing = performance.now()
    drain(engine.save(POSITION))
    const written = performance.now()
    const path = join(folder, SNAPSHOT)
    renameSync(`${path}${UNSYNCED}`, path)
    const { size } = statSync(path)
    const reading = performance.now()
    const restored = new Engine(options).restored()
    const read = performance.now()
    if ('reason' in restored) throw new Error(restored.reason)
    return {
      dimension: data.dimension,
      chunks: data.rows,
      owners,
      snapshot: {
        bytes: size,
        writeSeconds: (written - writing) / 1000,
        readSeconds: (read - reading) / 1000,
        description:
          JSON.stringify([newDocumentId(), newDocumentId()]).length - JSON.stringify([newDocumentId()]).length,
      },
      wide: measureWide(),
      followed: measureFollowed(data),
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

interface Measured {
  readonly engine: Engine
  readonly data: Synthetic
  readonly first: number
  readonly count: number
  readonly chunks: number
}

function measureOwners({ engine, data, first, count, chunks }: Measured, from: Collections): Owners {
  const owners = Array.from({ length: count }, (_, i) => `${chunks}-${i}` as UserId)
  const before = engine.memory()
  let seconds = 0
  for (const [i, owner] of owners.entries()) {
    seconds += loadOwner(engine, owner, data, first + i * chunks, chunks)
  }
  const after = engine.memory()
  const own = bareScan(data.dimension)
  for (let row = first; row < first + chunks; row++) own.add(data.vector(row))
  const searched = timed(from.queries, {
    floor: ({ vector }) => own.scan(vector),
    vectorLeg: ({ vector }, owner) => engine.searchVectors({ scope: { owner }, query: vector, limit: CANDIDATES }),
    wordLeg: ({ text }, owner) => engine.searchWords({ scope: { owner }, query: text, limit: CANDIDATES }),
    hybrid: ({ text, vector }, owner) =>
      engine.rank({
        scope: { owner },
        query: { type: 'hybrid', text, vector, sigma: from.sigma, depth: CANDIDATES },
      }),
  })(owners)
  const each = (bytes: 'wordBytes' | 'vectorBytes' | 'documentBytes'): number =>
    (after[bytes] - before[bytes]) / (count * chunks)
  return {
    chunks,
    count,
    words: each('wordBytes'),
    vectors: each('vectorBytes'),
    documents: each('documentBytes'),
    loaded: (count * chunks) / seconds,
    hybrid: percentile(searched.hybrid, 0.5),
    hybrid95: percentile(searched.hybrid, 0.95),
    vectorLeg: percentile(searched.vectorLeg, 0.5),
    wordLeg: percentile(searched.wordLeg, 0.5),
    floor: percentile(searched.floor, 0.5),
  }
}

/** Seconds that the engine takes for it; what is put there is made before. */
function loadOwner(engine: Engine, owner: UserId, data: Synthetic, first: number, chunks: number): number {
  let took = 0
  for (let row = first; row < first + chunks; row += DOCUMENTS_A_LOAD * CHUNKS_PER_DOCUMENT) {
    const end = Math.min(first + chunks, row + DOCUMENTS_A_LOAD * CHUNKS_PER_DOCUMENT)
    const rows = Array.from({ length: end - row }, (_, i) => row + i)
    const values = new Float32Array(rows.length * data.dimension)
    rows.forEach((one, i) => values.set(data.vector(one), i * data.dimension))
    const byDocument = [...Map.groupBy(rows, (one) => data.documentOf(one))]
    const documents = byDocument.map(([document, own]) => ({
      owner,
      document,
      passages: own.map((one) => ({ chunk: (one + 1) as ChunkId, ...data.passage(one) })),
    }))
    const began = performance.now()
    drain(engine.replaceWords({ documents }))
    drain(
      engine.replaceVectors({
        documents: documents.map(({ document, passages }) => ({
          owner,
          document,
          chunks: passages.map(({ chunk }) => chunk),
        })),
        values,
      }),
    )
    took += performance.now() - began
  }
  return took / 1000
}

/** Each way in turn, query by query, the owners one after the other. */
const timed =
  <Name extends string>(
    queries: readonly Query[],
    ways: Readonly<Record<Name, (query: Query, owner: UserId) => unknown>>,
  ) =>
  (owners: readonly UserId[]): Record<Name, number[]> => {
    const names = Object.keys(ways) as Name[]
    const found = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
    for (let i = 0; i < WARM_UP + QUERIES; i++) {
      const query = queries[i % queries.length]
      const owner = owners[i % owners.length]
      if (query === undefined || owner === undefined) throw new Error('There is nothing to search')
      for (const name of names) {
        const began = performance.now()
        ways[name](query, owner)
        if (i >= WARM_UP) found[name].push(performance.now() - began)
      }
    }
    return found
  }

function measureWide(): IndexFigures['wide'] {
  const scan = bareScan(WIDE)
  for (let row = 0; row < WIDE_ROWS; row++) scan.add(direction(row, WIDE))
  const times: number[] = []
  for (let i = 0; i < WARM_UP + QUERIES; i++) {
    const query = direction(WIDE_ROWS + i, WIDE)
    const began = performance.now()
    scan.scan(query)
    if (i >= WARM_UP) times.push(performance.now() - began)
  }
  return { dimension: WIDE, rows: WIDE_ROWS, bytes: scan.bytes / WIDE_ROWS, floor: percentile(times, 0.5) }
}

/** As features/retrieval/follower.ts keeps what words the index holds of each. */
function measureFollowed(data: Synthetic): number {
  const titles = Array.from({ length: 1000 }, (_, i) => data.passage(i * CHUNKS_PER_DOCUMENT).title)
  const before = getHeapStatistics().used_heap_size
  const followed = new Map<string, string>()
  for (let i = 0; i < FOLLOWED; i++) {
    followed.set(newDocumentId(), JSON.stringify([titles[i % titles.length], i * 10, CHUNKS_PER_DOCUMENT]))
  }
  const bytes = getHeapStatistics().used_heap_size - before
  return bytes / followed.size
}

function drain(write: Generator<void, null>): void {
  while (write.next().done !== true);
}
