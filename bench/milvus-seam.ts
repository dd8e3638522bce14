// What a search costs on each floor between the client of Milvus and the retrieval service, in this process.
import { join } from 'node:path'
import type { MilvusClient } from '@zilliz/milvus2-sdk-node'
import { sharedStates } from '../src/adapters/shared-state/registry.ts'
import { milvus } from '../src/adapters/vector-stores/milvus/adapter.ts'
import { METRIC, searchParameters } from '../src/adapters/vector-stores/milvus/collection.ts'
import { inScope } from '../src/adapters/vector-stores/milvus/expression.ts'
import { named } from '../src/adapters/vector-stores/milvus/rows.ts'
import { createSearch } from '../src/compose/search.ts'
import { openStores } from '../src/compose/stores.ts'
import { placeId } from '../src/config/data-dir.ts'
import { loadConfig } from '../src/config/load.ts'
import { LOCAL_USER } from '../src/core/ids.ts'
import { openInstances } from '../src/database/instances.ts'
import { storeId } from '../src/database/store-id.ts'
import { percentile } from '../src/features/evaluation/measures.ts'
import { createReplicatedIndex } from '../src/features/retrieval/replica/replicated-index.ts'
import { root } from '../scripts/drills/server.ts'
import { quietLogger } from '../test/databases.ts'
import { until } from './milvus-server.ts'

/** As the retrieval service asks, and what the adapter adds for ties. */
const DEPTH = 100
const ASKED = DEPTH + 16
const SEARCH_MS = 10_000

/** The bare client's search of what the service searches for, in all as it does. */
export async function bareSearch(client: MilvusClient, collection: string, vector: Float32Array): Promise<void> {
  const { status, results } = await client.search({
    collection_name: collection,
    data: Array.from(vector),
    filter: inScope({ owner: LOCAL_USER }) ?? '',
    limit: ASKED,
    output_fields: ['chunk'],
    metric_type: METRIC,
    params: searchParameters('HNSW', ASKED),
    consistency_level: named('Bounded'),
  })
  if (results.length !== ASKED) throw new Error(`Milvus found ${results.length}: ${status.reason}`)
}

/** Milliseconds of each, by name, one after the other in each round. */
export async function inTurns<T>(
  items: readonly T[],
  works: Readonly<Record<string, (item: T) => Promise<unknown>>>,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = Object.fromEntries(Object.keys(works).map((name) => [name, []]))
  for (const [round, item] of items.entries()) {
    // Whoever comes first in a round finds the machine as the last of the round before left it.
    const order = Object.entries(works)
    for (let i = 0; i < order.length; i++) {
      const [name, work] = order[(i + round) % order.length] ?? []
      if (name === undefined || work === undefined) continue
      const began = performance.now()
      await work(item)
      times[name]?.push(performance.now() - began)
    }
  }
  return times
}

export const p50 = (times: readonly number[] = []): number => percentile(times, 0.5)

/** @param dataDir of a service that has filled the collection, and is stopped */
export async function seam(
  { dataDir, env }: { readonly dataDir: string; readonly env: Readonly<Record<string, string>> },
  client: MilvusClient,
  questions: readonly string[],
): Promise<Record<string, number[]>> {
  const config = loadConfig({ DATA_DIR: dataDir, EMBEDDING_THREADS: '1', ...env }, dataDir)
  const open: { close(): Promise<void> }[] = []
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    open.push(part)
    return part
  }
  const logger = quietLogger
  const clock = { now: () => new Date() }
  try {
    const stores = await openStores({ config, logger, modelsDir: join(root, 'models'), opened })
    const { database, embedder, index } = stores
    const place = placeId(dataDir)
    const instances = opened(await openInstances({ database, clock, logger, place, secret: undefined }))
    const shared = sharedStates.memory.create()
    const search = await createSearch({ config, stores, shared, instances, clock, logger, opened })
    const { follower, replica, retrieval } = search
    if (replica === undefined || config.milvus === undefined) throw new Error('No Milvus is configured')
    await Promise.all([stores.loaded, follower.start()])
    await replica.start()
    await until('Milvus is used', () => Promise.resolve(replica.usable() !== undefined))
    const { host, port, collection } = config.milvus
    const model = `${embedder.id} ${await storeId(database)}`
    const store = opened(milvus.create({ host, port, collection, model, dimension: embedder.dimension }))
    const failed = (error: unknown): never => {
      throw error
    }
    const ranking = createReplicatedIndex(
      {
        index,
        keepsVectors: () => true,
        shown: () => 0,
        follower: { usable: () => store, reachable: () => store, position: () => 0, failed },
      },
      { searchMs: SEARCH_MS },
    )
    const scope = { owner: LOCAL_USER }
    const { sigma } = embedder
    const asked: { text: string; vector: Float32Array }[] = []
    // The embedder keeps them, so that none of the searches below embeds anything.
    for (const text of questions) {
      const [vector] = await embedder.embed([text], 'query')
      if (vector !== undefined) asked.push({ text, vector })
    }
    type Asked = (typeof asked)[number]
    const works = {
      bare: ({ vector }: Asked) => bareSearch(client, store.name ?? '', vector),
      store: ({ vector }: Asked) => store.search(scope, vector, DEPTH),
      rank: ({ text, vector }: Asked) => ranking.rank(scope, { type: 'semantic', text, vector, sigma, depth: DEPTH }),
      hybrid: ({ text, vector }: Asked) => ranking.rank(scope, { type: 'hybrid', text, vector, sigma, depth: DEPTH }),
      passages: ({ text }: Asked) => retrieval.search(scope, text, { type: 'semantic', limit: 10 }),
      documents: ({ text }: Asked) =>
        retrieval.searchDocuments(scope, {
          query: text,
          type: 'semantic',
          limit: 10,
          threshold: 0,
          chunkSize: undefined,
        }),
    }
    // For ten seconds after the start reads wait for the server; what is compiled at its first use is, then.
    const warm = performance.now() + 11_000
    while (performance.now() < warm) await inTurns(asked.slice(0, 20), works)
    return await inTurns(asked, works)
  } finally {
    for (const part of open.reverse()) await part.close()
  }
}
