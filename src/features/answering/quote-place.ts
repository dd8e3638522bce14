import type { Span } from '../../core/sentences.ts'
import { MARK } from './claims.ts'

/** A text with its white space levelled and reference marks left out, and where each kept character stood. */
function levelled(text: string): { text: string; at: number[] } {
  const left = new Set<number>()
  for (const { 0: mark, index } of text.matchAll(MARK)) for (let i = 0; i < mark.length; i++) left.add(index + i)
  let out = ''
  const at: number[] = []
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    if (left.has(i)) continue
    const space = /\s/.test(character)
    if (space && (out === '' || out.endsWith(' '))) continue
    out += space ? ' ' : character
    at.push(i)
  }
  return { text: out, at }
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
 * Where a sentence stands word for word in a passage, whatever its white space, reference marks and final punctuation;
 * undefined where it does not. Offsets are into the passage.
 */
export function exactPlace(sentence: string, passage: string): Span | undefined {
  const wanted = levelled(sentence.replace(CUT_ENDS, '')).text.trim().replace(FINAL, '').trimEnd()
  if (wanted === '') return undefined
  const source = levelled(passage)
  const found = wholeWords(wanted, source.text)
  const start = source.at[found]
  const last = source.at[found + wanted.length - 1]
  if (found === -1 || start === undefined || last === undefined) return undefined
  const closing = /^[.!?…。！？]+["'”’»)\]]*/.exec(passage.slice(last + 1))?.[0] ?? ''
  return { start, end: last + 1 + closing.length }
}
