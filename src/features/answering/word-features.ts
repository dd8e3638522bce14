import { holdsOtherForm } from './names.ts'
import { sameNumber } from './numbers.ts'
import { SAME_WORD, found } from './read-claim.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import { readText } from './read-text.ts'
import type { Token } from './read-text.ts'
import { NAME_WEIGHT } from './support.ts'
import type { WordWeight } from './support.ts'
import type { WordMatch } from './word-matches.ts'

/** What the words of a sentence find in a quote, by their letters and by their vectors. */
export interface WordFeatures {
  /** Idf share of the sentence's words that the quote itself holds, without its title and headings. */
  readonly ownCoverage: number
  /** Its names and numbers that the quote itself holds, three at the most: another sentence of the matter seldom has them. */
  readonly anchors: number
  /** Mean of the best matches of the words that are held nowhere, by idf. */
  readonly unheldMatch: number
  /** Idf share of the words that are also what comes nearest to their match. */
  readonly mutual: number
  /** Share of the neighbouring words whose matches stand near each other in the quote, too. */
  readonly together: number
}

/** The mean that stands for a sentence of which the quote holds each word. */
const ALL_HELD = 0.9
const MOST_ANCHORS = 3
/** Tokens between two neighbouring content words of a sentence, and between their matches. */
const [NEIGHBOURS, NEAR] = [4, 6]
/** Where no two content words are neighbours. */
const UNKNOWN_TOGETHER = 0.5

const NO_CONTEXT = readText('')

function isHeld(claim: ReadClaim, word: Token, quote: ReadQuote): boolean {
  const isName = claim.names.has(word)
  if (found(word, quote, isName) >= SAME_WORD) return true
  return isName && (holdsOtherForm(claim, word, quote) || holdsOtherForm(claim, word, quote.context))
}

function togetherShare(claim: ReadClaim, quote: ReadQuote, matches: readonly WordMatch[]): number {
  const others = quote.tokens.filter(({ content }) => content)
  let [pairs, near] = [0, 0]
  claim.content.slice(1).forEach((next, i) => {
    const word = claim.content[i]
    const [first, second] = [others[matches[i]?.at ?? -1], others[matches[i + 1]?.at ?? -1]]
    if (word === undefined || next.index - word.index > NEIGHBOURS || first === undefined || second === undefined)
      return
    pairs++
    if (first !== second && Math.abs(first.index - second.index) <= NEAR) near++
  })
  return pairs === 0 ? UNKNOWN_TOGETHER : near / pairs
}

/** In German each noun looks like a name. */
function anchorsHeld(claim: ReadClaim, quote: ReadQuote, isOwn: (word: Token) => boolean): number {
  const names = claim.language === 'de' ? [] : claim.content.filter((word) => claim.names.has(word) && isOwn(word))
  const numbers = claim.numbers.filter(
    (number) => !number.free && quote.numbers.some((other) => sameNumber(number, other)),
  )
  return Math.min(MOST_ANCHORS, names.length + numbers.length)
}

/** @param matches of the claim's content words, in order, with those of the quote */
export function wordFeatures(
  claim: ReadClaim,
  quote: ReadQuote,
  matches: readonly WordMatch[],
  weight: WordWeight,
): WordFeatures {
  const alone: ReadQuote = { ...quote, context: NO_CONTEXT }
  const own = new Set(claim.content.filter((word) => isHeld(claim, word, alone)))
  let [total, held, mutual, unheld, unheldSum] = [0, 0, 0, 0, 0]
  claim.content.forEach((word, i) => {
    const share = weight(word) * (claim.names.has(word) ? NAME_WEIGHT : 1)
    total += share
    if (own.has(word)) held += share
    if (matches[i]?.mutual === true) mutual += share
    if (own.has(word) || isHeld(claim, word, quote)) return
    unheld += share
    unheldSum += share * (matches[i]?.cosine ?? 0)
  })
  return {
    ownCoverage: total === 0 ? 1 : held / total,
    anchors: anchorsHeld(claim, quote, (word) => own.has(word)),
    unheldMatch: unheld === 0 ? ALL_HELD : unheldSum / unheld,
    mutual: total === 0 ? 1 : mutual / total,
    together: togetherShare(claim, quote, matches),
  }
}
