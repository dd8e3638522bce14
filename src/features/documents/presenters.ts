import type { z } from 'zod'
import type { DocumentRow } from './repository.ts'
import type * as schemas from './schemas.ts'
import type { Received, StoredContent } from './service.ts'
import { SNAPSHOT_VERSION, type Snapshot } from './web-snapshots.ts'
import type { ReceivedPage } from './web-documents.ts'

const metadataOf = (row: DocumentRow): Record<string, unknown> => ({
  ...(JSON.parse(row.metadata) as Record<string, unknown>),
  ...(row.web === null ? {} : (JSON.parse(row.web) as Record<string, unknown>)),
  ...(row.source === 'text' ? {} : { originalFileName: row.filename, fileType: row.media_type, fileSize: row.size }),
})

export function documentView(row: DocumentRow, content: string): z.input<typeof schemas.documentView> {
  return {
    id: row.id,
    title: row.title,
    content,
    summary: row.summary,
    metadata: metadataOf(row),
    created_at: row.created_at,
    updated_at: row.updated_at,
    size: row.size,
    status: row.status,
    searchable: row.searchable,
    ...(row.error_code === null ? {} : { error: { code: row.error_code, detail: row.error_detail ?? '' } }),
    chunks: row.chunk_count,
    version: row.current_version,
    language: row.language,
    ...(row.chat_id === null ? {} : { chat_id: row.chat_id }),
  }
}

export const listTotal = (total: number) => ({
  total,
  message: total === 0 ? 'There are no documents yet.' : `${total} document${total === 1 ? '' : 's'}.`,
})

export interface UploadSurroundings {
  readonly dimension: number
  /** Whether another store that keeps the vectors as well can be reached now. */
  readonly isStoredTwice: boolean
  /** Sentences for the person who uploaded. */
  readonly warnings: readonly string[]
}

export function uploadResult(
  { document: row, job, begun, ready, known, updated }: Received,
  { dimension, isStoredTwice, warnings }: UploadSurroundings,
): z.input<typeof schemas.uploadResult> {
  return {
    message: known
      ? `The same file was uploaded before; this is the document that is there${withNew(updated)}.`
      : ready
        ? `“${row.title}” is stored and can be searched.`
        : `“${row.title}” is stored and is still being read.`,
    document_id: row.id,
    id: row.id,
    doc_id: row.id,
    title: row.title,
    content_length: row.content_length,
    created_at: row.created_at,
    embedding_dimensions: dimension,
    metadata: metadataOf(row),
    success: true,
    status: row.status === 'queued' ? 'processing' : row.status,
    searchable: row.searchable,
    storage_location: isStoredTwice ? 'database+milvus' : 'database',
    database_available: true,
    milvus_available: isStoredTwice,
    ...(row.chat_id === null ? {} : { chat_id: row.chat_id }),
    job_id: job ?? null,
    job_started: begun,
    chunks: row.chunk_count,
    duplicate: known,
    updated: [...updated],
    language: row.language,
    warnings: [...warnings],
  }
}

export const scrapeResult = (
  received: ReceivedPage,
  surroundings: UploadSurroundings,
): z.input<typeof schemas.scrapeResult> => ({
  ...uploadResult(received, surroundings),
  message: ofPage(received),
  duplicate: received.known && !received.changed,
  url: received.url,
})

function ofPage({ document: { title }, known, changed, ready, updated }: ReceivedPage): string {
  if (known && !changed) return `“${title}” has not changed since it was read${withNew(updated)}.`
  const what = known ? 'has changed and is a new version' : 'is stored'
  return ready ? `“${title}” ${what}; it can be searched.` : `“${title}” ${what}; it is still being read.`
}

const withNew = (updated: Received['updated']): string =>
  updated.length === 0
    ? ''
    : `, with its new ${new Intl.ListFormat('en').format(updated.map((field) => (field === 'chat_id' ? 'chat' : field)))}`

export const contentView = ({
  document: row,
  content,
  version,
}: StoredContent): z.input<typeof schemas.contentView> => ({
  id: row.id,
  title: row.title,
  content,
  summary: row.summary,
  metadata: metadataOf(row),
  created_at: row.created_at,
  version,
  searchable: row.searchable,
})

/** A page that an answer read, with the fields of a document: who checks a citation need not tell them apart. */
export const snapshotView = ({
  id,
  title,
  content,
  url,
  language,
  fetchedAt,
}: Snapshot): z.input<typeof schemas.contentView> => ({
  id,
  title,
  content,
  summary: '',
  metadata: { url, ...(language === null ? {} : { language }), fetched_at: fetchedAt },
  created_at: fetchedAt,
  version: SNAPSHOT_VERSION,
  searchable: 'no',
})

export const plainContentView = ({
  document: row,
  content,
}: StoredContent): z.input<typeof schemas.plainContentView> => ({
  doc_id: row.id,
  title: row.title,
  summary: row.summary,
  created_at: row.created_at,
  metadata: metadataOf(row),
  content,
  source: row.source,
})
