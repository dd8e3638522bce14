import type { Doubt, Verdict } from './answer.ts'
import { antonymDiffers } from './antonyms.ts'
import { comparedDate } from './dates.ts'
import { holdsOtherForm, namesOf } from './names.ts'
import { comparedNegation } from './negation.ts'
import { isRounded, sameNumber } from './numbers.ts'
import type { NumberFound, Rounding } from './numbers.ts'
import { bindingDiffers, orderDiffers } from './order.ts'
import { readText } from './read-text.ts'
import type { ReadText, Token } from './read-text.ts'
import { softMatch } from './soft-match.ts'

export interface Support {
  readonly verdict: Verdict
  readonly doubt: Doubt | null
  /** Idf share of the sentence's content words that the quote or its context holds. */
  readonly coverage: number
}

const RANK: Readonly<Record<Verdict, number>> = { supported: 2, doubtful: 1, unsupported: 0 }

export const isBetterVerdict = (a: Verdict, b: Verdict): boolean => RANK[a] > RANK[b]

/** Weighs a word by how rare it is in the owner's documents. */
export type WordWeight = (word: { readonly stem: string }) => number

const SAME_WORD = 0.5
const NAME_WEIGHT = 1.5
const SUPPORTED = 0.75
const DOUBTFUL = 0.55
/** With less nothing else need be looked at. */
export const HOPELESS = 0.25
/** From here on a claim has a quote's words, so that a word of negation more is what differs. */
const SAME_WORDS = 0.85
const CELL = ' | '

/** A sentence of an answer as it is compared with quotes. */
export interface ReadClaim extends ReadText {
  readonly content: readonly Token[]
  readonly names: ReadonlySet<Token>
}

export function readClaim(sentence: string): ReadClaim {
  const read = readText(sentence)
  return { ...read, content: read.tokens.filter(({ content }) => content), names: namesOf(read) }
}

/** A quote with its context, as sentences are compared with it. */
export interface ReadQuote extends ReadText {
  readonly context: ReadText
}

/** @param context the document's title, headings, table header: names and words may stand there, too */
export const readQuote = (quote: string, context: ReadText): ReadQuote => ({ ...readText(quote), context })

/**
 * How far a word stands in a quote or its context, 0 to 1.
 * @param isName another form of a name begins with the same letter
 */
export function found(word: Token, { lowers, stems, context }: ReadQuote, isName = false): number {
  if (lowers.has(word.lower) || stems.has(word.stem)) return 1
  if (context.lowers.has(word.lower) || context.stems.has(word.stem)) return 1
  let best = 0
  for (const known of [stems, context.stems]) {
    for (const stem of known.keys()) {
      if (!isName || stem[0] === word.stem[0]) best = Math.max(best, softMatch(word.stem, stem))
    }
  }
  return best
}

// --- Dates and numbers -------------------------------------------------------------------------------------------

interface DatesCompared {
  readonly differs: boolean
  /** Words of dates that the quote gives, maybe in another format. */
  readonly given: ReadonlySet<number>
}

function compareDates(claim: ReadClaim, quote: ReadQuote): DatesCompared {
  const given = new Set<number>()
  let differs = false
  for (const date of claim.dates) {
    const own = claim.tokens.filter(({ offset }) => offset >= date.start && offset < date.end)
    const compared = comparedDate(date, quote.dates) ?? comparedDate(date, quote.context.dates)
    if (compared === 'same') for (const { index } of own) given.add(index)
    else if (compared === 'other') differs = true
    else if (own.some((token) => token.date && !token.isNumber && found(token, quote) < SAME_WORD)) differs = true
  }
  return { differs, given }
}

const ROUNDING: ReadonlyMap<string, Rounding> = new Map([
  ...['about', 'around', 'approximately', 'roughly', 'circa', 'some', 'nearly', 'almost', 'close', 'near'].map(
    (word): [string, Rounding] => [word, 'near'],
  ),
  ...['over', 'more', 'above', 'exceeding', 'least'].map((word): [string, Rounding] => [word, 'above']),
  ...['under', 'less', 'fewer', 'below', 'most'].map((word): [string, Rounding] => [word, 'below']),
])

/** The nearest word of the two before a number that says that it is rounded. */
function roundingOf({ tokens }: ReadText, { at }: NumberFound): Rounding | undefined {
  const before = tokens.slice(Math.max(0, at - 2), at)
  return before.map(({ lower }) => ROUNDING.get(lower)).findLast((rounding) => rounding !== undefined)
}

/** A number of the context counts where it goes with the same word, as in a name; in a table's header anywhere. */
function isInContext(claim: ReadClaim, number: NumberFound, quote: ReadQuote): boolean {
  const { context } = quote
  const before = claim.tokens[number.at - 1]
  const isRow = quote.text.includes(CELL)
  return context.numbers.some(
    (other) =>
      sameNumber(number, other) &&
      (isRow || (before?.content === true && context.tokens[other.at - 1]?.stem === before.stem)),
  )
}

const compact = (text: string): string => text.toLowerCase().replace(/[\s-]/g, '')

function numberDoubt(claim: ReadClaim, quote: ReadQuote, given: ReadonlySet<number>): 'number' | 'unit' | undefined {
  let doubt: 'unit' | undefined
  for (const number of claim.numbers) {
    if (number.free || given.has(number.at)) continue
    const same = quote.numbers.filter((other) => sameNumber(number, other))
    if (same.length === 0) {
      const rounding = roundingOf(claim, number)
      const isThere =
        (typeof number.value === 'string' && compact(quote.text).includes(number.value)) ||
        (rounding !== undefined && quote.numbers.some((exact) => isRounded(number, exact, rounding))) ||
        isInContext(claim, number, quote)
      if (!isThere) return 'number'
    } else if (
      number.unit !== undefined &&
      same.every(({ unit }) => unit !== number.unit) &&
      same.some(({ unit }) => unit !== undefined)
    ) {
      doubt = 'unit'
    }
  }
  return doubt
}

// --- Words -------------------------------------------------------------------------------------------------------

interface WordsCompared {
  readonly coverage: number
  /** `part`: of a name of several words one is there, as of a person's of which only the last is said. */
  readonly missingName: 'none' | 'part' | 'whole'
}

/** First names, or what stands before a name, may be left out of a quote; what comes last may not. */
function isSaidInPart(claim: ReadClaim, word: Token, missing: readonly Token[]): boolean {
  const next = claim.tokens[word.index + 1]
  if (next === undefined || !claim.names.has(next) || next.clause !== word.clause) return false
  return !missing.includes(next) || isSaidInPart(claim, next, missing)
}

function compareWords(
  claim: ReadClaim,
  quote: ReadQuote,
  given: ReadonlySet<number>,
  weight: WordWeight,
): WordsCompared {
  let total = 0
  let covered = 0
  const missing: Token[] = []
  for (const word of claim.content) {
    if (given.has(word.index)) continue
    const isName = claim.names.has(word)
    let match = found(word, quote, isName)
    if (
      isName &&
      match < SAME_WORD &&
      (holdsOtherForm(claim, word, quote) || holdsOtherForm(claim, word, quote.context))
    )
      match = 1
    const share = weight(word) * (isName ? NAME_WEIGHT : 1)
    total += share
    covered += share * match
    if (isName && match < SAME_WORD) missing.push(word)
  }
  const whole = missing.some((word) => !isSaidInPart(claim, word, missing))
  const missingName = missing.length === 0 ? 'none' : whole ? 'whole' : 'part'
  return { coverage: total === 0 ? 1 : covered / total, missingName }
}

/** What the quote lacks or has otherwise, whoever says what of whom. undefined: nothing. */
function contentDoubt(claim: ReadClaim, quote: ReadQuote, weight: WordWeight): Support {
  const dates = compareDates(claim, quote)
  const { coverage, missingName } = compareWords(claim, quote, dates.given, weight)
  const unsupported = (doubt: Doubt): Support => ({ verdict: 'unsupported', doubt, coverage })
  if (coverage < HOPELESS) return unsupported('coverage')
  if (dates.differs) return unsupported('date')
  const number = numberDoubt(claim, quote, dates.given)
  if (number !== undefined) return unsupported(number)
  // In German every noun is capitalised, so that one said in other words looks like a name.
  if (missingName !== 'none') {
    const isDoubt = missingName === 'part' || claim.language === 'de'
    return { verdict: isDoubt ? 'doubtful' : 'unsupported', doubt: 'name', coverage }
  }
  if (coverage >= SUPPORTED) return { verdict: 'supported', doubt: null, coverage }
  return { verdict: coverage >= DOUBTFUL ? 'doubtful' : 'unsupported', doubt: 'coverage', coverage }
}

/** What is denied or opposed, of a claim whose content is there. undefined: nothing is. */
function opposition(claim: ReadClaim, quote: ReadQuote, main: ReadQuote, coverage: number): Support | undefined {
  const negation = comparedNegation(claim, main)
  if (negation === 'differs' || (negation === 'doubtful' && coverage >= SAME_WORDS))
    return { verdict: 'unsupported', doubt: 'negation', coverage }
  if (antonymDiffers(claim, quote)) return { verdict: 'unsupported', doubt: 'antonym', coverage }
  return negation === 'doubtful' ? { verdict: 'doubtful', doubt: 'negation', coverage } : undefined
}

/**
 * Whether one sentence says what a claim says, without a model: its numbers (on one scale), units, dates, names and
 * enough of its content words by weight must be found; nothing may be denied or opposed; names and numbers in another
 * order, or beside other words, are doubtful. A name or word may also stand in the context.
 */
export function supportOf(claim: ReadClaim, quote: ReadQuote, weight: WordWeight): Support {
  const support = contentDoubt(claim, quote, weight)
  if (support.verdict === 'unsupported') return support
  const { coverage } = support
  const opposed = opposition(claim, quote, quote, coverage)
  if (opposed !== undefined) return opposed
  if (support.verdict === 'doubtful') return support
  if (orderDiffers(claim, quote)) return { verdict: 'doubtful', doubt: 'order', coverage }
  if (bindingDiffers(claim, quote)) return { verdict: 'doubtful', doubt: 'binding', coverage }
  return support
}

/**
 * The same for several sentences together: what one lacks another may have. Negation is that of the one which holds
 * most of the claim; order and binding mean nothing across sentences.
 */
export function jointSupportOf(claim: ReadClaim, quote: ReadQuote, main: ReadQuote, weight: WordWeight): Support {
  const support = contentDoubt(claim, quote, weight)
  if (support.verdict === 'unsupported') return support
  return opposition(claim, quote, main, support.coverage) ?? support
}
