import type { Span } from '../../core/sentences.ts'
import { sentences } from '../../core/sentences.ts'

export type CountTokens = (text: string) => number

/** A part of the content that begins and ends with a character that is not white space, and its length in tokens. */
export interface Piece extends Span {
  readonly tokens: number
}

/** What no piece may exceed. Characters are bounded too: a model may read a whole blob of base64 as one token. */
export interface PieceLimit {
  readonly tokens: number
  readonly characters: number
}

export interface PieceSource {
  readonly content: string
  readonly countTokens: CountTokens
  readonly language: string
}

/** The span without the white space at its ends. */
export function trimmedSpan(content: string, { start, end }: Span): Span {
  const text = content.slice(start, end)
  const from = start + text.length - text.trimStart().length
  return { start: from, end: Math.max(from, start + text.trimEnd().length) }
}

/**
 * Pieces of at most `limit`, in order, which together hold every character of the span that is not white space: whole
 * sentences or lines, and what is too long of those cut between words, else between code points.
 */
export function piecesOf(source: PieceSource, span: Span, by: 'sentence' | 'line', limit: PieceLimit): Piece[] {
  const parts = by === 'line' ? lines(source.content, span) : sentencesIn(source, span)
  return parts.flatMap((part) => withinLimit(source, part, limit))
}

function sentencesIn({ content, language }: PieceSource, { start, end }: Span): Span[] {
  return sentences(content.slice(start, end), language).map((s) => ({ start: start + s.start, end: start + s.end }))
}

export function lines(content: string, { start, end }: Span): Span[] {
  const found: Span[] = []
  for (let from = start; from < end;) {
    const at = content.indexOf('\n', from)
    const to = at === -1 || at > end ? end : at
    const line = trimmedSpan(content, { start: from, end: to })
    if (line.start < line.end) found.push(line)
    from = to + 1
  }
  return found
}

/** Characters that are counted at once where a sentence is too long: few enough to fit nearly always. */
const WINDOW = 200

function withinLimit(source: PieceSource, part: Span, limit: PieceLimit): Piece[] {
  if (part.end - part.start <= limit.characters && part.end - part.start <= WINDOW * limit.tokens) {
    const tokens = source.countTokens(source.content.slice(part.start, part.end))
    if (tokens <= limit.tokens) return [{ ...part, tokens }]
  }
  return windows(source, part, limit, WINDOW)
}

function windows(source: PieceSource, part: Span, limit: PieceLimit, size: number): Piece[] {
  const { content, countTokens } = source
  const pieces: Piece[] = []
  for (let from = part.start; from < part.end;) {
    const to = windowEnd(content, from, part.end, size)
    const piece = trimmedSpan(content, { start: from, end: to })
    from = to
    if (piece.start === piece.end) continue
    const tokens = countTokens(content.slice(piece.start, piece.end))
    if (tokens <= limit.tokens || size === 1) pieces.push({ ...piece, tokens })
    else pieces.push(...windows(source, piece, limit, Math.ceil(size / 4)))
  }
  return pieces
}

/** Behind the last word that fits into `size` characters, else between two code points. */
function windowEnd(content: string, start: number, end: number, size: number): number {
  const limit = start + size
  if (limit >= end) return end
  for (let at = limit; at > start + size / 2; at--) {
    if (content.charAt(at).trim() === '') return at
  }
  const inPair = isLowSurrogate(content.charCodeAt(limit))
  return inPair ? limit + 1 : limit
}

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff

/** The text cut to at most `limit` tokens, between words where there are any. */
export function cutToTokens(text: string, limit: number, countTokens: CountTokens): string {
  const start = text.slice(0, windowEnd(text, 0, text.length, limit * WINDOW))
  if (countTokens(start) <= limit) return start.trimEnd()
  const source = { content: start, countTokens, language: 'en' }
  let kept = ''
  for (const { end } of windows(source, { start: 0, end: start.length }, { tokens: limit, characters: WINDOW }, 24)) {
    const longer = start.slice(0, end)
    if (countTokens(longer) > limit) break
    kept = longer
  }
  return kept.trimEnd()
}
