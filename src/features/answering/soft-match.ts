/** A word shorter than this has no trigrams worth comparing. */
const SHORTEST = 4
const PARTIAL = 0.7

function trigrams(word: string): Set<string> {
  const framed = `^${word}$`
  const grams = new Set<string>()
  for (let i = 0; i + 3 <= framed.length; i++) grams.add(framed.slice(i, i + 3))
  return grams
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
  let shared = 0
  for (const gram of left) if (right.has(gram)) shared++
  const dice = (2 * shared) / (left.size + right.size)
  if (dice >= 0.6 || (prefix >= 5 && prefix >= 0.6 * longer)) return Math.max(dice, PARTIAL)
  return shorter >= 6 && (a.includes(b) || b.includes(a)) ? PARTIAL : 0
}
