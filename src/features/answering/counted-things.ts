import { isYear, sameNumber } from './numbers.ts'
import type { NumberFound } from './numbers.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { ReadText, Token } from './read-text.ts'

/** Whether a quote without a number tells how many: `perhaps` where nothing speaks against it, and nothing for it. */
export type Told = 'told' | 'perhaps' | 'untold'

// --- What is counted ---------------------------------------------------------------------------------------------

/** What may stand between a number and what it counts. */
const BEFORE_COUNTED = /^(?:of|the|these|those|its|his|her|their|our|own|other|most|more|very|main|remaining)$/
/** Function words by themselves that are counted as well. */
const COUNTED_TOO = /^(?:people|persons?|things?|ways?|kinds?)$/
/** Of a run of words, those that are looked at: an adjective, what is counted, and its verb. */
const RUN = 3

/** The first words of content behind a number, or another word for one, in its clause. */
function countedFrom({ tokens }: ReadText, at: number, clause: number | undefined): Token[] {
  const isHere = (token: Token | undefined): token is Token => token !== undefined && token.clause === clause
  let first = at
  while (isHere(tokens[first]) && BEFORE_COUNTED.test(tokens[first]?.lower ?? '')) first++
  const run: Token[] = []
  for (let i = first; run.length < RUN; i++) {
    const token = tokens[i]
    if (!isHere(token) || !(token.content || COUNTED_TOO.test(token.lower))) break
    run.push(token)
  }
  return run
}

/**
 * What a number of the claim counts, maybe with its verb. Empty: it stands for itself, as in “the two were closed”, “the
 * two merged in May”.
 */
function countedBy(claim: ReadClaim, { at, length }: NumberFound): readonly Token[] {
  const run = countedFrom(claim, at + length, claim.tokens[at]?.clause)
  const [first, second] = run
  const isVerb = first !== undefined && /[^e]ed$/.test(first.lower) && (second === undefined || second.capital)
  return isVerb ? [] : run
}

/** Whether both begin with the same things, of which each may say one word more: “young officers”, “officers died”. */
function isSameThing(own: readonly Token[], other: readonly Token[], quote: ReadQuote): boolean {
  const [[a, b], [x, y]] = [own, other]
  if (a === undefined || x === undefined) return false
  // “Young officers” for “young dogs”, where the officers stand elsewhere.
  if (a.stem === x.stem) return b === undefined || y === undefined || b.stem === y.stem || !quote.stems.has(b.stem)
  return a.stem === y?.stem || (b?.stem === x.stem && !quote.stems.has(a.stem))
}

// --- Words for a group -------------------------------------------------------------------------------------------

/** “Couple”, “either” or “triple” tell no number of things; a dozen is a number by itself. */
const COLLECTIVES: ReadonlyMap<string, number> = new Map([
  ['both', 2],
  ['pair', 2],
  ['duo', 2],
  ['trio', 3],
  ['triplets', 3],
  ['quartet', 4],
])
const ARTICLE = /^(?:an?)$/
const POINTING = /^(?:the|this|that|these|those|its|his|her|their)$/
/** Before a word for a group: it is not one of it, or not all. */
const PART_OR_MORE =
  /^(?:half|quarter|third|part|one|some|most|none|any|several|many|few|each|every|per|not|another|other)$/

/** Whether a word for a group is there several times or in part: “half a trio”, “one of the pair”, “every pair”. */
function isMultiplied({ tokens }: ReadText, at: number): boolean {
  let before = at - 1
  if (ARTICLE.test(tokens[before]?.lower ?? '')) return /^(?:half|quarter|many)$/.test(tokens[before - 1]?.lower ?? '')
  if (POINTING.test(tokens[before]?.lower ?? '')) before--
  if (before < at - 1 && tokens[before]?.lower !== 'of') return false
  if (tokens[before]?.lower === 'of') before--
  const token = tokens[before]
  return token !== undefined && (token.isNumber || PART_OR_MORE.test(token.lower))
}

const isInWords = (claim: ReadClaim, { at }: NumberFound): boolean => !/\d/.test(claim.tokens[at]?.text ?? '')

/** “The three officers” for `a trio of officers`, “all three” for `the trio`. */
export function isToldByGroup(claim: ReadClaim, number: NumberFound, quote: ReadQuote): boolean {
  const own = countedBy(claim, number)
  return quote.tokens.some(({ lower, index, clause }) => {
    if (COLLECTIVES.get(lower) !== number.value || isMultiplied(quote, index)) return false
    return own.length === 0 ? isInWords(claim, number) : isSameThing(own, countedFrom(quote, index + 1, clause), quote)
  })
}

// --- What is named -----------------------------------------------------------------------------------------------

const DETERMINER = /^(?:the|these|those|any|all|both|of)$/
const SMALL = 4
/** Words of number that are seldom a count. */
const ORDINAL = /^(?:first|second)$/
/** What stands between the names of a list, and before its last one. */
const LISTED = /^\s*(?:,\s*)?(?:(?:and|or|und|oder|y|e|et|ou)\s+)?(?:the\s+)?$/
const JOINED = /(?:^|\s)(?:and|or|und|oder|y|e|et|ou)\s/

/** How many names the lists of a text join: 2 for `BSkyB and Virgin Media`. */
function namesJoined({ text, tokens }: ReadText): number[] {
  const joined: number[] = []
  let [count, isJoined] = [0, false]
  let last: Token | undefined
  for (const token of tokens) {
    if (!token.capital || !token.content) continue
    const between = last === undefined ? undefined : text.slice(last.offset + last.text.length, token.offset)
    last = token
    if (between !== undefined && /^[\s-]*$/.test(between)) continue
    if (between !== undefined && LISTED.test(between)) {
      count++
      isJoined ||= JOINED.test(between)
      continue
    }
    if (isJoined) joined.push(count)
    ;[count, isJoined] = [1, false]
  }
  return isJoined ? [...joined, count] : joined
}

/** Whether nothing in the quote is counted but what the claim counts, too. */
function countsNothingElse(claim: ReadClaim, { value }: NumberFound, quote: ReadQuote): boolean {
  const ofGroups = quote.tokens.map(({ lower }) => (lower === 'both' ? undefined : COLLECTIVES.get(lower)))
  if (ofGroups.some((count) => count !== undefined && count !== value)) return false
  return quote.numbers.every((other) => {
    if (typeof other.value === 'string' || isYear(other.value)) return true
    return ORDINAL.test(quote.tokens[other.at]?.lower ?? '') || claim.numbers.some((own) => sameNumber(own, other))
  })
}

/** Behind these, two are those that were spoken of: “the two merged”, “any two differ”. */
const SPOKEN_OF = /^(?:the|these|those|any)$/
/** Any number of things. */
const MANY = /^(?:all|every|many|several|numerous|various|multiple|few|some|most|dozens|hundreds|thousands)$/

/** “The two” where the quote joins no names, and counts nothing. */
function isSpokenOf(claim: ReadClaim, number: NumberFound, quote: ReadQuote): Told {
  if (number.value !== 2 || !SPOKEN_OF.test(claim.tokens[number.at - 1]?.lower ?? '')) return 'untold'
  const own = countedBy(claim, number)
  const many = quote.tokens.filter(({ lower }) => MANY.test(lower))
  if (own.length === 0) return many.length === 0 ? 'told' : 'perhaps'
  const isMany = many.some(({ index, clause }) => isSameThing(own, countedFrom(quote, index + 1, clause), quote))
  return isMany ? 'untold' : 'perhaps'
}

/**
 * “The two companies” where the quote names both, joined, and counts nothing. Where it joins no names, “the two” by itself is
 * told, and `perhaps` with a noun of its own: nothing says that the hospitals of the quote are “the two hospitals”.
 */
export function toldByNames(claim: ReadClaim, number: NumberFound, quote: ReadQuote): Told {
  const { value, at } = number
  if (typeof value !== 'number' || value > SMALL || !Number.isInteger(value) || !isInWords(claim, number))
    return 'untold'
  if (!countsNothingElse(claim, number, quote)) return 'untold'
  const joined = namesJoined(quote)
  if (joined.length === 0) return isSpokenOf(claim, number, quote)
  return DETERMINER.test(claim.tokens[at - 1]?.lower ?? '') && joined.includes(value) ? 'told' : 'untold'
}
