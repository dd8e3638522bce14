import { z } from 'zod'
import { canonicalText } from '../../core/canonical-text.ts'
import type { ChatId, MessageId } from '../../core/ids.ts'
import { eventStream } from '../../http/api-docs.ts'
import { citation } from '../../http/citation.ts'
import { documentFilter } from '../../http/document-filter.ts'
import { documentIds } from '../../http/document-ids.ts'
import { userId } from '../../http/user-ids.ts'

// The contract's fields, as they stand on the wire (http-api.md, "Chats").

export const chatId = z
  .string()
  .min(1)
  .max(64)
  // No id holds it, and PostgreSQL takes no text that does.
  .overwrite((id) => id.replaceAll('\0', '\uFFFD'))
  .transform((id) => id as ChatId)

export const messageId = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .transform((id) => id as MessageId)

export const byId = z.object({ id: chatId })
export const byAnswer = z.object({ answer_message_id: messageId })
/** Whose things an administrator means. */
export const ofUser = z.object({ user_id: userId.optional() })

const limit = z.coerce.number().int().min(1).max(200)

export const page = ofUser.extend({
  limit: limit.default(50),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
})

export const messagePage = ofUser
  .extend({
    limit: limit.optional(),
    before_id: messageId.optional(),
    page: z.coerce.number().int().min(1).max(1_000_000_000).default(1),
    page_size: limit.optional(),
  })
  .transform(({ limit: one, page_size: other, ...rest }) => ({ ...rest, size: other ?? one ?? 50 }))

/** A system prompt that goes with one question; longer than the stored one, as programs write it. */
const systemPrompt = z.string().overwrite(canonicalText).max(8000)
const context = z.string().overwrite(canonicalText).max(100_000)

/** Other keys, and values that mean nothing, are left out. */
const webSettings = z.object({
  max_results: z.number().int().min(1).max(8).optional().catch(undefined),
  language: z
    .string()
    .regex(/^[a-z]{2}$/)
    .optional()
    .catch(undefined),
})

const questionOptions = z.object({
  system_prompt: systemPrompt.optional(),
  context: context.optional(),
  web_search_enabled: z.boolean().optional(),
  web_search_settings: webSettings.optional(),
  document_ids: documentIds,
  filters: documentFilter,
})

export const askRequest = questionOptions.extend({
  question: z.string().overwrite(canonicalText),
  chat_id: chatId.optional(),
  user_id: userId.optional(),
})

/** Nothing needs to be said: then it is asked as before. */
export const regenerateRequest = questionOptions.extend({ user_id: userId.optional() }).nullish()

export const exportQuery = ofUser.extend({ format: z.enum(['json', 'markdown']).default('json') })

export const titleRequest = z.object({ title: z.string().overwrite(canonicalText).trim().min(1).max(200) })

export const chatView = z.object({
  id: z.string(),
  title: z.string(),
  updated_at: z.string(),
  created_at: z.string(),
  user_id: z.string(),
})

export const messageView = z.object({
  id: z.number().int(),
  chat_id: z.string(),
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string(),
  model_used: z.string().nullable(),
  tokens_used: z.number().int(),
  metadata: z.record(z.string(), z.unknown()),
  sources_json: z.string().describe('JSON: the sources of an answer.'),
  citations_json: z.string().describe('JSON: the citations of an answer.'),
  created_at: z.string(),
  state: z
    .enum(['complete', 'generating', 'interrupted', 'failed'])
    .describe('Of an answer. An interrupted one holds what had been written.'),
  reply_to: z.number().int().nullable().describe('Of an answer: the id of its question.'),
})

export const chatList = z.object({
  items: z.array(chatView),
  total: z.number().int(),
  limit: z.number().int(),
  offset: z.number().int(),
})

export const ownChatList = chatList.extend({ user_id: z.string() })

export const messageList = z.object({
  chat_id: z.string(),
  messages: z.array(messageView),
  count: z.number().int(),
  total: z.number().int(),
})

export const messagePageView = z.object({
  chat_id: z.string(),
  messages: z.array(messageView),
  count: z.number().int(),
  next_before_id: z.number().int().nullable(),
  has_more: z.boolean(),
  pagination: z.object({ page: z.number().int(), page_size: z.number().int(), total: z.number().int() }),
})

export const askResponse = z.object({
  chat_id: z.string(),
  question_message: messageView,
  answer_message: messageView,
  model_used: z.string(),
  tokens_used: z.number().int(),
  input_truncated: z.boolean(),
  original_question_length: z.number().int(),
  used_question_length: z.number().int(),
  citations: z.array(citation),
  confidence: z.number().min(0).max(1),
  abstained: z.boolean(),
  /** Sentences about what was asked for and not done. */
  warnings: z.array(z.string()),
})

export const stopResponse = z.object({
  chat_id: z.string(),
  stopped: z.boolean().describe('Whether an answer was being made.'),
  answer_message: messageView.nullable(),
})

export const deletion = z.object({ deleted: z.literal(true), chat_id: z.string() })
export const titled = z.object({ chat_id: z.string(), title: z.string() })

const markdown = z.string().describe('For people: each question, its answer and what that quotes.')

export const exported = {
  content: {
    'application/json': {
      schema: z.object({
        chat: chatView,
        messages: z.array(messageView),
        count: z.number().int(),
        exported_at: z.string(),
      }),
    },
    'text/markdown': { schema: markdown },
  },
}

export const askResponseOrStream = {
  content: { 'application/json': { schema: askResponse }, ...eventStream.content },
}
