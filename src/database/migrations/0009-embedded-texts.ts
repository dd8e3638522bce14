import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/**
 * Which text a vector was made of, and whose it is, so that the same text of the same person is not embedded again.
 * Under which title the present vectors were made nobody knows, so they get none.
 */
export async function embeddedTexts(db: Kysely<unknown>, { text }: DialectTypes): Promise<void> {
  await db.schema.alterTable('vectors').addColumn('owner_id', text).execute()
  await db.schema.alterTable('vectors').addColumn('text_hash', text).execute()
  // The last column makes it answer alone which of many equal ones is the first.
  await db.schema
    .createIndex('vectors_of_text')
    .on('vectors')
    .columns(['owner_id', 'text_hash', 'model', 'chunk_id'])
    .execute()
}
