import { sharedStates } from '../adapters/shared-state/registry.ts'
import type { SharedState } from '../core/ports/shared-state.ts'
import { storeId } from '../database/store-id.ts'
import type { PartsDeps } from './parts.ts'

/** What the instances on one database share. A Redis that is configured need not be there yet. */
export async function openSharedState({
  config,
  stores: { database },
  logger,
  opened,
}: Omit<PartsDeps, 'clock'>): Promise<SharedState> {
  if (config.redis === undefined) return sharedStates.memory.create()
  const redis = await sharedStates.redis()
  const namespace = `evident:${await storeId(database)}`
  return opened(redis.create({ url: config.redis, namespace }, { logger }))
}
