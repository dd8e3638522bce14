import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Pages of the web as answers read them. */
export async function webSnapshots(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text } = types
  await db.schema
    .createTable('web_snapshots')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('owner_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('digest', text, (c) => c.notNull())
    .addColumn('url', text, (c) => c.notNull())
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('language', text)
    .addColumn('fetched_at', text, (c) => c.notNull())
    .addColumn('used_at', text, (c) => c.notNull())
    // Last, so that reading the other columns does not walk over it.
    .addColumn('content', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema
    .createIndex('web_snapshots_digest')
    .unique()
    .on('web_snapshots')
    .columns(['owner_id', 'digest'])
    .execute()
  await db.schema.createIndex('web_snapshots_used').on('web_snapshots').column('used_at').execute()
}
