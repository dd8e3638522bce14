import type { Span } from '../../core/sentences.ts'
import { MARK } from './claims.ts'

interface Levelled {
  readonly text: string
  /** Where each of its characters stood. */
  readonly at: Int32Array
}

const KEPT = /[\p{L}\p{M}\p{N}\p{Sc}%‰°+=<>×÷±√]/u
const DIGIT = /\p{Nd}/u
const ENDS_SENTENCE = /^[.!?…][^\p{L}\p{N}]*\s[^\p{L}\p{N}]*\p{Lu}/u
const DASH = /[-‐‑–—−]/

const isDigitAt = (text: string, i: number): boolean => {
  const code = text.charCodeAt(i)
  return code < 128 ? code >= 48 && code <= 57 : DIGIT.test(text[i] ?? '')
}

/** What is compared of the mark or space at `i`; empty: it makes no difference. */
function comparedMark(text: string, i: number, mark: string): string {
  // Between two figures it is a part of the number, or parts two of them; before one it may be a minus.
  if (isDigitAt(text, i + 1)) {
    if (isDigitAt(text, i - 1)) return /\s/.test(mark) ? ' ' : DASH.test(mark) ? '-' : mark
    if (DASH.test(mark) && /^[\s(]?$/.test(text[i - 1] ?? '')) return '-'
  }
  return ENDS_SENTENCE.test(text.slice(i, i + 12)) ? '.' : ''
}

/** What is compared of the character at `i`. */
function compared(text: string, i: number): string {
  const code = text.charCodeAt(i)
  if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) return text[i] as string
  if (code >= 65 && code <= 90) return String.fromCharCode(code + 32)
  if (code === 32) return isDigitAt(text, i + 1) && isDigitAt(text, i - 1) ? ' ' : ''
  const character = String.fromCodePoint(text.codePointAt(i) ?? 0)
  if (KEPT.test(character)) return character.normalize('NFKC').toLowerCase()
  return comparedMark(text, i, character)
}

/**
 * A text with only what a quote must keep: letters and figures without case and ligatures, signs that change a number,
 * the ends of sentences inside. Other punctuation, hyphens, white space and reference marks are left out.
 */
function levelled(text: string): Levelled {
  const at: number[] = []
  let out = ''
  const take = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      const character = compared(text, i)
      for (let n = 0; n < character.length; n++) at.push(i)
      out += character
      if ((text.codePointAt(i) ?? 0) > 0xffff) i++
    }
  }
  let from = 0
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    take(from, index)
    from = index + mark.length
  }
  take(from, text.length)
  return { text: out, at: Int32Array.from(at) }
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u

/** Whether a word of the text goes on over the place's border: it was found inside a longer one. */
const splitsWord = (text: string, border: number): boolean =>
  WORD_CHARACTER.test(text[border - 1] ?? ' ') && WORD_CHARACTER.test(text[border] ?? ' ')

const CLOSING = /^[.!?…。！？]+["'”’»)\]]*/
const OPENING = /["'“‘«([]$/

/**
 * Finds where a sentence stands word for word in a passage, whatever its punctuation, case, hyphenation, ligatures, white
 * space and reference marks; undefined where it does not. Offsets are into the passage.
 */
export function placesIn(passage: string): (sentence: string) => Span | undefined {
  let read: Levelled | undefined
  return (sentence) => {
    const wanted = levelled(sentence).text
    if (wanted === '') return undefined
    const source = (read ??= levelled(passage))
    for (let found = source.text.indexOf(wanted); found !== -1; found = source.text.indexOf(wanted, found + 1)) {
      const start = source.at[found]
      const last = source.at[found + wanted.length - 1]
      if (start === undefined || last === undefined) return undefined
      const behind = last + ((passage.codePointAt(last) ?? 0) > 0xffff ? 2 : 1)
      if (splitsWord(passage, start) || splitsWord(passage, behind)) continue
      const opened = /^["'“‘«([]/.test(sentence) && OPENING.test(passage.slice(0, start)) ? start - 1 : start
      return { start: opened, end: behind + (CLOSING.exec(passage.slice(behind))?.[0].length ?? 0) }
    }
    return undefined
  }
}
