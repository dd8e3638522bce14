import { createResultCache } from '../database/result-cache.ts'
import { createStatistics } from '../features/diagnostics/statistics.ts'
import { createFollower } from '../features/retrieval/follower.ts'
import { createRetrieval } from '../features/retrieval/service.ts'
import type { PartsDeps } from './parts.ts'

export type Search = ReturnType<typeof createSearch>

/** What follows the database and finds passages; counted, and kept until a document of the person changes. */
export function createSearch({ config, stores, clock, logger, opened }: PartsDeps) {
  const { database, embedder, index } = stores
  const statistics = opened(createStatistics({ database, clock, logger }))
  const follower = opened(
    createFollower({
      database,
      words: index.words,
      vectors: index.vectors,
      load: (documents) => index.load(documents),
      restorable: index,
      model: () => embedder.id,
      changed: (owner) => results.forget(owner),
      logger,
    }),
  )
  stores.onIndexCrash(() => void follower.refill())
  const results = createResultCache(
    {
      database,
      position: follower.position,
      clock,
      looked: (known) => statistics.count(known ? 'cache_hits' : 'cache_misses'),
    },
    config.cache,
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
  return { statistics, follower, results, retrieval }
}
