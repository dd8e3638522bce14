import type { QueryTerms } from '../core/ports/search.ts'
import { analyzeIn } from './analyzer.ts'
import type { Language } from './languages.ts'

/** What weighing a query asks of an index. */
export interface TermStatistics {
  /** Undefined for a term that no passage ever held. */
  idOf(term: string): number | undefined
  /** In how many living passages the term is. */
  frequencyOf(term: number): number
  /** idf of what is in so many passages. */
  rarity(frequency: number): number
  /** Of the passages, as each of which a query is stemmed. */
  readonly languages: readonly Language[]
}

/** A word of the query with the ids of what it is in each language; none where no passage ever held any of these. */
export interface QueryWord {
  readonly ids: readonly number[]
  readonly idf: number
}

export interface WeighedQuery extends QueryTerms {
  /** Distinct words: one for each of `terms`. */
  readonly words: readonly QueryWord[]
  /** The query's words in their order, by their places in `words`. */
  readonly sequence: readonly number[]
  /**
   * Distinct known term ids with what they are worth, idf times how often they are asked for; the heaviest first, ties by
   * id. A passage's score is added up in this order.
   */
  readonly ids: readonly number[]
  readonly weights: readonly number[]
}

/**
 * Weighs the words of a query: a word stemmed in several languages stays one word, as frequent as its stems together,
 * so that a language with few passages does not make its forms of a common word look rare.
 */
export function weigh(text: string, index: TermStatistics): WeighedQuery {
  const places = new Map<string, number>()
  const words: QueryWord[] = []
  const terms: string[] = []
  const repeats: number[] = []
  const sequence = analyzeIn(text, index.languages).map((stems) => {
    const key = stems.join(' ')
    let place = places.get(key)
    if (place === undefined) {
      places.set(key, (place = words.length))
      const known = stems.flatMap((term) => {
        const id = index.idOf(term)
        return id === undefined ? [] : [{ term, id, frequency: index.frequencyOf(id) }]
      })
      const most = known.reduce<(typeof known)[number] | undefined>(
        (a, b) => (a === undefined || b.frequency > a.frequency ? b : a),
        undefined,
      )
      terms.push(most?.term ?? stems[0] ?? '')
      const frequency = known.reduce((sum, one) => sum + one.frequency, 0)
      words.push({ ids: known.map(({ id }) => id), idf: index.rarity(frequency) })
      repeats.push(0)
    }
    repeats[place] = (repeats[place] as number) + 1
    return place
  })

  const weightOf = new Map<number, number>()
  let idfSum = 0
  words.forEach(({ ids, idf }, place) => {
    const weight = idf * (repeats[place] as number)
    idfSum += weight
    for (const id of ids) weightOf.set(id, (weightOf.get(id) ?? 0) + weight)
  })
  const heaviest = [...weightOf].sort(([a, weight], [b, other]) => other - weight || a - b)
  return {
    terms,
    idf: words.map(({ idf }) => idf),
    idfSum,
    words,
    sequence,
    ids: heaviest.map(([id]) => id),
    weights: heaviest.map(([, weight]) => weight),
  }
}
