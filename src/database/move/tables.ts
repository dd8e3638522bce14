import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { StartError } from '../../core/start-error.ts'
import type { ColumnKind, MovedColumn } from './row-digest.ts'

/** A table as the schema of the database itself describes it. */
export interface MovedTable {
  readonly name: string
  readonly columns: readonly MovedColumn[]
  /** Columns of the primary key. */
  readonly key: readonly string[]
}

const Names = z.array(z.object({ name: z.string() }))
const Columns = z.array(z.object({ name: z.string(), type: z.string(), pk: z.number() }))
const References = z.array(z.object({ table: z.string() }))

const KINDS: Readonly<Record<string, ColumnKind>> = { TEXT: 'text', INTEGER: 'integer', BLOB: 'bytes' }

/**
 * Every table but SQLite's and the migrations' own, each behind those that its foreign keys name.
 * @throws StartError where a table is not of the form that migrations give it
 */
export function readTables(database: DatabaseSync): MovedTable[] {
  const names = Names.parse(
    database
      .prepare(
        `select name from sqlite_schema where type = 'table'
         and name not like 'sqlite\\_%' escape '\\' and name not like 'kysely\\_%' escape '\\' order by name`,
      )
      .all(),
  ).map(({ name }) => name)
  const references = new Map(
    names.map((name) => {
      const rows = database.prepare('select "table" from pragma_foreign_key_list(?)').all(name)
      return [name, References.parse(rows).map(({ table }) => table)] as const
    }),
  )
  return inOrder(names, references).map((name) => readTable(database, name))
}

function readTable(database: DatabaseSync, name: string): MovedTable {
  const columns = Columns.parse(database.prepare('select name, type, pk from pragma_table_info(?)').all(name))
  const key = columns.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk)
  if (key.length === 0) throw new StartError(`The table ${name} has no primary key, so it cannot be moved.`)
  return {
    name,
    columns: columns.map((column) => {
      const kind = KINDS[column.type.toUpperCase()]
      if (kind !== undefined) return { name: column.name, kind }
      throw new StartError(`${name}.${column.name} has the type ${column.type}, which cannot be moved.`)
    }),
    key: key.map((column) => column.name),
  }
}

function inOrder(names: readonly string[], references: ReadonlyMap<string, readonly string[]>): string[] {
  const ordered = new Set<string>()
  const visit = (name: string, path: readonly string[]): void => {
    if (ordered.has(name)) return
    if (path.includes(name)) throw new StartError(`The tables ${path.join(', ')} refer to each other in a circle.`)
    for (const other of references.get(name) ?? []) if (other !== name) visit(other, [...path, name])
    ordered.add(name)
  }
  for (const name of names) visit(name, [])
  return [...ordered]
}
