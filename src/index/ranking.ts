import type { Candidates, RankQuery, WordScores } from '../core/ports.ts'
import type { Ranked } from './best.ts'
import { fuse, lift, NEIGHBOURS, risingCandidates } from './fusion.ts'
import type { WordRanking } from './words.ts'

/** Both legs of one owner, as far as a query may see them. */
export interface Legs {
  searchWords(query: string, limit: number): WordRanking
  /** The passages that meet the query's conditions; undefined where it has none. */
  meeting(query: string): Float64Array | undefined
  scoreWords(query: string, chunks: Float64Array): WordScores
  /** @param only the passages that may be found; absent: all of the scope */
  searchVectors(query: Float32Array, limit: number, only: Float64Array | undefined): Ranked
  scoreVectors(query: Float32Array, chunks: Float64Array): Float64Array
  neighbours(chunks: Float64Array, count: number): Int32Array
}

export type RankedChunks = Omit<Candidates, 'documents' | 'searched'>

/**
 * The candidates of a query: the best of both legs, scored exactly by both, so that what only one of them found is not
 * guessed at; then brought together (`fusion.ts`). Without a vector words alone decide, without words the vector.
 */
export function rankCandidates(legs: Legs, { type, text, vector, sigma, depth }: RankQuery): RankedChunks {
  const byWords = type === 'semantic' ? NO_WORDS : legs.searchWords(text, depth)
  const nearest = vector === undefined ? undefined : legs.searchVectors(vector, depth, legs.meeting(text))
  const chunks = Float64Array.from(new Set([...byWords.chunks, ...(nearest?.chunks ?? [])]))
  const { bm25, phrase } = type === 'semantic' ? unscored(chunks) : legs.scoreWords(text, chunks)
  const cos = cosines(legs, vector, nearest, chunks)
  const { query } = byWords
  const { fused, rel } = fuse({ cos, bm25, phrase: type === 'hybrid' ? phrase : undefined, sigma, query, text })
  if (type !== 'hybrid') return { chunks, cos, bm25, rel, fused, query }

  const rising = risingCandidates(fused, chunks)
  const near = legs.neighbours(
    Float64Array.from(rising, (place) => chunks[place] as number),
    NEIGHBOURS,
  )
  return { chunks, cos, bm25, rel, fused: lift(fused, rising, near), query }
}

/** Of all candidates; those of the nearest are known. */
function cosines(
  legs: Legs,
  vector: Float32Array | undefined,
  nearest: Ranked | undefined,
  chunks: Float64Array,
): Float64Array {
  if (vector === undefined || nearest === undefined) return unscored(chunks).cos
  const known = new Map(Array.from(nearest.chunks, (chunk, i) => [chunk, nearest.scores[i] as number]))
  const others = chunks.filter((chunk) => !known.has(chunk))
  legs.scoreVectors(vector, others).forEach((score, i) => known.set(others[i] as number, score))
  return chunks.map((chunk) => known.get(chunk) as number)
}

const NO_WORDS: WordRanking = {
  chunks: new Float64Array(0),
  scores: new Float64Array(0),
  query: { terms: [], idf: [], idfSum: 0 },
}

const unscored = ({ length }: Float64Array): WordScores & { readonly cos: Float64Array } => ({
  bm25: new Float64Array(length),
  phrase: new Float64Array(length),
  cos: new Float64Array(length).fill(Number.NaN),
})
