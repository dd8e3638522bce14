import { unitOf } from './units.ts'
import type { Unit } from './units.ts'
import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

const FROM_ZERO =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ' +
  'eighteen nineteen'
const TENTHS = 'twenty thirty forty fifty sixty seventy eighty ninety'
const FROM_FIRST =
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth ' +
  'sixteenth seventeenth eighteenth nineteenth twentieth'

const counted = (words: string, value: (place: number) => number): ReadonlyMap<string, number> =>
  new Map(words.split(' ').map((word, place) => [word, value(place)]))

const LITTLE = counted(FROM_ZERO, (place) => place)
const TENS = counted(TENTHS, (place) => 20 + 10 * place)
const ORDINALS = counted(FROM_FIRST, (place) => place + 1)
const MULTIPLES: ReadonlyMap<string, number> = new Map([
  ['hundred', 100],
  ['thousand', 1e3],
  ['million', 1e6],
  ['billion', 1e9],
  ['trillion', 1e12],
  ['dozen', 12],
  ['bn', 1e9],
  ['millionen', 1e6],
  ['milliarde', 1e9],
  ['milliarden', 1e9],
  ['millón', 1e6],
  ['millones', 1e6],
  ['mil', 1e3],
])
const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['½', 0.5],
  ['¼', 0.25],
  ['¾', 0.75],
])
/** Of a token without figures. */
const WORDS: ReadonlyMap<string, number> = new Map([...ORDINALS, ...TENS, ...LITTLE, ...FRACTIONS])

const FIGURES = /^(?<figures>\d(?:[\d.,]*\d)?)(?<fraction>[½¼¾])?(?<ending>st|nd|rd|th|s|bn|km|kg|cm|mm|m|k|g)?$/u
const ENGLISH_THOUSANDS = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/
const OTHER_THOUSANDS = /^\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?$|^\d{1,3}(?:\.\d{3})+,\d+$/
/** `£30m`, `$5k`. */
const SHORT_MILLIONS = /^\d[\d.,]*[mk]$/
const CURRENCY = /^[$£€¥]$/
/** `1700s`: the 18th century. */
const HUNDREDS = /^[12]\d00s$/
/** `3.500`: three and a half in English, thousands in German. `3,5` has one reading. */
const EITHER_THOUSANDS = /^\d{1,3}\.\d{3}$/

/** A number as the text means it. `free`: a word that is seldom meant as a number ("one", "first"). */
export interface NumberFound {
  /** A string where letters belong to it (`co2`). */
  readonly value: number | string
  /** What it may mean as well: `3.500` by the other way to write thousands, `18` of `1914–18`. */
  readonly other?: number | undefined
  readonly free: boolean
  readonly unit: Unit | undefined
  /** The first of its words, and how many they are. */
  readonly at: number
  readonly length: number
}

function figureValue(figures: string): number {
  if (ENGLISH_THOUSANDS.test(figures)) return Number(figures.replaceAll(',', ''))
  if (OTHER_THOUSANDS.test(figures)) return Number(figures.replaceAll('.', '').replace(',', '.'))
  return Number(figures.replace(',', '.'))
}

const FIGURE = /\d/

/** The value of one token, undefined where it is not a number, a string where letters belong to it (`co2`). */
function tokenValue(token: string): number | string | undefined {
  if (!FIGURE.test(token)) return WORDS.get(token)
  const { figures, fraction, ending } = FIGURES.exec(token)?.groups ?? {}
  if (figures === undefined) return token
  const value = figureValue(figures) + (FRACTIONS.get(fraction ?? '') ?? 0)
  return Number.isNaN(value) ? token : value * (MULTIPLES.get(ending ?? '') ?? 1)
}

/** Whether a word by itself is a number, as `numbersOf` reads it. */
export function isNumber(lower: string): boolean {
  return MULTIPLES.has(lower) || tokenValue(lower) !== undefined
}

const FRACTION_WORDS: ReadonlyMap<string, number> = new Map([
  ['half', 0.5],
  ['quarter', 0.25],
])

/** A word that multiplies the number before it, and is one by itself: “dozen”, “million”. */
export const isMultiple = (lower: string): boolean => MULTIPLES.has(lower)

/** `half a million`, `half million`: the half, where a multiple follows, and how many words that takes. */
function partBefore(words: readonly Word[], at: number): { part: number; length: number } | undefined {
  const [word, next, behind] = [words[at], words[at + 1], words[at + 2]]
  const part = FRACTION_WORDS.get(word?.lower ?? '')
  if (part === undefined) return undefined
  if (next?.lower === 'a') return isMultiple(behind?.lower ?? '') ? { part, length: 2 } : undefined
  // “One and a half million” is more than the half.
  return isMultiple(next?.lower ?? '') && words[at - 2]?.lower !== 'and' ? { part, length: 1 } : undefined
}

/** `1914–18`: the century of what comes before. */
function sameCentury(text: string, before: Word | undefined, word: Word): number | undefined {
  if (before === undefined || !/^\d{4}$/.test(before.text) || !/^\d{2}$/.test(word.text)) return undefined
  const between = text.slice(before.offset + before.text.length, word.offset)
  return /^[-–/]$/.test(between) ? Number(before.text.slice(0, 2) + word.text) : undefined
}

/** `1 000 000` and `1'000`: how many words behind the first belong to the same number. */
function spacedThousands(text: string, words: readonly Word[], at: number): number {
  if (!/^\d{1,3}$/.test(words[at]?.text ?? '')) return 0
  let more = 0
  for (let i = at; ; i++) {
    const [word, next] = [words[i], words[i + 1]]
    if (word === undefined || next === undefined || !/^\d{3}$/.test(next.text)) return more
    // A plain space stands between two numbers more often than within one.
    if (!/^[\u00a0\u2009\u202f'’]$/.test(text.slice(word.offset + word.text.length, next.offset))) return more
    more++
  }
}

/**
 * The numbers of a text on one scale: `1,000`, `1000` and `one thousand` are the same, so are `2 million` and
 * `2,000,000`, `6½` and `6.5`, `1st` and `first`. A token of figures and letters stands for itself.
 * @param words those of the text
 */
export function numbersOf(text: string, words: readonly Word[]): NumberFound[] {
  const found: NumberFound[] = []
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as Word
    const token = word.lower
    const at = i
    const half = partBefore(words, i)
    let value = tokenValue(token) ?? MULTIPLES.get(token) ?? half?.part
    if (value === undefined) continue
    if (half !== undefined) i += half.length - 1
    let other: number | undefined = EITHER_THOUSANDS.test(token) ? Number(token.replace('.', '')) : undefined
    if (SHORT_MILLIONS.test(token) && CURRENCY.test(text.slice(Math.max(0, word.offset - 1), word.offset))) {
      other = typeof value === 'number' ? value * (token.endsWith('m') ? 1e6 : 1e3) : undefined
    }
    if (HUNDREDS.test(token)) other = Number(token.slice(0, 2)) + 1
    const spaced = spacedThousands(text, words, i)
    if (spaced > 0) {
      value = Number(
        words
          .slice(i, i + spaced + 1)
          .map((part) => part.text)
          .join(''),
      )
      i += spaced
    }
    const next = LITTLE.get(words[i + 1]?.lower ?? '') ?? 0
    if (typeof value === 'number' && next >= 1 && next <= 9 && TENS.has(token)) {
      value += next
      i++
    }
    let multiple = MULTIPLES.get(words[i + 1]?.lower ?? '')
    while (typeof value === 'number' && multiple !== undefined) {
      value *= multiple
      if (other !== undefined) other *= multiple
      i++
      multiple = MULTIPLES.get(words[i + 1]?.lower ?? '')
    }
    other ??= sameCentury(text, words[at - 1], word)
    const free = token === 'one' || token === 'first' || token === 'second' || token === 'zero'
    const unit = typeof value === 'number' ? unitOf(text, words, at, i) : undefined
    found.push({ value, other, free, unit, at, length: i - at + 1 })
  }
  return found
}

export const numbersIn = (text: string): NumberFound[] => numbersOf(text, wordsOf(text))

const equal = (a: number | string, b: number | string): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) : a === b

type Readings = Pick<NumberFound, 'value' | 'other'>

/** Whether two can mean the same number. */
export const sameNumber = (a: Readings, b: Readings): boolean =>
  equal(a.value, b.value) ||
  (b.other !== undefined && equal(a.value, b.other)) ||
  (a.other !== undefined && equal(a.other, b.value))

/** Whether a number may be the year of a date. */
export const isYear = (value: number): boolean => Number.isInteger(value) && value >= 1000 && value < 2100

/** How a claim may say that its number is not exact: whether the exact one may be larger, or smaller. */
export type Rounding = 'near' | 'above' | 'below'

/** Of the exact value's distance from what it is rounded to, as a share of it. */
const FARTHEST_ROUNDING = 0.05

function significantFigures(value: number): number {
  const [mantissa = ''] = value.toExponential().split('e')
  return mantissa.replace(/[^\d]/g, '').length
}

/** Whether `claimed` is `exact` with fewer significant figures, as “about 1,400” is of 1,397. */
export function isRounded(claimed: NumberFound, exact: NumberFound, rounding: Rounding): boolean {
  const [a, b] = [claimed.value, exact.value]
  if (typeof a !== 'number' || typeof b !== 'number' || a === 0 || b === 0) return false
  if ((rounding === 'above' && b < a) || (rounding === 'below' && b > a)) return false
  if (Math.abs(a - b) > FARTHEST_ROUNDING * Math.abs(b)) return false
  const figures = significantFigures(a)
  if (figures >= significantFigures(b)) return false
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(a))) - figures + 1)
  return rounding === 'near' ? equal(Number(b.toPrecision(figures)), a) : Math.abs(a - b) <= unit
}
