import { z } from 'zod'
import type { SharedState } from '../../../core/ports/shared-state.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { createLocalCounts } from '../local-counts.ts'
import { createRedisCache } from './cache.ts'
import { createRedisChannels } from './channels.ts'
import { type Client, keepConnected } from './connection.ts'
import { countOn, createRedisCounts } from './counts.ts'

const Config = z.object({
  url: z.url({ protocol: /^rediss?$/ }),
  /** Whose state it is: several services may use one Redis. */
  namespace: z.string().min(1),
})

/** Redis 6 or later, or what speaks as it does: it is asked in RESP3. */
export const redis = {
  kind: 'redis',
  config: Config,
  create(config: z.input<typeof Config>, { logger }: { readonly logger: Logger }): SharedState {
    const { url, namespace } = Config.parse(config)
    // Writing is asked for, by script: a Redis that is full, a replica, or refuses scripts is of no use.
    const probe = (client: Client) => countOn(client, { key: `${namespace}:probe`, window: 1000 })
    const channels = createRedisChannels(namespace)
    const cache = createRedisCache(namespace)
    const begin = (client: Client) => Promise.all([channels.listen(client), cache.begin(client)])
    const connection = keepConnected({ url, probe, begin, logger })
    return {
      kind: 'redis',
      reached: () =>
        connection.ask(probe).then(
          () => true,
          () => false,
        ),
      count: createRedisCounts(connection, { namespace, local: createLocalCounts() }),
      ...channels.on(connection),
      cache: cache.on(connection),
      close: connection.close,
    }
  },
} as const
