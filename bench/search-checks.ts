// What a search must find, found the slow way: every row is made again and compared exactly.
import type { DocumentId } from '../src/core/ids.ts'
import { mulberry32 } from '../src/features/evaluation/bootstrap.ts'
import { CHUNKS_PER_DOCUMENT, type Synthetic } from './synthetic.ts'

interface Scored {
  readonly chunk: number
  readonly score: number
}

/** The exact cosines of one query with all rows. */
export interface Exhaustive {
  /** Best first, of all rows or of those that are named; ties by id. */
  best(count: number, rows?: readonly number[]): Scored[]
}

export function exhaustive(data: Synthetic, queries: readonly Float32Array[]): Exhaustive[] {
  const scores = queries.map(() => new Float64Array(data.rows))
  for (let row = 0; row < data.rows; row++) {
    const vector = data.vector(row)
    queries.forEach((query, q) => {
      let sum = 0
      for (let i = 0; i < data.dimension; i++) sum += (query[i] as number) * (vector[i] as number)
      ;(scores[q] as Float64Array)[row] = sum
    })
  }
  return scores.map((ofQuery) => ({
    best(count, rows) {
      const best: Scored[] = []
      const offer = (row: number): void => {
        const score = ofQuery[row] as number
        if (best.length === count && score <= (best.at(-1)?.score ?? 0)) return
        const place = best.findLastIndex((other) => other.score >= score) + 1
        best.splice(place, 0, { chunk: row + 1, score })
        if (best.length > count) best.pop()
      }
      if (rows === undefined) for (let row = 0; row < ofQuery.length; row++) offer(row)
      else for (const row of rows) offer(row)
      return best
    },
  }))
}

const ROUNDING = 1e-5

/** The same scores in the same order: passages that are equally good may change places. */
export const sameScores = (found: readonly Scored[], expected: readonly Scored[]): boolean =>
  found.length === expected.length &&
  found.every(({ score }, i) => Math.abs(score - (expected[i]?.score ?? Number.NaN)) < ROUNDING)

/** Documents to filter by, with their rows in order. */
export interface SomeDocuments {
  readonly name: string
  readonly documents: readonly DocumentId[]
  readonly rows: readonly number[]
}

/** A tenth and a hundredth of the documents: neighbours, and from everywhere. */
export function someDocuments({ rows, documentOf }: Synthetic): SomeDocuments[] {
  const count = Math.ceil(rows / CHUNKS_PER_DOCUMENT)
  const all = Array.from({ length: count }, (_, i) => i)
  const random = mulberry32(1)
  const mixed = all.map((document) => ({ document, at: random() })).sort((a, b) => a.at - b.at)
  return [0.1, 0.01].flatMap((share) => {
    const wanted = Math.max(1, Math.round(share * count))
    const first = Math.floor(count / 3)
    const ways = {
      contiguous: all.slice(first, first + wanted),
      scattered: mixed.slice(0, wanted).map(({ document }) => document),
    }
    return Object.entries(ways).map(([way, numbers]): SomeDocuments => ({
      name: `${share * 100} %, ${way}`,
      documents: numbers.map((number) => documentOf(number * CHUNKS_PER_DOCUMENT)),
      rows: numbers
        .flatMap((number) => Array.from({ length: CHUNKS_PER_DOCUMENT }, (_, i) => number * CHUNKS_PER_DOCUMENT + i))
        .filter((row) => row < rows)
        .sort((a, b) => a - b),
    }))
  })
}
