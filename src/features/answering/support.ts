import type { Doubt, Verdict } from './answer.ts'
import { isNumber, numbersIn, sameNumber } from './numbers.ts'
import type { NumberFound } from './numbers.ts'
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
export const contentOf = (text: string): Word[] => wordsOf(text).filter(isContent)

const isContent = (word: Word): boolean => !word.stop && !EXTRA_STOP.has(word.lower) && !isNumber(word.text)

/** A sentence of an answer as it is compared with quotes. */
export interface ReadClaim {
  readonly numbers: readonly NumberFound[]
  readonly content: readonly Word[]
  /** Those of `content` that must be found: capitalised words that do not open the sentence. */
  readonly names: ReadonlySet<Word>
}

export function readClaim(sentence: string): ReadClaim {
  const words = wordsOf(sentence)
  const content = words.filter(isContent)
  const names = content.filter((word) => word.capital && word.offset !== words[0]?.offset)
  return { numbers: numbersIn(sentence).filter(({ free }) => !free), content, names: new Set(names) }
}

/** A quote with its context, as sentences are compared with it. */
export interface ReadQuote {
  readonly numbers: readonly NumberFound[]
  readonly lowers: ReadonlySet<string>
  readonly stems: ReadonlySet<string>
}

/** @param context the document's title, headings, table header: names and words may stand there, too */
export function readQuote(quote: string, context: readonly Word[]): ReadQuote {
  const words = [...wordsOf(quote), ...context]
  return {
    numbers: numbersIn(quote),
    lowers: new Set(words.map(({ lower }) => lower)),
    stems: new Set(words.map(({ stem }) => stem)),
  }
}

function found(word: Word, { lowers, stems }: ReadQuote): number {
  if (lowers.has(word.lower) || stems.has(word.stem)) return 1
  let best = 0
  for (const stem of stems) best = Math.max(best, softMatch(word.stem, stem))
  return best
}

/**
 * Whether a quote says what a sentence says, by three things that must be found in it: every number (after bringing
 * them onto one scale), every name (a capitalised word that does not open the sentence), and enough of the content
 * words by weight. A name or word may also stand in the context.
 */
export function supportOf({ numbers, content, names }: ReadClaim, quote: ReadQuote, weight: WordWeight): Support {
  const missingNumber = numbers.some(({ value }) => !quote.numbers.some((other) => sameNumber(value, other.value)))
  let total = 0
  let covered = 0
  let missingName = false
  for (const word of content) {
    const isName = names.has(word)
    const match = found(word, quote)
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
