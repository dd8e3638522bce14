import { isSnapshotId, type DocumentId, type MessageId } from '../core/ids.ts'
import { insertRows } from './bulk-insert.ts'
import type { Database, Tx } from './database.ts'

/** Which stored answers name which documents: what a deletion has to look at, found by an index. */

/** The documents that a JSON value names: citations do so as `doc_id`, sources as a textual `id`. */
export function documentsIn(value: unknown, found = new Set<DocumentId>()): Set<DocumentId> {
  if (typeof value !== 'object' || value === null) return found
  for (const [key, field] of Object.entries(value)) {
    if ((key === 'doc_id' || key === 'id') && typeof field === 'string') found.add(field as DocumentId)
    else documentsIn(field, found)
  }
  return found
}

/** When an answer has ended. Some of it may be linked already: by the migration, where its process died before it ended. */
export async function linkMessage(tx: Tx, message: MessageId, documents: Iterable<DocumentId>): Promise<void> {
  const rows = Array.from(documents, (document) => ({ document_id: document, message_id: message }))
  if (rows.length === 0) return
  await tx
    .insertInto('message_documents')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

export const linkEntry = (tx: Tx, entry: number, documents: Iterable<DocumentId>) =>
  insertRows(
    tx,
    'history_documents',
    Array.from(documents, (document) => ({ document_id: document, entry_id: entry })),
  )

/** Pages of the web are kept as long as they are linked: those that the answer names no longer are so no longer. */
export async function unlinkPagesOfMessage(tx: Tx, message: MessageId, named: ReadonlySet<DocumentId>): Promise<void> {
  const links = tx.selectFrom('message_documents').select('document_id').where('message_id', '=', message)
  const pages = unnamedPages(await links.execute(), named)
  if (pages.length === 0) return
  await tx.deleteFrom('message_documents').where('message_id', '=', message).where('document_id', 'in', pages).execute()
}

export async function unlinkPagesOfEntry(tx: Tx, entry: number, named: ReadonlySet<DocumentId>): Promise<void> {
  const links = tx.selectFrom('history_documents').select('document_id').where('entry_id', '=', entry)
  const pages = unnamedPages(await links.execute(), named)
  if (pages.length === 0) return
  await tx.deleteFrom('history_documents').where('entry_id', '=', entry).where('document_id', 'in', pages).execute()
}

const unnamedPages = (
  links: readonly { readonly document_id: DocumentId }[],
  named: ReadonlySet<DocumentId>,
): DocumentId[] => links.map((link) => link.document_id).filter((id) => isSnapshotId(id) && !named.has(id))

/**
 * Those of the documents that are deleted. Until the transaction ends nobody deletes another one of them: a deletion
 * either finds what this transaction links, or is found here. Pages of the web are none: nobody deletes one that is cited.
 */
export async function deletedOf(
  tx: Tx,
  dialect: Database['dialect'],
  documents: Iterable<DocumentId>,
): Promise<DocumentId[]> {
  const ids = Array.from(documents)
    .filter((id) => !isSnapshotId(id))
    .sort()
  if (ids.length === 0) return []
  const rows = await tx
    .selectFrom('documents')
    .select('id')
    .where('id', 'in', ids)
    .orderBy('id')
    // SQLite has one writer, so nothing comes between there.
    .$if(dialect === 'postgres', (query) => query.forKeyShare())
    .execute()
  const there = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !there.has(id))
}
