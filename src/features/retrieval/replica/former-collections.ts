import type { NamedReplica } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import type { Database } from '../../../database/database.ts'
import { forgetReplica, otherReplicas, type ReplicaRow } from '../../../database/vector-replicas.ts'

export interface FormerCollectionsDeps {
  readonly database: Database
  readonly logger: Logger
  readonly isSilent: (row: ReplicaRow) => boolean
  readonly closing: AbortSignal
}

/** Until what could not be removed is tried again. */
const DROP_AGAIN_MS = 600_000

/** What is left of models and settings of before. */
export function createFormerCollections({ database, logger, isSilent, closing }: FormerCollectionsDeps) {
  let dropAt = -Infinity
  return {
    /** For when this one is whole: those that no process keeps any more. */
    async drop(to: NamedReplica): Promise<void> {
      if (performance.now() < dropAt) return
      for (const row of await otherReplicas(database.read, to.name)) {
        if (!isSilent(row)) continue
        let isDropped: boolean
        try {
          isDropped = await to.drop(row.name, { signal: closing })
        } catch (error) {
          // A token may lack the right to it: that is no reason not to search.
          dropAt = performance.now() + DROP_AGAIN_MS
          logger.warn({ err: error, collection: row.name }, 'Vectors of a former model could not be removed')
          return
        }
        await database.write((tx) => forgetReplica(tx, row.name))
        const what = isDropped ? 'were removed from' : 'are left in'
        logger.info({ collection: row.name }, `Vectors of a former embedding model or setting ${what} the vector store`)
      }
    },
  }
}
