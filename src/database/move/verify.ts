import type { MoveTarget, TargetRow } from '../postgres/move-target.ts'
import { addRow, cellDigest, NO_ROWS, rowDigest, type Cell } from './row-digest.ts'
import type { MoveSource } from './source.ts'
import { fittedCells, keyOf, keyText, type TableSurvey, type Task } from './survey.ts'
import type { MovedTable } from './tables.ts'

/** A table that is not the same on both sides. */
export interface Difference {
  readonly table: string
  /** Sentences: what differs in all, and the first rows that do. */
  readonly lines: readonly string[]
}

/** Of a table that differs so many rows are named. */
const NAMED = 10

/**
 * Compares numbers and checksums of all rows, and the numbers that the next rows get. Only of a table that differs are the
 * rows compared one by one.
 */
export async function verifyMove(
  source: MoveSource,
  target: MoveTarget,
  surveys: readonly TableSurvey[],
  task: Task,
): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const { table, rows, checksum } of surveys) {
    let count = 0
    let sum = NO_ROWS
    for await (const page of target.digests(table)) {
      for (const { digest } of page) sum = addRow(sum, digest)
      count += page.length
      task.advance(page.length)
      task.signal.throwIfAborted()
    }
    if (count === rows && sum === checksum) continue
    const what = count === rows ? `${rows} rows, of which some differ` : `${rows} rows in the source, ${count} here`
    differences.push({ table: table.name, lines: [what, ...(await namedRows(source, target, table, task.signal))] })
  }
  for (const identity of await target.identities()) {
    const { table, column } = identity
    if (!surveys.some((survey) => survey.table.name === table)) continue
    const [given, here] = [source.lastIdentity(table, column), await target.lastIdentity(identity)]
    if (here >= given) continue
    differences.push({ table, lines: [`the next ${column} comes after ${here}, and must come after ${given}`] })
  }
  return differences
}

async function namedRows(
  source: MoveSource,
  target: MoveTarget,
  table: MovedTable,
  signal: AbortSignal,
): Promise<string[]> {
  const lines: string[] = []
  const tell = (line: string): boolean => lines.push(line) >= NAMED
  const here = rowsOf(target.digests(table))
  let row = await here.next()
  for (const { cells } of source.rowsByKey(table)) {
    signal.throwIfAborted()
    const fitted = fittedCells(table, cells)
    const key = keyOf(table, fitted)
    while (row.done !== true && compareKeys(row.value.key, key) < 0) {
      if (tell(`${cellsText(row.value.key)} is not in the source`)) return lines
      row = await here.next()
    }
    if (row.done === true || compareKeys(row.value.key, key) > 0) {
      if (tell(`${keyText(table, { cells })} is missing`)) return lines
      continue
    }
    if (!rowDigest(table.columns, fitted).equals(row.value.digest)) {
      const columns = await changedColumns(target, table, fitted)
      if (tell(`${keyText(table, { cells })} differs in ${columns.join(', ')}`)) return lines
    }
    row = await here.next()
  }
  for (; row.done !== true; row = await here.next()) {
    if (tell(`${cellsText(row.value.key)} is not in the source`)) return lines
  }
  return lines
}

async function* rowsOf(pages: AsyncIterable<readonly TargetRow[]>): AsyncGenerator<TargetRow, void> {
  for await (const page of pages) yield* page
}

async function changedColumns(target: MoveTarget, table: MovedTable, cells: readonly Cell[]): Promise<string[]> {
  const digests = await target.columnDigests(table, keyOf(table, cells))
  return table.columns
    .filter((column, i) => digests?.[i] === undefined || !cellDigest(column, cells[i] ?? null).equals(digests[i]))
    .map(({ name }) => name)
}

/** As both databases order them: numbers by size, texts by their bytes. */
function compareKeys(a: readonly Cell[], b: readonly Cell[]): number {
  for (const [i, one] of a.entries()) {
    const other = b[i] ?? null
    if (one instanceof Uint8Array && other instanceof Uint8Array) {
      const order = Buffer.compare(one, other)
      if (order !== 0) return order
    } else if (typeof one === 'bigint' && typeof other === 'bigint' && one !== other) return one < other ? -1 : 1
  }
  return 0
}

const cellsText = (key: readonly Cell[]): string =>
  key
    .map((cell) => (cell instanceof Uint8Array ? JSON.stringify(Buffer.from(cell).toString()) : String(cell)))
    .join(', ')
