import type { Span } from '../../core/sentences.ts'
import { MARK } from './claims.ts'

interface Levelled {
  readonly text: string
  /** Where each of its characters stood. */
  readonly at: Int32Array
}

const SPACE = /\s/
const isSpace = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at)
  return code === 32 || (code >= 9 && code <= 13) || (code > 127 && SPACE.test(text[at] as string))
}

/** A text with its white space levelled and reference marks left out. */
function levelled(text: string): Levelled {
  const at = new Int32Array(text.length)
  let out = ''
  let size = 0
  let endsInSpace = true
  const take = (from: number, to: number): void => {
    for (let i = from; i < to;) {
      const start = i
      while (i < to && !isSpace(text, i)) at[size++] = i++
      if (i > start) {
        out += text.slice(start, i)
        endsInSpace = false
      }
      if (i < to && !endsInSpace) {
        out += ' '
        at[size++] = i
        endsInSpace = true
      }
      while (i < to && isSpace(text, i)) i++
    }
  }
  let from = 0
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    take(from, index)
    from = index + mark.length
  }
  take(from, text.length)
  return { text: out, at: at.subarray(0, size) }
}

const WORD_CHARACTER = /[\p{L}\p{M}\p{N}]/u

/** Where `wanted` stands in `text` without being the inside of a longer word; -1: nowhere. */
function wholeWords(wanted: string, text: string): number {
  for (let at = text.indexOf(wanted); at !== -1; at = text.indexOf(wanted, at + 1)) {
    const before = text[at - 1] ?? ' '
    const after = text[at + wanted.length] ?? ' '
    const splitsStart = WORD_CHARACTER.test(before) && WORD_CHARACTER.test(wanted[0] ?? '')
    const splitsEnd = WORD_CHARACTER.test(after) && WORD_CHARACTER.test(wanted.at(-1) ?? '')
    if (!splitsStart && !splitsEnd) return at
  }
  return -1
}

const CUT_ENDS = /^…\s*|\s*…$/g
const FINAL = /[.!?…。！？]+$/

/**
 * Finds where a sentence stands word for word in a passage, whatever its white space, reference marks and final
 * punctuation; undefined where it does not. Offsets are into the passage.
 */
export function placesIn(passage: string): (sentence: string) => Span | undefined {
  let read: Levelled | undefined
  return (sentence) => {
    const wanted = levelled(sentence.replace(CUT_ENDS, '')).text.trim().replace(FINAL, '').trimEnd()
    if (wanted === '') return undefined
    const source = (read ??= levelled(passage))
    const found = wholeWords(wanted, source.text)
    const start = source.at[found]
    const last = source.at[found + wanted.length - 1]
    if (found === -1 || start === undefined || last === undefined) return undefined
    const closing = /^[.!?…。！？]+["'”’»)\]]*/.exec(passage.slice(last + 1))?.[0] ?? ''
    return { start, end: last + 1 + closing.length }
  }
}
