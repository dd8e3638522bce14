import type { Block, Box } from '../../../core/documents.ts'
import { tableBlock } from '../table.ts'
import { type Line, linesOf } from './lines.ts'
import type { Page } from './pages.ts'

interface Paragraph {
  readonly text: string
  readonly lines: number
  readonly size: number
  readonly page: number
  readonly box: Box | undefined
}

type Piece =
  | Paragraph
  | { readonly rows: readonly (readonly string[])[]; readonly page: number; readonly box: Box | undefined }

/** How much larger than the body a heading is set; many papers and reports make it one point. */
const HEADING_SCALE = 1.07
const LONGEST_HEADING = 200

/** Paragraphs, tables and, where a larger font says so, headings, page by page. */
export function* documentBlocks(pages: readonly Page[]): Generator<Block> {
  const pieces = pages.flatMap((page) => pagePieces(page))
  const body = bodySize(pieces)
  const isHeading = (paragraph: Paragraph): boolean =>
    paragraph.size >= body * HEADING_SCALE &&
    paragraph.lines <= 3 &&
    paragraph.text.length <= LONGEST_HEADING &&
    paragraph.box !== undefined &&
    /\p{L}{2}/u.test(paragraph.text) &&
    !/[.;,]$/.test(paragraph.text)
  const levels = headingSizes(pieces.filter((piece) => 'text' in piece).filter(isHeading))
  for (const piece of pieces) {
    const place = { page: piece.page, ...(piece.box === undefined ? {} : { box: piece.box }) }
    if ('rows' in piece) {
      const table = tableBlock(piece.rows)
      if (table !== undefined) yield { ...table, ...place }
    } else if (isHeading(piece)) {
      yield {
        kind: 'heading',
        level: Math.max(1, levels.indexOf(Math.round(piece.size)) + 1),
        text: piece.text.replaceAll('\n', ' '),
        ...place,
      }
    } else yield { kind: 'text', text: piece.text, ...place }
  }
}

/** The font size that most characters have. */
const bodySize = (pieces: readonly Piece[]): number => {
  const characters = new Map<number, number>()
  for (const piece of pieces) {
    if (!('text' in piece)) continue
    const size = Math.round(piece.size * 2) / 2
    characters.set(size, (characters.get(size) ?? 0) + piece.text.length)
  }
  return [...characters].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 10
}

/** Sizes of headings, largest first, at most six: the place is the level. */
const headingSizes = (headings: readonly Paragraph[]): readonly number[] =>
  [...new Set(headings.map((heading) => Math.round(heading.size)))].toSorted((a, b) => b - a).slice(0, 6)

const pagePieces = (page: Page): Piece[] => {
  const pieces: Piece[] = []
  const lines = linesOf(page.runs)
  let open: Line[] = []
  const flush = (): void => {
    if (open.length > 0) pieces.push(paragraphOf(open, page.number))
    open = []
  }
  for (let index = 0; index < lines.length; index += 1) {
    const rows = tableAt(lines, index)
    if (rows > 0) {
      flush()
      const table = lines.slice(index, index + rows)
      pieces.push({ rows: gridOf(table), page: page.number, box: boxOf(table) })
      index += rows - 1
      continue
    }
    const line = lines[index]
    const last = open.at(-1)
    if (line === undefined) continue
    if (last !== undefined && !continues(open, last, line)) flush()
    open.push(line)
  }
  flush()
  return pieces.filter((piece) => 'rows' in piece || piece.text !== '')
}

/** The next line of the same paragraph: below the last one by no more than its usual leading, in the same font size. */
const continues = (paragraph: readonly Line[], last: Line, line: Line): boolean => {
  if (line.turn !== last.turn) return false
  const size = Math.max(last.size, line.size)
  const leading = line.y - last.y
  const sameRow = Math.abs(leading) < 0.3 * size
  if (sameRow) return line.left - last.right < 3 * size
  if (Math.abs(line.size - last.size) > 0.06 * size || leading < 0 || leading > 1.75 * size) return false
  const before = paragraph.at(-2)
  if (before !== undefined && leading > (last.y - before.y) * 1.35 + 0.5) return false
  if (Math.min(last.right, line.right) <= Math.max(last.left, line.left)) return false
  // A bullet or a number starts an item; a first line that is indented after a short last one starts a paragraph.
  if (/^\s*([•●▪◦‣–*]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s+\S/.test(line.cells[0] ?? '')) return false
  const width = Math.max(...paragraph.map((each) => each.right)) - Math.min(...paragraph.map((each) => each.left))
  return !(
    line.left > last.left + 0.8 * size &&
    last.right < paragraph.reduce((right, each) => Math.max(right, each.right), 0) - 0.15 * width &&
    paragraph.length > 1
  )
}

const LINE_END_HYPHEN = /(\p{Ll})[-\u00ad\u2010]$/u

const paragraphOf = (lines: readonly Line[], page: number): Paragraph => {
  let text = ''
  for (const line of lines) {
    const next = line.cells.join('  ').replace(/\s+/g, ' ').trim()
    if (LINE_END_HYPHEN.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next
    else text += text === '' ? next : isIdeographic(text, next) ? next : ` ${next}`
  }
  return {
    text: text.replaceAll('\u00ad', '').trim(),
    lines: lines.length,
    size: Math.max(...lines.map((line) => line.size)),
    page,
    box: boxOf(lines),
  }
}

/** Chinese and Japanese are written without spaces, also across line ends. */
const isIdeographic = (before: string, after: string): boolean =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]$/u.test(before) &&
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u.test(after)

const boxOf = (lines: readonly Line[]): Box | undefined => {
  if (lines.length === 0 || lines.some((line) => line.turn !== 0)) return undefined
  const round = (value: number): number => Math.round(value * 10) / 10
  return [
    round(Math.min(...lines.map((line) => line.left))),
    round(Math.min(...lines.map((line) => line.y - line.size))),
    round(Math.max(...lines.map((line) => line.right))),
    round(Math.max(...lines.map((line) => line.y + 0.2 * line.size))),
  ]
}

const FEWEST_ROWS = 3

/** How many lines from here make a table: lines of several cells whose starts stand under each other; 0 for none. */
const tableAt = (lines: readonly Line[], from: number): number => {
  const first = lines[from]
  if (first === undefined || first.cells.length < 2) return 0
  let count = 1
  let columns = first.starts
  for (let line = lines[from + count]; line !== undefined; line = lines[from + count]) {
    const previous = lines[from + count - 1] ?? first
    const near = line.y > previous.y && line.y - previous.y < 4 * first.size
    const aligned = line.starts.filter((start) =>
      columns.some((column) => Math.abs(column - start) < 1.5 * first.size),
    ).length
    if (
      line.turn !== first.turn ||
      !near ||
      line.cells.length < 2 ||
      aligned < Math.min(line.starts.length, columns.length) - 1
    )
      break
    if (line.starts.length > columns.length) columns = line.starts
    count += 1
  }
  return count >= FEWEST_ROWS ? count : 0
}

/** Cells under the column whose start is nearest in the widest row. */
const gridOf = (lines: readonly Line[]): string[][] => {
  const columns = lines.reduce(
    (widest, line) => (line.starts.length > widest.length ? line.starts : widest),
    lines[0]?.starts ?? [],
  )
  return lines.map((line) => {
    const row = columns.map(() => '')
    line.cells.forEach((cell, index) => {
      const start = line.starts[index] ?? 0
      let column = 0
      for (const [at, x] of columns.entries())
        if (Math.abs(x - start) < Math.abs((columns[column] ?? 0) - start)) column = at
      const text = cell.replace(/\s+/g, ' ').trim()
      row[column] = row[column] === '' ? text : `${row[column]} ${text}`
    })
    return row
  })
}
