import { z } from 'zod'
import { citation } from './contract-shapes-answers.ts'
import { flag, number, object, score, text, time, whole } from './contract-shapes.ts'

// System prompt

export const promptSet = z.looseObject({ message: text, system_prompt: text, updated_at: time, character_count: whole })
export const prompt = z.looseObject({
  system_prompt: text,
  updated_at: time.nullable(),
  has_custom_prompt: flag,
  character_count: whole,
})

// Chats

export const chatMessage = z.looseObject({
  id: whole,
  chat_id: text,
  role: z.enum(['system', 'user', 'assistant']),
  content: text,
  model_used: text.nullable(),
  tokens_used: whole.nullable(),
  metadata: object.nullable(),
  sources_json: z.unknown(),
  citations_json: z.unknown(),
  created_at: time,
})

const finished = {
  chat_id: text,
  model_used: text,
  tokens_used: whole,
  input_truncated: flag,
  original_question_length: whole,
  used_question_length: whole,
  citations: z.array(citation),
  confidence: score,
  abstained: flag,
}

export const chatAnswer = z.looseObject({ ...finished, question_message: chatMessage, answer_message: chatMessage })

const chat = z.looseObject({ id: text, title: text, updated_at: time, created_at: time, user_id: text })
export const chats = z.looseObject({ items: z.array(chat), total: whole, limit: whole, offset: whole })
export const myChats = z.looseObject({ ...chats.shape, user_id: text })
export const messages = z.looseObject({ chat_id: text, messages: z.array(chatMessage), count: whole })
export const messagePage = z.looseObject({
  ...messages.shape,
  next_before_id: whole.nullable(),
  has_more: flag,
  pagination: z.looseObject({ page: whole, page_size: whole, total: whole }),
})
export const chatDeleted = z.looseObject({ deleted: z.literal(true), chat_id: text })
export const titled = z.looseObject({ chat_id: text, title: text.min(1) })
export const exported = z.looseObject({
  chat: z.looseObject({ id: text, title: text, user_id: text, created_at: time, updated_at: time }),
  messages: z.array(chatMessage),
  count: whole,
  exported_at: time,
})

/** What the events of `/api/chat/ask/stream` carry; `meta` by its stage. */
export const streamEvents = {
  questionSaved: z.looseObject({ question_message_id: whole }),
  start: z.looseObject({ chat_id: text, request_id: text, model_used: text.optional() }),
  delta: z.looseObject({ content: text }),
  answerSaved: z.looseObject({ answer_message_id: whole }),
  done: z.looseObject({ ...finished, request_id: text, full_content_len: whole }),
}

export const stages = {
  rag_gate: z.looseObject({ rag_enabled: flag, documents_attached: z.unknown() }),
  web_search: z.looseObject({ message: text }),
  embeddings: z.looseObject({ message: text }),
  retrieval: z.looseObject({ progress: number, engine: text, returned: whole, top_k: whole, min_score: number }),
  citations: z.looseObject({ count: whole, citations: z.array(citation) }),
}

export const history = z.looseObject({
  user_id: text,
  chat_history: z.array(
    z.looseObject({
      chat_id: text.nullable(),
      question: text,
      answer: text,
      confidence: score,
      sources_used: z.array(z.unknown()),
      reasoning: text,
      processing_time: number,
      timestamp: time,
      session_id: text.nullable(),
    }),
  ),
  total_entries: whole,
  limit: whole,
})

export const documentsOfChat = z.looseObject({ chat_id: text, count: whole, documents: z.array(z.looseObject({})) })
