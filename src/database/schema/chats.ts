// Chats, their answers, and which documents these name.
import type { GeneratedAlways } from 'kysely'
import type { ChatId, DocumentId, MessageId, UserId } from '../../core/ids.ts'
import type { Immutable } from './immutable.ts'

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
