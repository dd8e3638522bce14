import { setTimeout as sleep } from 'node:timers/promises'
import { createDocumentReader } from '../adapters/parsers/reader.ts'
import { checkedTarget } from '../egress/target.ts'
import { createForgetting } from '../features/chats/forget.ts'
import { createCrawlHandler } from '../features/crawling/crawl.ts'
import { createCrawls } from '../features/crawling/crawls.ts'
import { createScrape } from '../features/crawling/scraping.ts'
import { createDocuments } from '../features/documents/service.ts'
import { createWebSnapshots } from '../features/documents/web-snapshots.ts'
import { createWebDocuments } from '../features/documents/web-documents.ts'
import { createIndexRoom } from '../features/ingestion/index-room.ts'
import { createIngestHandler } from '../features/ingestion/ingest.ts'
import { createPreparer } from '../features/ingestion/prepare.ts'
import { createReEmbedding } from '../features/ingestion/re-embedding.ts'
import { createJobRunner } from '../features/ingestion/runner.ts'
import { createIngestion } from '../features/ingestion/service.ts'
import { MOST_VECTOR_BYTES } from '../index/embedded-index.ts'
import type { PartsDeps } from './parts.ts'
import type { Search } from './search.ts'
import { createWeb, type WebOptions } from './web.ts'

/** That a document waits for Milvus to show everything, where the index has no room for more vectors. */
const CAUGHT_UP_MS = 60_000
const LOOK_MS = 200

interface DocumentPartsDeps extends PartsDeps {
  readonly search: Search
  readonly web: WebOptions
}

export type DocumentParts = ReturnType<typeof createDocumentParts>

/** What takes documents in, and works on the jobs that this makes. */
export function createDocumentParts({
  config,
  stores,
  instances,
  clock,
  logger,
  opened,
  search,
  web: webOptions,
}: DocumentPartsDeps) {
  const { database, embedder, embedders, index, vectors } = stores
  const { follower } = search
  const reader = opened(createDocumentReader({ logger }))
  const preparer = opened(createPreparer({ tokenCounter: embedder.tokenCounter, maxTokens: embedder.maxTokens }))
  const web = createWeb({ config, stores, instances, clock, logger, opened, reader, preparer, web: webOptions })
  const room = createIndexRoom({
    taken: index.memory,
    awaited: async () => (vectors.kept() ? (await index.words.count()) - (await index.vectors.count()) : 0),
    dimension: () => embedder.dimension,
    most: config.search.maxIndexMemory,
    mostVectors: MOST_VECTOR_BYTES,
    keepsVectors: vectors.kept,
    async giveUpVectors() {
      if (search.replica === undefined || !vectors.kept()) return false
      // They must be there, and not only be going to be: what is late has some time.
      const until = performance.now() + CAUGHT_UP_MS
      while (search.replica.connected() && search.replica.usable() === undefined && performance.now() < until) {
        await sleep(LOOK_MS)
      }
      if (search.replica.usable() === undefined) return false
      await vectors.drop()
      return true
    },
  })
  const runner = createJobRunner({
    database,
    // Leases are compared with those of other machines.
    clock: instances.clock,
    logger,
    handlers: [
      createIngestHandler({ database, reader, preparer, embedder, clock, logger, room, indexed: follower.catchUp }),
      createCrawlHandler({ ...web, database, documents: () => webDocuments, logger }),
    ],
    // Two documents are embedded at a time beside the model's threads, so that none of these waits for a commit.
    // A crawl mostly waits, for its host's next turn.
    lanes: { words: 2, vectors: 4, web: 12 },
    // A slow site holds a place for hours. Without accounts all is one owner's, and nobody else waits.
    ...(config.auth.mode === 'open' ? {} : { perOwner: { web: 4 } }),
    // Each upload waits for its words; vectors made meanwhile take the processors from them.
    yields: { vectors: { to: 'words', ms: 30_000 } },
    instance: instances.id,
    soleInstance: instances.alone,
  })
  const ingestion = createIngestion({
    database,
    runner,
    embedder,
    indexed: follower.catchUp,
    clock,
    logger,
  })
  const reEmbedding = opened(
    createReEmbedding({
      database,
      serving: embedder,
      check: embedders.checked,
      open: (name) => embedders.open(name, database),
      idOf: (name) => embedders.idOf(name, database),
      logger,
    }),
  )
  const forgetting = config.answers.keepsDeletedCitations ? undefined : createForgetting(database)
  const documents = createDocuments(
    { database, ingestion, clock, forget: forgetting?.forget },
    { uploadWaitMs: config.uploads.wait },
  )
  const webDocuments = createWebDocuments({ database, documents, ingestion, clock })
  const scrape = createScrape(web.readPage, webDocuments)
  const crawls = createCrawls(
    {
      database,
      jobs: runner,
      check: (url) => void checkedTarget(url, web.rules),
      indexed: follower.catchUp,
      clock,
    },
    { waitMs: config.uploads.wait },
  )
  const webSnapshots = createWebSnapshots({ database, clock })
  const { pageReader, patience } = web
  return {
    room,
    runner,
    ingestion,
    reEmbedding,
    forgetting,
    documents,
    webSnapshots,
    scrape,
    crawls,
    pageReader,
    patience,
  }
}
