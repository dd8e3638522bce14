const MONTHS: ReadonlyMap<string, number> = new Map(
  [
    'january jan januar jänner enero janvier',
    'february feb februar febrero février',
    'march mar märz marzo mars',
    'april apr abril avril',
    'may mai mayo',
    'june jun juni junio juin',
    'july jul juli julio juillet',
    'august aug agosto août',
    'september sep sept septiembre septembre',
    'october oct oktober okt octubre octobre',
    'november nov noviembre novembre',
    'december dec dezember dez diciembre décembre',
  ].flatMap((names, month) => names.split(' ').map((name): [string, number] => [name, month + 1])),
)

/** What a text says of a day. Months and days count from 1. */
interface DayReading {
  readonly year?: number | undefined
  readonly month?: number | undefined
  readonly day?: number | undefined
}

/** A date or time of day in a text; offsets in UTF-16 code units, end exclusive. */
export interface DateFound {
  readonly start: number
  readonly end: number
  /** More than one where it can be read in more ways: 3/4/2021. Empty: a time of day. */
  readonly readings: readonly DayReading[]
  /** Minutes since midnight. */
  readonly minutes?: number | undefined
}

const NAME = `(?<month>${Array.from(MONTHS.keys())
  .toSorted((a, b) => b.length - a.length)
  .join('|')})\\.?`
const DAY = String.raw`(?<day>\d{1,2})(?:st|nd|rd|th|\.|º)?`
const YEAR = String.raw`(?<year>\d{4})`
const BEFORE = String.raw`(?<![\p{L}\p{N}.,/-])`
const BEHIND = String.raw`(?![\p{L}\p{N}])`

const PATTERNS: readonly RegExp[] = [
  String.raw`${YEAR}-(?<monthNumber>\d{2})-(?<day>\d{2})`,
  String.raw`${DAY}(?: (?:of|de))? ${NAME}(?:,? (?:(?:of|de|del) )?${YEAR})?`,
  String.raw`${NAME} ${DAY}(?:,? ${YEAR})?`,
  String.raw`${NAME},? (?:(?:of|de|del) )?${YEAR}`,
  String.raw`(?<first>\d{1,2})(?<mark>[/.-])(?<second>\d{1,2})\k<mark>(?<year>\d{4})`,
].map((pattern) => new RegExp(BEFORE + pattern + BEHIND, 'giu'))
/** A month alone, where a preposition before it says that it is one. */
const MONTH_ALONE = new RegExp(
  String.raw`(?<=\b(?:in|of|since|until|by|during|early|late|mid|im|en|de|last|next|through|before|after|from|to) )${NAME}${BEHIND}`,
  'giu',
)
const TIME =
  /(?<![\p{L}\p{N}.,/:-])(?:(?<hour>\d{1,2})(?:[:.](?<minute>\d{2}))?\s?(?<half>[ap])\.?\s?m\b\.?|(?<hour24>\d{1,2}):(?<minute24>\d{2})(?![:\d]))/giu
/** What any of the patterns needs: most sentences hold none of it. */
const MAY_HOLD_DATE =
  /\d[:/.-]\d|\d\s?[ap]\.?\s?m\b|(?:jan|feb|f[ée]v|m[aä]r|a[pbv]r|ma[iy]|ju[nil]|a[uû]g|ao[uû]|sep|o[ck]t|nov|de[cz]|d[ié]c|ene)/i

function dayReadings(groups: Readonly<Record<string, string | undefined>>): DayReading[] {
  const { day, month, monthNumber, year, first, second } = groups
  const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text))
  if (first !== undefined && second !== undefined) {
    const [a, b] = [Number(first), Number(second)]
    return [
      { year: number(year), month: a, day: b },
      { year: number(year), month: b, day: a },
    ].filter((reading) => reading.month <= 12 && reading.day <= 31)
  }
  const found = month === undefined ? number(monthNumber) : MONTHS.get(month.toLowerCase())
  return [{ year: number(year), month: found, day: number(day) }]
}

function minutesOf(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const { hour, minute, half, hour24, minute24 } = groups
  if (hour24 !== undefined) return Number(hour24) < 25 ? Number(hour24) * 60 + Number(minute24) : undefined
  if (Number(hour) > 12) return undefined
  return ((Number(hour) % 12) + (half?.toLowerCase() === 'p' ? 12 : 0)) * 60 + Number(minute ?? 0)
}

/**
 * Dates that name a month, and times of day, in the formats of English, German, Spanish and ISO 8601. A year alone is a
 * number. None overlaps another.
 */
export function datesIn(text: string): DateFound[] {
  if (!MAY_HOLD_DATE.test(text)) return []
  const found: DateFound[] = []
  const isFree = (start: number, end: number): boolean => found.every((date) => date.end <= start || date.start >= end)
  for (const pattern of [...PATTERNS, MONTH_ALONE]) {
    for (const { 0: whole, index, groups = {} } of text.matchAll(pattern)) {
      // “may” and “march” are also verbs.
      if (groups['month'] !== undefined && /^(?:may|mar|march)$/.test(groups['month'])) continue
      const readings = dayReadings(groups)
      const [start, end] = [index, index + whole.length]
      if (readings.length > 0 && isFree(start, end)) found.push({ start, end, readings })
    }
  }
  for (const { 0: whole, index, groups = {} } of text.matchAll(TIME)) {
    const minutes = minutesOf(groups)
    const [start, end] = [index, index + whole.length]
    if (minutes !== undefined && isFree(start, end)) found.push({ start, end, readings: [], minutes })
  }
  return found
}

const agrees = (a: number | undefined, b: number | undefined): boolean => a === undefined || b === undefined || a === b

const fits = (a: DayReading, b: DayReading): boolean =>
  agrees(a.year, b.year) && agrees(a.month, b.month) && agrees(a.day, b.day)

const says = (said: number | undefined, wanted: number | undefined): boolean => wanted === undefined || said === wanted

/**
 * What dates of a quote say to a date of a claim: `same` where one says all that the claim says, `other` where each
 * that it could be compared with contradicts it, undefined where neither is known.
 */
export function comparedDate(claim: DateFound, quote: readonly DateFound[]): 'same' | 'other' | undefined {
  if (claim.minutes !== undefined) {
    const times = quote.flatMap(({ minutes }) => minutes ?? [])
    if (times.length === 0) return undefined
    return times.includes(claim.minutes) ? 'same' : 'other'
  }
  const days = quote.filter(({ readings }) => readings.length > 0)
  if (days.length === 0) return undefined
  let fitsOne = false
  for (const wanted of claim.readings) {
    for (const { readings } of days) {
      for (const reading of readings) {
        if (!fits(wanted, reading)) continue
        if (says(reading.year, wanted.year) && says(reading.month, wanted.month) && says(reading.day, wanted.day))
          return 'same'
        fitsOne = true
      }
    }
  }
  return fitsOne ? undefined : 'other'
}
