const LITTLE: Readonly<Record<string, number>> = {
  zero: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
}
const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
}
const ORDINALS: Readonly<Record<string, number>> = {
  first: 1,
  second: 2,
  third: 3,
  fourth: 4,
  fifth: 5,
  sixth: 6,
  seventh: 7,
  eighth: 8,
  ninth: 9,
  tenth: 10,
  eleventh: 11,
  twelfth: 12,
  thirteenth: 13,
  fourteenth: 14,
  fifteenth: 15,
  sixteenth: 16,
  seventeenth: 17,
  eighteenth: 18,
  nineteenth: 19,
  twentieth: 20,
}
const MULTIPLES: Readonly<Record<string, number>> = {
  hundred: 100,
  thousand: 1e3,
  million: 1e6,
  billion: 1e9,
  trillion: 1e12,
  dozen: 12,
  bn: 1e9,
}
const FRACTIONS: Readonly<Record<string, number>> = { '½': 0.5, '¼': 0.25, '¾': 0.75 }

const TOKEN = /[\p{L}\p{M}\p{N}]+(?:[.,]\p{N}+)*/gu
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

/** The value of one token, undefined where it is not a number, a string where letters belong to it (`co2`). */
function tokenValue(token: string): number | string | undefined {
  const { figures, fraction, ending } = FIGURES.exec(token)?.groups ?? {}
  if (figures !== undefined) {
    const value = figureValue(figures) + (fraction === undefined ? 0 : (FRACTIONS[fraction] ?? 0))
    return Number.isNaN(value) ? token : value * (MULTIPLES[ending ?? ''] ?? 1)
  }
  if (/\d/.test(token)) return token
  return FRACTIONS[token] ?? LITTLE[token] ?? TENS[token] ?? ORDINALS[token]
}

/**
 * The numbers of a text on one scale: `1,000`, `1000` and `one thousand` are the same, so are `2 million` and
 * `2,000,000`, `6½` and `6.5`, `1st` and `first`. A token of figures and letters stands for itself.
 */
export function numbersIn(text: string): NumberFound[] {
  const tokens = Array.from(text.toLowerCase().matchAll(TOKEN), ([token]) => token)
  const found: NumberFound[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ''
    let value = tokenValue(token) ?? MULTIPLES[token]
    if (value === undefined) continue
    const next = LITTLE[tokens[i + 1] ?? ''] ?? 0
    if (typeof value === 'number' && token in TENS && next >= 1 && next <= 9) {
      value += next
      i++
    }
    let multiple = MULTIPLES[tokens[i + 1] ?? '']
    while (typeof value === 'number' && multiple !== undefined) {
      value *= multiple
      i++
      multiple = MULTIPLES[tokens[i + 1] ?? '']
    }
    found.push({ value, free: token === 'one' || token === 'first' || token === 'second' || token === 'zero' })
  }
  return found
}

export const sameNumber = (a: number | string, b: number | string): boolean =>
  typeof a === 'number' && typeof b === 'number' ? Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) : a === b
