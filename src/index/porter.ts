/**
 * English stemming after M. F. Porter, "An algorithm for suffix stripping" (1980), with the two changes that its
 * author made later (`bli` -> `ble`, `logi` -> `log`). Written here because the packaged English stemmers that were
 * tried either lose the s or t before a stripped `ion` or measure lower on scientific text.
 *
 * The word must be in lower case. Letters outside a-z count as consonants, so that words of other languages lose
 * at most an English-looking ending, the same one in a document and in a query.
 */
export function porterStem(word: string): string {
  if (word.length < 3) return word
  let stem = plural(word)
  stem = pastOrProgressive(stem)
  if (stem.endsWith('y') && hasVowel(stem, stem.length - 1)) stem = `${stem.slice(0, -1)}i`
  stem = replaceSuffix(stem, DOUBLE_SUFFIXES, 1)
  stem = replaceSuffix(stem, ADJECTIVE_SUFFIXES, 1)
  stem = dropSuffix(stem)
  return finalLetters(stem)
}

type Replacements = readonly (readonly [suffix: string, replacement: string])[]

// Of two suffixes that a word can end in, the longer one stands first.
const DOUBLE_SUFFIXES: Replacements = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log'],
]

const ADJECTIVE_SUFFIXES: Replacements = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
]

const DROPPED_SUFFIXES = 'al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize'.split(' ')

const VOWELS = 'aeiou'

function isConsonant(word: string, at: number): boolean {
  const letter = word.charAt(at)
  if (letter === 'y') return at === 0 || !isConsonant(word, at - 1)
  return !VOWELS.includes(letter)
}

/** Whether one of the first `length` letters is a vowel. */
function hasVowel(word: string, length: number): boolean {
  for (let i = 0; i < length; i++) if (!isConsonant(word, i)) return true
  return false
}

/** Porter's m: how many times a vowel is followed by a consonant in the first `length` letters. */
function measure(word: string, length: number): number {
  let count = 0
  let afterVowel = false
  for (let i = 0; i < length; i++) {
    const consonant = isConsonant(word, i)
    if (consonant && afterVowel) count++
    afterVowel = !consonant
  }
  return count
}

function endsInDoubleConsonant(word: string): boolean {
  const last = word.length - 1
  return last > 0 && word[last] === word[last - 1] && isConsonant(word, last)
}

/** Porter's *o: consonant, vowel, consonant at the end of the first `length` letters, the last not w, x or y. */
function endsInShortSyllable(word: string, length: number): boolean {
  if (length < 3) return false
  const last = word[length - 1]
  if (last === 'w' || last === 'x' || last === 'y') return false
  return isConsonant(word, length - 1) && !isConsonant(word, length - 2) && isConsonant(word, length - 3)
}

function plural(word: string): string {
  if (word.endsWith('sses') || (word.endsWith('ies') && word.length > 3)) return word.slice(0, -2)
  if (word.endsWith('s') && !word.endsWith('ss')) return word.slice(0, -1)
  return word
}

function pastOrProgressive(word: string): string {
  if (word.endsWith('eed')) return measure(word, word.length - 3) > 0 ? word.slice(0, -1) : word
  const ending = word.endsWith('ed') ? 2 : word.endsWith('ing') ? 3 : 0
  if (ending === 0 || !hasVowel(word, word.length - ending)) return word
  const stem = word.slice(0, -ending)
  if (stem.endsWith('at') || stem.endsWith('bl') || stem.endsWith('iz')) return `${stem}e`
  if (endsInDoubleConsonant(stem) && !/[lsz]$/.test(stem)) return stem.slice(0, -1)
  return measure(stem, stem.length) === 1 && endsInShortSyllable(stem, stem.length) ? `${stem}e` : stem
}

function replaceSuffix(word: string, replacements: Replacements, least: number): string {
  for (const [suffix, replacement] of replacements) {
    if (!word.endsWith(suffix)) continue
    const length = word.length - suffix.length
    return measure(word, length) >= least ? word.slice(0, length) + replacement : word
  }
  return word
}

function dropSuffix(word: string): string {
  for (const suffix of DROPPED_SUFFIXES) {
    if (!word.endsWith(suffix)) continue
    const length = word.length - suffix.length
    if (suffix === 'ion' && !/[st]ion$/.test(word)) continue
    return measure(word, length) > 1 ? word.slice(0, length) : word
  }
  return word
}

function finalLetters(word: string): string {
  let stem = word
  if (stem.endsWith('e')) {
    const length = stem.length - 1
    const syllables = measure(stem, length)
    if (syllables > 1 || (syllables === 1 && !endsInShortSyllable(stem, length))) stem = stem.slice(0, length)
  }
  return stem.endsWith('ll') && measure(stem, stem.length) > 1 ? stem.slice(0, -1) : stem
}
