import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** The job ledger. A job outlives its document, as the record of what was done: no foreign key to it. */
export async function jobs(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types
  await db.schema
    .createTable('jobs')
    .addColumn('id', text, (c) => c.primaryKey().notNull())
    .addColumn('owner_id', text, (c) => c.notNull().references('users.id'))
    .addColumn('kind', text, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('stage', text, (c) => c.notNull())
    .addColumn('lane', text, (c) => c.notNull())
    .addColumn('done', integer, (c) => c.notNull())
    .addColumn('total', integer, (c) => c.notNull())
    .addColumn('message', text, (c) => c.notNull())
    .addColumn('attempts', integer, (c) => c.notNull())
    .addColumn('max_attempts', integer, (c) => c.notNull())
    .addColumn('run_at', text, (c) => c.notNull())
    .addColumn('lease_owner', text)
    .addColumn('lease_until', text)
    .addColumn('cancel_requested', integer, (c) => c.notNull())
    .addColumn('error_code', text)
    .addColumn('error_detail', text)
    .addColumn('document_id', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .addColumn('updated_at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()
  // In the order in which a lane claims: the first row that fits is the oldest.
  await db.schema.createIndex('jobs_to_claim').on('jobs').columns(['state', 'lane', 'run_at', 'id']).execute()
  await db.schema.createIndex('jobs_of_owner').on('jobs').columns(['owner_id', 'created_at', 'id']).execute()
  await db.schema.createIndex('jobs_of_document').on('jobs').column('document_id').execute()
  // Two instances that claim at the same time cannot both work on one document.
  await db.schema
    .createIndex('jobs_one_running')
    .unique()
    .on('jobs')
    .column('document_id')
    .where(sql.ref('state'), '=', 'running')
    .execute()
}
