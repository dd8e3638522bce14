import type { Span } from '../../core/sentences.ts'
import { analyze } from '../../index/analyzer.ts'

/** A text with the places where words of the query stand in it, ascending. */
export interface MarkedText {
  readonly text: string
  readonly places: readonly Span[]
}

/** Shares, 0 to 1, of what the query asks for; 0 where it asks for none. */
export interface HeldTerms {
  /** Of its distinct terms. */
  readonly words: number
  /** Of its pairs of neighbours: how many stand side by side here, too, stop words left out. */
  readonly pairs: number
}

/** How much of a query texts hold together. Only the places that are marked are analysed, and what lies between two. */
export function heldTerms(query: readonly string[]): (texts: readonly MarkedText[]) => HeldTerms {
  const wanted = new Set(query)
  const pairs = query.slice(1).map((term, i) => pairOf(query[i], term))
  const wantedPairs = new Set(pairs)
  const known = new Map<string, readonly string[]>()
  const termsOf = (word: string): readonly string[] => {
    const terms = known.get(word) ?? analyze(word)
    known.set(word, terms)
    return terms
  }
  return (texts) => {
    const words = new Set<string>()
    const neighbours = new Set<string>()
    for (const { text, places } of texts) {
      let last: { readonly term: string | undefined; readonly end: number } = { term: undefined, end: 0 }
      for (const { start, end } of places) {
        for (const [i, term] of termsOf(text.slice(start, end)).entries()) {
          words.add(term)
          const pair = pairOf(last.term, term)
          // Of one place the terms stand side by side.
          if (wantedPairs.has(pair) && (i > 0 || isSilent(text.slice(last.end, start)))) neighbours.add(pair)
          last = { term, end }
        }
      }
    }
    return {
      words: share([...wanted].filter((term) => words.has(term)).length, wanted.size),
      pairs: share(pairs.filter((pair) => neighbours.has(pair)).length, pairs.length),
    }
  }
}

const share = (count: number, of: number): number => (of === 0 ? 0 : count / of)

const pairOf = (a: string | undefined, b: string): string => `${a ?? ''} ${b}`

/** Whether nothing but stop words, white space and punctuation lies between two words. */
const isSilent = (between: string): boolean =>
  between === ' ' || (between.length <= MOST_BETWEEN && analyze(between).length === 0)

/** Longer than some stop words in a row. */
const MOST_BETWEEN = 60
