import type { ChunkId } from '../core/ids.ts'
import type { QueryTerms } from '../core/ports/search.ts'

export interface ReferenceCandidate {
  readonly chunk: ChunkId
  /** NaN: it has no vector. */
  readonly cos: number
  readonly bm25: number
  readonly phrase: number
  readonly vector: Float32Array | undefined
}

interface Asked {
  readonly query: QueryTerms
  /** As it was asked, with its operators. */
  readonly text: string
  readonly sigma: number
  /** Whether what is like the best rises. */
  readonly lifted: boolean
}

export interface ReferenceScore extends ReferenceCandidate {
  readonly rel: number
  /** F: before what is like the best rises. */
  readonly unlifted: number
  /** S: what the candidates are ordered by. */
  readonly score: number
}

const PHRASE = 0.3
const GUARD = 0.25
const RISING = 50
const NEIGHBOURS = 5
const LIFT = 0.6

/** F and S of the design's page on ranking, word for word; cosines that are missing are placed as `fuse` says. */
export function fused(
  candidates: readonly ReferenceCandidate[],
  { query, text, sigma, lifted }: Asked,
): ReferenceScore[] {
  const words = candidates.map(({ bm25, phrase }) => bm25 + PHRASE * phrase)
  const divisor = Math.max(0, ...words, GUARD * query.idfSum)
  const lambda = lambdaOf(query, text)
  const known = candidates
    .map(({ cos }) => cos)
    .filter((cos) => !Number.isNaN(cos))
    .sort((a, b) => a - b)
  const upperQuartile = known[Math.floor(0.75 * known.length)] ?? 0
  const highest = known.at(-1) ?? 1
  const ranked = candidates.map((candidate, i): ReferenceScore => {
    const rel = divisor === 0 ? 0 : (words[i] ?? 0) / divisor
    const cos = Number.isNaN(candidate.cos) ? upperQuartile + (highest - upperQuartile) * rel : candidate.cos
    const score = cos / sigma + lambda * rel
    return { ...candidate, rel, unlifted: score, score }
  })
  return lifted ? lift(ranked) : ranked
}

function lambdaOf({ terms }: QueryTerms, text: string): number {
  if (terms.length <= 3) return 4
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}\-_./]{2,}/gu) ?? []
  return words.some((word) => /\p{L}/u.test(word) && /\p{N}/u.test(word)) ? 3 : 2
}

function lift(ranked: readonly ReferenceScore[]): ReferenceScore[] {
  const best = ranked.toSorted((a, b) => b.score - a.score || a.chunk - b.chunk).slice(0, RISING)
  const count = Math.min(NEIGHBOURS, best.length - 1)
  return ranked.map((candidate) => {
    const { vector, score } = candidate
    if (vector === undefined || count === 0 || !best.includes(candidate)) return candidate
    const nearest = best
      .flatMap((other, place) =>
        other.vector === undefined || other === candidate ? [] : [{ other, place, cos: dot(vector, other.vector) }],
      )
      .sort((a, b) => b.cos - a.cos || a.place - b.place)
      .slice(0, count)
    const above = nearest.reduce((sum, { other }) => sum + Math.max(0, other.score - score), 0)
    return { ...candidate, score: score + (LIFT / count) * above }
  })
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}
