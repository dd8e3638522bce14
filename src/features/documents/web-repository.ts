import { createHash } from 'node:crypto'
import type { DocumentId, UserId } from '../../core/ids.ts'
import { lockBlob, removeUnusedBlob, storeBlob } from '../../database/blobs.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import { unreadRow, type DocumentChange, type DocumentRow } from './repository.ts'

/** What a document of the web is: one page, or the pages of a site that a crawl brought. */
export type WebKind = 'page' | 'site'

/** A page as its server sent it, read already. */
export interface WebPage {
  /** Where redirects led to; what names the page. */
  readonly url: string
  readonly bytes: Uint8Array
  /** Hex, of the bytes. */
  readonly sha256: string
  /** As the reader is to be told it. */
  readonly filename: string
  readonly title: string
  readonly etag: string | null
  readonly lastModified: string | null
  /** ISO 8601. */
  readonly fetchedAt: string
  /** What else is shown of it. */
  readonly shown: WebProperties
}

/** As the page says; each may be absent. */
export interface WebProperties {
  readonly canonical_url?: string
  readonly language?: string
  /** ISO 8601, as the next. */
  readonly published?: string
  readonly modified?: string
}

/** A page that is there, with what its server said of it. */
export interface KnownPage {
  readonly document: DocumentId
  readonly filename: string
  readonly etag: string | null
  readonly lastModified: string | null
  readonly sha256: string
}

const addressOf = (kind: WebKind, url: string): string => `${kind} ${url}`

export const findByAddress = (
  read: Reader | Tx,
  owner: UserId,
  kind: WebKind,
  url: string,
): Promise<DocumentRow | undefined> =>
  read
    .selectFrom('documents')
    .selectAll()
    .where('owner_id', '=', owner)
    .where('address', '=', addressOf(kind, url))
    .executeTakeFirst()

/** A page of the document of a page, or of a site, if the owner has that. @param address URL of the document */
export async function findPage(
  read: Reader,
  owner: UserId,
  kind: WebKind,
  address: string,
  url: string,
): Promise<KnownPage | undefined> {
  const row = await read
    .selectFrom('web_pages')
    .innerJoin('documents', 'documents.id', 'web_pages.document_id')
    .select([
      'web_pages.document_id',
      'web_pages.filename',
      'web_pages.etag',
      'web_pages.last_modified',
      'web_pages.blob_sha256',
    ])
    .where('documents.owner_id', '=', owner)
    .where('documents.address', '=', addressOf(kind, address))
    .where('web_pages.url', '=', url)
    .executeTakeFirst()
  return (
    row && {
      document: row.document_id,
      filename: row.filename,
      etag: row.etag,
      lastModified: row.last_modified,
      sha256: row.blob_sha256,
    }
  )
}

interface NewWebDocument extends DocumentChange {
  readonly id: DocumentId
  readonly owner: UserId
  readonly kind: WebKind
  readonly url: string
  /** Until one is read from the page, where none is given. */
  readonly fallbackTitle: string
  readonly filename: string | null
  readonly now: string
}

/** Without any page yet; undefined where the owner has that document. */
export const insertWebDocument = (tx: Tx, document: NewWebDocument): Promise<DocumentRow | undefined> =>
  tx
    .insertInto('documents')
    .values({
      ...unreadRow({
        ...document,
        title: document.title ?? document.fallbackTitle,
        titleGiven: document.title !== undefined,
        summary: document.summary ?? '',
        metadata: document.metadata ?? {},
        chatId: document.chatId ?? null,
        source: 'web',
      }),
      address: addressOf(document.kind, document.url),
    })
    .onConflict((conflict) => conflict.columns(['owner_id', 'address']).doNothing())
    .returningAll()
    .executeTakeFirst()

/**
 * Puts a page in its place among those of the document, behind the others where it is new. True where its bytes are others
 * than before.
 */
export async function putPage(
  tx: Tx,
  dialect: Database['dialect'],
  document: DocumentId,
  page: WebPage,
): Promise<boolean> {
  const before = await tx
    .selectFrom('web_pages')
    .select('blob_sha256')
    .where('document_id', '=', document)
    .where('url', '=', page.url)
    .executeTakeFirst()
  const former = before?.blob_sha256
  const blobs = [...new Set([page.sha256, ...(former === undefined ? [] : [former])])].toSorted()
  for (const sha256 of blobs) await lockBlob(tx, dialect, sha256)
  await storeBlob(tx, page.sha256, page.bytes, page.fetchedAt)
  const said = {
    title: page.title,
    filename: page.filename,
    etag: page.etag,
    last_modified: page.lastModified,
    fetched_at: page.fetchedAt,
    size: page.bytes.byteLength,
    blob_sha256: page.sha256,
  }
  await tx
    .insertInto('web_pages')
    .values(({ selectFrom }) => ({
      document_id: document,
      url: page.url,
      page: selectFrom('web_pages as others')
        .select((of) => of(of.fn.coalesce(of.fn.max('others.page'), of.val(0)), '+', 1).as('next'))
        .where('others.document_id', '=', document),
      ...said,
    }))
    .onConflict((conflict) => conflict.columns(['document_id', 'url']).doUpdateSet(said))
    .execute()
  if (former === page.sha256) return false
  if (former !== undefined) await removeUnusedBlob(tx, former)
  return true
}

/** Takes the bytes of a document of one page out of use, which `putPage` has put others in the place of. */
export async function useBytes(
  tx: Tx,
  { id, blob_sha256: former }: DocumentRow,
  { sha256, bytes, filename }: WebPage,
): Promise<void> {
  await tx
    .updateTable('documents')
    .set({ blob_sha256: sha256, size: bytes.byteLength, filename })
    .where('id', '=', id)
    .execute()
  if (former !== null && former !== sha256) await removeUnusedBlob(tx, former)
}

export const showOrigin = (tx: Tx, document: DocumentId, web: object, now: string): Promise<unknown> =>
  tx
    .updateTable('documents')
    .set({ web: JSON.stringify(web), updated_at: now })
    .where('id', '=', document)
    .execute()

export interface SitePage {
  readonly page: number
  readonly url: string
  readonly title: string
}

/**
 * The pages of a site in this order, with those that are not named behind them, or gone where `others` says so. Gives them,
 * and whether they or their bytes are others than when the document was last given to be read.
 */
export async function arrangePages(
  tx: Tx,
  dialect: Database['dialect'],
  document: DocumentId,
  order: readonly string[],
  others: 'keep' | ((url: string) => boolean),
): Promise<{ pages: SitePage[]; size: number; changed: boolean }> {
  const rows = await tx
    .selectFrom('web_pages')
    .select(['url', 'title', 'page', 'size', 'blob_sha256'])
    .where('document_id', '=', document)
    .orderBy('page')
    .execute()
  const place = new Map(order.map((url, i) => [url, i]))
  const stays = rows.filter(({ url }) => place.has(url) || others === 'keep' || others(url))
  const gone = rows.filter((row) => !stays.includes(row))
  for (const sha256 of [...new Set(gone.map((row) => row.blob_sha256))].toSorted()) await lockBlob(tx, dialect, sha256)
  for (const { url, blob_sha256: sha256 } of gone) {
    await tx.deleteFrom('web_pages').where('document_id', '=', document).where('url', '=', url).execute()
    await removeUnusedBlob(tx, sha256)
  }
  const last = order.length
  const arranged = stays.toSorted((a, b) => (place.get(a.url) ?? last) - (place.get(b.url) ?? last) || a.page - b.page)
  const digest = createHash('sha256')
  for (const [i, { url, page, blob_sha256: sha256 }] of arranged.entries()) {
    digest.update(`${url}\n${sha256}\n`)
    if (page === i + 1) continue
    await tx
      .updateTable('web_pages')
      .set({ page: i + 1 })
      .where('document_id', '=', document)
      .where('url', '=', url)
      .execute()
  }
  const pagesSha256 = digest.digest('hex')
  const size = arranged.reduce((sum, row) => sum + row.size, 0)
  const updated = await tx
    .updateTable('documents')
    .set({ pages_sha256: pagesSha256, size })
    .where('id', '=', document)
    .where((eb) => eb.or([eb('pages_sha256', 'is', null), eb('pages_sha256', '!=', pagesSha256)]))
    .returning('id')
    .executeTakeFirst()
  const pages = arranged.map(({ url, title }, i) => ({ page: i + 1, url, title }))
  return { pages, size, changed: updated !== undefined }
}
