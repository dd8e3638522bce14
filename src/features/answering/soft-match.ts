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

/** Every word of every passage that is read is compared with every word of the question. */
const KNOWN_WORDS = 5_000
const known = new Map<string, Float64Array>()

function trigrams(word: string): Float64Array {
  let grams = known.get(word)
  if (grams === undefined) {
    if (known.size >= KNOWN_WORDS) known.clear()
    grams = trigramsOf(word)
    known.set(detached(word), grams)
  }
  return grams
}

/** How many numbers two ascending lists share. */
function sharedCount(a: Float64Array, b: Float64Array): number {
  let shared = 0
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i] as number, b[j] as number]
    if (left === right) shared++
    if (left <= right) i++
    if (right <= left) j++
  }
  return shared
}

function commonPrefix(a: string, b: string): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/**
 * How far two stems can be the same word, 0 to 1: spelling variants, compounds and inflections that the stemmer leaves
 * apart. Dice coefficient of character trigrams from .6 on, or a long common beginning, or one inside the other.
 */
export function softMatch(a: string, b: string): number {
  if (a === b) return 1
  if (a.length < SHORTEST || b.length < SHORTEST) return 0
  // Cheap necessary condition of all three rules below, before any set is made: most pairs end here.
  const longer = Math.max(a.length, b.length)
  const shorter = Math.min(a.length, b.length)
  const prefix = commonPrefix(a, b)
  if (prefix === 0 && shorter / longer < 0.4) return 0
  if (/\d/.test(a) || /\d/.test(b)) return 0

  const left = trigrams(a)
  const right = trigrams(b)
  const dice = (2 * sharedCount(left, right)) / (left.length + right.length)
  if (dice >= 0.6 || (prefix >= 5 && prefix >= 0.6 * longer)) return Math.max(dice, PARTIAL)
  return shorter >= 6 && (a.includes(b) || b.includes(a)) ? PARTIAL : 0
}
