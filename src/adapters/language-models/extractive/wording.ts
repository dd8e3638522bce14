import type { Quote } from './selection.ts'

const CELL = ' | '
const ENDS_SENTENCE = /[.!?…。！？]["'”’»)\]]*$/
/** The punctuation that a mark goes before, so that the mark reads as part of its sentence. */
const FINAL_PUNCTUATION = /[.!?…。！？]+["'”’»)\]]*$/
/** Of an encyclopedia's notes; in an answer they would be read as ours. */
const REFERENCE_MARK = /\s*\[\d{1,4}(?:\s*[,–-]\s*\d{1,4})*\]/g
const LIST_MARK = /^(?:[-*•–]|\d{1,3}[.)])\s+/

const cellsOf = (row: string): string[] => row.split(CELL).map((cell) => cell.trim())

/** The header of the row's table: from what the passage is read under, else the first row of the passage's table. */
function headerOf({ evidence, sentence, position }: Quote): string[] | undefined {
  const width = cellsOf(sentence.text).length
  const part = evidence.parts.findLast(({ start }) => start <= sentence.start) ?? evidence.parts[0]
  const inContext = part.context.split('\n').filter((line) => cellsOf(line).length === width && width > 1)
  const above = evidence.sentences
    .slice(0, position)
    .filter(({ start }) => start >= part.start)
    .map(({ text }) => text)
    .filter((text) => cellsOf(text).length === width)
  const header = inContext.at(-1) ?? above[0]
  // A first row with a number in it is a row like the others.
  return header === undefined || header === sentence.text || /\d/.test(header) ? undefined : cellsOf(header)
}

function readableRow(quote: Quote): string {
  const header = headerOf(quote)
  return cellsOf(quote.sentence.text.replace(REFERENCE_MARK, ''))
    .map((cell, i) => (cell === '' ? '' : header?.[i] ? `${header[i]}: ${cell}` : cell))
    .filter((cell) => cell !== '')
    .join(', ')
}

/** Whether the quote is a piece of a sentence that goes on at this side. */
function isCut({ evidence, sentence, position }: Quote, side: 'before' | 'after'): boolean {
  const neighbour = evidence.sentences[position + (side === 'before' ? -1 : 1)]
  if (neighbour === undefined || sentence.text.includes(CELL)) return false
  const [first, second] = side === 'before' ? [neighbour, sentence] : [sentence, neighbour]
  const between = evidence.text.slice(first.end - evidence.start, second.start - evidence.start)
  return !between.includes('\n') && !ENDS_SENTENCE.test(first.text)
}

/** What the person reads for a quote: one line, without the mark of a list, cut ends marked. */
function readable(quote: Quote): string {
  if (quote.sentence.text.includes(CELL)) return readableRow(quote)
  const line = quote.sentence.text.replace(REFERENCE_MARK, '').replace(/\s+/g, ' ').replace(LIST_MARK, '')
  const end = isCut(quote, 'after') ? `${line.replace(/[,;:]$/, '')} …` : line
  return isCut(quote, 'before') ? `… ${end}` : end
}

/** A quote with its mark before the final punctuation; one that has none gets a full stop. */
export function marked(quote: Quote): string {
  const text = readable(quote)
  const final = FINAL_PUNCTUATION.exec(text)?.[0] ?? ''
  const body = text.slice(0, text.length - final.length).trimEnd()
  return `${body} [${quote.evidence.number}]${final === '' ? '.' : final}`
}
