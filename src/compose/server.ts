import { createRateLimiter } from '../adapters/shared-state/rate-limiter.ts'
import type { Embedder } from '../core/ports/embedding.ts'
import type { SharedState } from '../core/ports/shared-state.ts'
import type { Accounts } from '../features/accounts/accounts.ts'
import { accountRoutes } from '../features/accounts/routes.ts'
import { askRoutes } from '../features/answering/routes.ts'
import { answerQuestions } from '../features/answering/socket.ts'
import { chatAskRoutes } from '../features/chats/ask-routes.ts'
import { chatRoutes } from '../features/chats/routes.ts'
import { crawlRoutes } from '../features/crawling/routes.ts'
import { debugRoutes } from '../features/diagnostics/debug-routes.ts'
import { pageRoute } from '../features/diagnostics/page.ts'
import { diagnosticsRoutes } from '../features/diagnostics/routes.ts'
import { createDiagnostics } from '../features/diagnostics/service.ts'
import { startSnapshots } from '../features/diagnostics/snapshots.ts'
import { documentRoutes } from '../features/documents/routes.ts'
import { scrapeRoutes } from '../features/documents/scrape-routes.ts'
import { historyRoutes } from '../features/history/routes.ts'
import { reEmbeddingRoutes } from '../features/ingestion/re-embedding-routes.ts'
import { jobRoutes } from '../features/ingestion/routes.ts'
import { cachedSearch } from '../features/retrieval/cached-search.ts'
import { vectorStoreRoutes } from '../features/retrieval/replica/routes.ts'
import { searchRoutes } from '../features/retrieval/routes.ts'
import { settingRoutes } from '../features/settings/routes.ts'
import { createApp } from '../http/app.ts'
import { deferredRoutes } from '../http/deferred.ts'
import { acceptSockets } from '../http/websocket.ts'
import type { createAnswers } from './answers.ts'
import type { DocumentParts } from './documents.ts'
import type { PartsDeps } from './parts.ts'
import type { Search } from './search.ts'

/** As the contract says. */
const SOCKET_LOGIN_MS = 5000
/** Bytes that a message may have besides its question, and those of a character written as JSON escapes. */
const SOCKET_ENVELOPE = 65_536
const BYTES_OF_A_CHARACTER = 6

interface ServerDeps extends PartsDeps {
  readonly shared: SharedState
  readonly search: Search
  readonly documentParts: DocumentParts
  readonly answers: Awaited<ReturnType<typeof createAnswers>>
  readonly accounts: Accounts
  /** Whether questions can be answered. */
  readonly ready: () => boolean
}

/** The HTTP server with every route, and what it says of itself. */
export async function createServer({
  config,
  stores: { database, embedder, index, vectors },
  clock,
  logger,
  opened,
  shared,
  search: { statistics, retrieval, results, models: searchModels, replica },
  documentParts: { documents, webSnapshots, runner, reEmbedding, scrape, crawls },
  answers: { languageModel, quotes, systemPrompts, chats, history, ask },
  accounts,
  ready,
}: ServerDeps) {
  const diagnostics = createDiagnostics(
    {
      database,
      embedder,
      languageModel,
      quotes,
      shared,
      statistics,
      probeIndex: async () => void (await index.words.count()),
      vectorStore: replica && { ...replica, isNeeded: () => !vectors.kept() },
      indexBytes: async () => (await index.memory()).bytes,
      ready,
      cacheEntries: results.evictExpired,
      webSockets: () => sockets.active(),
      clock,
      logger,
    },
    { probeTimeoutMs: config.health.timeout, probeIntervalMs: config.health.interval },
  )

  const { authenticate } = accounts
  const { rateLimit } = config.http
  const snapshots = opened(startSnapshots({ database, statistics, clock, logger }))
  const app = await createApp({
    settings: config.http,
    logger,
    rateLimiter: rateLimit && createRateLimiter(shared, rateLimit),
    openMode: config.auth.mode === 'open',
    authenticate,
  })
  app.addHook('onResponse', async () => statistics.count('api_calls'))
  // First, as it lists the routes that come after it.
  debugRoutes(app, { database, path: config.database.kind === 'sqlite' ? config.database.path : null })
  accountRoutes(app, accounts)
  historyRoutes(app, { history })
  settingRoutes(app, { systemPrompts })
  const ofDocuments = {
    documents,
    dimension: () => embedder.dimension,
    hints: ({ language }: { readonly language: string | null }) => languageHints(language, embedder),
    uploaded: () => statistics.count('documents_uploaded'),
    vectorStore: replica,
  }
  documentRoutes(app, { ...ofDocuments, webSnapshots, maxUploadBytes: config.uploads.maxBytes, audit: accounts.audit })
  scrapeRoutes(app, { ...ofDocuments, scrape })
  crawlRoutes(app, { crawls })
  vectorStoreRoutes(app, { replica })
  jobRoutes(app, { runner })
  reEmbeddingRoutes(app, { reEmbedding })
  searchRoutes(app, {
    search: cachedSearch(retrieval.searchDocuments, results, searchModels),
    searched: () => statistics.count('searches'),
    maxResults: config.search.maxResults,
    threshold: config.search.threshold,
  })
  askRoutes(app, { ask })
  chatRoutes(app, { chats, audit: accounts.audit, now: () => clock.now() })
  chatAskRoutes(app, { chats })
  app.addHook('preClose', chats.drain)
  const sockets = await acceptSockets(app, {
    authenticate,
    handlers: new Map([['question', answerQuestions(ask)]]),
    settings: {
      ...config.sockets,
      loginTime: SOCKET_LOGIN_MS,
      maxMessageBytes: SOCKET_ENVELOPE + BYTES_OF_A_CHARACTER * config.answers.maxQuestionChars,
      workTimeout: config.http.requestTimeout,
    },
    logger,
    now: () => clock.now(),
    opened: () => statistics.count('websocket_connections'),
  })
  diagnosticsRoutes(app, {
    diagnostics,
    snapshots,
    now: () => clock.now(),
    connections: () =>
      new Promise((resolve, reject) => {
        app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)))
      }),
  })
  deferredRoutes(app)
  // Beside the sources and beside the built package alike.
  const page = new URL('../../web/index.html', import.meta.url)
  await pageRoute(app, { file: page, now: () => clock.now() })
  return { app, snapshots }
}

/** What a person should know whose document the embedder does not read. */
function languageHints(language: string | null, embedder: Embedder): string[] {
  if (language === null || embedder.languages === 'many' || embedder.languages.includes(language)) return []
  const name = new Intl.DisplayNames('en', { type: 'language' }).of(language) ?? language
  return [
    `The text seems to be in ${name}, which the embedding model ${embedder.name} does not read: it is found by its ` +
      'words only. Run evident migrate embeddings --model multilingual-e5-small for other languages than English.',
  ]
}
