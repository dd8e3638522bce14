import { readFile } from 'node:fs/promises'
import { vectorStores } from '../adapters/vector-stores/registry.ts'
import type { VectorReplica } from '../core/ports/search.ts'
import { storeId } from '../database/store-id.ts'
import { createReplicaFollower } from '../features/retrieval/replica/follower.ts'
import { createReplicatedIndex } from '../features/retrieval/replica/replicated-index.ts'
import type { PartsDeps } from './parts.ts'

/** Milliseconds between two looks at the server at most, whatever the interval of the health's probes. */
const LOOK_AT_LEAST_MS = 5000

interface ReplicaPartsDeps extends Omit<PartsDeps, 'clock' | 'opened'> {
  /** The number of the last change of which the index shows something. */
  readonly shown: () => number
}

/** Milvus beside the index, where it is configured; it need not be there yet. @throws AppError `not_configured` */
export async function openVectorReplica({ config, stores, instances, logger, shown }: ReplicaPartsDeps) {
  if (config.milvus === undefined) return undefined
  const { ca, timeout, fullText, ...server } = config.milvus
  const authority = ca === undefined ? undefined : await readFile(ca, 'utf8')
  const { database, embedder, index, vectors } = stores
  const milvus = await vectorStores.milvus()
  const store = await storeId(database)
  let current: { readonly model: string; readonly dimension: number; readonly replica: VectorReplica } | undefined

  /** A remote model's id and vectors are known once it has answered. */
  function replica(): VectorReplica | undefined {
    const { id: model, dimension } = embedder
    if (dimension === 0) return undefined
    if (current?.model !== model || current.dimension !== dimension) {
      close()
      const terms = fullText ? index.terms.id : undefined
      // Without vectors here the words are not looked for there, so that nothing is to be filled for them.
      const makesFullText = vectors.kept()
      const form = { ...server, authority, model: `${model} ${store}`, dimension, terms, makesFullText }
      const warn = (error: unknown, what: string): void => logger.warn({ err: error }, what)
      current = { model, dimension, replica: milvus.create(form, { warn }) }
    }
    return current.replica
  }
  function close(): void {
    current?.replica.close().catch((error: unknown) => logger.warn({ err: error }, 'Milvus could not be closed'))
  }

  const follower = createReplicaFollower(
    { database, replica, model: () => embedder.id, terms: index.terms, instance: instances.id, logger },
    { intervalMs: Math.min(config.health.interval, LOOK_AT_LEAST_MS), timeoutMs: config.health.timeout },
  )
  const ranking = createReplicatedIndex({ index, follower, keepsVectors: vectors.kept, shown }, { searchMs: timeout })
  return {
    follower,
    index: ranking,
    async close(): Promise<void> {
      await follower.close()
      await current?.replica.close()
    },
  }
}
