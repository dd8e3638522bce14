import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { addRow, NO_ROWS, rowDigest, type Cell } from './row-digest.ts'
import { fitsPostgres, fitted, type MoveSource, type SourceRow } from './source.ts'
import type { MovedTable } from './tables.ts'

/** What is in a table of the source. */
export interface TableSurvey {
  readonly table: MovedTable
  readonly rows: number
  /** Of texts and byte strings. */
  readonly bytes: number
  /** Sum of the digests of its rows as PostgreSQL is to hold them. */
  readonly checksum: bigint
  /** Of the rows as they are and in the order in which they lie in the file: hex. */
  readonly fingerprint: string
  /** Values that PostgreSQL's text cannot hold: column and key of the first of them. */
  readonly unfit: { readonly count: number; readonly first: string | undefined }
}

/** Reads the whole table once. */
export async function surveyTable(source: MoveSource, table: MovedTable, task: Task): Promise<TableSurvey> {
  const chain = createHash('sha256')
  const place = Buffer.alloc(8)
  let rows = 0
  let bytes = 0
  let checksum = NO_ROWS
  let unfit = 0
  let first: string | undefined
  for (const row of source.rows(table, BEFORE_ALL)) {
    const digest = rowDigest(table.columns, row.cells)
    place.writeBigInt64BE(row.rowid)
    chain.update(place).update(digest)
    const column = table.columns.find((_, i) => !fits(table, row.cells, i))
    if (column === undefined) checksum = addRow(checksum, digest)
    else {
      unfit++
      first ??= `${table.name}.${column.name} of ${keyText(table, row)}`
      checksum = addRow(checksum, rowDigest(table.columns, fittedCells(table, row.cells)))
    }
    for (const cell of row.cells) if (cell instanceof Uint8Array) bytes += cell.byteLength
    rows++
    if (rows % TURN === 0) await pause(task, TURN)
  }
  await pause(task, rows % TURN)
  return { table, rows, bytes, checksum, fingerprint: chain.digest('hex'), unfit: { count: unfit, first } }
}

export interface Task {
  /** Of so many more rows. */
  readonly advance: (rows: number) => void
  readonly signal: AbortSignal
}

/** Rows after which others have their turn, as reading SQLite here waits for nothing. */
const TURN = 500

/** @throws the signal's reason once it is aborted */
async function pause({ advance, signal }: Task, rows: number): Promise<void> {
  advance(rows)
  await turn(undefined, { signal })
}

/** Below every number that SQLite gives to a row. */
export const BEFORE_ALL = -(2n ** 63n)

function fits({ columns }: MovedTable, cells: readonly Cell[], at: number): boolean {
  const cell = cells[at]
  return columns[at]?.kind !== 'text' || !(cell instanceof Uint8Array) || fitsPostgres(cell)
}

/** The row with each text as PostgreSQL can hold it. */
export const fittedCells = (table: MovedTable, cells: readonly Cell[]): readonly Cell[] =>
  cells.map((cell, at) => (cell instanceof Uint8Array && !fits(table, cells, at) ? fitted(cell) : cell))

/** The values of a row's primary key, in its order. */
export const keyOf = (table: MovedTable, cells: readonly Cell[]): Cell[] =>
  table.key.map((name) => cells[table.columns.findIndex((column) => column.name === name)] ?? null)

/** For a message. */
export const keyText = (table: MovedTable, row: Pick<SourceRow, 'cells'>): string =>
  keyOf(table, row.cells)
    .map((cell) => (cell instanceof Uint8Array ? JSON.stringify(Buffer.from(cell).toString()) : String(cell)))
    .join(', ')
