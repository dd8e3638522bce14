import type { ChunkDraft, DocumentProperties, StoredBlock } from '../../core/documents.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'
import { documentRanges, within } from '../../database/document-ranges.ts'
import { takeOverVectors, vectorsByText } from './vector-repository.ts'

export interface IngestedDocument {
  readonly id: DocumentId
  readonly owner: UserId
  readonly title: string
  readonly titleGiven: boolean
  readonly source: 'upload' | 'text' | 'web'
  readonly filename: string | null
  readonly version: number
  readonly blob: string | null
  /** Passages of its current version. */
  readonly chunks: number
}

export async function documentToIngest(read: Reader, id: DocumentId): Promise<IngestedDocument | undefined> {
  const row = await read.selectFrom('documents').selectAll().where('id', '=', id).executeTakeFirst()
  return (
    row && {
      id: row.id,
      owner: row.owner_id,
      title: row.title,
      titleGiven: row.title_given === 1,
      source: row.source,
      filename: row.filename,
      version: row.current_version,
      blob: row.blob_sha256,
      chunks: row.chunk_count,
    }
  )
}

export interface PageToRead {
  readonly url: string
  readonly filename: string
  readonly blob: string
}

/** The pages that a document of a site is made of, in order. */
export async function pagesToRead(read: Reader, document: DocumentId): Promise<PageToRead[]> {
  const rows = await read
    .selectFrom('web_pages')
    .select(['url', 'filename', 'blob_sha256'])
    .where('document_id', '=', document)
    .orderBy('page')
    .execute()
  return rows.map(({ url, filename, blob_sha256: blob }) => ({ url, filename, blob }))
}

/** Title and summary are kept where the person has given none. */
export interface ReadText {
  readonly title: string
  readonly summary: string
  readonly parser: string
  readonly mediaType: string
  readonly properties: DocumentProperties
  readonly warnings: readonly string[]
  readonly content: string
  readonly blocks: readonly StoredBlock[]
  readonly chunks: readonly ChunkDraft[]
  readonly language: string | null
}

/**
 * Puts a parse in the document's place: the same text keeps its version, another makes the next one. Its passages
 * replace the former ones. Returns the version and whose it is now, or undefined when the document was deleted meanwhile.
 */
export async function storeText(
  tx: Tx,
  document: IngestedDocument,
  text: ReadText,
  now: string,
): Promise<{ version: number; owner: UserId } | undefined> {
  const current = await tx
    .selectFrom('documents')
    .leftJoin('versions', (join) =>
      join
        .onRef('versions.document_id', '=', 'documents.id')
        .onRef('versions.version', '=', 'documents.current_version'),
    )
    .select([
      'documents.owner_id',
      'documents.current_version',
      'documents.title',
      'documents.title_given',
      'documents.summary_given',
      'versions.content',
      'versions.blocks',
    ])
    .where('documents.id', '=', document.id)
    .executeTakeFirst()
  if (current === undefined) return undefined

  const blocks = JSON.stringify(text.blocks)
  const same = current.content === text.content && current.blocks === blocks
  const version = same ? current.current_version : current.current_version + 1
  if (!same) {
    await tx
      .insertInto('versions')
      .values({
        document_id: document.id,
        version,
        content: text.content,
        blocks,
        properties: JSON.stringify(text.properties),
        warnings: JSON.stringify(text.warnings),
        parser: text.parser,
        created_at: now,
      })
      .execute()
  }
  const title = current.title_given === 1 ? current.title : text.title
  await replaceChunks(tx, { document: document.id, owner: current.owner_id, version, title, chunks: text.chunks })
  await tx
    .updateTable('documents')
    .set({
      // What a person has given meanwhile stays; a new title has queued another reading of the passages under it.
      ...(current.title_given === 1 ? {} : { title }),
      ...(current.summary_given === 1 ? {} : { summary: text.summary }),
      media_type: text.mediaType,
      current_version: version,
      status: 'processing',
      searchable: 'words',
      error_code: null,
      error_detail: null,
      language: text.language,
      chunk_count: text.chunks.length,
      content_length: text.content.length,
      updated_at: now,
    })
    .where('id', '=', document.id)
    .execute()
  return { version, owner: current.owner_id }
}

interface NewChunks {
  readonly document: DocumentId
  readonly owner: UserId
  readonly version: number
  readonly title: string
  readonly chunks: readonly ChunkDraft[]
}

/** The former passages stand aside until the new ones have taken over the vectors of texts that stayed the same. */
async function replaceChunks(tx: Tx, { document, owner, version, title, chunks }: NewChunks): Promise<void> {
  const former = await vectorsByText(tx, document)
  await tx
    .updateTable('chunks')
    .set((eb) => ({ ordinal: eb(eb.val(-1), '-', eb.ref('ordinal')) }))
    .where('document_id', '=', document)
    .execute()
  for (let from = 0; from < chunks.length; from += CHUNKS_A_STATEMENT) {
    const slice = chunks.slice(from, from + CHUNKS_A_STATEMENT)
    const stored = await tx
      .insertInto('chunks')
      .values(
        slice.map((chunk) => ({
          document_id: document,
          version,
          ordinal: chunk.ordinal,
          owner_id: owner,
          start_char: chunk.start,
          end_char: chunk.end,
          page: chunk.page,
          headings: JSON.stringify(chunk.headings),
          context: chunk.context,
          text: chunk.text,
          tokens: chunk.tokens,
        })),
      )
      .returning(['id', 'context', 'text'])
      .execute()
    await takeOverVectors(tx, former, stored, title)
  }
  await tx.deleteFrom('chunks').where('document_id', '=', document).where('ordinal', '<', 0).execute()
}

/** Bounds one statement's parameters (SQLite takes 32,766 of them) and its time on the writing thread. */
const CHUNKS_A_STATEMENT = 200

/** Marks the document as fully searchable, whatever was the matter before; undefined when it is gone. */
export async function finishDocument(
  tx: Tx,
  id: DocumentId,
  now: string,
): Promise<{ version: number; owner: UserId } | undefined> {
  const row = await tx
    .updateTable('documents')
    .set({ status: 'processed', searchable: 'full', error_code: null, error_detail: null, updated_at: now })
    .where('id', '=', id)
    .returning(['current_version', 'owner_id'])
    .executeTakeFirst()
  return row && { version: row.current_version, owner: row.owner_id }
}

/** False when the document is gone. */
export async function markProcessing(tx: Tx, id: DocumentId, now: string): Promise<boolean> {
  const row = await tx
    .updateTable('documents')
    .set({ status: 'processing', error_code: null, error_detail: null, updated_at: now })
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** A document that is found by its words meanwhile says what the rest of it waits for. */
export async function markWaiting(
  tx: Tx,
  id: DocumentId,
  error: { readonly code: ErrorCode; readonly detail: string },
  now: string,
): Promise<void> {
  await tx
    .updateTable('documents')
    .set({ error_code: error.code, error_detail: error.detail, updated_at: now })
    .where('id', '=', id)
    .where('status', 'in', ['queued', 'processing'])
    .where('searchable', '!=', 'full')
    .execute()
}

/** A document whose former reading still answers stays processed, with the error of the new one beside it. */
export async function markFailed(
  tx: Tx,
  id: DocumentId,
  error: { readonly code: ErrorCode; readonly detail: string },
  now: string,
): Promise<void> {
  await tx
    .updateTable('documents')
    .set((eb) => ({
      status: eb
        .case()
        .when('searchable', '=', 'full')
        .then('processed' as const)
        .else('failed' as const)
        .end(),
      error_code: error.code,
      error_detail: error.detail,
      updated_at: now,
    }))
    .where('id', '=', id)
    .execute()
}

/** Job ids are ordered by time. */
export async function superseded(tx: Tx, document: DocumentId, job: JobId): Promise<boolean> {
  const newer = await tx
    .selectFrom('jobs')
    .select('id')
    .where('document_id', '=', document)
    .where('id', '>', job)
    .executeTakeFirst()
  return newer !== undefined
}

/**
 * Where another job of the document waits or is at work, what becomes of the document is for that one to say. Else
 * nothing is being done any more: what was fully searchable is as it was, what has its words stays with them alone
 * and says why, and what has nothing has to be read again.
 */
export async function markCancelled(tx: Tx, id: DocumentId, now: string): Promise<void> {
  const cancelled = tx.updateTable('documents').where('id', '=', id)
  // Locks the row: of two jobs that are cancelled at once, the later one sees that the other is over.
  await cancelled.set({ updated_at: now }).execute()
  if (await hasJob(tx, id)) return
  await cancelled.set({ status: 'processed', updated_at: now }).where('searchable', '!=', 'no').execute()
  await cancelled
    .set({ error_code: 'cancelled', error_detail: ONLY_WORDS, updated_at: now })
    .where('searchable', '=', 'words')
    .execute()
  await cancelled
    .set({ status: 'failed', error_code: 'cancelled', error_detail: NOT_READ, updated_at: now })
    .where('searchable', '=', 'no')
    .execute()
}

/** Whether a job of the document waits or is at work. */
async function hasJob(tx: Tx, document: DocumentId): Promise<boolean> {
  const job = await tx
    .selectFrom('jobs')
    .select('id')
    .where('document_id', '=', document)
    .where('state', 'in', ['queued', 'running'])
    .executeTakeFirst()
  return job !== undefined
}

const NOT_READ = 'Reading was cancelled. Retry the job, or reprocess the document.'
const ONLY_WORDS =
  'Reading was cancelled before the meaning of the passages was indexed: the document is found by its words only. ' +
  'Retry the job, or reprocess the document.'

/**
 * Documents that were fully searchable and whose passages lack vectors of this model: the model was changed. What was
 * cancelled before it had any is left as it was left. They come in parts, as no statement may take long.
 */
export async function* documentsWithoutVectors(
  read: Reader,
  model: string,
): AsyncGenerator<{ id: DocumentId; owner_id: UserId }[]> {
  for await (const range of documentRanges(read)) {
    const found = await within(range, read.selectFrom('documents'))
      .select(['id', 'owner_id'])
      .where('status', '=', 'processed')
      .where('searchable', '=', 'full')
      .where(({ exists, selectFrom }) =>
        exists(
          selectFrom('chunks')
            .leftJoin('vectors', (join) =>
              join.onRef('vectors.chunk_id', '=', 'chunks.id').on('vectors.model', '=', model),
            )
            .select('chunks.id')
            .whereRef('chunks.document_id', '=', 'documents.id')
            .where('vectors.chunk_id', 'is', null),
        ),
      )
      .execute()
    if (found.length > 0) yield found
  }
}

/** Its words stay searchable while its vectors are made. Undefined: another instance was faster. */
export async function markVectorsMissing(tx: Tx, id: DocumentId, now: string): Promise<number | undefined> {
  const row = await tx
    .updateTable('documents')
    .set({ status: 'processing', searchable: 'words', updated_at: now })
    .where('id', '=', id)
    .where('searchable', '=', 'full')
    .returning('current_version')
    .executeTakeFirst()
  return row?.current_version
}
