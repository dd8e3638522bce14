import { rerankers } from '../adapters/rerankers/registry.ts'
import type { Config } from '../config/config.ts'
import type { Reranker } from '../core/ports/search.ts'
import type { SharedState } from '../core/ports/shared-state.ts'
import { createResultCache } from '../database/result-cache.ts'
import { createStatistics } from '../features/diagnostics/statistics.ts'
import { createFollower } from '../features/retrieval/follower.ts'
import { createRetrieval } from '../features/retrieval/service.ts'
import type { PartsDeps } from './parts.ts'
import { openServiceDoor } from './service-door.ts'
import type { Opened } from './opened.ts'
import { openVectorReplica } from './vector-replica.ts'

export type Search = Awaited<ReturnType<typeof createSearch>>

interface SearchDeps extends PartsDeps {
  readonly shared: SharedState
}

/** What follows the database and finds passages; counted, and kept until a document of the person changes. */
export async function createSearch({ config, stores, instances, clock, logger, opened, shared }: SearchDeps) {
  const { database, embedder, index, vectors } = stores
  const statistics = opened(createStatistics({ database, clock, logger }))
  const follower = opened(
    createFollower({
      database,
      words: index.words,
      vectors: index.vectors,
      load: (documents) => index.load(documents),
      restorable: index,
      model: () => embedder.id,
      keptByAll: instances.keptByAll,
      keepsVectors: vectors.kept,
      changed(owner) {
        results.forget(owner)
        replicated?.follower.poke()
      },
      logger,
    }),
  )
  instances.keeps(follower.kept)
  stores.onIndexCrash(() => follower.refill())
  const shownByReplica = (): number => {
    const { follower: replica } = replicated ?? {}
    const isAsked = replica !== undefined && (replica.usable() !== undefined || !vectors.kept())
    return isAsked ? replica.position() : Infinity
  }
  const results = createResultCache(
    {
      database,
      // What one of the two does not show yet, no result is kept of.
      position: () => Math.min(follower.position(), shownByReplica()),
      shared: shared.cache,
      settings: settingsOfResults(config),
      clock,
      looked: (known) => statistics.count(known ? 'cache_hits' : 'cache_misses'),
    },
    config.cache,
  )
  const replicated = await openVectorReplica({ config, stores, instances, logger, shown: follower.touched })
  if (replicated !== undefined) opened(replicated)
  const reranker = await openReranker(config, opened)
  const retrieval = createRetrieval(
    { database, embedder, index: replicated?.index ?? index, reranker, logger },
    {
      resultsPerDocument: config.search.resultsPerDocument,
      hidesNearDuplicates: config.search.hidesNearDuplicates,
      timeoutMs: config.search.timeout,
      ready: follower.ready,
      caughtUp: follower.catchUp,
    },
  )
  /** On which results depend besides the documents. */
  const models = (): string[] => [embedder.id, reranker?.id ?? 'none']
  return { statistics, follower, results, retrieval, models, replica: replicated?.follower }
}

/** Besides the models and what a request says. */
const settingsOfResults = ({ version, search, answers }: Config): string =>
  JSON.stringify({ version, search, answers }, (name, value: unknown) =>
    OF_ONE_INSTANCE.has(name) ? undefined : value,
  )

const OF_ONE_INSTANCE: ReadonlySet<string> = new Set(['apiKey', 'threads', 'maxIndexMemory', 'perUser', 'streamGrace'])

async function openReranker({ reranker }: Config, opened: Opened): Promise<Reranker | undefined> {
  if (reranker === undefined) return undefined
  const { format, ...config } = reranker
  return (await rerankers[format]()).create(config, { fetch: await openServiceDoor(config.url, opened) })
}
