import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { embedders } from './adapters/embedders/registry.ts'
import { languageModels } from './adapters/language-models/registry.ts'
import { createDocumentReader } from './adapters/parsers/reader.ts'
import { createMemoryRateLimiter } from './adapters/shared-state/memory/rate-limiter.ts'
import type { Config } from './config/config.ts'
import { sessionSecret } from './config/data-dir.ts'
import { isLoopback } from './core/loopback.ts'
import { newRequestId, type ChatId } from './core/ids.ts'
import type { Clock, Embedder, LanguageModel, Logger } from './core/ports.ts'
import { SHIPPED_MODELS } from './core/shipped-models.ts'
import type { Database } from './database/database.ts'
import { activeModel } from './database/embedding-models.ts'
import { startRetention } from './database/retention.ts'
import { createResultCache } from './database/result-cache.ts'
import { createAccounts } from './features/accounts/accounts.ts'
import { auditRetention } from './features/accounts/audit.ts'
import { accountRoutes } from './features/accounts/routes.ts'
import { createAsk } from './features/answering/ask.ts'
import { contractParts } from './features/answering/contract-parts.ts'
import { checkedQuestion, createAnswering } from './features/answering/pipeline.ts'
import { askRoutes } from './features/answering/routes.ts'
import { chatAskRoutes } from './features/chats/ask-routes.ts'
import { createForgetting } from './features/chats/forget.ts'
import { chatRoutes } from './features/chats/routes.ts'
import { createChats } from './features/chats/service.ts'
import type { presentAnswer } from './features/answering/presenter.ts'
import { answerQuestions } from './features/answering/socket.ts'
import { debugRoutes } from './features/diagnostics/debug-routes.ts'
import { pageRoute } from './features/diagnostics/page.ts'
import { diagnosticsRoutes } from './features/diagnostics/routes.ts'
import { createDiagnostics } from './features/diagnostics/service.ts'
import { startSnapshots } from './features/diagnostics/snapshots.ts'
import { createStatistics } from './features/diagnostics/statistics.ts'
import { documentEstate } from './features/documents/estate.ts'
import * as documentsRepository from './features/documents/repository.ts'
import { documentRoutes } from './features/documents/routes.ts'
import { createDocuments } from './features/documents/service.ts'
import { createHistory, historyEstate, historyRetention } from './features/history/history.ts'
import { historyRoutes } from './features/history/routes.ts'
import { jobEstate } from './features/ingestion/estate.ts'
import { createIndexRoom } from './features/ingestion/index-room.ts'
import { createIngestHandler } from './features/ingestion/ingest.ts'
import { createPreparer } from './features/ingestion/prepare.ts'
import { createReEmbedding } from './features/ingestion/re-embedding.ts'
import { reEmbeddingRoutes } from './features/ingestion/re-embedding-routes.ts'
import { jobRoutes } from './features/ingestion/routes.ts'
import { createJobRunner } from './features/ingestion/runner.ts'
import { createIngestion } from './features/ingestion/service.ts'
import { storeId } from './database/store-id.ts'
import { createFollower } from './features/retrieval/follower.ts'
import { cachedSearch } from './features/retrieval/cached-search.ts'
import { searchRoutes } from './features/retrieval/routes.ts'
import { createRetrieval } from './features/retrieval/service.ts'
import { settingRoutes } from './features/settings/routes.ts'
import { createSystemPrompts, settingEstate } from './features/settings/system-prompt.ts'
import { createAnswerPlaces } from './http/answer-places.ts'
import { createApp, type App } from './http/app.ts'
import { deferredRoutes } from './http/deferred.ts'
import { acceptSockets } from './http/websocket.ts'
import { createEmbeddedIndex, MOST_VECTOR_BYTES } from './index/embedded-index.ts'

/** The whole service, not yet listening. */
export interface Service {
  readonly app: App
  /** Resolves when a search sees every committed document and jobs are being worked on. */
  ready(): Promise<void>
  /** With which the first administrator signs up; undefined where there is one, or where that needs no token. */
  setupToken(): Promise<string | undefined>
  /** Lets running requests finish, gives back the leases of jobs and closes the database. */
  close(): Promise<void>
}

export interface ComposeDeps {
  readonly logger: Logger
  /** The command line's token of this data folder. */
  readonly cliToken: string
  readonly clock?: Clock
  /** Where the keys of Google's ID tokens are; Google's own where nothing is said. */
  readonly googleKeys?: URL
}

/** Puts the parts together: the only place that knows them all. @throws StartError, DatabaseOpenError */
export async function compose(
  config: Config,
  { logger, cliToken, clock = systemClock, googleKeys }: ComposeDeps,
): Promise<Service> {
  const closers: (() => Promise<void>)[] = []
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.push(() => part.close())
    return part
  }
  try {
    return await assemble()
  } catch (error) {
    await closeAll(closers, logger)
    throw error
  }

  async function assemble(): Promise<Service> {
    const opening = openDatabase(config, logger).then(opened)
    const [database, embedder] = await Promise.all([opening, openServing(config, opening, logger).then(opened)])
    const index = opened(
      await createEmbeddedIndex({
        dimension: embedder.dimension,
        folder: join(config.dataDir, 'index'),
        contents: `${embedder.id} ${await storeId(database)}`,
        logger,
        onCrash: () => void follower.refill(),
      }),
    )
    const statistics = opened(createStatistics({ database, clock, logger }))
    const follower = opened(
      createFollower({
        database,
        words: index.words,
        vectors: index.vectors,
        load: (documents) => index.load(documents),
        restorable: index,
        model: embedder.id,
        changed: (owner) => results.forget(owner),
        logger,
      }),
    )
    const results = createResultCache(
      {
        database,
        position: follower.position,
        clock,
        looked: (known) => statistics.count(known ? 'cache_hits' : 'cache_misses'),
      },
      config.cache,
    )

    const reader = opened(createDocumentReader({ logger }))
    const preparer = opened(createPreparer({ tokenCounter: embedder.tokenCounter, maxTokens: embedder.maxTokens }))
    const room = createIndexRoom({
      taken: index.memory,
      awaited: async () => (await index.words.count()) - (await index.vectors.count()),
      dimension: embedder.dimension,
      most: config.search.maxIndexMemory,
      mostVectors: MOST_VECTOR_BYTES,
    })
    const runner = createJobRunner({
      database,
      clock,
      logger,
      handlers: [
        createIngestHandler({ database, reader, preparer, embedder, clock, logger, room, indexed: follower.catchUp }),
      ],
      // Two documents are embedded at a time beside the model's threads, so that none of these waits for a commit.
      lanes: { words: 2, vectors: 4 },
      // Each upload waits for its words; vectors made meanwhile take the processors from them.
      yields: { vectors: { to: 'words', ms: 30_000 } },
      instance: randomUUID(),
    })
    const ingestion = createIngestion({
      database,
      runner,
      model: embedder.id,
      indexed: follower.catchUp,
      clock,
      logger,
    })
    const reEmbedding = opened(
      createReEmbedding({
        database,
        serving: embedder,
        open: (name) => openEmbedder(config, name, logger),
        idOf: (name) => embedders.local.idOf({ name, modelsDir: MODELS }),
        logger,
      }),
    )
    const forgetting = config.answers.keepsDeletedCitations ? undefined : createForgetting(database)
    const documents = createDocuments(
      { database, ingestion, clock, forget: forgetting?.forget },
      { uploadWaitMs: config.uploads.wait },
    )
    const retrieval = createRetrieval(
      { database, embedder, index },
      {
        resultsPerDocument: config.search.resultsPerDocument,
        hidesNearDuplicates: config.search.hidesNearDuplicates,
        timeoutMs: config.search.timeout,
        ready: follower.ready,
        caughtUp: follower.catchUp,
      },
    )
    const languageModel = openLanguageModel(config, logger)
    const answering = createAnswering({
      retrieve: (scope, question, { limit, preferChat, wordsOnly, signal }) =>
        retrieval.search(
          scope,
          question,
          { type: wordsOnly === true ? 'keyword' : 'hybrid', limit, preferChat },
          { signal },
        ),
      reading: (scope) => documents.reading(scope),
      embedder,
      words: index.words,
      languageModel,
      content: async (document, version) =>
        (await documentsRepository.versionContent(database.read, document, version))?.content,
      settings: {
        topK: ANSWER_PASSAGES,
        confidenceThreshold: config.answers.confidenceThreshold,
        maxQuestionChars: config.answers.maxQuestionChars,
        strict: config.answers.strict,
        generalKnowledge: config.answers.generalKnowledge,
      },
      logger,
      clock,
    })
    const systemPrompts = createSystemPrompts({ database, clock })
    const answered = (milliseconds: number): void => {
      statistics.count('questions')
      statistics.count('searches')
      statistics.count('response_ms', milliseconds)
    }
    const places = createAnswerPlaces(config.answers.perUser)
    const chats = opened(
      await createChats(
        {
          database,
          places,
          source: {
            async check({ question, ...scope }) {
              const text = checkedQuestion(question, config.answers.maxQuestionChars)
              await retrieval.checkedScope(scope)
              return text
            },
            answer: (question, options) => contractParts(answering.answer(question, options), question),
            model: () => languageModel.id,
          },
          systemPromptOf: systemPrompts.of,
          answered,
          forgetDeleted: forgetting?.forgetDeleted,
          clock,
          logger,
        },
        { graceMs: config.answers.streamGrace },
      ),
    )
    const history = createHistory({ database, clock, forgetDeleted: forgetting?.forgetDeleted })
    const { audit: auditKept, history: historyKept } = config.retention
    const retentions = [
      reEmbedding.cleaning,
      ...(auditKept === undefined ? [] : [auditRetention(database, clock, auditKept)]),
      ...(historyKept === undefined ? [] : [historyRetention(database, historyKept)]),
    ]
    opened(startRetention(retentions, { logger }))
    const openMode = config.auth.mode === 'open'
    const accounts = opened(
      createAccounts(
        {
          database,
          clock,
          logger,
          cliToken,
          // What is made of documents goes before them.
          estates: [
            chats.estate,
            historyEstate({ database }),
            settingEstate({ database }),
            documentEstate({ database, ingestion }),
            jobEstate({ database }),
          ],
        },
        {
          openMode,
          loopback: isLoopback(config.http.host),
          secret: config.auth.secret ?? sessionSecret(config.dataDir),
          sessionMs: config.auth.sessionLifetime,
          google: { clientId: config.auth.googleClientId, keySet: googleKeys },
        },
      ),
    )
    const diagnostics = createDiagnostics(
      {
        database,
        embedder,
        languageModel,
        statistics,
        probeIndex: async () => void (await index.words.count()),
        indexBytes: async () => (await index.memory()).bytes,
        ready: follower.ready,
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
      rateLimiter: rateLimit && createMemoryRateLimiter(rateLimit),
      openMode,
      authenticate,
    })
    app.addHook('onResponse', async () => statistics.count('api_calls'))
    // First, as it lists the routes that come after it.
    debugRoutes(app, { database, path: config.database.kind === 'sqlite' ? config.database.path : null })
    accountRoutes(app, accounts)
    historyRoutes(app, { history })
    settingRoutes(app, { systemPrompts })
    documentRoutes(app, {
      documents,
      dimension: embedder.dimension,
      hints: (document) => languageHints(document.language, embedder),
      uploaded: () => statistics.count('documents_uploaded'),
      maxUploadBytes: config.uploads.maxBytes,
      audit: accounts.audit,
    })
    jobRoutes(app, { runner })
    reEmbeddingRoutes(app, { reEmbedding, models: SHIPPED_MODELS })
    searchRoutes(app, {
      search: cachedSearch(retrieval.searchDocuments, results),
      searched: () => statistics.count('searches'),
      maxResults: config.search.maxResults,
      threshold: config.search.threshold,
    })
    const ask = createAsk({
      answering,
      embeddingModel: embedder.name,
      provider: languageModel.provider,
      systemPromptOf: systemPrompts.of,
      results,
      places,
      answered,
      inChat: async (by, asked, { signal, requestId = newRequestId() }) =>
        (await chats.askWhole(
          {
            ...asked,
            by,
            owner: by.userId,
            sessionId: by.sessionId ?? null,
            requestId,
            chatId: asked.chatId as ChatId,
          },
          signal,
        )) as ReturnType<typeof presentAnswer>,
      record: history.record,
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
    const page = new URL('../web/index.html', import.meta.url)
    await pageRoute(app, { file: page, now: () => clock.now() })

    let working: Promise<void> | undefined
    const begin = async (): Promise<void> => {
      await follower.start()
      const { bytes } = await index.memory()
      if (bytes > room.most)
        logger.warn(
          { bytes, most: room.most },
          'The index takes more than MAX_INDEX_MEMORY: no document is added to it',
        )
      await accounts.start()
      await runner.start()
      await ingestion.embedMissing()
      await reEmbedding.start()
      await snapshots.take()
    }
    return {
      app,
      ready() {
        working ??= begin()
        return working
      },
      setupToken: accounts.setupToken,
      async close() {
        await app.close()
        await working?.catch(() => undefined)
        await runner.stop()
        await closeAll(closers, logger)
      },
    }
  }
}

/** As the contract says. */
const SOCKET_LOGIN_MS = 5000
/** Bytes that a message may have besides its question, and those of a character written as JSON escapes. */
const SOCKET_ENVELOPE = 65_536
const BYTES_OF_A_CHARACTER = 6

const MODELS = fileURLToPath(new URL('../models/', import.meta.url))

/** What the answerer's weights were fitted with. */
const ANSWER_PASSAGES = 5

const systemClock: Clock = { now: () => new Date() }

async function openDatabase(config: Config, logger: Logger): Promise<Database> {
  if (config.database.kind === 'postgres') {
    const { openPostgres } = await import('./database/postgres/open.ts')
    return openPostgres({ connectionString: config.database.url, logger })
  }
  const { openSqlite } = await import('./database/sqlite/open.ts')
  return openSqlite({ path: config.database.path, logger })
}

/**
 * The model that is asked for, or else the one of the documents. The likely one is loaded while the database opens: that
 * it was another is rare, and costs its time once more.
 */
async function openServing(config: Config, opening: Promise<Database>, logger: Logger): Promise<Embedder> {
  const likely = config.embedding.model ?? SHIPPED_MODELS[0]
  const loading = openEmbedder(config, likely, logger)
  const unused = (): Promise<void> =>
    loading.then(
      (embedder) => embedder.close(),
      () => undefined,
    )
  let active: string | undefined
  try {
    active = config.embedding.model ?? (await activeModel((await opening).read))
  } catch (error) {
    await unused()
    throw error
  }
  if (active === undefined || active === likely) return loading
  await unused()
  return openEmbedder(config, active, logger)
}

function openEmbedder(config: Config, name: string, logger: Logger): Promise<Embedder> {
  return embedders.local.create(
    {
      name,
      modelsDir: MODELS,
      threads: config.embedding.threads,
      cacheSize: config.embedding.cacheSize,
    },
    { logger },
  )
}

function openLanguageModel(config: Config, logger: Logger): LanguageModel {
  const { writer } = config.answers
  if (writer.provider === 'extractive') return languageModels.extractive.create()
  return languageModels.openai.create(writer, { logger })
}

/** Last opened, first closed; one that fails does not keep the others open. */
async function closeAll(closers: (() => Promise<void>)[], logger: Logger): Promise<void> {
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => logger.error({ err: error }, 'A part did not close cleanly'))
  }
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
