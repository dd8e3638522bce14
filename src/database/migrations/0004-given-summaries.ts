import { sql, type Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Who wrote a summary: an automatic one follows the text. Of those that are there nobody knows, so they stay. */
export async function givenSummaries(db: Kysely<unknown>, { integer }: DialectTypes): Promise<void> {
  await db.schema
    .alterTable('documents')
    .addColumn('summary_given', integer, (c) => c.notNull().defaultTo(0))
    .execute()
  await sql`update documents set summary_given = 1 where summary <> ''`.execute(db)
}
