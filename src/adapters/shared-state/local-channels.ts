import type { Listener, SharedState } from '../../core/ports/shared-state.ts'

/** Channels within this process. */
export function createLocalChannels(): Pick<SharedState, 'publish' | 'subscribe'> {
  const channels = new Map<string, Set<Listener>>()
  return {
    publish(channel, message) {
      for (const listener of channels.get(channel) ?? []) listener(message)
    },
    subscribe(channel, listener) {
      const listeners = channels.get(channel) ?? new Set()
      channels.set(channel, listeners.add(listener))
      return () => void listeners.delete(listener)
    },
  }
}
