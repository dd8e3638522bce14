import { titleOfFile } from '../../core/documents.ts'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { newDocumentId, type DocumentId, type JobId, type UserId } from '../../core/ids.ts'
import type { Scope } from '../../core/ports/search.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import { findWithFile } from './file-repository.ts'
import * as repository from './repository.ts'
import type { DocumentChange, DocumentRow, Page, VersionContent, WithContent } from './repository.ts'

export type { WithContent }

/** What became of an ingestion, as far as one waited for it. */
export type IngestOutcome =
  | { readonly state: 'searchable' }
  | { readonly state: 'working' }
  | { readonly state: 'failed'; readonly code: ErrorCode; readonly detail: string }

/** What this feature needs of the one that reads documents. */
export interface Ingestion {
  /** Inside the transaction that stores the document: neither is ever there without the other. */
  enqueue(tx: Tx, document: { owner: UserId; documentId: DocumentId }): Promise<JobId>
  /** Stops what is still being done for a document that goes. */
  cancelAll(tx: Tx, documentId: DocumentId): Promise<void>
  /** Tells the workers that a transaction with a new or cancelled job is committed. */
  wake(): void
  /** Resolves when words are searchable or reading has failed, after `timeoutMs` at the latest. */
  outcome(job: JobId, timeoutMs: number): Promise<IngestOutcome>
  /** The newest job of a document. */
  latestJob(documentId: DocumentId): Promise<{ readonly id: JobId; readonly over: boolean } | undefined>
  /** Whether a newer job than this one was queued for the document. */
  superseded(tx: Tx, documentId: DocumentId, job: JobId): Promise<boolean>
  /** Resolves when the index shows everything that was committed before the call. */
  indexed(): Promise<void>
}

/** Takes what answers drew from documents that are being deleted out of them, in the transaction that deletes. */
export type ForgetDocuments = (tx: Tx, ids: readonly DocumentId[]) => Promise<unknown>

export interface DocumentsDeps {
  readonly database: Database
  readonly ingestion: Ingestion
  readonly clock: Clock
  /** Absent: answers keep their quotes. */
  readonly forget?: ForgetDocuments | undefined
}

export interface DocumentsOptions {
  readonly uploadWaitMs: number
}

export interface NewUpload {
  readonly bytes: Uint8Array
  readonly filename: string
  readonly title?: string | undefined
  readonly summary?: string | undefined
  readonly metadata?: Record<string, unknown> | undefined
  readonly chatId?: string | undefined
}

/** What a person may give with a file. */
export type UploadField = 'title' | 'summary' | 'metadata' | 'chat_id'

export interface NewText {
  readonly title: string
  /** Canonical already. */
  readonly content: string
  readonly summary?: string | undefined
  readonly metadata?: Record<string, unknown> | undefined
  readonly chatId?: string | undefined
}

export interface Received {
  readonly document: DocumentRow
  readonly job: JobId | undefined
  /** False while words are not searchable yet. */
  readonly ready: boolean
  /** Whether this request began that job: another one's is not for its sender to cancel. */
  readonly begun: boolean
  /** True when the owner had uploaded the same bytes before. */
  readonly known: boolean
  /** What of a known document this request has changed. */
  readonly updated: readonly UploadField[]
}

export interface StoredContent extends VersionContent {
  readonly document: DocumentRow
}

export type DocumentsService = ReturnType<typeof createDocuments>

export function createDocuments(
  { database, ingestion, clock, forget }: DocumentsDeps,
  { uploadWaitMs }: DocumentsOptions,
) {
  const now = (): string => clock.now().toISOString()

  async function existing(owner: UserId, id: DocumentId): Promise<DocumentRow> {
    const row = await repository.findDocument(database.read, owner, id)
    if (row === undefined) throw missing(id)
    return row
  }

  /**
   * Waits for words. A document that this request brought and that cannot be read is taken away again, so that a
   * refusal leaves nothing behind; one that was there before, or that somebody had read again meanwhile, stays.
   */
  async function settle(
    row: DocumentRow,
    { job, begun }: { readonly job: JobId; readonly begun: boolean },
    known: boolean,
  ): Promise<Received> {
    const outcome = await ingestion.outcome(job, uploadWaitMs)
    if (outcome.state === 'failed') {
      const latest = await ingestion.latestJob(row.id)
      if (latest !== undefined && latest.id !== job) return settle(row, { job: latest.id, begun: false }, true)
      if (!known) await removeUnread(row, job)
      throw new AppError(outcome.code, outcome.detail)
    }
    const document = await existing(row.owner_id, row.id)
    return { document, job, begun, ready: outcome.state === 'searchable', known, updated: [] }
  }

  async function upload(owner: UserId, file: NewUpload): Promise<Received> {
    if (file.bytes.byteLength === 0) {
      throw new AppError('document_empty', 'The file is empty. Choose one with text in it.')
    }
    const sha256 = await sha256Hex(file.bytes)
    // What is removed while it is looked at is not there any more: then the bytes are new.
    const received = (await receive(owner, file, sha256)) ?? (await receive(owner, file, sha256))
    if (received === undefined) throw notStored()
    return received
  }

  /** Undefined when the document with these bytes was removed meanwhile. */
  async function receive(owner: UserId, file: NewUpload, sha256: string): Promise<Received | undefined> {
    const { row, job } = await database
      .write(async (tx) => {
        const inserted = await repository.insertDocument(tx, database.dialect, {
          id: newDocumentId(),
          owner,
          title: file.title ?? titleOfFile(file.filename),
          titleGiven: file.title !== undefined,
          summary: file.summary ?? '',
          metadata: file.metadata ?? {},
          chatId: file.chatId ?? null,
          source: 'upload',
          filename: file.filename,
          mediaType: null,
          bytes: file.bytes,
          sha256,
          now: now(),
        })
        if (inserted === undefined) return { row: await repository.findUpload(tx, owner, sha256), job: undefined }
        return { row: inserted, job: await ingestion.enqueue(tx, { owner, documentId: inserted.id }) }
      })
      .catch(refuseGoneUser)
    if (job !== undefined) {
      ingestion.wake()
      return settle(row, { job, begun: true }, false)
    }
    try {
      return await again(row, file)
    } catch (error) {
      const gone =
        error instanceof AppError && (await repository.findDocument(database.read, owner, row.id)) === undefined
      if (gone) return undefined
      throw error
    }
  }

  /**
   * The same bytes a second time: the document that is there. What is given with them is the person's newer word and
   * takes the place of what was there, what is left out stays; what was not read to its end is read again.
   */
  async function again(before: DocumentRow, { title, summary, metadata, chatId }: DocumentChange): Promise<Received> {
    const given = { title, summary, metadata, chatId }
    const updated = differing(before, given)
    const row = updated.length === 0 ? before : await change(before.owner_id, before.id, given)
    const latest = await ingestion.latestJob(row.id)
    const unfinished = row.searchable !== 'full' && (latest === undefined || latest.over)
    const job = unfinished ? (await reprocess(row.owner_id, row.id)).job : latest?.id
    // A new title is a reading of its own.
    const begun = unfinished || updated.includes('title')
    if (row.searchable !== 'no' || job === undefined) {
      const document = await existing(row.owner_id, row.id)
      return { document, job, begun, ready: true, known: true, updated }
    }
    return { ...(await settle(row, { job, begun }, true)), updated }
  }

  async function addText(owner: UserId, text: NewText): Promise<Received> {
    if (text.content.trim() === '') throw new AppError('document_empty', 'The content is empty. Send some text.')
    const bytes = new TextEncoder().encode(text.content)
    const sha256 = await sha256Hex(bytes)
    const stored = await database
      .write(async (tx) => {
        const row = await repository.insertDocument(tx, database.dialect, {
          id: newDocumentId(),
          owner,
          title: text.title,
          titleGiven: true,
          summary: text.summary ?? '',
          metadata: text.metadata ?? {},
          chatId: text.chatId ?? null,
          source: 'text',
          filename: null,
          mediaType: 'text/plain',
          bytes,
          sha256,
          now: now(),
        })
        return row && { row, job: await ingestion.enqueue(tx, { owner, documentId: row.id }) }
      })
      .catch(refuseGoneUser)
    if (stored === undefined) throw notStored()
    ingestion.wake()
    return settle(stored.row, { job: stored.job, begun: true }, false)
  }

  /** The documents of a page with the first characters of their texts. */
  async function list(owner: UserId, page: Page) {
    const [documents, total] = await Promise.all([
      repository.listDocuments(database.read, owner, page),
      repository.countDocuments(database.read, owner),
    ])
    return { documents: await withPreviews(documents), total }
  }

  /**
   * The documents of a page with their whole texts, each read when its turn comes. One that is deleted before its turn
   * is left out.
   */
  async function listWhole(owner: UserId, page: Page) {
    const [ids, total] = await Promise.all([
      repository.listIds(database.read, owner, page),
      repository.countDocuments(database.read, owner),
    ])
    async function* whole(): AsyncGenerator<WithContent> {
      for (const id of ids) {
        const found = await repository.findWithContent(database.read, owner, id)
        if (found !== undefined) yield found
      }
    }
    return { documents: whole(), total }
  }

  /** How far the documents of the scope are read. */
  async function reading({ owner, documents: ids }: Scope) {
    const counts = await repository.countByStatus(database.read, owner, ids)
    return {
      documents: [...counts.values()].reduce((sum, count) => sum + count, 0),
      pending: (counts.get('queued') ?? 0) + (counts.get('processing') ?? 0),
      failed: counts.get('failed') ?? 0,
    }
  }

  async function ofChat(owner: UserId, chatId: string) {
    return withPreviews(await repository.documentsOfChat(database.read, owner, chatId))
  }

  async function withPreviews(documents: readonly DocumentRow[]): Promise<WithContent[]> {
    const ids = documents.map((document) => document.id)
    const previews = await repository.currentPreviews(database.read, ids, PREVIEW)
    return documents.map((document) => ({ document, content: previews.get(document.id) ?? '' }))
  }

  async function content(owner: UserId, id: DocumentId, version?: number): Promise<StoredContent> {
    const document = await existing(owner, id)
    const wanted = version ?? document.current_version
    const stored = await repository.versionContent(database.read, id, wanted)
    if (stored !== undefined) return { ...stored, document }
    if (version === undefined) {
      // Accepted, but not read yet: no text is what there is to say.
      return { documentId: id, version: 0, content: '', createdAt: document.created_at, document }
    }
    throw new AppError('not_found', `Document ${id} has no version ${version}.`)
  }

  /**
   * What was sent; a document that was put together here, of the pages of a site, is its text. `not_found` where nothing has
   * been read of that.
   */
  async function file(owner: UserId, id: DocumentId) {
    const found = await findWithFile(database.read, owner, id)
    if (found === undefined) throw missing(id)
    const { document, bytes, content: text } = found
    if (bytes !== null) return { document, bytes }
    if (text !== null) return { document, bytes: Buffer.from(text) }
    throw new AppError('not_found', `Document ${id} has no file${whyNoFile(document)}`)
  }

  async function change(owner: UserId, id: DocumentId, fields: DocumentChange): Promise<DocumentRow> {
    const renamed = fields.title !== undefined && fields.title !== (await existing(owner, id)).title
    const row = await database.write(async (tx) => {
      const changed = await repository.changeDocument(tx, owner, id, fields, now())
      // Passages are read under the title, by the embedder too.
      if (changed !== undefined && renamed) await ingestion.enqueue(tx, { owner, documentId: id })
      return changed
    })
    if (row === undefined) throw missing(id)
    ingestion.wake()
    await ingestion.indexed()
    return row
  }

  async function reprocess(owner: UserId, id: DocumentId): Promise<{ job: JobId }> {
    await existing(owner, id)
    const job = await database.write(async (tx) => {
      await ingestion.cancelAll(tx, id)
      const job = await ingestion.enqueue(tx, { owner, documentId: id })
      if (!(await repository.markQueued(tx, owner, id, now()))) throw missing(id)
      return job
    })
    ingestion.wake()
    return { job }
  }

  async function removeUnread(row: DocumentRow, job: JobId): Promise<void> {
    await database.write(async (tx) => {
      if (await ingestion.superseded(tx, row.id, job)) return
      await repository.removeDocument(tx, database.dialect, row.owner_id, row.id, { onlyUnread: true })
    })
    await ingestion.indexed()
  }

  /** When it resolves, the document is in no result any more. */
  async function remove(owner: UserId, id: DocumentId): Promise<boolean> {
    const removed = await database.write(async (tx) => {
      await ingestion.cancelAll(tx, id)
      const found = await repository.removeDocument(tx, database.dialect, owner, id)
      if (found) await forget?.(tx, [id])
      return found
    })
    ingestion.wake()
    if (removed) await ingestion.indexed()
    return removed
  }

  const warnings = (document: DocumentRow): Promise<string[]> => repository.currentWarnings(database.read, document)

  return {
    upload,
    addText,
    settle,
    again,
    list,
    listWhole,
    reading,
    ofChat,
    content,
    file,
    change,
    reprocess,
    remove,
    warnings,
    get: existing,
  }
}

const missing = (id: DocumentId): AppError => new AppError('not_found', `There is no document ${id}.`)

function whyNoFile({ status, error_detail: detail }: DocumentRow): string {
  if (status !== 'failed') return ' yet: it is still being read.'
  return `: it could not be read.${detail === null ? '' : ` ${detail}`}`
}

const notStored = (): AppError => new AppError('conflict', 'The document could not be stored. Send it again.')

function differing(row: DocumentRow, { title, summary, metadata, chatId }: DocumentChange): UploadField[] {
  const differs = {
    title: title !== undefined && title !== row.title,
    summary: summary !== undefined && summary !== row.summary,
    metadata: metadata !== undefined && JSON.stringify(metadata) !== row.metadata,
    chat_id: chatId !== undefined && chatId !== row.chat_id,
  }
  return UPLOAD_FIELDS.filter((field) => differs[field])
}

const UPLOAD_FIELDS = ['title', 'summary', 'metadata', 'chat_id'] as const

/** Characters of a document's text in a list. */
const PREVIEW = 500

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  // WebCrypto hashes outside the main thread.
  const digest = await crypto.subtle.digest('SHA-256', bytes)
  return Buffer.from(digest).toString('hex')
}
