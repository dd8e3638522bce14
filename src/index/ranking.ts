import type { Candidates, RankQuery, WordScores } from '../core/ports/search.ts'
import type { Ranked } from './best.ts'
import { fuse, lift, NEIGHBOURS, risingCandidates } from './fusion.ts'
import type { WordRanking } from './words.ts'

/** Both legs of one owner, as far as a query may see them; the words know its text. */
export interface Legs {
  searchWords(limit: number): WordRanking
  /** The passages that meet the query's conditions; undefined where it has none. */
  meeting(): Float64Array | undefined
  scoreWords(chunks: Float64Array): WordScores
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
  const byWords = type === 'semantic' ? NO_WORDS : legs.searchWords(depth)
  const nearest = vector === undefined ? undefined : legs.searchVectors(vector, depth, legs.meeting())
  const { chunks, cos } = union(legs, byWords, vector, nearest)
  const { bm25, phrase } = type === 'semantic' ? unscored(chunks) : legs.scoreWords(chunks)
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

/** All candidates, those by words first, and their cosines, of which those of the nearest are known. */
function union(
  legs: Legs,
  { chunks: byWords }: Ranked,
  vector: Float32Array | undefined,
  nearest: Ranked | undefined,
): Pick<Candidates, 'chunks' | 'cos'> {
  if (vector === undefined || nearest === undefined) return { chunks: byWords, cos: unscored(byWords).cos }
  const chunks = new Float64Array(byWords.length + nearest.chunks.length)
  const cos = new Float64Array(chunks.length)
  chunks.set(byWords)
  const placeOf = new Map<number, number>()
  for (let place = 0; place < byWords.length; place++) placeOf.set(byWords[place] as number, place)
  const isUnknown = new Uint8Array(byWords.length).fill(1)
  let size = byWords.length
  for (let i = 0; i < nearest.chunks.length; i++) {
    const place = placeOf.get(nearest.chunks[i] as number) ?? size++
    if (place < byWords.length) isUnknown[place] = 0
    chunks[place] = nearest.chunks[i] as number
    cos[place] = nearest.scores[i] as number
  }
  const others = byWords.filter((_, place) => isUnknown[place] === 1)
  const scores = legs.scoreVectors(vector, others)
  for (let place = 0, i = 0; place < byWords.length; place++)
    if (isUnknown[place] === 1) cos[place] = scores[i++] as number
  return { chunks: chunks.slice(0, size), cos: cos.slice(0, size) }
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
