import { forEachRun } from './words.ts'

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
])
const FRACTIONS: ReadonlyMap<string, number> = new Map([
  ['½', 0.5],
  ['¼', 0.25],
  ['¾', 0.75],
])
/** Of a token without figures. */
const WORDS: ReadonlyMap<string, number> = new Map([...ORDINALS, ...TENS, ...LITTLE, ...FRACTIONS])

const FIGURES = /^(?<figures>\d(?:[\d.,]*\d)?)(?<fraction>[½¼¾])?(?<ending>st|nd|rd|th|s|bn|km|kg|cm|mm|m|g)?$/u
const ENGLISH_THOUSANDS = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/
const OTHER_THOUSANDS = /^\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?$|^\d{1,3}(?:\.\d{3})+,\d+$/

/** A number as the text means it. `free`: a word that is seldom meant as a number ("one", "first"). */
export interface NumberFound {
  readonly value: number | string
  readonly free: boolean
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

/** Whether a word by itself is a number, as `numbersIn` reads it. */
export function isNumber(word: string): boolean {
  const token = word.toLowerCase()
  return MULTIPLES.has(token) || tokenValue(token) !== undefined
}

/**
 * The numbers of a text on one scale: `1,000`, `1000` and `one thousand` are the same, so are `2 million` and
 * `2,000,000`, `6½` and `6.5`, `1st` and `first`. A token of figures and letters stands for itself.
 */
export function numbersIn(text: string): NumberFound[] {
  const tokens: string[] = []
  forEachRun(text.toLowerCase(), (token) => tokens.push(token))
  const found: NumberFound[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string
    let value = tokenValue(token) ?? MULTIPLES.get(token)
    if (value === undefined) continue
    const next = LITTLE.get(tokens[i + 1] ?? '') ?? 0
    if (typeof value === 'number' && next >= 1 && next <= 9 && TENS.has(token)) {
      value += next
      i++
    }
    let multiple = MULTIPLES.get(tokens[i + 1] ?? '')
    while (typeof value === 'number' && multiple !== undefined) {
      value *= multiple
      i++
      multiple = MULTIPLES.get(tokens[i + 1] ?? '')
    }
    found.push({ value, free: token === 'one' || token === 'first' || token === 'second' || token === 'zero' })
  }
  return found
}

export const sameNumber = (a: number | string, b: number | string): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) : a === b
