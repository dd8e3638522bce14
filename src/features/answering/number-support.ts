import type { Doubt, Verdict } from './answer.ts'
import { isToldByGroup, toldByNames } from './counted-things.ts'
import type { Told } from './counted-things.ts'
import { isMultiple, isRounded, isYear, sameNumber } from './numbers.ts'
import type { NumberFound, Rounding } from './numbers.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { ReadText } from './read-text.ts'

const CELL = ' | '

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

const ANY_CENTURY = /^(?:century|centuries|jahrhunderts?|siglos?)$/

/** “The 15th century” for a year of it. */
function isCenturyOfYear(claim: ReadClaim, { value, at, length }: NumberFound, quote: ReadQuote): boolean {
  const next = claim.tokens[at + length]
  const behind = claim.tokens[at + length + 1]
  const isCentury = ANY_CENTURY.test(next?.lower ?? '') || (next?.lower === 'and' && behind?.isNumber === true)
  if (!isCentury || typeof value !== 'number') return false
  return quote.numbers.some(
    ({ value: year }) =>
      typeof year === 'number' && year >= 1000 && year < 2100 && Math.floor(year / 100) + 1 === value,
  )
}

const SPAN = /^(?:years?|decades?|jahre?n?|años?)$/
const DASH = /^\s?[-–—]\s?$/
const SENTENCE_END = /[.!?]\s/

const LATER = /^(?:later|after|afterwards?|before|earlier|später|danach|después)$/

/**
 * Whether two numbers stand in one clause, as in `from 1914 to 1934`, or are the ends of a range.
 * @param anyClause of the same sentence is enough
 */
function standTogether(
  { text, tokens }: ReadText,
  first: NumberFound,
  second: NumberFound,
  anyClause: boolean,
): boolean {
  const [a, b] = [tokens[Math.min(first.at, second.at)], tokens[Math.max(first.at, second.at)]]
  if (a === undefined || b === undefined) return false
  const between = text.slice(a.offset + a.text.length, b.offset)
  return DASH.test(between) || ((anyClause || a.clause === b.clause) && !SENTENCE_END.test(between))
}

/**
 * “For seven years” where a clause of the quote gives both years, and no number of years is stated. From one clause to
 * another it is that one thing was later, but not that it lasted.
 */
function isSpanOfYears(claim: ReadClaim, { value, at, length }: NumberFound, quote: ReadQuote): boolean {
  const unit = claim.tokens[at + length]?.lower ?? ''
  if (!SPAN.test(unit) || typeof value !== 'number') return false
  if (quote.numbers.some((other) => SPAN.test(quote.tokens[other.at + other.length]?.lower ?? ''))) return false
  const span = unit.startsWith('decade') ? value * 10 : value
  const years = quote.numbers.flatMap((number) =>
    [number.value, number.other].flatMap((year) =>
      typeof year === 'number' && isYear(year) ? [{ year, number }] : [],
    ),
  )
  const isLater = LATER.test(claim.tokens[at + length + 1]?.lower ?? '')
  return years.some((first) =>
    years.some(
      (second) => second.year - first.year === span && standTogether(quote, first.number, second.number, isLater),
    ),
  )
}

const COUNTED_PARTS: ReadonlyMap<string, number> = new Map([
  ['a', 1],
  ['an', 1],
  ['one', 1],
  ['two', 2],
  ['three', 3],
])
/** Of percentage points. */
const [NEAR_PART, EXACT_PART] = [4, 1]

/** “A tenth of” for 10 %, “one in three” for 33 %; roughly, where the claim says so. */
function isPartOf(claim: ReadClaim, number: NumberFound, quote: ReadQuote): boolean {
  const { value, at } = number
  if (typeof value !== 'number' || value < 2) return false
  const [first, before] = [claim.tokens[at - 2]?.lower, claim.tokens[at - 1]?.lower ?? '']
  const isOrdinal = /(?:d|ths?|rds)$/.test(claim.tokens[at]?.lower ?? '')
  const parts = isOrdinal ? COUNTED_PARTS.get(before) : before === 'in' && first === 'one' ? 1 : undefined
  if (parts === undefined) return false
  const roughly = roundingOf(claim, { ...number, at: at - 1 }) === undefined ? EXACT_PART : NEAR_PART
  return quote.numbers.some(
    ({ value: percent, unit }) =>
      typeof percent === 'number' && unit === 'percent' && Math.abs(percent - (100 * parts) / value) <= roughly,
  )
}

const compact = (text: string): string => text.toLowerCase().replace(/[\s-]/g, '')

/** Before a multiple by itself: how many of it is not said, as in “several dozen”, “a couple of hundred”. */
const UNCOUNTED =
  /^(?:several|many|few|couple|numerous|various|multiple|mehrere|einige|viele|varios|varias|muchos|muchas)$/

/** How often a number that is a multiple by itself is there: “a dozen” once, “several dozen” is not said. */
function timesOf({ tokens }: ReadText, { at }: NumberFound): 'known' | 'not said' | 'open' {
  if (!isMultiple(tokens[at]?.lower ?? '')) return 'known'
  const before = tokens[at - 1]?.lower
  if (before === 'a' || before === 'an') return 'known'
  return UNCOUNTED.test((before === 'of' ? tokens[at - 2]?.lower : before) ?? '') ? 'not said' : 'open'
}

function isSameNumber(claim: ReadClaim, own: NumberFound, quote: ReadQuote, other: NumberFound): boolean {
  if (!sameNumber(own, other)) return false
  const [mine, theirs] = [timesOf(claim, own), timesOf(quote, other)]
  return mine === theirs || mine === 'open' || theirs === 'open'
}

/** How the quote tells a number that it does not give. */
function toldOtherwise(claim: ReadClaim, number: NumberFound, quote: ReadQuote): Told {
  const rounding = roundingOf(claim, number)
  const isThere =
    (typeof number.value === 'string' && compact(quote.text).includes(number.value)) ||
    (rounding !== undefined && quote.numbers.some((exact) => isRounded(number, exact, rounding))) ||
    isInContext(claim, number, quote) ||
    isCenturyOfYear(claim, number, quote) ||
    isSpanOfYears(claim, number, quote) ||
    isToldByGroup(claim, number, quote) ||
    isPartOf(claim, number, quote)
  return isThere ? 'told' : toldByNames(claim, number, quote)
}

export interface NumberDoubt {
  readonly doubt: Extract<Doubt, 'number' | 'unit'>
  readonly verdict: Exclude<Verdict, 'supported'>
}

/**
 * Whether a number of the claim is not in the quote, in whatever form, or is there with another unit: `unsupported`. Where
 * nothing speaks for it nor against it: `doubtful`.
 */
export function numberDoubt(claim: ReadClaim, quote: ReadQuote, given: ReadonlySet<number>): NumberDoubt | undefined {
  let doubt: NumberDoubt | undefined
  for (const number of claim.numbers) {
    if (number.free || given.has(number.at)) continue
    const same = quote.numbers.filter((other) => isSameNumber(claim, number, quote, other))
    if (same.length === 0) {
      const told = toldOtherwise(claim, number, quote)
      if (told === 'untold') return { doubt: 'number', verdict: 'unsupported' }
      if (told === 'perhaps') doubt ??= { doubt: 'number', verdict: 'doubtful' }
    } else if (
      number.unit !== undefined &&
      same.every(({ unit }) => unit !== number.unit) &&
      same.some(({ unit }) => unit !== undefined)
    ) {
      doubt = { doubt: 'unit', verdict: 'unsupported' }
    }
  }
  return doubt
}
