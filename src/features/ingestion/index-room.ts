import { totalmem } from 'node:os'
import { AppError } from '../../core/errors.ts'

export interface RoomDeps {
  /** Bytes that the index has in memory, and those of them that are vectors. */
  readonly taken: () => Promise<{ readonly bytes: number; readonly vectorBytes: number }>
  /** Passages that the index will get vectors of. */
  readonly awaited: () => Promise<number>
  /** Of the vectors, as far as it is known. */
  readonly dimension: () => number
  /** Bytes that the index may have in memory; undefined: half of what this machine, or its container, has. */
  readonly most: number | undefined
  /** Bytes that vectors can have, whatever memory there is. */
  readonly mostVectors: number
  /** Whether the index takes the vectors. */
  readonly keepsVectors: () => boolean
  /** Makes room by giving up the index's vectors, where another store has them; gives whether it did. */
  readonly giveUpVectors: () => Promise<boolean>
}

export interface IndexRoom {
  /** Bytes that the index may have in memory. */
  readonly most: number
  /**
   * Makes sure that the index can take so many more passages, those that it loses taken off, with their words and vectors.
   * @throws AppError `index_full`
   */
  ensure(passages: number): Promise<void>
}

/** What a passage takes besides a byte for each number of its vector: measured, with a fifth to spare (docs/benchmarks.md). */
const VECTOR_BYTES = 60
const WORD_BYTES = 750

/** Keeps the index within its bound: refuses documents before they are stored, instead of failing when memory ends. */
export function createIndexRoom({
  taken,
  awaited,
  dimension,
  most: configured,
  mostVectors,
  keepsVectors,
  giveUpVectors,
}: RoomDeps): IndexRoom {
  const most = mostIndexBytes(configured)
  return {
    most,
    async ensure(passages) {
      if (passages <= 0) return
      const [{ bytes, vectorBytes }, waiting] = await Promise.all([taken(), awaited()])
      const perVector = keepsVectors() ? vectorSize(dimension()) : 0
      const needed = bytes + waiting * perVector + passages * (perVector + WORD_BYTES)
      const isFull = vectorBytes + (waiting + passages) * perVector > mostVectors
      if ((isFull || needed > most) && (await giveUpVectors())) return this.ensure(passages)
      if (isFull) {
        throw new AppError(
          'index_full',
          `The search index cannot hold more than ${megabytes(mostVectors)} MB of vectors. Delete documents, then have ` +
            'this one read again.',
        )
      }
      if (needed <= most) return
      throw new AppError(
        'index_full',
        `The search index would need ${megabytes(needed)} MB with this document, and may have ${megabytes(most)}. ` +
          'Delete documents, or raise MAX_INDEX_MEMORY, then have this one read again.',
      )
    },
  }
}

const vectorSize = (dimension: number): number => dimension + VECTOR_BYTES

/** What a passage takes in the index with its vector. */
export const passageBytes = (dimension: number): number => vectorSize(dimension) + WORD_BYTES

/** What the index may take: as is configured, or half of the memory that there is. */
export const mostIndexBytes = (configured: number | undefined): number => configured ?? halfOfMemory()

/** A container's limit where there is one. */
function halfOfMemory(): number {
  const limit = process.constrainedMemory()
  return Math.floor((limit > 0 ? Math.min(limit, totalmem()) : totalmem()) / 2)
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)
