import type { Block } from '../../core/documents.ts'

/** A table without its empty rows and columns; undefined when nothing is left. */
export const tableBlock = (
  rows: readonly (readonly string[])[],
  options: { headerRows?: number | undefined; page?: number | undefined } = {},
): Extract<Block, { kind: 'table' }> | undefined => {
  const leading = options.headerRows ?? 0
  let headerRows = 0
  const kept: (readonly string[])[] = []
  for (const [index, row] of rows.entries()) {
    if (row.every((cell) => cell === '')) continue
    if (index < leading) headerRows += 1
    kept.push(row)
  }
  const width = kept.reduce((widest, row) => Math.max(widest, row.length), 0)
  if (kept.length === 0 || width === 0) return undefined
  const used = Array.from({ length: width }, (_, column) => kept.some((row) => (row[column] ?? '') !== ''))
  const compact = used.every(Boolean) ? kept : kept.map((row) => row.filter((_, column) => used[column]))
  return {
    kind: 'table',
    rows: compact,
    headerRows: options.headerRows === undefined ? guessHeaderRows(compact) : headerRows,
    ...(options.page === undefined ? {} : { page: options.page }),
  }
}

const NUMBER = /^[\s\p{Sc}+-]*[\d.,'\s]*\d[\d.,'\s]*[\p{Sc}%]?\s*$/u
const LONGEST_NAME = 80

/** 1 when the first row reads like column names: each cell filled, none a number, none twice, none long; else 0. */
export const guessHeaderRows = (rows: readonly (readonly string[])[]): number => {
  const first = rows[0]
  if (first === undefined || rows.length < 2 || first.length < 2) return 0
  const filled = first.filter((cell) => cell !== '')
  if (filled.length < first.length - 1 || filled.length < 2) return 0
  if (filled.some((cell) => NUMBER.test(cell) || cell.length > LONGEST_NAME)) return 0
  return new Set(filled).size === filled.length ? 1 : 0
}
