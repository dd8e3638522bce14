import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Which processes share the database, which of them makes each answer, and which asks a host of the web. */
export async function instances(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types
  await db.schema
    .createTable('instances')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('place', text, (c) => c.notNull())
    .addColumn('signing_key', text)
    .addColumn('started_at', text, (c) => c.notNull())
    .addColumn('seen_at', text, (c) => c.notNull())
    .addColumn('kept', integer, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  for (const column of ['instance', 'read_at', 'stop_requested_at']) {
    await db.schema.alterTable('messages').addColumn(column, text).execute()
  }
  await db.schema
    .createTable('crawl_turns')
    .addColumn('host', text, (c) => c.primaryKey().notNull())
    .addColumn('holder', text, (c) => c.notNull())
    .addColumn('leased_until', text, (c) => c.notNull())
    .addColumn('ended_at', text, (c) => c.notNull())
    .addColumn('held_until', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  if (!types.notifies) return
  // By the database itself, so that what an older version commits is heard of as well. Those of one transaction are one.
  await sql`
    create function evident_changed() returns trigger language plpgsql as $$
    begin
      perform pg_notify('evident_changes', '');
      return null;
    end $$
  `.execute(db)
  await sql`
    create trigger evident_changed after insert on change_log for each statement execute function evident_changed()
  `.execute(db)
}
