import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Named totals, and the log of committed changes whose numbers one of them gives out. */
export async function changeLog(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types
  await db.schema
    .createTable('counters')
    .addColumn('name', text, (c) => c.primaryKey().notNull())
    .addColumn('value', integer, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await sql`insert into counters (name, value) values ('change_log', 0)`.execute(db)
  await db.schema
    .createTable('change_log')
    .addColumn('seq', integer, (c) => c.primaryKey().notNull())
    .addColumn('owner_id', text, (c) => c.notNull())
    .addColumn('document_id', text, (c) => c.notNull())
    .addColumn('version', integer, (c) => c.notNull())
    .addColumn('at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
}
