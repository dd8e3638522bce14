import { AppError } from '../../core/errors.ts'
import { newDocumentId, type DocumentId, type JobId, type UserId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import { blobBytes } from '../../database/blobs.ts'
import type { Database, Tx } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import * as repository from './repository.ts'
import type { DocumentChange, DocumentRow } from './repository.ts'
import type { DocumentsService, Ingestion, Received } from './service.ts'
import * as web from './web-repository.ts'
import type { KnownPage, WebKind, WebPage } from './web-repository.ts'

export type { WebPage }

export interface ReceivedPage extends Received {
  readonly url: string
  /** Of a known document: the page is another than it was. */
  readonly changed: boolean
}

/** Documents that are pages of the web: the same URL of the same owner is the same document, a new text a new version. */
export function createWebDocuments({
  database,
  documents,
  ingestion,
  clock,
}: {
  readonly database: Database
  readonly documents: DocumentsService
  readonly ingestion: Ingestion
  readonly clock: Clock
}) {
  const now = (): string => clock.now().toISOString()

  /** The document of this URL, made where there is none, with whether it was there. */
  async function documentOf(
    tx: Tx,
    of: { readonly owner: UserId; readonly kind: WebKind; readonly url: string },
    given: DocumentChange,
    page: WebPage,
  ): Promise<{ row: DocumentRow; known: boolean }> {
    const filename = of.kind === 'page' ? page.filename : null
    const fresh = { ...of, ...given, id: newDocumentId(), fallbackTitle: page.title, filename, now: now() }
    const row = await web.insertWebDocument(tx, fresh)
    if (row !== undefined) return { row, known: false }
    const there = await web.findByAddress(tx, of.owner, of.kind, of.url)
    if (there === undefined)
      throw new AppError('conflict', 'The document was deleted meanwhile. Send the address again.')
    return { row: there, known: true }
  }

  /** To be read, or read again in place of what may still be under way. */
  async function read(tx: Tx, row: DocumentRow): Promise<JobId> {
    await ingestion.cancelAll(tx, row.id)
    const job = await ingestion.enqueue(tx, { owner: row.owner_id, documentId: row.id })
    await repository.markQueued(tx, row.owner_id, row.id, now())
    return job
  }

  /** Stores a page as a document of its own. Where its bytes are those that are there, nothing is read again. */
  async function putPage(tx: Tx, owner: UserId, page: WebPage, given: DocumentChange) {
    const { row, known } = await documentOf(tx, { owner, kind: 'page', url: page.url }, given, page)
    const changed = await web.putPage(tx, database.dialect, row.id, page)
    if (changed) await web.useBytes(tx, row, page)
    await web.showOrigin(tx, row.id, originOf(page), now())
    return { row, known, changed, job: changed ? await read(tx, row) : undefined }
  }

  async function receive(owner: UserId, page: WebPage, given: DocumentChange): Promise<ReceivedPage> {
    const { row, known, changed, job } = await database
      .write((tx) => putPage(tx, owner, page, given))
      .catch(refuseGoneUser)
    ingestion.wake()
    if (!known && job !== undefined) {
      return { ...(await documents.settle(row, { job, begun: true }, false)), url: page.url, changed: false }
    }
    const received = await documents.again(row, given)
    if (job === undefined) return { ...received, url: page.url, changed: false }
    const settled = await documents.settle(row, { job: received.job ?? job, begun: true }, true)
    return { ...settled, updated: received.updated, url: page.url, changed }
  }

  return {
    /** A page of the owner's document at `address`, as it was when it was last fetched. */
    knownPage: (owner: UserId, kind: WebKind, address: string, url: string): Promise<KnownPage | undefined> =>
      web.findPage(database.read, owner, kind, address, url),
    bytes: (sha256: string) => blobBytes(database.read, sha256),
    receive,

    /** In a transaction of the caller, which is followed by `wake`. Gives the document. */
    async putPage(tx: Tx, owner: UserId, page: WebPage, given: DocumentChange): Promise<DocumentId> {
      const { row, known, job } = await putPage(tx, owner, page, given)
      if (known && given.metadata !== undefined && JSON.stringify(given.metadata) !== row.metadata) {
        await repository.changeDocument(tx, owner, row.id, { metadata: given.metadata }, now())
      }
      // One that was not read to its end before is read now.
      if (job === undefined && row.searchable !== 'full' && row.status === 'failed') await read(tx, row)
      return row.id
    },

    /** The same for a page of a site's document: it is read when its pages are arranged. */
    async putSitePage(
      tx: Tx,
      owner: UserId,
      address: string,
      page: WebPage,
      given: DocumentChange,
    ): Promise<DocumentId> {
      const { row, known } = await documentOf(tx, { owner, kind: 'site', url: address }, given, page)
      await web.putPage(tx, database.dialect, row.id, page)
      if (known) {
        const { title, summary, metadata } = given
        await repository.changeDocument(tx, owner, row.id, { title, summary, metadata }, now())
      }
      return row.id
    },

    /**
     * Brings the pages of a site's document into an order, and has it read where anything of them is new. Of those that are
     * not named stay the ones that `others` says.
     */
    async arrangeSite(
      tx: Tx,
      owner: UserId,
      address: string,
      order: readonly string[],
      others: 'keep' | ((url: string) => boolean),
    ): Promise<void> {
      const row = await web.findByAddress(tx, owner, 'site', address)
      if (row === undefined) return
      const { pages, changed } = await web.arrangePages(tx, database.dialect, row.id, order, others)
      await web.showOrigin(tx, row.id, { url: address, pages, fetched_at: now() }, now())
      if (changed || (row.searchable !== 'full' && row.status === 'failed')) await read(tx, row)
    },
    wake: (): void => ingestion.wake(),
  }
}

const originOf = ({ url, shown, etag, lastModified, fetchedAt }: WebPage): object => ({
  url,
  ...shown,
  ...(etag === null ? {} : { etag }),
  ...(lastModified === null ? {} : { last_modified: lastModified }),
  fetched_at: fetchedAt,
})
