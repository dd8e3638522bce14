import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from 'pg'
import type { Logger } from '../../core/ports/surroundings.ts'
import { StartError } from '../../core/start-error.ts'
import { sqlState } from '../errors.ts'
import { MIGRATIONS } from '../migrations/index.ts'
import { cellDigestSql, quoted, rowDigestSql, type Cell, type ColumnKind } from '../move/row-digest.ts'
import type { MovedTable } from '../move/tables.ts'
import { openError, openPostgres, placeOf } from './open.ts'

/** A move that was begun, as the target itself names it. */
export interface BegunMove {
  readonly storeId: bigint
  readonly migrations: readonly string[]
  /** By table. */
  readonly places: ReadonlyMap<string, Place>
}

/** How far a table has come. */
export interface Place {
  /** Of the source's table when the move began. */
  readonly fingerprint: string
  readonly rows: number
  /** The source's number of the last row that is here. */
  readonly after: bigint
}

export type TargetState =
  | { readonly kind: 'empty' }
  | { readonly kind: 'begun'; readonly move: BegunMove }
  /** `what` it has that a move must not meet. */
  | { readonly kind: 'used'; readonly what: string }

export interface Identity {
  readonly table: string
  readonly column: string
}

/** One connection to the database that things are moved to, which keeps every other move away. */
export interface MoveTarget {
  /** Host and database, never the password. */
  readonly name: string
  state(): Promise<TargetState>
  /** Makes the tables as those migrations make them, empties them and notes that a move has begun. */
  begin(move: Omit<BegunMove, 'places'>, surveyed: readonly SurveyedTable[]): Promise<void>
  /** @throws StartError where the tables are not those of the source */
  checkTables(tables: readonly MovedTable[]): Promise<void>
  /** One statement, and so one transaction: the rows, and the place that the table has reached with them. */
  insert(table: MovedTable, rows: readonly (readonly Cell[])[], after: bigint): Promise<void>
  identities(): Promise<Identity[]>
  /** The next row of the table gets a number above this one. */
  setIdentity(identity: Identity, last: bigint): Promise<void>
  /** The largest number given out; 0: none. */
  lastIdentity(identity: Identity): Promise<bigint>
  /** Digests of all rows, in the order of the primary key, a page at a time. */
  digests(table: MovedTable): AsyncIterable<readonly TargetRow[]>
  /** Of each column of a row; undefined: it is not there. */
  columnDigests(table: MovedTable, key: readonly Cell[]): Promise<readonly Uint8Array[] | undefined>
  /** The move is over: from now on a service may open the database. */
  finish(): Promise<void>
  close(): Promise<void>
}

export interface SurveyedTable {
  readonly name: string
  readonly fingerprint: string
}

export interface TargetRow {
  readonly key: readonly Cell[]
  readonly digest: Uint8Array
}

/** Milliseconds in which the server notices that a move which was killed is gone. */
const OTHER_MOVE_LIMIT = 15_000
/** Rows whose digests are asked for at once: their values stay in the database. */
const PAGE = 2000

/** @throws DatabaseOpenError, StartError one line that says what to do; neither shows the password */
export async function openTarget(connectionString: string, logger: Logger): Promise<MoveTarget> {
  const { Client } = await import('pg')
  const name = placeOf(connectionString)
  let client: Client
  try {
    client = new Client({ connectionString, application_name: 'evident migrate', connectionTimeoutMillis: 10_000 })
    // What breaks is told by the statement that is under way, or by the next one.
    client.on('error', () => undefined)
    await client.connect()
  } catch (error) {
    throw openError(error, `The PostgreSQL database ${name}`)
  }
  try {
    await client.query('set statement_timeout = 0')
    await keepOthersAway(client, name)
  } catch (error) {
    await client.end()
    throw error
  }
  return targetOver(client, { name, connectionString, logger })
}

async function keepOthersAway(client: Client, name: string): Promise<void> {
  const end = Date.now() + OTHER_MOVE_LIMIT
  for (;;) {
    const { rows } = await client.query<{ mine: boolean }>(
      `select pg_try_advisory_lock(hashtextextended('evident migrate database', 0)) as mine`,
    )
    if (rows[0]?.mine === true) return
    if (Date.now() > end) throw new StartError(`${name} is being moved to by another command: wait for that one.`)
    await sleep(100)
  }
}

interface Connected {
  readonly name: string
  readonly connectionString: string
  readonly logger: Logger
}

function targetOver(client: Client, { name, connectionString, logger }: Connected): MoveTarget {
  const ask = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> => {
    try {
      return (await client.query<T>(text, values)).rows
    } catch (error) {
      // Without a code of the server it is the connection.
      if (sqlState(error)?.length === 5) throw error
      throw new StartError(
        `The connection to ${name} broke: run the same command again, and it goes on where it was.`,
        { cause: error },
      )
    }
  }
  const tableNames = async (): Promise<string[]> => {
    const rows = await ask<{ name: string }>(
      `select table_name as name from information_schema.tables where table_schema = current_schema() order by 1`,
    )
    return rows.map((row) => row.name)
  }

  async function begunMove(): Promise<BegunMove> {
    const [head] = await ask<{ store_id: string; migrations: string }>('select store_id, migrations from database_move')
    if (head === undefined) throw new StartError(`${name} holds a move that names no source: make the database anew.`)
    const places = await ask<{ name: string; fingerprint: string; moved: string; after: string }>(
      'select name, fingerprint, moved, after from database_move_tables',
    )
    return {
      storeId: BigInt(head.store_id),
      migrations: JSON.parse(head.migrations) as string[],
      places: new Map(
        places.map(({ name: table, fingerprint, moved, after }) => [
          table,
          { fingerprint, rows: Number(moved), after: BigInt(after) },
        ]),
      ),
    }
  }

  async function state(): Promise<TargetState> {
    const names = await tableNames()
    if (names.includes('database_move')) return { kind: 'begun', move: await begunMove() }
    const tables = names.filter((table) => !table.startsWith('kysely_'))
    if (tables.length > 0 && !names.includes('kysely_migration')) {
      return { kind: 'used', what: `a table "${tables[0]}" of another program` }
    }
    for (const table of tables) {
      // What migrations themselves put there is no use of it.
      const [row] = await ask<{ used: boolean }>(
        `select exists (select from ${quoted(table)} ${MADE_BY_MIGRATIONS[table] ?? ''}) as used`,
      )
      if (row?.used === true) return { kind: 'used', what: `rows in the table "${table}"` }
    }
    return { kind: 'empty' }
  }

  /** The rows that are to take their place are the source's. */
  async function begin(move: Omit<BegunMove, 'places'>, surveyed: readonly SurveyedTable[]): Promise<void> {
    if (!(await tableNames()).includes('database_move')) {
      const migrations = Object.fromEntries(Object.entries(MIGRATIONS).filter(([key]) => move.migrations.includes(key)))
      const made = await openPostgres({ connectionString, logger, migrations, maxConnections: 1 })
      await made.close()
    }
    const names = surveyed.map((table) => quoted(table.name)).join(', ')
    await ask('begin')
    await ask('drop table if exists database_move, database_move_tables')
    await ask(`truncate ${names} cascade`)
    await ask('create table database_move (store_id bigint not null, migrations text not null, begun_at text not null)')
    await ask(
      `create table database_move_tables (name text primary key, fingerprint text not null, moved bigint not null, after bigint not null)`,
    )
    await ask('insert into database_move values ($1, $2, $3)', [
      move.storeId,
      JSON.stringify(move.migrations),
      new Date().toISOString(),
    ])
    await ask(
      `insert into database_move_tables select name, fingerprint, 0, ${-(2n ** 63n)} from unnest($1::text[], $2::text[]) as t (name, fingerprint)`,
      [surveyed.map((table) => table.name), surveyed.map((table) => table.fingerprint)],
    )
    await ask('commit')
  }

  async function checkTables(tables: readonly MovedTable[]): Promise<void> {
    const rows = await ask<{ table: string; name: string; type: string }>(
      `select table_name as table, column_name as name, data_type as type from information_schema.columns where table_schema = current_schema()`,
    )
    for (const { name: table, columns } of tables) {
      const here = new Map(rows.filter((row) => row.table === table).map((row) => [row.name, KINDS[row.type]]))
      const other = columns.find((column) => here.get(column.name) !== column.kind)?.name
      const more = [...here.keys()].find((column) => !columns.some(({ name }) => name === column))
      if (other === undefined && more === undefined) continue
      const what = here.size === 0 ? `no table "${table}"` : `another column ${table}.${other ?? more}`
      throw new StartError(
        `${name} has ${what}: it is of another version of Evident than the source, so they cannot be compared.`,
      )
    }
  }

  async function insert(table: MovedTable, rows: readonly (readonly Cell[])[], after: bigint): Promise<void> {
    const width = table.columns.length
    const marks = rows.map((_, row) => `(${table.columns.map((__, i) => `$${row * width + i + 4}`).join(',')})`)
    await ask(
      `with placed as (update database_move_tables set after = $1, moved = moved + $2 where name = $3)
       insert into ${quoted(table.name)} (${table.columns.map(({ name: column }) => quoted(column)).join(', ')})
       overriding system value values ${marks.join(',')}`,
      [after, rows.length, table.name, ...rows.flat().map(sent)],
    )
  }

  async function* digests({ name: table, columns, key }: MovedTable): AsyncIterable<readonly TargetRow[]> {
    const names = key.map(quoted)
    const kinds = key.map((part) => columns.find((column) => column.name === part)?.kind)
    const marks = key.map((_, i) => `$${i + 1}`).join(', ')
    let last: readonly Cell[] | undefined
    for (;;) {
      const rows = await ask<{ digest: Buffer } & Record<string, string | Buffer>>(
        `select ${names.map((column, i) => `${column} as "key${i}"`).join(', ')}, ${rowDigestSql(columns)} as digest
         from ${quoted(table)} ${last === undefined ? '' : `where (${names.join(', ')}) > (${marks})`}
         order by ${names.join(', ')} limit ${PAGE}`,
        last?.map(sent),
      )
      if (rows.length === 0) return
      const page = rows.map((row) => ({
        key: kinds.map((kind, i) => received(kind, row[`key${i}`] ?? '')),
        digest: row.digest,
      }))
      yield page
      if (rows.length < PAGE) return
      last = page.at(-1)?.key
    }
  }

  return {
    name,
    state,
    begin,
    checkTables,
    insert,
    digests,
    identities: () =>
      ask<Identity>(
        `select table_name as "table", column_name as "column" from information_schema.columns
         where table_schema = current_schema() and is_identity = 'YES' order by 1`,
      ),
    async setIdentity({ table, column }, last) {
      await ask('select setval(pg_get_serial_sequence($1, $2), greatest($3::bigint, 1), $3::bigint > 0)', [
        quoted(table),
        column,
        last,
      ])
    },
    async lastIdentity({ table, column }) {
      const [row] = await ask<{ last: string | null }>(
        'select pg_sequence_last_value(pg_get_serial_sequence($1, $2)::regclass) as last',
        [quoted(table), column],
      )
      return BigInt(row?.last ?? 0)
    },
    async columnDigests({ name: table, columns, key }, values) {
      const where = key.map((column, i) => `${quoted(column)} = $${i + 1}`).join(' and ')
      const [row] = await ask<Record<string, Buffer>>(
        `select ${columns.map((column, i) => `${cellDigestSql(column)} as "${i}"`).join(', ')} from ${quoted(table)} where ${where}`,
        values.map(sent),
      )
      return row && columns.map((_, i) => row[i] ?? Buffer.alloc(0))
    },
    async finish() {
      await ask('drop table database_move, database_move_tables')
    },
    close: () => client.end(),
  }
}

const KINDS: Readonly<Record<string, ColumnKind>> = { text: 'text', bigint: 'integer', bytea: 'bytes' }

const MADE_BY_MIGRATIONS: Readonly<Record<string, string>> = {
  users: `where id <> 'local' or password_hash is not null`,
  counters: `where name <> 'change_log' or value <> 0`,
}

/** The driver sends a Buffer as it is, which for a text is its bytes in UTF-8. */
const sent = (cell: Cell): unknown =>
  cell instanceof Uint8Array ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength) : cell

function received(kind: ColumnKind | undefined, value: string | Buffer): Cell {
  if (typeof value !== 'string') return value
  return kind === 'integer' ? BigInt(value) : Buffer.from(value)
}
