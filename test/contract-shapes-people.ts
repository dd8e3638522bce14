import { z } from 'zod'
import { flag, number, object, text, time, whole } from './contract-shapes.ts'

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
    redis: z.enum(['connected', 'disconnected', 'not_configured']),
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
