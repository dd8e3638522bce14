import type { WeighedTerms } from '../core/ports/search.ts'
import { ANALYZER_ID, forEachRun } from './analyzer.ts'
import { BM25_B, BM25_K1, MOST_COUNTED, TITLE_WEIGHT } from './bm25.ts'
import { languageOf } from './languages.ts'

/** In place of the mean length of an owner's passages, which another store does not know. In terms. */
const USUAL_LENGTH = 128

/** Names what the two functions below do, beside the analyzer: weights of another name do not meet these. */
export const WEIGHTS_ID = `${ANALYZER_ID} weights-1`

/**
 * What each term of a passage adds to its BM25 score for one unit of the term's idf, with the usual length for the mean one:
 * the product with a query's weights is the score then.
 */
export function passageWeights(title: string, text: string): WeighedTerms {
  const language = languageOf(text)
  const counts = new Map<string, number>()
  let length = 0
  const count = (by: number) => (run: readonly string[]) => {
    length += run.length
    for (const term of run) counts.set(term, (counts.get(term) ?? 0) + by)
  }
  forEachRun(title, language, count(TITLE_WEIGHT))
  forEachRun(text, language, count(1))
  const norm = BM25_K1 * (1 - BM25_B + (BM25_B * length) / USUAL_LENGTH)
  return packed([...counts].map(([term, n]) => [term, Math.min(n, MOST_COUNTED) / (Math.min(n, MOST_COUNTED) + norm)]))
}

/** Terms that have one number are one. @param terms with their weights */
export function packed(terms: readonly (readonly [term: string, weight: number])[]): WeighedTerms {
  const weightOf = new Map<number, number>()
  for (const [term, weight] of terms) {
    const id = numberOf(term)
    weightOf.set(id, (weightOf.get(id) ?? 0) + weight)
  }
  const sorted = [...weightOf].sort(([a], [b]) => a - b)
  return {
    ids: Uint32Array.from(sorted, ([id]) => id),
    weights: Float32Array.from(sorted, ([, weight]) => weight),
  }
}

const LARGEST = 0xffff_fffe

/** FNV-1a over UTF-16: of a million terms some hundred share theirs with another. From 1 to 2^32 - 2. */
function numberOf(term: string): number {
  let hash = 0x811c_9dc5
  for (let i = 0; i < term.length; i++) hash = Math.imul(hash ^ term.charCodeAt(i), 0x0100_0193)
  return Math.min(LARGEST, Math.max(1, hash >>> 0))
}
