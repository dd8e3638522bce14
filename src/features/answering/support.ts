import type { Doubt, Verdict } from './answer.ts'
import { numbersIn, sameNumber } from './numbers.ts'
import { softMatch } from './soft-match.ts'
import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

export interface Support {
  readonly verdict: Verdict
  readonly doubt: Doubt | null
  /** Idf share of the sentence's content words that the quote or its context holds. */
  readonly coverage: number
}

/** Weighs a word by how rare it is in the owner's documents. */
export type WordWeight = (word: Word) => number

const SAME_WORD = 0.5
const NAME_WEIGHT = 1.5
const SUPPORTED = 0.75
const DOUBTFUL = 0.55
/** Words that join or introduce, as a model's `yes` and `according to the evidence`. */
const EXTRA_STOP = new Set(
  'yes according evidence also would could should so such if but while although though because since however thus therefore only just even still yet upon within among between through over under per via had having him them our us all any each either both some more most other another very'.split(
    ' ',
  ),
)

/** The words of a sentence that have to be found in its quote. */
export const contentOf = (text: string): Word[] =>
  wordsOf(text).filter((word) => !word.stop && !EXTRA_STOP.has(word.lower) && numbersIn(word.text).length === 0)

function found(word: Word, among: readonly Word[]): number {
  let best = 0
  for (const other of among) {
    if (other.lower === word.lower || other.stem === word.stem) return 1
    best = Math.max(best, softMatch(word.stem, other.stem))
  }
  return best
}

/**
 * Whether a quote says what a sentence says, by three things that must be found in it: every number (after bringing
 * them onto one scale), every name (a capitalised word that does not open the sentence), and enough of the content
 * words by weight. A name or word may also stand in the context (the document's title, headings, table header).
 */
export function supportOf(sentence: string, quote: string, context: string, weight: WordWeight): Support {
  const held = numbersIn(quote)
  const missingNumber = numbersIn(sentence).some(
    ({ value, free }) => !free && !held.some((other) => sameNumber(value, other.value)),
  )
  const opening = wordsOf(sentence)[0]
  const among = wordsOf(`${quote}\n${context}`)
  let total = 0
  let covered = 0
  let missingName = false
  for (const word of contentOf(sentence)) {
    const isName = word.capital && word.offset !== opening?.offset
    const match = found(word, among)
    const share = weight(word) * (isName ? NAME_WEIGHT : 1)
    total += share
    covered += share * match
    if (isName && word.lower.length > 1 && match < SAME_WORD) missingName = true
  }
  const coverage = total === 0 ? 1 : covered / total
  if (missingNumber) return { verdict: 'unsupported', doubt: 'number', coverage }
  if (missingName) return { verdict: 'unsupported', doubt: 'name', coverage }
  if (coverage >= SUPPORTED) return { verdict: 'supported', doubt: null, coverage }
  return { verdict: coverage >= DOUBTFUL ? 'doubtful' : 'unsupported', doubt: 'coverage', coverage }
}
