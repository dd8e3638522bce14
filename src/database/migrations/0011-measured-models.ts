import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** What is known of embedding models of other services only because they were asked. */
export async function measuredModels(db: Kysely<unknown>, { text, integer, tableEnd }: DialectTypes): Promise<void> {
  await db.schema
    .createTable('measured_models')
    .addColumn('model', text, (c) => c.primaryKey().notNull())
    .addColumn('dimension', integer, (c) => c.notNull())
    .addColumn('sigma_millionths', integer, (c) => c.notNull())
    .addColumn('passages', integer, (c) => c.notNull())
    .modifyEnd(tableEnd)
    .execute()
}
