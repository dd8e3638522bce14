import type { Block } from '../../../core/documents.ts'
import { tidyLines } from '../paragraph.ts'
import { tableBlock } from '../table.ts'
import { descendants, elementsOf, type XmlElement } from '../xml.ts'

/** Spreadsheets state empty cells up to the last column and row as one repeated cell. */
const MAX_REPEAT = 200

const SKIPPED: ReadonlySet<string> = new Set([
  'text:tracked-changes',
  'office:annotation',
  'text:sequence-decls',
  'office:forms',
  'text:table-of-content',
  'svg:title',
  'svg:desc',
])

/** Text, spreadsheets (a sheet is a page) and presentations (a slide is a page) of OpenDocument. */
export function* openDocumentBlocks(content: XmlElement): Generator<Block> {
  const body = descendants(content, 'office:text', 'office:spreadsheet', 'office:presentation')[0]
  if (body === undefined) return
  const paged = body.name !== 'office:text'
  let page = 0
  for (const child of elementsOf(body)) {
    if (paged && (child.name === 'table:table' || child.name === 'draw:page')) {
      page += 1
      const name = child.attributes['table:name']
      const blocks = [...visit(child, page)]
      if (name !== undefined && blocks.length > 0) yield { kind: 'heading', level: 1, text: name, page }
      yield* blocks
    } else yield* visit(child, undefined)
  }
}

function* visit(element: XmlElement, page: number | undefined): Generator<Block> {
  const place = page === undefined ? {} : { page }
  if (SKIPPED.has(element.name)) return
  if (element.name === 'text:h') {
    const text = tidyLines(inline(element)).replaceAll('\n', ' ')
    const level = Math.min(6, Math.max(1, Number(element.attributes['text:outline-level']) || 1))
    if (text !== '') yield { kind: 'heading', level, text, ...place }
    yield* inside(element, page)
  } else if (element.name === 'text:p') {
    const text = tidyLines(inline(element))
    if (text !== '') yield { kind: 'text', text, ...place }
    yield* inside(element, page)
  } else if (element.name === 'text:list') {
    const text = listLines(element, '').join('\n')
    if (text !== '') yield { kind: 'text', text, ...place }
  } else if (element.name === 'table:table') {
    const table = readTable(element, page)
    if (table !== undefined) yield table
  } else for (const child of elementsOf(element)) yield* visit(child, page)
}

/** Footnotes and text frames anchored in a paragraph follow it. */
function* inside(paragraph: XmlElement, page: number | undefined): Generator<Block> {
  for (const anchored of descendants(paragraph, 'text:note-body', 'draw:text-box')) {
    for (const child of elementsOf(anchored)) yield* visit(child, page)
  }
}

const inline = (element: XmlElement): string => {
  let text = ''
  for (const child of element.children) {
    if (typeof child === 'string') text += child.replace(/\s+/g, ' ')
    else if (child.name === 'text:line-break') text += '\n'
    else if (child.name === 'text:tab') text += '\t'
    else if (child.name === 'text:s') text += ' '
    else if (child.name !== 'text:note' && child.name !== 'draw:frame' && !SKIPPED.has(child.name))
      text += inline(child)
  }
  return text
}

const listLines = (list: XmlElement, indent: string): string[] => {
  const lines: string[] = []
  for (const item of elementsOf(list)) {
    for (const child of elementsOf(item)) {
      if (child.name === 'text:list') lines.push(...listLines(child, `${indent}  `))
      else {
        const text = tidyLines(inline(child)).replaceAll('\n', ' ')
        if (text !== '') lines.push(`${indent}- ${text}`)
      }
    }
  }
  return lines
}

const readTable = (table: XmlElement, page: number | undefined): Block | undefined => {
  const rows: string[][] = []
  const headers = descendants(table, 'table:table-header-rows').flatMap((header) =>
    descendants(header, 'table:table-row'),
  )
  for (const row of descendants(table, 'table:table-row')) {
    const line: string[] = []
    for (const cell of elementsOf(row)) {
      if (cell.name !== 'table:table-cell' && cell.name !== 'table:covered-table-cell') continue
      const text = descendants(cell, 'text:p', 'text:h')
        .map((paragraph) => tidyLines(inline(paragraph)).replaceAll('\n', ' '))
        .filter((part) => part !== '')
        .join(' ')
      const repeat = repeatOf(cell, 'table:number-columns-repeated', text === '')
      for (let count = 0; count < repeat; count += 1) line.push(text)
    }
    const repeat = repeatOf(
      row,
      'table:number-rows-repeated',
      line.every((cell) => cell === ''),
    )
    for (let count = 0; count < repeat; count += 1) rows.push(line)
  }
  return tableBlock(rows, { headerRows: headers.length > 0 ? headers.length : undefined, page })
}

const repeatOf = (element: XmlElement, attribute: string, empty: boolean): number => {
  const repeat = Number(element.attributes[attribute] ?? 1) || 1
  return Math.min(empty ? 20 : MAX_REPEAT, Math.max(1, repeat))
}
