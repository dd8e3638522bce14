import type { Doubt, Verdict } from './answer.ts'
import { antonymDiffers } from './antonyms.ts'
import { comparedDate } from './dates.ts'
import { inPlaceOfAnother } from './name-places.ts'
import { holdsOtherForm } from './names.ts'
import { comparedNegation, deniesMore } from './negation.ts'
import { numberDoubt } from './number-support.ts'
import { bindingDiffers, orderDiffers } from './order.ts'
import { SAME_WORD, found } from './read-claim.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { Token } from './read-text.ts'

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

/** A name counts for so much more than another word. */
export const NAME_WEIGHT = 1.5
const SUPPORTED = 0.75
const DOUBTFUL = 0.55
/** With less a name that is not there is no doubt any more. */
const FEW = 0.25
/** With less nothing else need be looked at. */
export const HOPELESS = 0.1
/** From here on a claim has a quote's words, so that a word of negation more is what differs. */
const SAME_WORDS = 0.85

// --- Dates -------------------------------------------------------------------------------------------------------

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

// --- Words -------------------------------------------------------------------------------------------------------

interface WordsCompared {
  readonly coverage: number
  /**
   * `part`: of a name of several words one is there, as of a person's of which only the last is said; or a neighbour of it is
   * left out.
   */
  readonly missingName: 'none' | 'part' | 'whole'
}

/** Whether each time another name stands before a word of the quote, which the claim has not: James River, not Potomac River. */
function hasOtherBefore(claim: ReadClaim, word: Token, { stems, tokens }: ReadQuote): boolean {
  const places = stems.get(word.stem) ?? []
  return (
    places.length > 0 &&
    places.every(({ index, clause }) => {
      const before = tokens[index - 1]
      const isName = before?.capital === true && before.content && before.clause === clause && before.index > 0
      return isName && !claim.stems.has(before.stem)
    })
  )
}

/** First names, or what stands before a name, may be left out of a quote; what comes last may not. */
function isSaidInPart(claim: ReadClaim, word: Token, missing: readonly Token[], quote: ReadQuote): boolean {
  const next = claim.tokens[word.index + 1]
  if (next === undefined || !claim.names.has(next) || next.clause !== word.clause) return false
  return missing.includes(next) ? isSaidInPart(claim, next, missing, quote) : !hasOtherBefore(claim, next, quote)
}

/** Of the words besides a name: from here on the name is all that differs. */
const ELSE_SAME = 0.95

/** Whether the quote has a name that the claim has not. */
const namesAnother = (claim: ReadClaim, { tokens }: ReadQuote): boolean =>
  tokens.some(({ capital, content, index, stem, lower }) => {
    const isName = capital && content && index > 0
    return isName && !claim.stems.has(stem) && !claim.lowers.has(lower)
  })

function compareWords(
  claim: ReadClaim,
  quote: ReadQuote,
  given: ReadonlySet<number>,
  weight: WordWeight,
): WordsCompared {
  let total = 0
  let covered = 0
  const missing: Token[] = []
  const held: Token[] = []
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
    else if (isName) held.push(word)
  }
  const lacking = missing.reduce((sum, word) => sum + weight(word) * NAME_WEIGHT, 0)
  const isElseSame = total > lacking && covered / (total - lacking) >= ELSE_SAME && namesAnother(claim, quote)
  const whole = isElseSame || missing.some((word) => !isSaidInPart(claim, word, missing, quote))
  const coverage = total === 0 ? 1 : covered / total
  // Where much else differs, too, a name may well have changed its place. In German each noun looks like one.
  const isCompared = coverage >= SUPPORTED && claim.language === 'en'
  const swapped = new Set(isCompared ? held.map((word) => inPlaceOfAnother(claim, word, quote)) : [])
  const isPart = missing.length > 0 || swapped.has('perhaps')
  const isWhole = swapped.has('yes') || (missing.length > 0 && whole)
  const missingName = isWhole ? 'whole' : isPart ? 'part' : 'none'
  return { coverage, missingName }
}

/** What the quote lacks or has otherwise, whoever says what of whom. undefined: nothing. */
function contentDoubt(claim: ReadClaim, quote: ReadQuote, weight: WordWeight): Support {
  const dates = compareDates(claim, quote)
  const { coverage, missingName } = compareWords(claim, quote, dates.given, weight)
  const unsupported = (doubt: Doubt): Support => ({ verdict: 'unsupported', doubt, coverage })
  if (coverage < HOPELESS) return unsupported('coverage')
  if (dates.differs) return unsupported('date')
  const number = numberDoubt(claim, quote, dates.given)
  if (number?.verdict === 'unsupported') return unsupported(number.doubt)
  // In German every noun is capitalised, so that one said in other words looks like a name.
  if (missingName !== 'none') {
    const isDoubt = coverage >= FEW && (missingName === 'part' || claim.language === 'de')
    return { verdict: isDoubt ? 'doubtful' : 'unsupported', doubt: 'name', coverage }
  }
  if (coverage >= SUPPORTED) return { verdict: 'supported', doubt: null, ...number, coverage }
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

/**
 * What speaks against a quote that vectors find to say what a claim says. `unsupported`: it says otherwise; `doubtful`:
 * vectors alone do not settle it. undefined: nothing does.
 * @param inItsWords the claim with the quote's words for its own, where they are known
 */
export function objectionTo(
  claim: ReadClaim,
  inItsWords: ReadClaim,
  quote: ReadQuote,
  coverage: number,
): Support | undefined {
  const objection = (verdict: Verdict, doubt: Doubt): Support => ({ verdict, doubt, coverage })
  const negation = comparedNegation(inItsWords, quote)
  if (negation === 'differs') return objection('unsupported', 'negation')
  if (antonymDiffers(claim, quote, inItsWords)) return objection('unsupported', 'antonym')
  if (negation === 'doubtful' || deniesMore(inItsWords, quote)) return objection('doubtful', 'negation')
  const number = numberDoubt(claim, quote, compareDates(claim, quote).given)
  if (number !== undefined) return objection('doubtful', number.doubt)
  if (orderDiffers(inItsWords, quote)) return objection('doubtful', 'order')
  return bindingDiffers(inItsWords, quote) ? objection('doubtful', 'binding') : undefined
}
