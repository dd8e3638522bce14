import type { Word } from './words.ts'

/** What a number counts or measures, in one word for all ways to write it. */
export type Unit = string

const UNITS: ReadonlyMap<string, Unit> = new Map(
  (
    'percent:percent,percentage,prozent,pct $:dollar,dollars,usd £:gbp,sterling €:euro,euros,eur ' +
    'km:km,kilometre,kilometer,kilometres,kilometers m:metre,meter,metres,meters cm:cm,centimetre,centimeter,centimetres,centimeters ' +
    'mm:mm,millimetre,millimeter,millimetres,millimeters mile:mile,miles,mi foot:foot,feet,ft inch:inch,inches yard:yard,yards ' +
    'kg:kg,kilogram,kilograms,kilo,kilos g:g,gram,grams mg:mg,milligram,milligrams tonne:tonne,tonnes,ton,tons lb:lb,lbs ' +
    'litre:litre,liter,litres,liters ml:ml,millilitre,milliliter,millilitres,milliliters hectare:hectare,hectares,ha acre:acre,acres ' +
    'second:seconds,sec minute:minute,minutes,min hour:hour,hours day:day,days week:week,weeks month:month,months ' +
    'year:year,years,yr,yrs decade:decade,decades century:century,centuries ' +
    'kb:kb,kilobyte,kilobytes mb:mb,megabyte,megabytes gb:gb,gigabyte,gigabytes tb:tb,terabyte,terabytes ' +
    'mhz:mhz,megahertz ghz:ghz,gigahertz hz:hz,hertz watt:watt,watts kw:kw,kilowatt,kilowatts mw:mw,megawatt,megawatts volt:volt,volts'
  )
    .split(' ')
    .flatMap((line) => {
      const [unit = '', words = ''] = line.split(':')
      return words.split(',').map((word): [string, Unit] => [word, unit])
    }),
)
const CURRENCY = /[$£€¥]$/
const PERCENT = /^\s?(?:%|per cent\b)/i
const DEGREE = /^\s?°\s?(?<scale>[CF])?/
const ENDING = /\d(?<unit>km|kg|cm|mm|g)$/
/** Between a number and the word of its unit. */
const JOINED = /^[\s\u00a0-]?$/

/**
 * The unit of the number that the words from `first` to `last` are; undefined: it carries none that is known.
 * @param words those of the text
 */
export function unitOf(text: string, words: readonly Word[], first: number, last: number): Unit | undefined {
  const [start, end, next] = [words[first], words[last], words[last + 1]]
  if (start === undefined || end === undefined) return undefined
  const behind = end.offset + end.text.length
  const after = text.slice(behind, behind + 12)
  if (PERCENT.test(after)) return 'percent'
  const degree = DEGREE.exec(after)
  if (degree !== null) return `°${degree.groups?.['scale'] ?? ''}`
  const currency = CURRENCY.exec(text.slice(Math.max(0, start.offset - 1), start.offset))
  if (currency !== null) return currency[0]
  const own = ENDING.exec(end.lower)?.groups?.['unit']
  if (own !== undefined) return own
  if (next === undefined || !JOINED.test(text.slice(behind, next.offset))) return undefined
  if (next.lower !== 'square' && next.lower !== 'sq') return UNITS.get(next.lower)
  const side = UNITS.get(words[last + 2]?.lower ?? '')
  return side === undefined ? undefined : `square ${side}`
}
