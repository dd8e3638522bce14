import type { SelectQueryBuilder } from 'kysely'
import type { DocumentId } from '../core/ids.ts'
import type { Reader, Tx } from './database.ts'
import type { Schema } from './schema.ts'

/** Documents by their ids; undefined: there is none before, or after. */
export interface DocumentRange {
  readonly after: DocumentId | undefined
  readonly upTo: DocumentId | undefined
}

/** Some hundred thousand passages: what asks for all of these takes a second or two. */
const DOCUMENTS_A_RANGE = 20_000

/** All documents in parts, as PostgreSQL ends a statement after 30 s, and one over all of many millions takes longer. */
export async function* documentRanges(read: Reader | Tx, size = DOCUMENTS_A_RANGE): AsyncGenerator<DocumentRange> {
  for (let after: DocumentId | undefined; ;) {
    const last = await within({ after, upTo: undefined }, read.selectFrom('documents'))
      .select('id')
      .orderBy('id')
      .limit(1)
      .offset(size - 1)
      .executeTakeFirst()
    yield { after, upTo: last?.id }
    if (last === undefined) return
    after = last.id
  }
}

/** Narrows a query to the range. */
export const within = <O>(
  { after, upTo }: DocumentRange,
  query: SelectQueryBuilder<Schema, 'documents', O>,
): SelectQueryBuilder<Schema, 'documents', O> =>
  query
    .$if(after !== undefined, (some) => some.where('documents.id', '>', after as DocumentId))
    .$if(upTo !== undefined, (some) => some.where('documents.id', '<=', upTo as DocumentId))
