// The fields of shared/spec/http-api.md, written from its tables and not from the code: each must be there with its
// type; more may be.
import { z } from 'zod'

const text = z.string()
const whole = z.number().int()
const number = z.number()
const flag = z.boolean()
const score = z.number().min(0).max(1)
const time = z.iso.datetime({ offset: true })
const object = z.record(text, z.unknown())

export const problem = z.looseObject({
  detail: text.min(1),
  code: text.regex(/^[a-z_]+$/),
  request_id: text.min(1),
  errors: z.array(z.looseObject({ path: text, message: text })).optional(),
})

// Diagnostics

export const about = z.looseObject({
  message: z.literal('Agentic RAG System API'),
  version: z.literal('2.0.0'),
  timestamp: time,
  docs: z.literal('/docs'),
})

export const health = z.looseObject({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  timestamp: time,
  version: text,
  services: z.looseObject({
    api: text,
    milvus: z.enum(['connected', 'disconnected', 'not_configured']),
    websocket: text,
    memory_cache: text,
    vector_search: text,
    database: text,
    llm: text,
    embeddings: text,
  }),
  metrics: z.looseObject({
    active_websocket_connections: whole,
    documents_in_memory: whole,
    total_questions_processed: whole,
    uptime_seconds: number,
    cache_entries: whole,
  }),
})

export const stats = z.looseObject({
  total_questions_processed: whole,
  average_response_time: number,
  average_response_time_ms: number,
  cache_hit_rate: number.min(0).max(100),
  cache_status: text,
  active_connections: whole,
  system_health: z.enum(['ready', 'limited', 'healthy', 'slow']),
  status_message: text,
  documents_count: whole,
  total_size: whole,
  queries_today: whole,
  milvus_available: flag,
  uptime_hours: number,
  similarity_searches_performed: whole,
  documents_uploaded: whole,
  websocket_connections_total: whole,
  api_calls_total: whole,
  memory_documents: whole,
  system_start_time: time,
  last_updated: time,
  detailed_stats: z.looseObject({
    cache_hits: whole,
    cache_misses: whole,
    total_response_time_ms: number,
    average_response_time_seconds: number,
    cache_size: whole,
  }),
})

export const sqlite = z.looseObject({
  db_path_env: text.nullable(),
  database_list: z.array(z.unknown()),
  pragma: z.unknown(),
  migrations: z.unknown(),
})

// Authentication and users

export const authResponse = z.looseObject({
  access_token: text.min(1),
  token_type: z.literal('bearer'),
  user_id: text,
  name: text,
  email: text,
  expires_in: whole.positive(),
  created_at: time,
})

export const me = z.looseObject({
  user_id: text,
  name: text,
  email: text,
  description: text,
  createdAt: time,
  lastActive: time,
  preferences: object,
  picture: text.nullable(),
  role: text,
})

export const profile = z.looseObject({
  message: text,
  user: z.looseObject({
    user_id: text,
    name: text,
    email: text,
    description: text,
    picture: text.nullable(),
    created_at: time,
    last_active: time,
  }),
})

export const message = z.looseObject({ message: text.min(1) })
export const avatar = z.looseObject({ message: text, avatar_url: text })

export const users = z.looseObject({
  users: z.array(
    z.looseObject({ userId: text, name: text, email: text, description: text, createdAt: time, role: text }),
  ),
  total: whole,
  message: text,
})

export const userMade = z.looseObject({ message: text, user_id: text, created_at: time })
export const userDeleted = z.looseObject({ status: text, message: text, deleted_from: z.array(text), user_id: text })

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

// Questions and search

export const citation = z.looseObject({
  id: whole,
  type: z.enum(['rag', 'web']),
  doc_id: text.nullable(),
  version: whole.nullable(),
  chunk_id: whole.nullable(),
  title: text.nullable(),
  url: text.nullable(),
  page: whole.nullable(),
  quote: text.nullable(),
  start_char: whole.nullable(),
  end_char: whole.nullable(),
  score,
  verified: flag,
  verdict: z.enum(['supported', 'doubtful', 'unsupported']),
  reason: text.optional(),
})

const answerFields = {
  answer: text,
  confidence: score,
  confidence_level: z.enum(['low', 'medium', 'high']),
  confidence_factors: z.record(text, number),
  sources_used: z.array(
    z.looseObject({
      id: text,
      title: text,
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      rank: whole,
      vectorized_search: flag.optional(),
      web_search: flag.optional(),
      url: text.optional(),
    }),
  ),
  citations: z.array(citation),
  reasoning: text,
  processing_time: number,
  processing_time_ms: number,
  api_used: text,
  model_used: text,
  vector_search_enabled: flag,
  embedding_model: text,
  results_count: whole,
  question_relevance: score,
  tokens_used: whole,
  web_search_enabled: flag,
  web_search_used: flag,
  web_sources: z.array(
    z.looseObject({
      url: text,
      domain: text,
      title: text,
      snippet: text.optional(),
      content_length: whole,
      scraped_successfully: flag,
    }),
  ),
  abstained: flag,
}

export const answer = z.looseObject(answerFields)
export const socketAnswer = z.looseObject({ type: z.literal('answer'), timestamp: time, ...answerFields })

export const search = z.looseObject({
  query: text,
  results: z.array(
    z.looseObject({
      document_id: text,
      title: text,
      excerpt: text,
      summary: text,
      relevance_score: score,
      semantic_similarity: score,
      keyword_score: score,
      phrase_score: score,
      created_at: time,
      metadata: object,
      content_length: whole,
      match_details: z.looseObject({
        title_overlap: score,
        content_overlap: score,
        summary_overlap: score,
        overall_semantic_similarity: score,
        max_chunk_similarity: score,
        threshold_used: score,
      }),
      chunk_analysis: z
        .looseObject({
          total_chunks: whole,
          top_chunks: z.array(
            z.looseObject({
              chunk_index: whole,
              content: text,
              similarity_score: score,
              semantic_similarity: score,
              start_char: whole,
              end_char: whole,
              page: whole.nullable(),
            }),
          ),
        })
        .optional(),
    }),
  ),
  total_results: whole,
  total_documents_searched: whole,
  search_type: z.enum(['hybrid', 'semantic', 'keyword']),
  relevance_threshold: score,
  max_relevance: score,
  avg_semantic_similarity: score,
  search_statistics: z.looseObject({
    documents_above_threshold: whole,
    threshold_used: score,
    processing_time_ms: number,
    engine: text,
  }),
  message: text.optional(),
})

// Documents

const documentStatus = z.enum(['queued', 'processing', 'processed', 'failed'])

export const upload = z.looseObject({
  message: text,
  document_id: text,
  id: text,
  doc_id: text,
  title: text,
  content_length: whole,
  created_at: time,
  embedding_dimensions: whole,
  metadata: z.looseObject({ originalFileName: text, fileType: text.nullable(), fileSize: whole }),
  success: flag,
  status: documentStatus,
  storage_location: z.enum(['database', 'database+milvus']),
  database_available: flag,
  milvus_available: flag,
  chat_id: text.optional(),
  job_id: text.nullable(),
  chunks: whole,
})

export const document = z.looseObject({
  id: text,
  title: text,
  content: text,
  summary: text,
  metadata: object,
  created_at: time,
  size: whole,
  status: documentStatus,
  chunks: whole,
})

export const documents = z.looseObject({ documents: z.array(document), total: whole, message: text })

export const content = z.looseObject({
  id: text,
  title: text,
  content: text,
  summary: text,
  metadata: object,
  created_at: time,
  version: whole,
  searchable: z.enum(['no', 'words', 'full']),
})

export const jobStarted = z.looseObject({ job_id: text })
export const documentDeleted = z.looseObject({
  status: z.enum(['success', 'not_found']),
  message: text,
  deleted_from: z.array(text),
  document_id: text,
})
export const textAdded = z.looseObject({ document_id: text, chat_id: text.nullable() })
export const documentsOfChat = z.looseObject({ chat_id: text, count: whole, documents: z.array(z.looseObject({})) })
export const plainContent = z.looseObject({
  doc_id: text,
  title: text,
  summary: text,
  created_at: time,
  metadata: object,
  content: text,
  source: text,
})

export const job = z.looseObject({
  id: text,
  kind: text,
  state: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
  stage: text,
  done: whole,
  total: whole,
  attempts: whole,
  document_id: text.optional(),
  created_at: time,
  updated_at: time,
})

export const jobProgress = z.looseObject({ stage: text, done: whole, total: whole, message: text })

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
