import type { UserId } from '../../core/ids.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { LanguageModel } from '../../core/ports/language-models.ts'
import type { SharedState } from '../../core/ports/shared-state.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import { within } from '../../core/within.ts'
import type { Database } from '../../database/database.ts'
import * as repository from './repository.ts'
import type { Statistics } from './statistics.ts'

export type ServiceHealth = 'healthy' | 'unhealthy' | 'not_configured' | 'not_available'

export interface DiagnosticsDeps {
  readonly database: Database
  readonly embedder: Embedder
  readonly languageModel: LanguageModel
  /** Whether an answer is quoted where the language model cannot write one. */
  readonly quotes: boolean
  readonly shared: Pick<SharedState, 'kind' | 'reached'>
  readonly statistics: Statistics
  /** Searches the index for nothing in particular; rejects when it does not answer. */
  readonly probeIndex: () => Promise<void>
  /** Where another server keeps the vectors as well; `isNeeded`: nothing else has them. */
  readonly vectorStore?: VectorStoreState | undefined
  /** Bytes that the index has in memory. */
  readonly indexBytes: () => Promise<number>
  /** True once a search sees every committed document. */
  readonly ready: () => boolean
  readonly cacheEntries: () => number
  /** How many are open. */
  readonly webSockets: () => number
  readonly clock: Clock
  readonly logger: Logger
}

interface VectorStoreState {
  connected(): boolean
  usable(): unknown
  isNeeded(): boolean
}

export type DiagnosticsService = ReturnType<typeof createDiagnostics>

export interface ProbeOptions {
  readonly probeTimeoutMs: number
  /** For so long the last probe of a model counts: it takes the model's time. */
  readonly probeIntervalMs: number
}

export function createDiagnostics(deps: DiagnosticsDeps, { probeTimeoutMs, probeIntervalMs }: ProbeOptions) {
  const { database, embedder, languageModel, statistics, vectorStore, clock, logger } = deps
  const startedAt = clock.now()
  const late = (): Error => new Error(`No answer within ${probeTimeoutMs} ms`)

  async function probe(name: string, work: () => Promise<unknown>): Promise<ServiceHealth> {
    try {
      await within(probeTimeoutMs, work(), late)
      return 'healthy'
    } catch (error) {
      logger.warn({ err: error, service: name }, 'A health probe failed')
      return 'unhealthy'
    }
  }

  let embedderProbe: { readonly at: number; readonly result: Promise<ServiceHealth> } | undefined

  function probeEmbedder(): Promise<ServiceHealth> {
    const at = clock.now().getTime()
    if (embedderProbe === undefined || at - embedderProbe.at >= probeIntervalMs) {
      // A text that no cache holds, so that the model itself answers.
      const result = probe('embeddings', () => embedder.embed([`probe ${at}`], 'query'))
      embedderProbe = { at, result }
    }
    return embedderProbe.result
  }

  let modelProbe: { readonly at: number; readonly result: Promise<ServiceHealth> } | undefined

  function probeLanguageModel(): Promise<ServiceHealth> {
    const at = clock.now().getTime()
    if (modelProbe === undefined || at - modelProbe.at >= probeIntervalMs) {
      const signal = AbortSignal.timeout(probeTimeoutMs)
      modelProbe = { at, result: probe('llm', () => languageModel.probe({ signal })) }
    }
    return modelProbe.result
  }

  let counted = { documents: 0, questions: 0 }

  /** Of everybody. What was counted last, where the database is away or busy: how it is does not wait for figures. */
  async function counts(): Promise<typeof counted> {
    try {
      const [totals, held] = await within(
        probeTimeoutMs,
        Promise.all([statistics.totals(), repository.holdings(database.read)]),
        late,
      )
      counted = { documents: held.documents, questions: totals.questions }
    } catch (error) {
      logger.warn({ err: error }, 'What is stored could not be counted for a health probe')
    }
    return counted
  }

  const probeDatabase = oneAtATime(() => probe('database', () => database.ping()))
  const probeIndex = oneAtATime(() => probe('vector_search', deps.probeIndex))
  const probeSharing = oneAtATime(() => deps.shared.reached())
  const count = oneAtATime(counts)

  async function health() {
    const [storage, index, embeddings, writing, sharing] = await Promise.all([
      probeDatabase(),
      probeIndex(),
      probeEmbedder(),
      // What quotes stands on the embedder and nothing else.
      languageModel.writes ? probeLanguageModel() : probeEmbedder(),
      probeSharing(),
    ])
    // It need not show all, where the index has the vectors too.
    const isStored = vectorStore === undefined || vectorStore.usable() !== undefined
    const searching = vectorStore?.isNeeded() === true && !vectorStore.connected() ? ('unhealthy' as const) : index
    const services = {
      api: 'healthy' as const,
      milvus: connectionTo(vectorStore, vectorStore?.connected() === true),
      redis: connectionTo(deps.shared.kind === 'memory' ? undefined : deps.shared, sharing),
      websocket: 'healthy' as const,
      memory_cache: 'healthy' as const,
      vector_search: searching,
      database: storage,
      llm: writing,
      embeddings,
    }
    // Words alone still answer, though less well; without the database, the index or who writes nothing does.
    const written = writing === 'healthy' || !languageModel.writes || deps.quotes
    const answering = storage === 'healthy' && searching === 'healthy' && written && deps.ready()
    const { documents, questions } = storage === 'healthy' ? await count() : counted
    return {
      status: !answering
        ? ('unhealthy' as const)
        : embeddings === 'healthy' && writing === 'healthy' && sharing && isStored
          ? ('healthy' as const)
          : ('degraded' as const),
      services,
      metrics: {
        active_websocket_connections: deps.webSockets(),
        documents_in_memory: documents,
        total_questions_processed: questions,
        uptime_seconds: uptime() / 1000,
        cache_entries: deps.cacheEntries(),
      },
    }
  }

  async function stats(owner: UserId, connections: number) {
    const [totals, today, own, vectors, indexBytes] = await Promise.all([
      statistics.totals(),
      statistics.questionsToday(),
      repository.holdings(database.read, owner),
      repository.vectorsOf(database.read, owner, embedder.id),
      deps.indexBytes(),
    ])
    const averageMs = totals.questions === 0 ? 0 : totals.response_ms / totals.questions
    const looked = totals.cache_hits + totals.cache_misses
    return {
      totals,
      today,
      own,
      vectors,
      indexBytes,
      averageMs,
      cacheHitRate: looked === 0 ? 0 : (100 * totals.cache_hits) / looked,
      cacheEntries: deps.cacheEntries(),
      connections,
      uptimeMs: uptime(),
      startedAt: startedAt.toISOString(),
      hasVectorStore: vectorStore?.connected() === true,
      health: state(averageMs, totals.questions),
    }
  }

  function state(averageMs: number, questions: number) {
    if (!deps.ready())
      return { name: 'limited' as const, message: 'The search index or the embedding model is still being loaded.' }
    if (questions === 0) return { name: 'ready' as const, message: 'Ready for the first question.' }
    if (averageMs > SLOW_MS) {
      return { name: 'slow' as const, message: `Answers take ${(averageMs / 1000).toFixed(1)} s on average.` }
    }
    return { name: 'healthy' as const, message: 'All services answer.' }
  }

  const uptime = (): number => clock.now().getTime() - startedAt.getTime()

  return { health, stats, ready: deps.ready }
}

/** Who asks while `work` goes on gets what that gives: what is slow, or hangs, is not asked more for being asked after. */
function oneAtATime<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  return () => (running ??= work().finally(() => (running = undefined)))
}

/** undefined: there is nothing to be connected to. */
function connectionTo(service: object | undefined, reached: boolean): 'connected' | 'disconnected' | 'not_configured' {
  if (service === undefined) return 'not_configured'
  return reached ? 'connected' : 'disconnected'
}

/** Beyond this an answer feels slow to a person who waits for it. */
const SLOW_MS = 5000
