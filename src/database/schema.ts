import type {
  AnswerEventsTable,
  ChatsTable,
  HistoryDocumentsTable,
  MessageDocumentsTable,
  MessagesTable,
  QuestionHistoryTable,
} from './schema/chats.ts'
import type {
  BlobsTable,
  ChangeLogTable,
  ChunksTable,
  DocumentsTable,
  EmbeddingModelsTable,
  MeasuredModelsTable,
  VectorReplicasTable,
  VectorsTable,
  VersionsTable,
  WebPagesTable,
  WebSnapshotsTable,
} from './schema/documents.ts'
import type {
  ApiTokensTable,
  AuditLogTable,
  AvatarsTable,
  LoginNetworksTable,
  RevokedSessionsTable,
  UserSettingsTable,
  UsersTable,
} from './schema/people.ts'
import type {
  CountersTable,
  CrawlTurnsTable,
  CrawlUrlsTable,
  CrawlsTable,
  InstancesTable,
  JobsTable,
  StatisticsSnapshotsTable,
} from './schema/work.ts'

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
