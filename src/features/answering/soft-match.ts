import { detached } from '../../core/detached.ts'

/** A word shorter than this has no trigrams worth comparing. */
const SHORTEST = 4
const PARTIAL = 0.7

/** Three UTF-16 code units in one number, exactly. */
const trigram = (a: number, b: number, c: number): number => (a * 65_536 + b) * 65_536 + c

/** The distinct trigrams of a word between `^` and `$`, ascending. */
function trigramsOf(word: string): Float64Array {
  const framed = `^${word}$`
  const grams = new Float64Array(framed.length - 2)
  for (let i = 0; i < grams.length; i++) {
    grams[i] = trigram(framed.charCodeAt(i), framed.charCodeAt(i + 1), framed.charCodeAt(i + 2))
  }
  grams.sort()
  let size = 0
  for (const gram of grams) if (size === 0 || gram !== grams[size - 1]) grams[size++] = gram
  return grams.subarray(0, size)
}

/** A word as it is compared. */
interface Known {
  readonly word: string
  readonly hasDigit: boolean
  readonly grams: Float64Array
}

/** Every word of every passage that is read is compared with every word of the question. */
const KNOWN_WORDS = 5_000
/** Longer ones seldom come again, and would take much memory. */
const LONGEST_KNOWN = 32
const known = new Map<string, Known>()

function readWord(word: string): Known {
  return { word, hasDigit: /\d/.test(word), grams: trigramsOf(word) }
}

function knownWord(word: string): Known {
  if (word.length > LONGEST_KNOWN) return readWord(word)
  let found = known.get(word)
  if (found === undefined) {
    if (known.size >= KNOWN_WORDS) known.clear()
    found = readWord(detached(word))
    known.set(found.word, found)
  }
  return found
}

/** How many numbers two ascending lists share. */
function sharedCount(a: Float64Array, b: Float64Array): number {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const left = a[i] as number
    const right = b[j] as number
    if (left === right) shared++
    if (left <= right) i++
    if (right <= left) j++
  }
  return shared
}

function commonPrefix(a: string, b: string): number {
  let length = 0
  const most = Math.min(a.length, b.length)
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++
  return length
}

function matchOf(a: Known, b: Known): number {
  if (a.word === b.word) return 1
  if (a.word.length < SHORTEST || b.word.length < SHORTEST || a.hasDigit || b.hasDigit) return 0
  // Cheap necessary condition of all three rules below: many pairs end here.
  const longer = Math.max(a.word.length, b.word.length)
  const shorter = Math.min(a.word.length, b.word.length)
  const prefix = commonPrefix(a.word, b.word)
  if (prefix === 0 && shorter / longer < 0.4) return 0

  const dice = (2 * sharedCount(a.grams, b.grams)) / (a.grams.length + b.grams.length)
  if (dice >= 0.6 || (prefix >= 5 && prefix >= 0.6 * longer)) return Math.max(dice, PARTIAL)
  return shorter >= 6 && (a.word.includes(b.word) || b.word.includes(a.word)) ? PARTIAL : 0
}

/**
 * How far two stems can be the same word, 0 to 1: spelling variants, compounds and inflections that the stemmer leaves
 * apart. Dice coefficient of character trigrams from .6 on, or a long common beginning, or one inside the other.
 */
export const softMatch = (a: string, b: string): number => (a === b ? 1 : matchOf(knownWord(a), knownWord(b)))

/** The same for one stem after the other against the same few: gives those that match, by their place, with how far. */
export function softMatcher(
  stems: readonly string[],
): (stem: string) => readonly (readonly [at: number, score: number])[] {
  const wanted = stems.map(knownWord)
  return (stem) => {
    const own = knownWord(stem)
    const found: [number, number][] = []
    for (let at = 0; at < wanted.length; at++) {
      const score = matchOf(wanted[at] as Known, own)
      if (score > 0) found.push([at, score])
    }
    return found
  }
}
