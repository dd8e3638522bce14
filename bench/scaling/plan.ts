// Memory, disk and machines for a number of chunks, by what was measured a chunk; and what refuses it.
import { MOST_BYTES } from '../../src/index/vector-memory.ts'
import { BYTES, type Dimension } from './figures.ts'

export interface Wanted {
  readonly chunks: number
  readonly dimension: Dimension
  readonly chunksPerDocument: number
  readonly postgres: boolean
  readonly milvus: boolean
}

/** Bytes. */
export interface Plan {
  /** Of each instance: its index in memory, what its main thread follows, and its own disk. */
  readonly index: number
  readonly followed: number
  readonly instanceDisk: number
  readonly database: number
  readonly milvusMemory: number
  readonly milvusDisk: number
  /** Why it cannot be so; empty: it can. */
  readonly refused: readonly string[]
  /** What goes, but not as it should. */
  readonly hurts: readonly string[]
}

/** V8's bounds: a text's length, a Map's entries, and a heap on a machine with much memory. */
const LONGEST_TEXT = 2 ** 29 - 24
const MOST_ENTRIES = 2 ** 24
const HEAP = 4.4e9
/** Of the largest machine that is counted with. */
const MACHINE = 512e9
/** Of a Milvus's memory that data may take. */
const FULL = 0.7

export function plan({ chunks, dimension, chunksPerDocument, postgres, milvus }: Wanted): Plan {
  const documents = chunks / chunksPerDocument
  // The kernel reads sixteen numbers at a time; four bytes are the row's scale.
  const codes = chunks * (Math.ceil(dimension / 16) * 16 + 4)
  const floats = 4 * dimension * chunks
  const words = chunks * BYTES.words + documents * BYTES.indexedDocument
  const index = milvus ? words : words + codes + chunks * BYTES.vectorColumns
  const followed = documents * BYTES.followed
  const store = BYTES.stores[postgres ? 'postgres' : 'sqlite']
  const refusals: readonly (readonly [boolean, string])[] = [
    [!milvus && codes > MOST_BYTES, `vectors in 7 bits need ${gigabytes(codes)}, WebAssembly addresses 4.3 GB`],
    [documents > MOST_ENTRIES, `${(documents / 1e6).toFixed(0)} M documents, a Map holds 16.8 M`],
    [followed > HEAP, `the main thread's heap needs ${gigabytes(followed)}, V8 gives 4.4 GB`],
    [index + followed > MACHINE, `an instance needs ${gigabytes(index + followed)}`],
  ]
  const hurts: readonly (readonly [boolean, string])[] = [
    [documents * BYTES.snapshotDocument > LONGEST_TEXT, "no snapshot: its description is longer than V8's texts"],
  ]
  return {
    index,
    followed,
    // A snapshot is written beside the one before.
    instanceDisk: 2 * index + (milvus ? 0 : floats),
    database: chunks * (store.text + store.vector[dimension]),
    milvusMemory: milvus ? (floats + chunks * BYTES.milvusRow) / FULL : 0,
    // The rows, and the graph that holds them again.
    milvusDisk: milvus ? 2 * floats + chunks * BYTES.milvusRow : 0,
    refused: refusals.filter(([isSo]) => isSo).map(([, why]) => why),
    hurts: hurts.filter(([isSo]) => isSo).map(([, why]) => why),
  }
}

export const gigabytes = (bytes: number): string => {
  const size = bytes / 1e9
  return size >= 1000 ? `${(size / 1000).toFixed(1)} TB` : `${size.toFixed(size < 10 ? 1 : 0)} GB`
}
