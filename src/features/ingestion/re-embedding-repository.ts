import { passageText } from '../../core/documents.ts'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import { documentRanges, within } from '../../database/document-ranges.ts'

export interface PassageOfDocument {
  readonly id: ChunkId
  readonly document: DocumentId
  readonly owner: UserId
  /** What is embedded. */
  readonly text: string
}

/** The next passages of all documents without a vector of this model, by id. */
export async function passagesWithout(
  read: Reader,
  model: string,
  after: number,
  limit: number,
): Promise<PassageOfDocument[]> {
  const rows = await read
    .selectFrom('chunks')
    .innerJoin('documents', 'documents.id', 'chunks.document_id')
    .leftJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
    .select(['chunks.id', 'chunks.document_id', 'documents.owner_id', 'documents.title'])
    .select(['chunks.context', 'chunks.text'])
    .where('chunks.id', '>', after as ChunkId)
    .where('vectors.chunk_id', 'is', null)
    .orderBy('chunks.id')
    .limit(limit)
    .execute()
  return rows.map(({ id, document_id: document, owner_id: owner, title, context, text }) => {
    return { id, document, owner, text: passageText(title, context, text) }
  })
}

/** How many passages there are, and how many of them have a vector of this model. */
export async function progressOf(read: Reader, model: string): Promise<{ done: number; total: number }> {
  const [all, made] = await Promise.all([
    read
      .selectFrom('chunks')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow(),
    read
      .selectFrom('vectors')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('model', '=', model)
      .executeTakeFirstOrThrow(),
  ])
  return { done: made.count, total: all.count }
}

/** Whether a passage of a document that is fully searchable (or, with `unread`, is to be) lacks a vector of this model. */
export async function lacksVectors(
  read: Reader | Tx,
  model: string,
  { unread = false }: { readonly unread?: boolean } = {},
): Promise<boolean> {
  for await (const range of documentRanges(read)) {
    const row = await within(range, read.selectFrom('documents'))
      .innerJoin('chunks', 'chunks.document_id', 'documents.id')
      .leftJoin('vectors', (join) => join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model))
      .select('chunks.id')
      .where(({ eb, or }) =>
        or([
          eb('documents.searchable', '=', 'full'),
          ...(unread ? [eb('documents.status', 'in', ['queued', 'processing'])] : []),
        ]),
      )
      .where('vectors.chunk_id', 'is', null)
      .limit(1)
      .executeTakeFirst()
    if (row !== undefined) return true
  }
  return false
}

/** Those of the passages that are still there; on PostgreSQL nobody removes them before the transaction is over. */
export async function stillThere(tx: Tx, dialect: Database['dialect'], ids: readonly ChunkId[]): Promise<Set<ChunkId>> {
  const rows = await tx
    .selectFrom('chunks')
    .select('id')
    .where('id', 'in', ids)
    .$if(dialect === 'postgres', (query) => query.forKeyShare())
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/**
 * Removes the vectors of other models from the next passages that have any, by id. Gives how many rows went and the
 * last passage's id.
 */
export async function removeOtherVectors(
  tx: Tx,
  kept: readonly string[],
  after: number,
  limit: number,
): Promise<{ removed: number; last: number }> {
  const rows = await tx
    .selectFrom('vectors')
    .select('chunk_id')
    .where('model', 'not in', kept)
    .where('chunk_id', '>', after as ChunkId)
    .orderBy('chunk_id')
    .limit(limit)
    .execute()
  const ids = rows.map((row) => row.chunk_id)
  if (ids.length > 0) {
    await tx.deleteFrom('vectors').where('chunk_id', 'in', ids).where('model', 'not in', kept).execute()
  }
  return { removed: ids.length, last: ids.at(-1) ?? after }
}
