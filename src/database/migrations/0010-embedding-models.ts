import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Which embedding model serves, and which one is to take its place once it has all vectors. */
export async function embeddingModels(db: Kysely<unknown>, { text, tableEnd }: DialectTypes): Promise<void> {
  await db.schema
    .createTable('embedding_models')
    .addColumn('role', text, (c) => c.primaryKey().notNull())
    .addColumn('name', text, (c) => c.notNull())
    .modifyEnd(tableEnd)
    .execute()
}
