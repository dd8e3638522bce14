import { z } from 'zod'
import { API_VERSION } from '../../http/api-docs.ts'
import { AppError } from '../../core/errors.ts'
import type { App } from '../../http/app.ts'
import { Problem, problemOf } from '../../http/problem.ts'
import type { DiagnosticsService } from './service.ts'
import { EVERY_MS, type Snapshot, type Snapshots } from './snapshots.ts'

const serviceHealth = z.enum(['healthy', 'unhealthy', 'not_configured', 'not_available'])
const connection = z.enum(['connected', 'disconnected', 'not_configured'])
const health = z.object({
  status: z.enum(['healthy', 'degraded', 'unhealthy']),
  timestamp: z.string(),
  version: z.string(),
  services: z.object({
    api: serviceHealth,
    milvus: connection,
    redis: connection.describe('What instances share. While it is away this one goes on with what it has in memory.'),
    websocket: serviceHealth,
    memory_cache: serviceHealth,
    vector_search: serviceHealth,
    database: serviceHealth,
    llm: serviceHealth,
    embeddings: serviceHealth,
  }),
  metrics: z.object({
    active_websocket_connections: z.number().int(),
    documents_in_memory: z.number().int(),
    total_questions_processed: z.number().int(),
    uptime_seconds: z.number(),
    cache_entries: z.number().int(),
  }),
})
const alive = z.object({ status: z.string() })
/** An error like any other, beside what the contract says of it. */
const unhealthy = z.object({ ...health.shape, ...Problem.shape })
const starting = z.object({ ...alive.shape, ...Problem.shape })

const stats = z.object({
  total_questions_processed: z.number().int(),
  average_response_time: z.number(),
  average_response_time_ms: z.number(),
  cache_hit_rate: z.number(),
  cache_status: z.string(),
  active_connections: z.number().int(),
  system_health: z.enum(['ready', 'limited', 'healthy', 'slow']),
  status_message: z.string(),
  documents_count: z.number().int(),
  chunks_count: z.number().int(),
  vectors_count: z.number().int(),
  total_size: z.number().int(),
  queries_today: z.number().int(),
  milvus_available: z.boolean(),
  uptime_hours: z.number(),
  similarity_searches_performed: z.number().int(),
  documents_uploaded: z.number().int(),
  websocket_connections_total: z.number().int(),
  api_calls_total: z.number().int(),
  memory_documents: z.number().int(),
  system_start_time: z.string(),
  last_updated: z.string(),
  detailed_stats: z.object({
    cache_hits: z.number().int(),
    cache_misses: z.number().int(),
    total_response_time_ms: z.number(),
    average_response_time_seconds: z.number(),
    cache_size: z.number().int(),
    index_bytes: z.number().int().describe("In memory: everybody's words and vectors (MAX_INDEX_MEMORY)."),
  }),
})

const history = z.object({
  snapshots: z.array(
    z.object({
      at: z.string(),
      total_questions_processed: z.number().int(),
      average_response_time_ms: z.number().describe('Since the beginning, as it was then.'),
      similarity_searches_performed: z.number().int(),
      documents_uploaded: z.number().int(),
      documents_count: z.number().int(),
      total_size: z.number().int(),
      api_calls_total: z.number().int(),
      cache_hits: z.number().int(),
      cache_misses: z.number().int(),
      websocket_connections_total: z.number().int(),
    }),
  ),
  total: z.number().int(),
  limit: z.number().int(),
  offset: z.number().int(),
  interval_seconds: z.number().int(),
})

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  offset: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
})

export interface DiagnosticsRoutesDeps {
  readonly diagnostics: DiagnosticsService
  readonly snapshots: Snapshots
  readonly now: () => Date
  /** Open connections of the server. */
  readonly connections: () => Promise<number>
}

export function diagnosticsRoutes(app: App, { diagnostics, snapshots, now, connections }: DiagnosticsRoutesDeps): void {
  const tags = ['Diagnostics']
  const probe = { access: 'public', uncounted: true, unmetered: true, plainHttp: true } as const

  app.get(
    '/health',
    { config: probe, schema: { tags, summary: 'Health of each service', response: { 200: health, 503: unhealthy } } },
    async (request, reply) => {
      const state = { ...(await diagnostics.health()), timestamp: now().toISOString(), version: API_VERSION }
      if (state.status !== 'unhealthy') return state
      const broken = new AppError('not_ready', 'No question can be answered now: “services” says which part fails.')
      return reply.status(503).send({ ...state, ...problemOf(broken, request.id) })
    },
  )

  app.get(
    '/health/live',
    { config: probe, schema: { tags, summary: 'The process answers', response: { 200: alive } } },
    async () => ({ status: 'alive' }),
  )

  app.get(
    '/health/ready',
    {
      config: probe,
      schema: { tags, summary: 'A search sees every committed document', response: { 200: alive, 503: starting } },
    },
    async (request, reply) => {
      if (diagnostics.ready()) return { status: 'ready' }
      const early = new AppError(
        'not_ready',
        'The search index or the embedding model is still being loaded. Try again in a moment.',
      )
      return reply.status(503).send({ status: 'starting', ...problemOf(early, request.id) })
    },
  )

  app.get(
    '/api/v1/stats',
    { config: { access: 'user' }, schema: { tags, summary: 'Statistics', response: { 200: stats } } },
    async (request) => {
      const found = await diagnostics.stats(request.caller.userId, await connections())
      const seconds = found.averageMs / 1000
      return {
        total_questions_processed: found.totals.questions,
        average_response_time: seconds,
        average_response_time_ms: found.averageMs,
        cache_hit_rate: found.cacheHitRate,
        cache_status: found.cacheEntries > 0 ? 'active' : 'empty',
        active_connections: found.connections,
        system_health: found.health.name,
        status_message: found.health.message,
        documents_count: found.own.documents,
        chunks_count: found.own.chunks,
        vectors_count: found.vectors,
        total_size: found.own.bytes,
        queries_today: found.today,
        milvus_available: found.hasVectorStore,
        uptime_hours: found.uptimeMs / 3_600_000,
        similarity_searches_performed: found.totals.searches,
        documents_uploaded: found.totals.documents_uploaded,
        websocket_connections_total: found.totals.websocket_connections,
        api_calls_total: found.totals.api_calls,
        memory_documents: found.own.documents,
        system_start_time: found.startedAt,
        last_updated: now().toISOString(),
        detailed_stats: {
          cache_hits: found.totals.cache_hits,
          cache_misses: found.totals.cache_misses,
          total_response_time_ms: found.totals.response_ms,
          average_response_time_seconds: seconds,
          cache_size: found.cacheEntries,
          index_bytes: found.indexBytes,
        },
      }
    },
  )

  app.get(
    '/api/v1/stats/history',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Statistics as they were, a snapshot every quarter of an hour, newest first',
        querystring: page,
        response: { 200: history },
      },
    },
    async ({ query }) => {
      const { snapshots: found, total } = await snapshots.list(query)
      return { snapshots: found.map(presentSnapshot), total, ...query, interval_seconds: EVERY_MS / 1000 }
    },
  )
}

const presentSnapshot = (snapshot: Snapshot) => ({
  at: snapshot.at,
  total_questions_processed: snapshot.questions,
  average_response_time_ms: snapshot.questions === 0 ? 0 : snapshot.response_ms / snapshot.questions,
  similarity_searches_performed: snapshot.searches,
  documents_uploaded: snapshot.documents_uploaded,
  documents_count: snapshot.documents,
  total_size: snapshot.bytes,
  api_calls_total: snapshot.api_calls,
  cache_hits: snapshot.cache_hits,
  cache_misses: snapshot.cache_misses,
  websocket_connections_total: snapshot.websocket_connections,
})
