// What was measured, for the simulation and the plan: by `npm run bench -- scaling` unless it says otherwise. Seconds and
// bytes, on two cores of an AMD EPYC (virtual) that also did other work.

export interface Figures {
  /** Standard deviation of a time's logarithm. */
  readonly spread: number
  /** Of the client that asks, on a processor of its own. */
  readonly client: number
  readonly mainSearch: number
  readonly mainAnswer: number
  readonly mainDocument: number
  readonly embedQuestion: number
  readonly embedAnswer: number
  readonly embedChunk: number
  /** Of the index's thread: whatever the owner's size, then for each of its chunks, by both legs or by words alone. */
  readonly rank: { readonly base: number; readonly chunk: number; readonly word: number }
  readonly readPassages: number
  readonly analyseChunk: number
  readonly indexVector: number
  readonly writeChunk: number
  readonly writeVector: number
  readonly sqliteCommit: number
  readonly postgresCommit: number
  readonly postgresWriters: number
  /** A search of a collection of so many rows, of an owner of so many. */
  readonly milvusSearch: (chunks: number, size: number) => number
  /** Of its round trips, in which nobody computes. */
  readonly milvusWait: number
  /** Of one request to put documents there, whatever their number, and of each row. */
  readonly milvusPut: number
  readonly milvusRow: number
  readonly snapshot: {
    readonly bytes: number
    readonly wordBytes: number
    readonly perSecond: number
    readonly readPerSecond: number
  }
  /** Of a start without a snapshot. */
  readonly readChunk: { readonly sqlite: number; readonly postgres: number }
}

/** Partitions of a collection (src/adapters/vector-stores/milvus/collection.ts). */
const PARTITIONS = 16
/** Bytes of a segment, as Milvus ships; each is searched by itself. */
const SEGMENT = 512 * 2 ** 20
const MILVUS_ROW = 4 * 384 + 120
/** CPU time of one search of a small collection. */
const MILVUS_REQUEST = 0.0063
/** One segment's graph: some 5,000 products of 384 numbers, most of them not in the processor's cache. Computed. */
const MILVUS_SEGMENT = 0.0007

export const FIGURES: Figures = {
  spread: 0.35,
  client: 0.002,
  mainSearch: 0.0049,
  mainAnswer: 0.021,
  mainDocument: 0.006,
  embedQuestion: 0.016,
  embedAnswer: 0.12,
  embedChunk: 0.05,
  rank: { base: 0.004, chunk: 75e-9, word: 20e-9 },
  readPassages: 0.0003,
  analyseChunk: 1 / 2100,
  indexVector: 1 / 50_000,
  writeChunk: 0.0015,
  writeVector: 0.0008,
  sqliteCommit: 1 / 900,
  postgresCommit: 1 / 130,
  postgresWriters: 10,
  milvusSearch: (chunks, size) => {
    const partition = size + (chunks - size) / PARTITIONS
    return MILVUS_REQUEST + Math.ceil((partition * MILVUS_ROW) / SEGMENT) * MILVUS_SEGMENT
  },
  milvusWait: 0.005,
  milvusPut: 0.194,
  milvusRow: 1 / 1153 - 0.194 / 1000,
  snapshot: { bytes: 1030, wordBytes: 600, perSecond: 430e6, readPerSecond: 116e6 },
  readChunk: { sqlite: 1 / 6600, postgres: 1 / 9400 },
}

/** Vectors' lengths that the stores were measured with. */
export type Dimension = 384 | 1024

/** Bytes a chunk, unless it says otherwise; where there are indexes, with them. */
export const BYTES = {
  /** Of the index in memory: words; a vector's columns beside its seven bits a number; and each document. */
  words: 586,
  vectorColumns: 39,
  indexedDocument: 160,
  /** Of a document: on the main thread, and in the description of a snapshot. */
  followed: 224,
  snapshotDocument: 39,
  /** Text, in its passages, as a whole and as it came; then the row of its vector. */
  stores: {
    sqlite: { text: 5000, vector: { 384: 2290, 1024: 4850 } },
    postgres: { text: 3700, vector: { 384: 2290, 1024: 5970 } },
  },
  /** Beside the vector: ids, facets and the graph. */
  milvusRow: 400,
} as const

/**
 * A real server over 100,000 chunks of one owner (`npm run bench -- http-search`, 7470ecb, two cores): what one client's
 * searches take of each thread, in seconds, which the simulation is given, and what eight clients then had, in milliseconds.
 */
const SERVED = { mainSearch: 0.0082, readPassages: 0.001, client: 0.0011, rank: { base: 0.0099, chunk: 0, word: 0 } }
export const MEASURED = {
  cores: 2,
  chunks: 100_000,
  clients: 8,
  runs: [
    {
      what: 'each question embedded',
      with: { ...SERVED, embedQuestion: 0.0176 },
      p50: 144.4,
      p99: 270.1,
      perSecond: 52.7,
    },
    { what: 'embeddings cached', with: { ...SERVED, embedQuestion: 0 }, p50: 85.8, p99: 121.3, perSecond: 94.2 },
  ],
} as const
