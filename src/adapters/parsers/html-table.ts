import type { Block } from '../../core/documents.ts'
import type { DomElement } from './dom.ts'
import { flatText, tidy } from './html-text.ts'
import { tableBlock } from './table.ts'

/** A cell longer than this is prose: the table lays out a page. */
const PROSE = 1_500
/** What spans may blow a table up to: `rowspan="65534"` in each cell is a known trick. */
const MAX_SPAN = 200
const MAX_CELLS = 2_000_000

/**
 * The blocks of a data table (its caption, then the table), or undefined for a table that only lays out what it
 * holds. A cell that spans rows is repeated in each, so that every row can be read alone.
 */
export const htmlTable = (table: DomElement, page?: number): Block[] | undefined => {
  if (table.querySelector('table, h1, h2, h3, ul li p, form') !== null) return undefined
  const grid = readGrid(table)
  const hasHeaderCells = table.querySelector('th') !== null
  const width = grid.rows.reduce((widest, row) => Math.max(widest, row.filter((cell) => cell !== '').length), 0)
  if (width < 2 || (grid.rows.length < 2 && !hasHeaderCells)) return undefined
  if (!hasHeaderCells && grid.rows.some((row) => row.some((cell) => cell.length > PROSE))) return undefined
  const block = tableBlock(grid.rows, { headerRows: hasHeaderCells ? grid.headerRows : undefined, page })
  if (block === undefined) return undefined
  const caption = table.querySelector('caption')
  const text = caption === null ? '' : tidy(flatText(caption))
  return text === '' ? [block] : [{ kind: 'text', text, ...(page === undefined ? {} : { page }) }, block]
}

const readGrid = (table: DomElement): { rows: string[][]; headerRows: number } => {
  const rows: string[][] = []
  const pending: { text: string; rows: number }[] = []
  let headerRows = 0
  let cells = 0
  for (const row of table.querySelectorAll('tr')) {
    const line: string[] = []
    const carry = (): void => {
      for (let above = pending[line.length]; above !== undefined && above.rows > 0; above = pending[line.length]) {
        above.rows -= 1
        line.push(above.text)
      }
    }
    let allHeader = true
    for (const cell of row.children) {
      const name = cell.localName.toLowerCase()
      if (name !== 'td' && name !== 'th') continue
      carry()
      if (name === 'td') allHeader = false
      const text = tidy(flatText(cell)).replaceAll('\n', ' ')
      const columns = cells < MAX_CELLS ? spanOf(cell, 'colspan') : 1
      const below = cells < MAX_CELLS ? spanOf(cell, 'rowspan') - 1 : 0
      for (let column = 0; column < columns; column += 1) {
        const own = column === 0 ? text : ''
        if (below > 0) pending[line.length] = { text: own, rows: below }
        line.push(own)
      }
    }
    carry()
    cells += line.length
    const inHead = row.parentNode?.localName.toLowerCase() === 'thead'
    if ((inHead || (allHeader && line.length > 0)) && headerRows === rows.length) headerRows += 1
    rows.push(line)
  }
  return { rows, headerRows: headerRows === rows.length ? Math.min(1, rows.length) : headerRows }
}

const spanOf = (cell: DomElement, name: string): number => {
  const span = Number.parseInt(cell.getAttribute(name) ?? '1', 10)
  return Number.isFinite(span) && span > 1 ? Math.min(span, MAX_SPAN) : 1
}
