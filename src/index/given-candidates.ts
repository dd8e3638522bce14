import { Best } from './best.ts'
import type { Legs } from './ranking.ts'
import type { WordQuery } from './words.ts'

/**
 * Both sides of a query whose candidates another store has found by words and by vectors, as those it finds best by its own
 * measures: each leg is the best of them by the exact score. What the index does not hold, or what is not in the scope, is
 * left out: it is late or gone.
 * @param isFound whether a passage may be found
 */
export function givenCandidates(
  candidates: Float64Array,
  isFound: (chunk: number) => boolean,
  { weighed: { terms, idf, idfSum } }: WordQuery,
  { scoreWords, scoreVectors }: Pick<Legs, 'scoreWords' | 'scoreVectors'>,
): Pick<Legs, 'searchWords' | 'searchVectors'> {
  const found = Float64Array.from(new Set(candidates)).filter(isFound)
  return {
    searchWords(limit) {
      const best = new Best(limit, found.length)
      scoreWords(found).bm25.forEach((score, place) => {
        if (score > 0) best.offer(score, found[place] as number)
      })
      return { ...best.ranked(), query: { terms, idf, idfSum } }
    },
    searchVectors(query, limit) {
      const best = new Best(limit, found.length)
      scoreVectors(query, found).forEach((cos, place) => best.offer(cos, found[place] as number))
      return best.ranked()
    },
  }
}
