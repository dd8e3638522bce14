// What a passage takes in either database, table by table, and how fast a start reads it back.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { LOCAL_USER } from '../../src/core/ids.ts'
import type { Database } from '../../src/database/database.ts'
import { openPostgres } from '../../src/database/postgres/open.ts'
import { openSqlite } from '../../src/database/sqlite/open.ts'
import { expectedRows } from '../../src/features/retrieval/replica/repository.ts'
import { documentsAfter, indexRows } from '../../src/features/retrieval/repository.ts'
import { quietLogger } from '../../test/databases.ts'
import { startServer as startPostgres } from '../../test/postgres.ts'
import { writeDocuments } from '../served-synthetic.ts'
import type { Synthetic } from '../synthetic.ts'
import type { Collections } from './collection.ts'

/** Bytes, for all of the collection. */
export interface Table {
  readonly name: string
  readonly rows: number
  /** What does not fit a page is among them. */
  readonly data: number
  readonly indexes: number
}

export interface Store {
  readonly database: 'sqlite' | 'postgres'
  readonly dimension: number
  readonly chunks: number
  readonly documents: number
  readonly tables: readonly Table[]
  /** Passages a second: written in transactions of 20 documents, read as a start does, counted as a replica is. */
  readonly written: number
  readonly read: number
  readonly counted: number
}

/** As the follower reads them. */
const DOCUMENTS_A_READ = 100
const COUNTS = 3

export async function measureStores(from: Collections, chunks: number): Promise<Store[]> {
  const wide = from.ofDimension(Math.ceil(chunks / 4), 1024)
  const stores: Store[] = []
  for (const data of [from.of(chunks), wide]) {
    stores.push(await onSqlite(data, from.model), await onPostgres(data, from.model))
  }
  return stores
}

async function onSqlite(data: Synthetic, model: string): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-scaling-'))
  const path = join(folder, 'evident.db')
  try {
    const database = await openSqlite({ path, logger: quietLogger })
    const speeds = await filled(database, data, model)
    return { database: 'sqlite', ...speeds, tables: sqliteTables(path) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function onPostgres(data: Synthetic, model: string): Promise<Store> {
  const server = await startPostgres({ durable: true })
  if ('missing' in server) throw new Error(server.missing)
  try {
    const database = await openPostgres({ connectionString: server.url, logger: quietLogger })
    const speeds = await filled(database, data, model)
    return { database: 'postgres', ...speeds, tables: await postgresTables(server.url) }
  } finally {
    await server.stop()
  }
}

/** Closes it. */
async function filled(database: Database, data: Synthetic, model: string): Promise<Omit<Store, 'database' | 'tables'>> {
  await using _closed = { [Symbol.asyncDispose]: () => database.close() }
  const begun = performance.now()
  await writeDocuments(database, data, { model, ownerOf: () => LOCAL_USER })
  const written = performance.now()
  const documents = await readAll(database, model)
  const read = performance.now()
  const counts: number[] = []
  for (let i = 0; i < COUNTS; i++) {
    const before = performance.now()
    await expectedRows(database.read)
    counts.push(performance.now() - before)
  }
  const perSecond = (milliseconds: number): number => (1000 * data.rows) / milliseconds
  return {
    dimension: data.dimension,
    chunks: data.rows,
    documents,
    written: perSecond(written - begun),
    read: perSecond(read - written),
    counted: perSecond(Math.min(...counts)),
  }
}

/** As a start does that has no snapshot, and gives the index nothing. */
async function readAll({ read }: Database, model: string): Promise<number> {
  let documents = 0
  for (let after = ''; ;) {
    const states = await documentsAfter(read, after, DOCUMENTS_A_READ)
    const last = states.at(-1)
    if (last === undefined) return documents
    const ids = states.map(({ document }) => document)
    await indexRows(read, ids, model)
    documents += states.length
    after = last.document
  }
}

function sqliteTables(path: string): Table[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const pages = database
    .prepare(
      `SELECT s.tbl_name AS name, s.type, sum(d.pgsize) AS bytes
       FROM dbstat d JOIN sqlite_schema s ON s.name = d.name GROUP BY s.tbl_name, s.type`,
    )
    .all() as { name: string; type: 'table' | 'index'; bytes: number }[]
  const tables = [...Map.groupBy(pages, ({ name }) => name)].map(([name, parts]): Table => {
    const bytes = (wanted: 'table' | 'index'): number => parts.find(({ type }) => type === wanted)?.bytes ?? 0
    const { rows } = database.prepare(`SELECT count(*) AS rows FROM "${name}"`).get() as { rows: number }
    return { name, rows, data: bytes('table'), indexes: bytes('index') }
  })
  database.close()
  return tables
}

async function postgresTables(connectionString: string): Promise<Table[]> {
  const client = new Client(connectionString)
  await client.connect()
  try {
    await client.query('vacuum analyze')
    const { rows } = await client.query<Record<keyof Table, string>>(
      `select relname as name, reltuples as rows, pg_table_size(oid) as data, pg_indexes_size(oid) as indexes
       from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`,
    )
    return rows.map(({ name, ...table }) => ({
      name,
      rows: Number(table.rows),
      data: Number(table.data),
      indexes: Number(table.indexes),
    }))
  } finally {
    await client.end()
  }
}
