import type { Insertable, Selectable } from 'kysely'
import type { DocumentStatus } from '../../core/documents.ts'
import type { DocumentId, UserId } from '../../core/ids.ts'
import { lockBlob, removeUnusedBlob, storeBlob } from '../../database/blobs.ts'
import { appendChange } from '../../database/change-log.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import type { DocumentsTable } from '../../database/schema/documents.ts'
import { withoutIndex } from '../../database/without-index.ts'

export type DocumentRow = Selectable<DocumentsTable>

/** What is known of a document before it is read. */
interface Described {
  readonly id: DocumentId
  readonly owner: UserId
  readonly title: string
  readonly titleGiven: boolean
  readonly summary: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly chatId: string | null
  readonly source: DocumentRow['source']
  readonly filename: string | null
  readonly now: string
}

export interface NewDocument extends Described {
  readonly source: 'upload' | 'text'
  readonly mediaType: string | null
  readonly bytes: Uint8Array
  readonly sha256: string
}

/** Stores bytes and row; undefined when the owner has uploaded the same bytes before (nothing is changed then). */
export async function insertDocument(
  tx: Tx,
  dialect: Database['dialect'],
  document: NewDocument,
): Promise<DocumentRow | undefined> {
  await lockBlob(tx, dialect, document.sha256)
  await storeBlob(tx, document.sha256, document.bytes, document.now)
  return tx
    .insertInto('documents')
    .values({
      ...unreadRow(document),
      media_type: document.mediaType,
      size: document.bytes.byteLength,
      upload_sha256: document.source === 'upload' ? document.sha256 : null,
      blob_sha256: document.sha256,
    })
    .onConflict((conflict) => conflict.columns(['owner_id', 'upload_sha256']).doNothing())
    .returningAll()
    .executeTakeFirst()
}

/** The row of a document that nothing has been read of yet, and whose bytes are not there. */
export const unreadRow = (document: Described): Insertable<DocumentsTable> => ({
  id: document.id,
  owner_id: document.owner,
  title: document.title,
  title_given: document.titleGiven ? 1 : 0,
  summary: document.summary,
  summary_given: isGiven(document.summary),
  metadata: JSON.stringify(document.metadata),
  chat_id: document.chatId,
  source: document.source,
  filename: document.filename,
  media_type: null,
  size: 0,
  upload_sha256: null,
  blob_sha256: null,
  current_version: 0,
  status: 'queued',
  searchable: 'no',
  error_code: null,
  error_detail: null,
  language: null,
  chunk_count: 0,
  content_length: 0,
  created_at: document.now,
  updated_at: document.now,
})

/** An empty summary asks for an automatic one. */
export const isGiven = (summary: string): number => (summary === '' ? 0 : 1)

/**
 * The upload that `insertDocument` found there: in the same transaction, so that it cannot be removed in between.
 * Throws when there is none.
 */
export const findUpload = (tx: Tx, owner: UserId, sha256: string): Promise<DocumentRow> =>
  tx
    .selectFrom('documents')
    .selectAll()
    .where('owner_id', '=', owner)
    .where('upload_sha256', '=', sha256)
    .executeTakeFirstOrThrow()

export const findDocument = (read: Reader, owner: UserId, id: DocumentId): Promise<DocumentRow | undefined> =>
  read.selectFrom('documents').selectAll().where('owner_id', '=', owner).where('id', '=', id).executeTakeFirst()

export interface Page {
  readonly limit: number
  readonly offset: number
}

/** Newest first; ids are time-ordered, so they break ties. */
const pageOf = (read: Reader, owner: UserId, { limit, offset }: Page) =>
  read
    .selectFrom('documents')
    .where('owner_id', '=', owner)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)

export const listDocuments = (read: Reader, owner: UserId, page: Page): Promise<DocumentRow[]> =>
  pageOf(read, owner, page).selectAll().execute()

export async function listIds(read: Reader, owner: UserId, page: Page): Promise<DocumentId[]> {
  const rows = await pageOf(read, owner, page).select('id').execute()
  return rows.map(({ id }) => id)
}

/** What documents of the owner are called and described as. */
export async function labelsOf(read: Reader, owner: UserId, ids: readonly DocumentId[]) {
  if (ids.length === 0) return []
  const rows = await read
    .selectFrom('documents')
    .select(['id', 'title', 'filename', 'metadata', 'source'])
    .where(withoutIndex<UserId>('owner_id'), '=', owner)
    .where('id', 'in', ids)
    .execute()
  return rows.map(({ id, title, filename, metadata, source }) => ({
    documentId: id,
    title,
    fileName: filename,
    metadata: JSON.parse(metadata) as Record<string, unknown>,
    isWeb: source === 'web',
  }))
}

export interface WithContent {
  readonly document: DocumentRow
  /** Canonical text of the current version, or the beginning of it; empty where none is read yet. */
  readonly content: string
}

/** Row and text in one statement: a new version that comes between would be another's text. */
export async function findWithContent(read: Reader, owner: UserId, id: DocumentId): Promise<WithContent | undefined> {
  const row = await read
    .selectFrom('documents')
    .leftJoin('versions', (join) =>
      join
        .onRef('versions.document_id', '=', 'documents.id')
        .onRef('versions.version', '=', 'documents.current_version'),
    )
    .selectAll('documents')
    .select('versions.content')
    .where('documents.owner_id', '=', owner)
    .where('documents.id', '=', id)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { content, ...document } = row
  return { document, content: content ?? '' }
}

export const documentsOfChat = (read: Reader, owner: UserId, chatId: string): Promise<DocumentRow[]> =>
  read
    .selectFrom('documents')
    .selectAll()
    .where(withoutIndex<UserId>('owner_id'), '=', owner)
    .where('chat_id', '=', chatId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()

export async function countDocuments(read: Reader, owner: UserId): Promise<number> {
  const row = await read
    .selectFrom('documents')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('owner_id', '=', owner)
    .executeTakeFirstOrThrow()
  return row.count
}

/** How many of the documents are in which state. @param ids absent: all of the owner's */
export async function countByStatus(
  read: Reader,
  owner: UserId,
  ids?: readonly DocumentId[],
): Promise<Map<DocumentStatus, number>> {
  if (ids?.length === 0) return new Map()
  const rows = await read
    .selectFrom('documents')
    .select((eb) => ['status', eb.fn.countAll<number>().as('count')])
    .$if(ids === undefined, (query) => query.where('owner_id', '=', owner))
    .$if(ids !== undefined, (query) =>
      query.where('id', 'in', ids ?? []).where(withoutIndex<UserId>('owner_id'), '=', owner),
    )
    .groupBy('status')
    .execute()
  return new Map(rows.map(({ status, count }) => [status, count]))
}

export interface VersionContent {
  readonly documentId: DocumentId
  readonly version: number
  readonly content: string
  readonly createdAt: string
}

/** The canonical text of a version; versions are immutable, so the answer never changes. */
export async function versionContent(
  read: Reader,
  documentId: DocumentId,
  version: number,
): Promise<VersionContent | undefined> {
  const row = await read
    .selectFrom('versions')
    .select(['content', 'created_at'])
    .where('document_id', '=', documentId)
    .where('version', '=', version)
    .executeTakeFirst()
  return row && { documentId, version, content: row.content, createdAt: row.created_at }
}

/** The first characters of each text. SQL cuts at code points, so it takes as many, and JavaScript cuts again. */
export async function currentPreviews(
  read: Reader,
  ids: readonly DocumentId[],
  length: number,
): Promise<Map<DocumentId, string>> {
  if (ids.length === 0) return new Map()
  const rows = await read
    .selectFrom('versions')
    .innerJoin('documents', (join) =>
      join
        .onRef('documents.id', '=', 'versions.document_id')
        .onRef('documents.current_version', '=', 'versions.version'),
    )
    .select(({ ref, val, fn }) => [
      'versions.document_id',
      fn<string>('substr', [ref('versions.content'), val(1), val(length)]).as('preview'),
    ])
    .where('versions.document_id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.document_id, row.preview.slice(0, length).toWellFormed()]))
}

/** What the parser of the current version had to leave out. */
export async function currentWarnings(read: Reader, document: DocumentRow): Promise<string[]> {
  const row = await read
    .selectFrom('versions')
    .select('warnings')
    .where('document_id', '=', document.id)
    .where('version', '=', document.current_version)
    .executeTakeFirst()
  return row === undefined ? [] : (JSON.parse(row.warnings) as string[])
}

export interface DocumentChange {
  readonly title?: string | undefined
  readonly summary?: string | undefined
  readonly metadata?: Record<string, unknown> | undefined
  readonly chatId?: string | undefined
}

/** A new title is part of every passage's text: the change log tells the index. */
export async function changeDocument(
  tx: Tx,
  owner: UserId,
  id: DocumentId,
  change: DocumentChange,
  now: string,
): Promise<DocumentRow | undefined> {
  const row = await tx
    .updateTable('documents')
    .set({
      updated_at: now,
      ...(change.title === undefined ? {} : { title: change.title, title_given: 1 }),
      ...(change.summary === undefined ? {} : { summary: change.summary, summary_given: isGiven(change.summary) }),
      ...(change.metadata === undefined ? {} : { metadata: JSON.stringify(change.metadata) }),
      ...(change.chatId === undefined ? {} : { chat_id: change.chatId }),
    })
    .where('owner_id', '=', owner)
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  if (row !== undefined) await appendChange(tx, { owner, document: id, version: row.current_version })
  return row
}

/** The document waits to be read again: what went wrong before is over. False when the owner has no such document. */
export async function markQueued(tx: Tx, owner: UserId, id: DocumentId, now: string): Promise<boolean> {
  const row = await tx
    .updateTable('documents')
    .set({ status: 'queued', error_code: null, error_detail: null, updated_at: now })
    .where('owner_id', '=', owner)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Removes the document with all that hangs on it; false when the owner has no such document (or, with `onlyUnread`,
 * when a text of it was stored).
 */
export async function removeDocument(
  tx: Tx,
  dialect: Database['dialect'],
  owner: UserId,
  id: DocumentId,
  { onlyUnread = false }: { readonly onlyUnread?: boolean } = {},
): Promise<boolean> {
  const found = await tx
    .selectFrom('documents')
    .select('blob_sha256')
    .where('owner_id', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst()
  const pages = await tx.selectFrom('web_pages').select('blob_sha256').where('document_id', '=', id).execute()
  const held = [found?.blob_sha256 ?? null, ...pages.map((page) => page.blob_sha256)]
  // In one order, so that two that lock the same ones do not wait for each other.
  const blobs = [...new Set(held.filter((sha256) => sha256 !== null))].toSorted()
  for (const sha256 of blobs) await lockBlob(tx, dialect, sha256)
  const row = await tx
    .deleteFrom('documents')
    .where('owner_id', '=', owner)
    .where('id', '=', id)
    .$if(onlyUnread, (query) => query.where('current_version', '=', 0))
    .returning('current_version')
    .executeTakeFirst()
  if (row === undefined) return false
  await tx.updateTable('jobs').set({ document_id: null }).where('document_id', '=', id).execute()
  for (const sha256 of blobs) await removeUnusedBlob(tx, sha256)
  await appendChange(tx, { owner, document: id, version: row.current_version })
  return true
}

/** Any documents of the owner, to work through them all. */
export async function someIds(tx: Tx, owner: UserId, limit: number): Promise<DocumentId[]> {
  const rows = await tx.selectFrom('documents').select('id').where('owner_id', '=', owner).limit(limit).execute()
  return rows.map(({ id }) => id)
}

/**
 * Where the new owner has uploaded the same bytes, or has the same page, both documents stay, and theirs is the one that
 * is found again.
 */
export async function changeOwner(
  tx: Tx,
  ids: readonly DocumentId[],
  owner: UserId,
): Promise<{ id: DocumentId; version: number }[]> {
  await tx
    .updateTable('documents')
    .set({ upload_sha256: null })
    .where('id', 'in', ids)
    .where('upload_sha256', 'in', ({ selectFrom }) =>
      selectFrom('documents as theirs')
        .select('theirs.upload_sha256')
        .where('theirs.owner_id', '=', owner)
        .where('theirs.upload_sha256', 'is not', null),
    )
    .execute()
  await tx
    .updateTable('documents')
    .set({ address: null })
    .where('id', 'in', ids)
    .where('address', 'in', ({ selectFrom }) =>
      selectFrom('documents as theirs')
        .select('theirs.address')
        .where('theirs.owner_id', '=', owner)
        .where('theirs.address', 'is not', null),
    )
    .execute()
  await tx.updateTable('chunks').set({ owner_id: owner }).where('document_id', 'in', ids).execute()
  await tx.updateTable('vectors').set({ owner_id: owner }).where('document_id', 'in', ids).execute()
  const rows = await tx
    .updateTable('documents')
    .set({ owner_id: owner })
    .where('id', 'in', ids)
    .returning(['id', 'current_version'])
    .execute()
  return rows.map((row) => ({ id: row.id, version: row.current_version }))
}
