import { CompiledQuery, PostgresAdapter, type Insertable, type Selectable } from 'kysely'
import type { Tx } from './database.ts'
import type { Schema } from './schema.ts'

/** SQLite binds at most 32,766 values, PostgreSQL 65,535. Rows in a slice keep one statement within some ms. */
const MAX_VALUES = 30_000
const MAX_ROWS = 250

/**
 * Inserts many rows, a slice a statement. Kysely's builder makes a node for each value, which costs more than
 * the insert itself; this writes the statement's text directly. All rows have the keys of the first one.
 * @param returning columns to give back, in no promised order
 */
export async function insertRows<T extends keyof Schema, R extends keyof Selectable<Schema[T]> & string = never>(
  tx: Tx,
  table: T,
  rows: readonly Insertable<Schema[T]>[],
  returning: readonly R[] = [],
): Promise<Pick<Selectable<Schema[T]>, R>[]> {
  const first = rows[0]
  if (first === undefined) return []
  const columns = Object.keys(first) as (keyof Insertable<Schema[T]> & string)[]
  const mark = markOf(tx)
  const perSlice = Math.min(MAX_ROWS, Math.floor(MAX_VALUES / columns.length))
  const result: Pick<Selectable<Schema[T]>, R>[] = []
  for (let start = 0; start < rows.length; start += perSlice) {
    const slice = rows.slice(start, start + perSlice)
    const parameters = slice.flatMap((row) => columns.map((column) => row[column] as unknown))
    const statement = insertStatement({ table, columns, rows: slice.length, returning, mark })
    const { rows: returned } = await tx.executeQuery(CompiledQuery.raw(statement, parameters))
    result.push(...(returned as Pick<Selectable<Schema[T]>, R>[]))
  }
  return result
}

type Mark = (position: number) => string

/** How the database writes a parameter; positions count from 1. */
const markOf = (tx: Tx): Mark =>
  tx.getExecutor().adapter instanceof PostgresAdapter ? (position) => `$${position}` : () => '?'

interface Insert {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: number
  readonly returning: readonly string[]
  readonly mark: Mark
}

function insertStatement({ table, columns, rows, returning, mark }: Insert): string {
  const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ')
  const values = Array.from({ length: rows }, (_, row) => {
    const marks = columns.map((__, column) => mark(row * columns.length + column + 1))
    return `(${marks.join(', ')})`
  })
  const end = returning.length === 0 ? '' : ` returning ${quoted(returning)}`
  return `insert into "${table}" (${quoted(columns)}) values ${values.join(', ')}${end}`
}
