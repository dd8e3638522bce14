// Documents, what they are made of and what follows their changes.
import type { Generated, GeneratedAlways } from 'kysely'
import type { DocumentStatus, Searchable } from '../../core/documents.ts'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Immutable } from './immutable.ts'

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
  /** What of the web it is, unique with the owner: `page` or `site`, and the URL. */
  address: Generated<string | null>
  /** JSON object: what is shown of where it came from. */
  web: Generated<string | null>
  /** Of a document of several pages: SHA-256 (hex) over their URLs and bytes, as they were last given to be read. */
  pages_sha256: Generated<string | null>
}

/** The pages that a document of the web is made of: one, or those of a site. */
export interface WebPagesTable {
  document_id: Immutable<DocumentId>
  /** Where redirects led to, as features/crawling/addresses.ts writes it. */
  url: Immutable<string>
  /** From 1: the page of the document's passages. */
  page: number
  title: string
  /** As the reader is told it: its extension is of the media type that the server named. */
  filename: string
  /** As the server sent them. */
  etag: string | null
  last_modified: string | null
  fetched_at: string
  size: number
  blob_sha256: string
}

/** A page of the web as an answer read it. Kept while an answer names it: `message_documents` and `history_documents` say so. */
export interface WebSnapshotsTable {
  /** Stands where a document's id does (`core/ids.ts`). */
  id: Immutable<DocumentId>
  owner_id: UserId
  /** SHA-256 (hex) over URL, title and text, unique with the owner; of one that came from another owner its id. */
  digest: string
  url: Immutable<string>
  title: Immutable<string>
  /** ISO 639-1 of most of the text; null: it cannot be told. */
  language: Immutable<string | null>
  /** When it was fetched with this text for the first time, and for the last. */
  fetched_at: Immutable<string>
  used_at: string
  content: Immutable<string>
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
  /** Below 0 only inside the transaction that replaces the passages. */
  ordinal: number
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

/** f32, little endian, one row a chunk and model. It goes with its chunk, and is what is known of its text until then. */
export interface VectorsTable {
  chunk_id: Immutable<ChunkId>
  model: Immutable<string>
  document_id: Immutable<DocumentId>
  vector: Immutable<Uint8Array>
  /** null, as the next: made before there were these columns. */
  owner_id: UserId | null
  /** SHA-256 of the text that was embedded, in base64url. */
  text_hash: Immutable<string | null>
}

/** The model that searches use, and the one that is being prepared to take its place. */
export interface EmbeddingModelsTable {
  role: Immutable<'active' | 'next'>
  /** As `core/embedding-model-name.ts` reads it. */
  name: string
}

/** What an embedding model of another service was found to be. */
export interface MeasuredModelsTable {
  /** Names service, model and the length of vectors that it is asked for. */
  model: Immutable<string>
  /** Of its vectors. */
  dimension: number
  /** Standard deviation of the cosines between random passages, times 10^6. */
  sigma_millionths: number
  /** How many passages of the documents that was measured on; 0: on samples, before there were any. */
  passages: number
}

/** One row for each committed change of a document, in the order of commits (see database/change-log.ts). */
export interface ChangeLogTable {
  seq: Immutable<number>
  owner_id: Immutable<UserId>
  document_id: Immutable<DocumentId>
  version: Immutable<number>
  at: Immutable<string>
}

/** Vectors that are kept by another server besides (see database/vector-replicas.ts). */
export interface VectorReplicasTable {
  /** What they are kept in, there. */
  name: Immutable<string>
  state: ReplicaState
  /** The number of the last change that they show. */
  position: number
  /** The process that writes them, and how often it has said so. */
  writer: string
  beat: number
  /** Goes up with each wish; 0: all are fulfilled. */
  comparison_wanted: number
  /** JSON of what the last comparison found. */
  comparison: string | null
}

/** `filling`: not all documents have been put there; `following`: they were, and must be counted; `current`. */
export type ReplicaState = 'filling' | 'following' | 'current'
