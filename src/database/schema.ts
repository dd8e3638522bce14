import type { ColumnType, Generated, GeneratedAlways } from 'kysely'
import type { ApiTokenId, ChatId, ChunkId, DocumentId, JobId, MessageId, UserId } from '../core/ids.ts'
import type { DocumentStatus, Searchable } from '../core/documents.ts'

/**
 * The tables, as both dialects give them: times are ISO 8601 text in UTC (they sort as text), JSON is text,
 * truth values are 0 and 1, byte strings are Uint8Array. Migrations make them (migrations/).
 */
export interface Schema {
  users: UsersTable
  blobs: BlobsTable
  documents: DocumentsTable
  web_pages: WebPagesTable
  web_snapshots: WebSnapshotsTable
  versions: VersionsTable
  chunks: ChunksTable
  vectors: VectorsTable
  embedding_models: EmbeddingModelsTable
  measured_models: MeasuredModelsTable
  jobs: JobsTable
  crawls: CrawlsTable
  crawl_urls: CrawlUrlsTable
  change_log: ChangeLogTable
  counters: CountersTable
  vector_replicas: VectorReplicasTable
  avatars: AvatarsTable
  revoked_sessions: RevokedSessionsTable
  login_networks: LoginNetworksTable
  api_tokens: ApiTokensTable
  user_settings: UserSettingsTable
  audit_log: AuditLogTable
  statistics_snapshots: StatisticsSnapshotsTable
  chats: ChatsTable
  messages: MessagesTable
  answer_events: AnswerEventsTable
  question_history: QuestionHistoryTable
  message_documents: MessageDocumentsTable
  history_documents: HistoryDocumentsTable
  instances: InstancesTable
  crawl_turns: CrawlTurnsTable
}

type Immutable<T> = ColumnType<T, T, never>

export interface UsersTable {
  id: Immutable<UserId>
  name: string
  /** Lower case. null: the built-in local user. */
  email: string | null
  role: 'admin' | 'user'
  created_at: Immutable<string>
  last_active: string
  description: Generated<string>
  /** As accounts/passwords.ts writes it, with its parameters; null: signs in another way, or not at all. */
  password_hash: string | null
  /** The `sub` of Google's ID tokens. */
  google_subject: string | null
  disabled: Generated<number>
  /** Grows when all sessions must end: a session of an older generation is nobody's. */
  token_generation: Generated<number>
  /** JSON object. */
  preferences: Generated<string>
  /** URL; of an avatar's own route where it was uploaded. */
  picture: string | null
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

/** What a job of the kind `crawl` works on. */
export interface CrawlsTable {
  job_id: Immutable<JobId>
  /** JSON: what was asked for. */
  options: Immutable<string>
  /** What its pages have in common (features/crawling/addresses.ts); the start page's redirect may change it. */
  site: string
  sitemap_read: number
  /** Sketch of what the site answers with 200 for a page that it does not have; '' where it says 404; null: not asked. */
  missing_page: string | null
  created_at: Immutable<string>
}

/** Every address that a crawl knows, each once. */
export interface CrawlUrlsTable {
  job_id: Immutable<JobId>
  url: Immutable<string>
  /** In which order they are visited. */
  position: number
  /** Links from the start page. */
  depth: number
  /** How many pages of its own shape led to it one after the other. */
  chain: number
  /** `stored`: a page of the result; `skipped`: nothing is wrong with it, and yet it is none. */
  state: 'queued' | 'stored' | 'failed' | 'skipped'
  reason: string | null
  attempts: number
  document_id: DocumentId | null
  /** Of a stored page's text. */
  sketch: string | null
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

/** At most one a person; whoever is logged in and knows the id, which is random, sees the picture. */
export interface AvatarsTable {
  id: Immutable<string>
  user_id: Immutable<UserId>
  media_type: Immutable<string>
  created_at: Immutable<string>
  bytes: Immutable<Uint8Array>
}

/** Sessions (the `jti` of a JWT) that were logged out; of no use after they would have expired. */
export interface RevokedSessionsTable {
  id: Immutable<string>
  user_id: Immutable<UserId>
  expires_at: Immutable<string>
}

/** From where a person has logged in. */
export interface LoginNetworksTable {
  user_id: Immutable<UserId>
  /** An IPv4 address, or the first half of an IPv6 one. */
  network: Immutable<string>
  last_at: string
}

export interface ApiTokensTable {
  id: Immutable<ApiTokenId>
  user_id: Immutable<UserId>
  name: string
  /** Of the whole token, hex; the token itself is shown once and not kept. */
  secret_sha256: Immutable<string>
  /** Its last characters, to tell tokens apart. */
  hint: Immutable<string>
  scope: Immutable<'read' | 'write' | 'admin'>
  created_at: Immutable<string>
  expires_at: string | null
  last_used_at: string | null
}

export interface UserSettingsTable {
  user_id: Immutable<UserId>
  name: Immutable<string>
  value: string
  updated_at: string
}

/** Sign-ins, administration, deletions. No text of documents, questions or secrets. */
export interface AuditLogTable {
  id: GeneratedAlways<number>
  at: Immutable<string>
  actor_id: Immutable<UserId | null>
  /** A stable word, such as `login` or `user.delete`. */
  action: Immutable<string>
  /** The id of what it was done to. */
  target: Immutable<string | null>
  outcome: Immutable<'success' | 'failure'>
  address: Immutable<string | null>
  request_id: Immutable<string | null>
}

export interface StatisticsSnapshotsTable {
  at: Immutable<string>
  /** JSON object of numbers. */
  totals: Immutable<string>
}

export interface ChatsTable {
  id: Immutable<ChatId>
  user_id: UserId
  /** '' until there is a first question. */
  title: string
  created_at: Immutable<string>
  updated_at: string
}

export interface MessagesTable {
  id: GeneratedAlways<MessageId>
  chat_id: Immutable<ChatId>
  role: Immutable<'system' | 'user' | 'assistant'>
  /** `generating` in one message of a chat at most; `interrupted`: what had been written when it was stopped or died. */
  state: 'complete' | 'generating' | 'interrupted' | 'failed'
  /** The question of an answer. */
  reply_to: Immutable<MessageId | null>
  model_used: string | null
  tokens_used: number
  created_at: Immutable<string>
  /** JSON object. */
  metadata: string
  /** JSON array of sources as the contract shapes them. */
  sources: string
  /** JSON array of citations as the contract shapes them. */
  citations: string
  content: string
  /** Which instance makes the answer; null: a question, or of a version that did not say. */
  instance: Immutable<string | null>
  /** When somebody last read it on another instance than that, while it was being made. */
  read_at: string | null
  /** When somebody asked to stop it on another instance than that. */
  stop_requested_at: string | null
}

/** The processes that share the database. Times are the database's own, as those of their machines may differ. */
export interface InstancesTable {
  id: Immutable<string>
  /** The data folder; one process at a time has it. */
  place: Immutable<string>
  /** A digest of what signs its log-ins; null: it has none. */
  signing_key: Immutable<string | null>
  started_at: Immutable<string>
  seen_at: string
  /** The number of the last change that its index's snapshot shows. */
  kept: number
}

/** Which instance asks a host of the web for something, as crawls do; '' for a time that there never was. */
export interface CrawlTurnsTable {
  host: Immutable<string>
  /** The instance that has, or had, the turn. */
  holder: string
  leased_until: string
  /** When the last request ended. */
  ended_at: string
  /** Until when the host wants to be left alone. */
  held_until: string
}

/** What the stream of an answer has sent, in order; kept for a while so that a reader can come back. */
export interface AnswerEventsTable {
  message_id: Immutable<MessageId>
  /** From 1, without gaps. */
  seq: Immutable<number>
  event: Immutable<string>
  /** JSON. */
  data: Immutable<string>
}

export interface QuestionHistoryTable {
  id: GeneratedAlways<number>
  user_id: UserId
  chat_id: ChatId | null
  session_id: string | null
  created_at: Immutable<string>
  question: Immutable<string>
  answer: string
  /** JSON: confidence, sources, reasoning, seconds. */
  details: string
}

/** Which answers name which documents. The document may be gone: an answer may keep what it quoted. */
export interface MessageDocumentsTable {
  document_id: Immutable<DocumentId>
  message_id: Immutable<MessageId>
}

export interface HistoryDocumentsTable {
  document_id: Immutable<DocumentId>
  entry_id: Immutable<number>
}
