import type { Span } from '../core/sentences.ts'
import { analyze, isWhole } from './analyzer.ts'
import { CACHEABLE, classOf, JOINER, OUTSIDE } from './characters.ts'
import { type Language, languageOf } from './languages.ts'
import { queryText } from './query.ts'
import { WordBeginnings } from './word-beginnings.ts'

/**
 * A text's ranges in UTF-16 code units, ascending, without overlap; words side by side stay apart.
 * @param language that its words are stemmed in; absent: the one that it is told to be in
 */
export type Highlighter = (text: string, language?: Language) => Span[]

/**
 * Finds where words of the query stand in texts, by the analysis that the search reads both with, so that `studies` is
 * marked for `study` and `GPT-4o` for `gpt 4o`. Of a script without spaces pairs of characters are marked, single ones
 * only where the query asks for one alone.
 */
export function highlighter(query: string): Highlighter {
  const text = queryText(query)
  const byLanguage = new Map<Language, Wanted>()
  return (shown, language = languageOf(shown)) => {
    const wanted = byLanguage.get(language) ?? wantedTerms(text, language)
    byLanguage.set(language, wanted)
    return wanted.terms.size === 0 ? [] : marked(shown, wanted)
  }
}

interface Wanted {
  readonly language: Language
  readonly terms: ReadonlySet<string>
  readonly beginnings: WordBeginnings | undefined
  /** Of words that were looked at: most come again. */
  readonly known: Map<string, boolean>
}

function wantedTerms(query: string, language: Language): Wanted {
  const terms = new Set(analyze(query, language))
  for (const term of terms) {
    if (PAIR.test(term)) for (const character of term) terms.delete(character)
  }
  return { language, terms, beginnings: language === 'en' ? new WordBeginnings(terms) : undefined, known: new Map() }
}

function isWanted(word: string, { language, terms, known }: Wanted): boolean {
  let answer = known.get(word)
  if (answer === undefined) {
    answer = analyze(word, language).some((term) => terms.has(term))
    known.set(word, answer)
  }
  return answer
}

function marked(text: string, wanted: Wanted): Span[] {
  const spans: Span[] = []
  for (let at = 0; at < text.length;) {
    let kind = classOf(text.charCodeAt(at))
    if (kind === OUTSIDE || kind === JOINER) {
      at++
      continue
    }
    const start = at
    let end = at
    let plain = true
    let closer = false
    for (; at < text.length && (kind = classOf(text.charCodeAt(at))) !== OUTSIDE; at++) {
      if (kind === JOINER) continue
      if (kind !== CACHEABLE) closer = true
      if (end < at) plain = false
      end = at + 1
    }
    if (!closer && wanted.beginnings?.mayHold(text, start, end) === false) continue
    if (closer || !plain) addPieces(text.slice(start, end), start, wanted, spans)
    else if (isWanted(text.slice(start, end), wanted)) spans.push({ start, end })
  }
  return spans
}

/** What stands between two spaces and is more than a word. */
function addPieces(run: string, from: number, wanted: Wanted, spans: Span[]): void {
  for (const { 0: piece, index, groups } of run.matchAll(PIECE)) {
    const { pairs, unspaced, compound } = groups ?? {}
    const start = from + index
    if (pairs !== undefined) addPairs(pairs, start, wanted, spans)
    else if (unspaced !== undefined) addSegments(unspaced, start, wanted, spans)
    else if (compound !== undefined) addCompound(piece, start, wanted, spans)
    else if (isWanted(piece, wanted)) spans.push({ start, end: start + piece.length })
  }
}

const NO_SPACES = String.raw`\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}`
const PAIRED = String.raw`\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー`
const WORD = String.raw`[[\p{L}\p{M}\p{N}\u00ad\u200b-\u200d]--[${NO_SPACES}${PAIRED}]]`
const PIECE = new RegExp(
  String.raw`(?<compound>${WORD}+(?:(?:[\-.\/'’\u2010\u2011]|_+)${WORD}+)+)|${WORD}+|(?<pairs>[${PAIRED}]+)|(?<unspaced>[${NO_SPACES}]+)`,
  'gv',
)
const PAIR = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー]{2}$/u
const PART = /[^\-_./'’\u2010\u2011]+/g

/** The whole compound where the query has it or all of its parts, else the parts that it has. */
function addCompound(compound: string, start: number, wanted: Wanted, spans: Span[]): void {
  const terms = analyze(compound, wanted.language)
  const parts = terms.filter((term) => !isWhole(term))
  const isAll = parts.length > 0 && parts.every((term) => wanted.terms.has(term))
  if (isAll || terms.some((term) => isWhole(term) && wanted.terms.has(term))) {
    spans.push({ start, end: start + compound.length })
    return
  }
  if (parts.length < 2) return
  for (const { 0: part, index } of compound.matchAll(PART)) {
    if (isWanted(part, wanted)) spans.push({ start: start + index, end: start + index + part.length })
  }
}

function addPairs(run: string, start: number, { terms }: Wanted, spans: Span[]): void {
  let at = start
  let before: { character: string; at: number } | undefined
  let open: { start: number; end: number } | undefined
  for (const original of run) {
    const character = isLevel(original.charCodeAt(0)) ? original : original.normalize('NFKC')
    const end = at + original.length
    const pair = before !== undefined && terms.has(before.character + character) ? before : undefined
    if (pair !== undefined || terms.has(character)) {
      const from = pair?.at ?? at
      if (open !== undefined && from <= open.end) open.end = end
      else spans.push((open = { start: from, end }))
    }
    before = { character, at }
    at = end
  }
}

/** Chinese characters, Korean syllables and kana of which NFKC leaves each as it is. */
const isLevel = (code: number): boolean =>
  (code >= 0x4e00 && code <= 0x9fff) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0x3041 && code <= 0x3096) ||
  (code >= 0x30a1 && code <= 0x30fa)

let dictionary: Intl.Segmenter | undefined

function addSegments(run: string, start: number, wanted: Wanted, spans: Span[]): void {
  dictionary ??= new Intl.Segmenter('th', { granularity: 'word' })
  for (const { segment, index } of dictionary.segment(run)) {
    if (isWanted(segment, wanted)) spans.push({ start: start + index, end: start + index + segment.length })
  }
}
