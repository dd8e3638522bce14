import { sentences } from '../../core/sentences.ts'
import type { Span } from '../../core/sentences.ts'

/** A piece of a passage that may be quoted. Offsets are into the passage's text. */
export interface Piece extends Span {
  readonly text: string
  /** A heading or a question: read with what follows it, not quoted by itself. */
  readonly leadsOn: boolean
  readonly tableRow: boolean
}

/** The longest quote in words; what is longer is cut at the mark that stands nearest before it. */
export const LONGEST = 60
const HEADING_LONGEST = 12
const LONGER = new RegExp(`^\\s*(?:\\S+\\s+){${LONGEST}}\\S`)
/** A line of at least this many characters that does not end a sentence was wrapped, and goes on below. */
const WRAPPED_LINE = 45

const CELL = ' | '
const BLANK_LINE = /\n[^\S\n]*\n\s*/g
const ENDS_SENTENCE = /[.!?:;…。！？][\p{Pe}\p{Pf}"'\]]*$/u
const LIST_ITEM = /^\s*(?:[-*•–]|\d{1,3}[.)])\s/

/** Of an encyclopedia's notes (`[12]`, `[citation needed]`): after a full stop they hide the end of the sentence. */
const REFERENCE_MARK = /\[\d{1,4}(?:\s*[,–-]\s*\d{1,4})*\]|(?<=[.!?])\[[^[\]\n]{1,40}\]/g

/** The text for the sentence rules, of the same length so that offsets stay. */
const plain = (block: string): string => unwrapped(block.replace(REFERENCE_MARK, (mark) => ' '.repeat(mark.length)))

/** Joins lines that only the page's width parted. Same length, so offsets stay. */
function unwrapped(text: string): string {
  const lines = text.split('\n')
  return lines.reduce((joined, line, i) => {
    const above = lines[i - 1] ?? ''
    const goesOn =
      above.trim().length >= WRAPPED_LINE &&
      !ENDS_SENTENCE.test(above.trim()) &&
      line.trim() !== '' &&
      !LIST_ITEM.test(line) &&
      !above.includes(CELL) &&
      !line.includes(CELL)
    return joined + (i === 0 ? '' : goesOn ? ' ' : '\n') + line
  }, '')
}

function splitAt(text: string, separator: RegExp): Span[] {
  const spans: Span[] = []
  let start = 0
  for (const { 0: found, index } of text.matchAll(separator)) {
    spans.push({ start, end: index })
    start = index + found.length
  }
  spans.push({ start, end: text.length })
  return spans
}

/** A block's rows where it is a table, else its sentences; offsets are into the block. */
function partsOf(block: string, language: string | undefined): { span: Span; row: boolean }[] {
  if (!block.includes(CELL)) return sentences(plain(block), language).map((span) => ({ span, row: false }))
  return splitAt(block, /\n/g).flatMap(({ start, end }): { span: Span; row: boolean }[] => {
    const line = block.slice(start, end)
    if (line.includes(CELL)) return [{ span: { start, end }, row: true }]
    return sentences(line, language).map((s) => ({ span: { start: start + s.start, end: start + s.end }, row: false }))
  })
}

function trim(text: string, { start, end }: Span): Span {
  const piece = text.slice(start, end)
  const left = start + piece.length - piece.trimStart().length
  return { start: left, end: Math.max(left, start + piece.trimEnd().length) }
}

/** Cuts what is longer than `LONGEST` words, after a mark where one stands in the second half, else between words. */
function shortened(text: string, span: Span): Span[] {
  // So many words need so many characters and the spaces between them.
  if (span.end - span.start < 2 * LONGEST) return [span]
  const piece = text.slice(span.start, span.end)
  if (!LONGER.test(piece)) return [span]
  const words = Array.from(piece.matchAll(/\S+/g))
  const window = words.slice(0, LONGEST)
  const mark = window.findLastIndex(({ 0: word }, i) => i >= LONGEST / 2 && /[,;:.!?)\]–—]$/.test(word))
  const last = window[mark === -1 ? LONGEST - 1 : mark]
  if (last === undefined) return [span]
  const end = span.start + last.index + last[0].length
  return [{ start: span.start, end }, ...shortened(text, trim(text, { start: end, end: span.end }))]
}

function isHeading(text: string): boolean {
  return (
    !text.includes('\n') &&
    !/\d/.test(text) &&
    !LIST_ITEM.test(text) &&
    !ENDS_SENTENCE.test(text) &&
    text.split(/\s+/).length <= HEADING_LONGEST
  )
}

/**
 * The pieces of a passage that can be quoted: sentences and table rows, none longer than 60 words, in order, without
 * white space at their ends. A blank line always parts two pieces, so that a heading is never glued to its text.
 */
export function piecesOf(text: string, language?: string): Piece[] {
  const blocks = splitAt(text, BLANK_LINE).filter(({ start, end }) => text.slice(start, end).trim() !== '')
  const pieces = blocks.flatMap((block, b) => {
    const parts = partsOf(text.slice(block.start, block.end), language)
    const heading = parts.length === 1 && b + 1 < blocks.length && isHeading(text.slice(block.start, block.end).trim())
    return parts.flatMap(({ span, row }) => {
      const whole = trim(text, { start: block.start + span.start, end: block.start + span.end })
      const spans = row ? [whole] : shortened(text, whole)
      return spans.map(({ start, end }): Piece => {
        const piece = text.slice(start, end)
        return { start, end, text: piece, leadsOn: !row && (heading || /\?["')\]]*$/.test(piece)), tableRow: row }
      })
    })
  })
  const usable = pieces.filter((piece) => piece.end > piece.start)
  return usable.some((piece) => !piece.leadsOn) ? usable : usable.map((piece) => ({ ...piece, leadsOn: false }))
}
