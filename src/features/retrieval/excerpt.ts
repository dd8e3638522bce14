import type { Span } from '../../core/sentences.ts'

/**
 * The part of `text`, at most `length` UTF-16 code units, in which most of the `wanted` ranges stand; it starts and ends
 * between words where that is possible, and never inside a surrogate pair.
 * @param wanted ascending
 */
export function excerpt(text: string, length: number, wanted: readonly Span[]): Span {
  if (text.length <= length) return { start: 0, end: text.length }
  const best = densest(wanted, length)
  const slack = Math.max(0, length - (best.end - best.start))
  const from = Math.min(Math.max(0, best.start - Math.floor(slack / 4)), text.length - length)
  const start = wordFrom(text, from)
  const end = Math.min(text.length, start + length)
  return { start, end: end === text.length ? end : wordsUntil(text, start, end) }
}

/** The ranges that lie within `span`, counted from its start. */
export const within = (spans: readonly Span[], { start, end }: Span): Span[] =>
  spans
    .filter((span) => span.start >= start && span.end <= end)
    .map((span) => ({ start: span.start - start, end: span.end - start }))

/** The stretch no longer than `length` with the most of the given ranges; the first of equals. */
function densest(spans: readonly Span[], length: number): Span {
  let best: Span = { start: 0, end: 0 }
  let most = 0
  let first = 0
  spans.forEach((span, last) => {
    let head = spans[first]
    while (head !== undefined && head !== span && span.end - head.start > length) head = spans[++first]
    if (head !== undefined && last - first + 1 > most) {
      most = last - first + 1
      best = { start: head.start, end: span.end }
    }
  })
  return best
}

const WORDS = /[\p{L}\p{M}\p{N}]+/gu
const INSIDE_WORD = /^[\p{L}\p{M}\p{N}]{2}/u

const isInsideWord = (text: string, at: number): boolean =>
  at > 0 && INSIDE_WORD.test(text.slice(isLowSurrogate(text, at - 1) ? at - 2 : at - 1, at + 2))

/** Where the first word begins at or after `from`; `from` itself, or behind the character that it cuts, where none does. */
function wordFrom(text: string, from: number): number {
  if (isLowSurrogate(text, from)) return wordFrom(text, from + 1)
  const ahead = text.slice(from, from + LONGEST_WORD)
  const [first, second] = ahead.matchAll(WORDS)
  const word = first?.index === 0 && isInsideWord(text, from) ? second : first
  return word === undefined ? from : from + word.index
}

/** Where the last word ends that ends by `end`; `end` itself, or before the character that it cuts, where none does. */
function wordsUntil(text: string, start: number, end: number): number {
  const from = Math.max(start, end - 2 * LONGEST_WORD)
  const words = [...text.slice(from, end).matchAll(WORDS)]
  const cuts = isInsideWord(text, end)
  const last = words.at(cuts ? -2 : -1)
  if (last !== undefined) return from + last.index + last[0].length
  return isLowSurrogate(text, end) ? end - 1 : end
}

/** Looked for a word's end no further than this. */
const LONGEST_WORD = 100

const isLowSurrogate = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff
}
