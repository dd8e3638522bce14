import { detached } from '../core/detached.ts'
import { CACHEABLE, classOf, JOINER, OUTSIDE } from './characters.ts'
import { FALLBACK, type Language, stemIn } from './languages.ts'
import { STOP_WORDS } from './stop-words.ts'

export { STOP_WORDS }

/** Names what `analyze` does: an index built under another name cannot be searched with this analyzer. */
export const ANALYZER_ID = 'evident-words-4'

/** Longer terms are cut, so that a line of base64 does not fill the dictionary. In UTF-16 code units. */
const LONGEST_TERM = 64
/** Runs beyond this are analysed each time: they seldom come again. */
const LONGEST_CACHED_RUN = 48
const CACHE_ENTRIES = 100_000

const caches = new Map<Language, Map<string, readonly string[]>>()
let cached = 0

/**
 * The terms of a text in their order, for documents and queries alike: compatibility forms levelled (NFKC), case
 * folded, English stop words left out, words stemmed as the language has them. A compound with a digit or an underscore (`GPT-4o`,
 * `ISO-27001`, `snake_case`) gives itself, unstemmed, and then its parts. Chinese, Japanese and Korean give each
 * character and each pair of neighbours; Thai, Lao, Khmer and Burmese the words of a dictionary.
 */
export function analyze(text: string, language: Language = FALLBACK): string[] {
  const terms: string[] = []
  forEachRun(text, language, (run) => {
    for (const term of run) terms.push(term)
  })
  return terms
}

/**
 * The words of a query in their order, each as the distinct terms that the languages make of it: what is stop word or
 * compound in one is in all of them, only stems differ.
 */
export function analyzeIn(text: string, languages: readonly Language[]): string[][] {
  const analysed = (languages.length === 0 ? [FALLBACK] : languages).map((language) => analyze(text, language))
  return (analysed[0] ?? []).map((_, word) => [...new Set(analysed.map((terms) => terms[word] as string))])
}

/** The term that `analyze` makes of a single plain word. */
export function stem(word: string): string {
  return stemFolded(fold(word.normalize('NFKC')), FALLBACK)
}

/** Whether a term is a compound as it was written, which its parts follow. */
export const isWhole = (term: string): boolean => WHOLE.test(term)

/** As `analyze`, without making one long list: `visit` gets the terms of one stretch of text after the other. */
export function forEachRun(text: string, language: Language, visit: (terms: readonly string[]) => void): void {
  const cache = cacheOf(language)
  const source = text.normalize('NFKC')
  const end = source.length
  let at = 0
  while (at < end) {
    let kind = classOf(source.charCodeAt(at))
    if (kind === OUTSIDE || kind === JOINER) {
      at++
      continue
    }
    const start = at
    let plain = true
    let afterWord = at
    while (at < end && (kind = classOf(source.charCodeAt(at))) !== OUTSIDE) {
      at++
      if (kind === JOINER) continue
      if (kind !== CACHEABLE) plain = false
      afterWord = at
    }
    const run = source.slice(start, afterWord)
    visit(plain && run.length <= LONGEST_CACHED_RUN ? cachedTerms(run, language, cache) : termsOf(run, language))
  }
}

function cacheOf(language: Language): Map<string, readonly string[]> {
  const cache = caches.get(language) ?? new Map<string, readonly string[]>()
  caches.set(language, cache)
  return cache
}

function cachedTerms(run: string, language: Language, cache: Map<string, readonly string[]>): readonly string[] {
  const known = cache.get(run)
  if (known !== undefined) return known
  const own = detached(run)
  const terms = termsOf(own, language)
  if (cached >= CACHE_ENTRIES) {
    for (const full of caches.values()) full.clear()
    cached = 0
  }
  cache.set(own, terms)
  cached++
  return terms
}

// --- One stretch of text without white space ---------------------------------------------------------------------

const NO_SPACES = String.raw`\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
const CHARACTER_PAIRS = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー`
const WORD = String.raw`[[\p{L}\p{M}\p{N}]--[${NO_SPACES}${CHARACTER_PAIRS}]]`
const PIECE = new RegExp(
  String.raw`(?<pairs>[${CHARACTER_PAIRS}]+)|(?<unspaced>[${NO_SPACES}]+)|(?<compound>${WORD}+(?:(?:[\-.\/'’]|_+)${WORD}+)*)`,
  'gv',
)
/** Most runs by far: nothing of what the other patterns look for can be in them. */
const PLAIN_LETTERS = /^[A-Za-z]+$/
const IGNORED = /[\u00ad\u200b-\u200d\u2060\ufeff]/g
const HYPHENS = /[\u2010\u2011]/g
const CONTRACTION = /(\p{L})['’](?:s|t|d|ll|re|ve|m)(?=$|[-_./'’])/gu
const ACRONYM = /^\p{L}(?:\.\p{L})+$/u
const WHOLE = /[-_./]/
const IDENTIFIER = /[\p{Nd}_]/u

/** Case folding beyond lower case for the letters whose lower-case forms differ within a word. */
const fold = (text: string): string =>
  text.toLowerCase().replace(IGNORED, '').replace(/ß/g, 'ss').replace(/ς/g, 'σ').replace(HYPHENS, '-')

function termsOf(run: string, language: Language): string[] {
  if (PLAIN_LETTERS.test(run)) {
    const word = run.toLowerCase()
    return STOP_WORDS.has(word) ? [] : [stemFolded(word, language)]
  }
  const terms: string[] = []
  for (const match of fold(run).matchAll(PIECE)) {
    const { pairs, unspaced, compound } = match.groups ?? {}
    if (compound !== undefined) addCompound(compound, language, terms)
    else if (pairs !== undefined) addCharacterPairs(pairs, terms)
    else if (unspaced !== undefined) addDictionaryWords(unspaced, terms)
  }
  return terms
}

function addCompound(compound: string, language: Language, terms: string[]): void {
  const text = compound.replace(CONTRACTION, '$1')
  if (ACRONYM.test(text)) {
    terms.push(stemFolded(text.replaceAll('.', ''), language))
    return
  }
  const parts = text.split(/[-_./'’]+/)
  if (parts.length > 1 && IDENTIFIER.test(text) && !/['’]/.test(text)) terms.push(text.slice(0, LONGEST_TERM))
  for (const part of parts) if (!STOP_WORDS.has(part)) terms.push(stemFolded(part, language))
}

const stemFolded = (word: string, language: Language): string =>
  word.length > LONGEST_TERM ? word.slice(0, LONGEST_TERM) : stemIn(language, word)

/** Pairs find words whose borders nobody marks; single characters find words of one character. */
function addCharacterPairs(text: string, terms: string[]): void {
  let before = ''
  for (const character of text) {
    if (before !== '') terms.push(before + character)
    if (!STOP_WORDS.has(character)) terms.push(character)
    before = character
  }
}

let dictionary: Intl.Segmenter | undefined

function addDictionaryWords(text: string, terms: string[]): void {
  dictionary ??= new Intl.Segmenter('th', { granularity: 'word' })
  for (const { segment } of dictionary.segment(text)) terms.push(detached(segment.slice(0, LONGEST_TERM)))
}
