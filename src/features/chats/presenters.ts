import type { z } from 'zod'
import type { ChatRow, MessageRow } from './repository.ts'
import type * as schemas from './schemas.ts'

export const chatView = (row: ChatRow): z.input<typeof schemas.chatView> => ({
  id: row.id,
  title: row.title,
  updated_at: row.updated_at,
  created_at: row.created_at,
  user_id: row.user_id,
})

/** @param written of an answer that is being made: what is stored of it so far */
export const messageView = (row: MessageRow, written?: string): z.input<typeof schemas.messageView> => ({
  id: row.id,
  chat_id: row.chat_id,
  role: row.role,
  content: row.state === 'generating' ? (written ?? row.content) : row.content,
  model_used: row.model_used,
  tokens_used: row.tokens_used,
  metadata: JSON.parse(row.metadata) as Record<string, unknown>,
  sources_json: row.sources,
  citations_json: row.citations,
  created_at: row.created_at,
  state: row.state,
  reply_to: row.reply_to,
})

/** What is stored beside an answer; the rest of its metadata says how sure it is and why. */
export interface AnswerMetadata {
  readonly request_id: string
  readonly input_truncated: boolean
  readonly original_question_length: number
  readonly used_question_length: number
  readonly processing_time_ms?: number
  readonly confidence?: number
  readonly abstained?: boolean
  readonly warnings?: readonly string[]
  readonly error?: { readonly code: string; readonly message: string }
}

export interface AnswerParts {
  readonly model: string | null
  readonly tokens: number
  readonly metadata: AnswerMetadata
  readonly citations: readonly unknown[]
}

/** The fields that the answer to an ask and the event `done` have in common. */
export const answerFields = ({ model, tokens, metadata, citations }: AnswerParts) => ({
  model_used: model ?? '',
  tokens_used: tokens,
  input_truncated: metadata.input_truncated,
  original_question_length: metadata.original_question_length,
  used_question_length: metadata.used_question_length,
  citations: [...citations],
  confidence: metadata.confidence ?? 0,
  abstained: metadata.abstained ?? false,
  warnings: [...(metadata.warnings ?? [])],
})

/** Everything that is known of an answer, with the names of `/api/v1/ask`. */
export const wholeAnswer = (row: MessageRow): Record<string, unknown> => ({
  ...(JSON.parse(row.metadata) as object),
  answer: row.content,
  model_used: row.model_used ?? '',
  tokens_used: row.tokens_used,
  sources_used: JSON.parse(row.sources) as unknown,
  citations: JSON.parse(row.citations) as unknown,
})

export const answerParts = (row: MessageRow): AnswerParts => ({
  model: row.model_used,
  tokens: row.tokens_used,
  metadata: JSON.parse(row.metadata) as AnswerMetadata,
  citations: JSON.parse(row.citations) as unknown[],
})
