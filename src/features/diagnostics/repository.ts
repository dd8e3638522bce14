import { sql } from 'kysely'
import type { UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'

export interface Holdings {
  readonly documents: number
  /** Bytes as received. */
  readonly bytes: number
  readonly chunks: number
}

/** What is stored, of one owner or of all. */
export async function holdings(read: Reader, owner?: UserId): Promise<Holdings> {
  let query = read
    .selectFrom('documents')
    .select((eb) => [
      eb.fn.countAll<number>().as('documents'),
      eb.fn.sum<number | string | null>('size').as('bytes'),
      eb.fn.sum<number | string | null>('chunk_count').as('chunks'),
    ])
  if (owner !== undefined) query = query.where('owner_id', '=', owner)
  const row = await query.executeTakeFirstOrThrow()
  // PostgreSQL adds up to a decimal, which comes as text.
  return { documents: row.documents, bytes: Number(row.bytes ?? 0), chunks: Number(row.chunks ?? 0) }
}

/** How many of the owner's passages have a vector of this model. */
export async function vectorsOf(read: Reader, owner: UserId, model: string): Promise<number> {
  const row = await read
    .selectFrom('vectors')
    .innerJoin('chunks', 'chunks.id', 'vectors.chunk_id')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('chunks.owner_id', '=', owner)
    .where('vectors.model', '=', model)
    .executeTakeFirstOrThrow()
  return row.count
}

/** Gives whether nobody else did for `everyMs`: from now on it is this one who has. */
export async function claimSnapshot(tx: Tx, now: number, everyMs: number): Promise<boolean> {
  const claimed = await tx
    .insertInto('counters')
    .values({ name: 'statistics_snapshot', value: now })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ value: now })
        .where('counters.value', '<=', now - everyMs),
    )
    .returning('value')
    .executeTakeFirst()
  return claimed !== undefined
}

/** Does nothing where there is one of that time. */
export const insertSnapshot = (tx: Tx, at: string, totals: string) =>
  tx
    .insertInto('statistics_snapshots')
    .values({ at, totals })
    .onConflict((conflict) => conflict.column('at').doNothing())
    .execute()

export const pruneSnapshots = (tx: Tx, before: string) =>
  tx.deleteFrom('statistics_snapshots').where('at', '<', before).execute()

/** Newest first. */
export async function listSnapshots(read: Reader, { limit, offset }: { limit: number; offset: number }) {
  const [rows, { total }] = await Promise.all([
    read.selectFrom('statistics_snapshots').selectAll().orderBy('at', 'desc').limit(limit).offset(offset).execute(),
    read
      .selectFrom('statistics_snapshots')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow(),
  ])
  return { rows, total }
}

export interface SqliteState {
  readonly databases: readonly { readonly seq: number; readonly name: string; readonly file: string }[]
  readonly pragma: Readonly<Record<string, string | number>>
}

const PRAGMAS = [
  'journal_mode',
  'page_size',
  'page_count',
  'freelist_count',
  'encoding',
  'foreign_keys',
  'busy_timeout',
]

/** What SQLite says of the file, and the columns of each table. */
export async function sqliteState(read: Reader): Promise<SqliteState> {
  const databases = await sql<SqliteState['databases'][number]>`pragma database_list`.execute(read)
  const pragma: Record<string, string | number> = {}
  for (const name of PRAGMAS) {
    const { rows } = await sql<Record<string, string | number>>`pragma ${sql.raw(name)}`.execute(read)
    const [value] = Object.values(rows[0] ?? {})
    if (value !== undefined) pragma[name] = value
  }
  return { databases: databases.rows, pragma }
}

export interface TableState {
  readonly name: string
  readonly columns: { readonly name: string; readonly type: string; readonly nullable: boolean }[]
}

export async function tables(read: Reader): Promise<TableState[]> {
  const found = await read.introspection.getTables()
  return found.map(({ name, columns }) => ({
    name,
    columns: columns.map((column) => ({ name: column.name, type: column.dataType, nullable: column.isNullable })),
  }))
}

/** Oldest first. */
export async function migrations(read: Reader): Promise<{ name: string; at: string }[]> {
  const { rows } = await sql<{
    name: string
    timestamp: string
  }>`select name, timestamp from kysely_migration order by name`.execute(read)
  return rows.map(({ name, timestamp }) => ({ name, at: timestamp }))
}
