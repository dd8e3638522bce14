import { isUtf8 } from 'node:buffer'
import { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { StartError } from '../../core/start-error.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { quoted, type Cell } from './row-digest.ts'
import { readTables, type MovedTable } from './tables.ts'

export interface SourceRow {
  /** SQLite's own number of the row, by which it lies in the file. */
  readonly rowid: bigint
  readonly cells: readonly Cell[]
}

/** An SQLite file as it is at one moment, only read, whoever else writes to it meanwhile. */
export interface MoveSource {
  readonly path: string
  /** Of the database (store-id.ts); 0: no service has ever used it. */
  readonly storeId: bigint
  /** Migrations that made it what it is, by name. */
  readonly migrations: readonly string[]
  /** In an order in which rows can be inserted. */
  readonly tables: readonly MovedTable[]
  /** Rows behind the one of that number, in the order of these. Read while they are asked for. */
  rows(table: MovedTable, after: bigint): Iterable<SourceRow>
  /** The same in the order of the primary key, by bytes. */
  rowsByKey(table: MovedTable): Iterable<SourceRow>
  count(table: MovedTable): number
  /** The largest number that the table has ever given to a row, which may be gone; 0: none yet. */
  lastIdentity(table: string, column: string): bigint
  /** Ends the view of that one moment; true: something was written to the file since it began. */
  changedSince(): boolean
  close(): void
}

/** @throws StartError one line that says why it cannot be moved */
export function openSource(path: string): MoveSource {
  const database = open(path)
  try {
    return sourceOver(database, path)
  } catch (error) {
    database.close()
    throw error
  }
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 })
  } catch (error) {
    throw unreadable(path, error)
  }
  try {
    // The first read fixes the moment.
    database.exec('begin; select count(*) from sqlite_schema')
    return database
  } catch (error) {
    database.close()
    throw unreadable(path, error)
  }
}

const unreadable = (path: string, error: unknown): StartError =>
  new StartError(`${path} cannot be read (${error instanceof Error ? error.message : String(error)}).`, {
    cause: error,
  })

const NameRows = z.array(z.object({ name: z.string() }))

function sourceOver(database: DatabaseSync, path: string): MoveSource {
  const number = (query: string, ...parameters: string[]): bigint => {
    const statement = database.prepare(query)
    statement.setReadBigInts(true)
    const value = Object.values(statement.get(...parameters) ?? {})[0]
    return typeof value === 'bigint' ? value : 0n
  }
  const has = (table: string): boolean =>
    number(`select count(*) from sqlite_schema where type = 'table' and name = ?`, table) > 0n

  if (!has('kysely_migration')) throw new StartError(`${path} is no database of Evident.`)
  if (database.prepare('pragma encoding').get()?.['encoding'] !== 'UTF-8') {
    throw new StartError(`${path} keeps its texts in another encoding than UTF-8, so they cannot be moved.`)
  }
  const migrations = NameRows.parse(database.prepare('select name from kysely_migration order by name').all()).map(
    ({ name }) => name,
  )
  const unknown = migrations.find((name) => !Object.hasOwn(MIGRATIONS, name))
  if (unknown !== undefined) {
    throw new StartError(
      `${path} was written by a newer version of Evident (its migration ${unknown} is unknown here): move it with that version.`,
    )
  }
  const tables = readTables(database)
  const version = number('pragma data_version')
  const storeId = has('counters') ? number(`select value from counters where name = 'store_id'`) : 0n

  function* read(table: MovedTable, where: string, ...parameters: bigint[]): Iterable<SourceRow> {
    const columns = table.columns.map(({ name, kind }) =>
      kind === 'text' ? `cast(${quoted(name)} as blob)` : quoted(name),
    )
    const statement = database.prepare(`select _rowid_, ${columns.join(', ')} from ${quoted(table.name)} ${where}`)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    for (const row of statement.iterate(...parameters)) {
      const [rowid, ...cells] = row as unknown as [bigint, ...Cell[]]
      yield { rowid, cells }
    }
  }

  return {
    path,
    storeId,
    migrations,
    tables,
    rows: (table, after) => read(table, 'where _rowid_ > ? order by _rowid_', after),
    rowsByKey: (table) => read(table, `order by ${table.key.map(quoted).join(', ')}`),
    count: (table) => Number(number(`select count(*) from ${quoted(table.name)}`)),
    lastIdentity(table, column) {
      const largest = number(`select max(${quoted(column)}) from ${quoted(table)}`)
      const given = has('sqlite_sequence') ? number('select seq from sqlite_sequence where name = ?', table) : 0n
      return given > largest ? given : largest
    },
    changedSince() {
      database.exec('commit')
      return number('pragma data_version') !== version
    },
    close: () => database.close(),
  }
}

/** Whether a column of texts of PostgreSQL can hold these bytes: UTF-8, and no character of the code 0. */
export const fitsPostgres = (text: Uint8Array): boolean => !text.includes(0) && isUtf8(text)

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** The text as the service has shown it, with U+FFFD for the character 0: offsets in UTF-16 code units stay. */
export const fitted = (text: Uint8Array): Uint8Array => Buffer.from(decoder.decode(text).replaceAll('\0', '\uFFFD'))
