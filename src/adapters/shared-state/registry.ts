import { memory } from './memory/adapter.ts'

/** What instances share by, under the name that health uses. Most starts need no more than memory. */
export const sharedStates = {
  memory,
  redis: async () => (await import('./redis/adapter.ts')).redis,
} as const
