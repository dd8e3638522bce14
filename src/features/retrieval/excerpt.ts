import type { Span } from '../../core/sentences.ts'

/**
 * The part of `text`, at most `length` UTF-16 code units, in which most of the words stand; it starts and ends
 * between words where that is possible, and never inside a surrogate pair. `stem` says when two words are the same.
 */
export function excerpt(
  text: string,
  terms: ReadonlySet<string>,
  length: number,
  analyze: (word: string) => readonly string[],
): Span {
  if (text.length <= length) return { start: 0, end: text.length }
  const tokens = [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    wanted: analyze(match[0]).some((term) => terms.has(term)),
  }))
  const wanted = tokens.filter((token) => token.wanted)
  const best = densest(wanted, length)
  const slack = Math.max(0, length - (best.end - best.start))
  const from = Math.min(Math.max(0, best.start - Math.floor(slack / 4)), text.length - length)
  const start = tokens.find((token) => token.start >= from)?.start ?? from
  let end = Math.min(text.length, start + length)
  if (end < text.length) {
    const last = tokens.findLast((token) => token.end <= end && token.start >= start)
    if (last !== undefined) end = last.end
    else if (isLowSurrogate(text, end)) end -= 1
  }
  return { start: isLowSurrogate(text, start) ? start - 1 : start, end }
}

/** The stretch no longer than `length` with the most of the given tokens; the first of equals. */
function densest(tokens: readonly Span[], length: number): Span {
  let best: Span = { start: 0, end: 0 }
  let most = 0
  let first = 0
  tokens.forEach((token, last) => {
    let head = tokens[first]
    while (head !== undefined && head !== token && token.end - head.start > length) head = tokens[++first]
    if (head !== undefined && last - first + 1 > most) {
      most = last - first + 1
      best = { start: head.start, end: token.end }
    }
  })
  return best
}

const isLowSurrogate = (text: string, at: number): boolean => {
  const unit = text.charCodeAt(at)
  return unit >= 0xdc00 && unit <= 0xdfff
}
