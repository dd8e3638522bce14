import type { ColumnType, GeneratedAlways } from 'kysely'
import type { ChunkId, DocumentId, JobId, UserId } from '../core/ids.ts'
import type { DocumentStatus, Searchable } from '../core/documents.ts'

/**
 * The tables, as both dialects give them: times are ISO 8601 text in UTC (they sort as text), JSON is text,
 * truth values are 0 and 1, byte strings are Uint8Array. Migrations make them (migrations/).
 */
export interface Schema {
  users: UsersTable
  blobs: BlobsTable
  documents: DocumentsTable
  versions: VersionsTable
  chunks: ChunksTable
  vectors: VectorsTable
  jobs: JobsTable
  change_log: ChangeLogTable
  counters: CountersTable
}

type Immutable<T> = ColumnType<T, T, never>

export interface UsersTable {
  id: Immutable<UserId>
  name: string
  email: string | null
  role: 'admin' | 'user'
  created_at: Immutable<string>
  last_active: string
}

/** Original bytes by SHA-256 (hex); deleted with the last document that holds them. */
export interface BlobsTable {
  sha256: Immutable<string>
  size: Immutable<number>
  bytes: Immutable<Uint8Array>
  created_at: Immutable<string>
}

export interface DocumentsTable {
  id: Immutable<DocumentId>
  owner_id: UserId
  title: string
  /** 1 while the title was given by the person: a parser's title does not replace it. */
  title_given: number
  summary: string
  /** 1 while the summary was given by the person; another one follows the text. */
  summary_given: number
  /** JSON object of the person's own. */
  metadata: string
  chat_id: string | null
  source: Immutable<'upload' | 'text' | 'web'>
  filename: string | null
  media_type: string | null
  /** Bytes as received. */
  size: number
  /** Of the bytes as received; unique with the owner for uploads (null otherwise), so that the same file is there once. */
  upload_sha256: string | null
  blob_sha256: string | null
  /** 0 until the first version is parsed. */
  current_version: number
  status: DocumentStatus
  searchable: Searchable
  error_code: string | null
  error_detail: string | null
  /** ISO 639-1 of most of the text, null when it cannot be told. */
  language: string | null
  chunk_count: number
  content_length: number
  created_at: Immutable<string>
  updated_at: string
}

/** Immutable: a new parse is a new row. */
export interface VersionsTable {
  document_id: Immutable<DocumentId>
  version: Immutable<number>
  content: Immutable<string>
  /** JSON of StoredBlock[]. */
  blocks: Immutable<string>
  /** JSON of DocumentProperties. */
  properties: Immutable<string>
  /** JSON of string[]: what the parser had to leave out. */
  warnings: Immutable<string>
  parser: Immutable<string>
  created_at: Immutable<string>
}

export interface ChunksTable {
  id: GeneratedAlways<ChunkId>
  document_id: Immutable<DocumentId>
  version: Immutable<number>
  ordinal: Immutable<number>
  owner_id: UserId
  start_char: Immutable<number>
  end_char: Immutable<number>
  page: Immutable<number | null>
  /** JSON of string[]. */
  headings: Immutable<string>
  context: Immutable<string>
  text: Immutable<string>
  tokens: Immutable<number>
}

/** f32, little endian, one row a chunk and model. */
export interface VectorsTable {
  chunk_id: Immutable<ChunkId>
  model: Immutable<string>
  document_id: Immutable<DocumentId>
  vector: Immutable<Uint8Array>
}

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

export interface JobsTable {
  id: Immutable<JobId>
  owner_id: UserId
  kind: Immutable<string>
  state: JobState
  /** Where the next attempt goes on: steps before it are done and are not done again. */
  stage: string
  /** Which lane of the runner works on that stage. */
  lane: string
  done: number
  total: number
  message: string
  attempts: number
  max_attempts: number
  /** Not before this time (backoff). */
  run_at: string
  lease_owner: string | null
  lease_until: string | null
  cancel_requested: number
  error_code: string | null
  error_detail: string | null
  document_id: DocumentId | null
  created_at: Immutable<string>
  updated_at: string
}

/** One row for each committed change of a document, in the order of commits (see database/change-log.ts). */
export interface ChangeLogTable {
  seq: Immutable<number>
  owner_id: Immutable<UserId>
  document_id: Immutable<DocumentId>
  version: Immutable<number>
  at: Immutable<string>
}

/** Named totals that survive a restart; `change_log` holds the last sequence number given out. */
export interface CountersTable {
  name: Immutable<string>
  value: number
}
