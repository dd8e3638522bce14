import { z } from 'zod'
import type { SharedState } from '../../../core/ports/shared-state.ts'
import { createLocalChannels } from '../local-channels.ts'
import { createLocalCounts } from '../local-counts.ts'

/** Of this process alone: what there is without a service to share by. */
export const memory = {
  kind: 'memory',
  config: z.object({}),
  create(): SharedState {
    const counts = createLocalCounts()
    return {
      kind: 'memory',
      reached: async () => true,
      count: counts.add,
      ...createLocalChannels(),
      cache: undefined,
      close: async () => undefined,
    }
  },
} as const
