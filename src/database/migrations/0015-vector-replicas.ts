import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** How far the vectors that another server keeps have come, and which process writes them. */
export async function vectorReplicas(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types
  await db.schema
    .createTable('vector_replicas')
    .addColumn('name', text, (c) => c.primaryKey().notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('position', integer, (c) => c.notNull())
    .addColumn('writer', text, (c) => c.notNull())
    .addColumn('beat', integer, (c) => c.notNull())
    .addColumn('comparison_wanted', integer, (c) => c.notNull())
    .addColumn('comparison', text)
    .modifyEnd(types.tableEnd)
    .execute()
}
