// A collection of any size made of a few thousand real passages: their vectors with noise, their texts with changes.
// The same seed gives the same collection, and a row can be made again at any time, so that nothing need be kept of it.
import type { DocumentId } from '../src/core/ids.ts'
import type { IndexedPassage } from '../src/core/ports/search.ts'
import { mulberry32 } from '../src/features/evaluation/bootstrap.ts'
import type { RetrievalSet } from './retrieval-sets.ts'

/** Chunks of a document. */
export const CHUNKS_PER_DOCUMENT = 10
/** Of a neighbour that is mixed into a vector, and of the noise: copies of a passage have a cosine of about .85. */
const OTHER = 0.4
const NOISE = 0.35
/** Share of the words that are replaced by others of the collection, and by ones that stand nowhere else. */
const REPLACED = 0.2
const NEW = 0.005

export interface Synthetic {
  readonly dimension: number
  readonly rows: number
  documentOf(row: number): DocumentId
  /** Of length 1. The first rows are the real passages themselves. */
  vector(row: number): Float32Array
  passage(row: number): Omit<IndexedPassage, 'chunk'>
}

export function synthetic(
  { passages }: Pick<RetrievalSet, 'passages'>,
  vectors: readonly Float32Array[],
  rows: number,
): Synthetic {
  const real = vectors.length
  const dimension = vectors[0]?.length ?? 0
  const words = passages.map(({ text }) => text.split(/\s+/))
  const all = words.flat()
  const deviation = NOISE / Math.sqrt(dimension)
  // Neighbouring rows need seeds that are far apart.
  const randomOf = (row: number, what: number): (() => number) => mulberry32(Math.imul(row * 2 + what, 0x9e3779b1))

  return {
    dimension,
    rows,
    documentOf: (row) => `d${Math.floor(row / CHUNKS_PER_DOCUMENT)}` as DocumentId,
    vector(row) {
      const base = vectors[row % real] as Float32Array
      if (row < real) return base
      const random = randomOf(row, 0)
      const other = vectors[Math.floor(random() * real)] as Float32Array
      const made = new Float32Array(dimension)
      let sum = 0
      for (let i = 0; i < dimension; i++) {
        // Three uniform numbers together have a variance of 1/4.
        const noise = 2 * (random() + random() + random() - 1.5) * deviation
        const value = (base[i] as number) + OTHER * (other[i] as number) + noise
        made[i] = value
        sum += value * value
      }
      const length = Math.sqrt(sum)
      for (let i = 0; i < dimension; i++) made[i] = (made[i] as number) / length
      return made
    },
    passage(row) {
      const { title } = passages[row % real] as RetrievalSet['passages'][number]
      const base = words[row % real] as readonly string[]
      if (row < real) return { title, context: '', text: base.join(' ') }
      const random = randomOf(row, 1)
      const text = base
        .map((word) => {
          const choice = random()
          if (choice < NEW) return `x${row.toString(36)}${Math.floor(random() * 36).toString(36)}`
          return choice < REPLACED ? (all[Math.floor(random() * all.length)] as string) : word
        })
        .join(' ')
      return { title, context: '', text }
    },
  }
}
