import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SharedState } from '../../../core/ports/shared-state.ts'
import { createLocalChannels } from '../local-channels.ts'
import type { Client, Connection } from './connection.ts'

const Sent = z.object({ from: z.string(), channel: z.string(), message: z.string() })

/**
 * All channels of a service in one of Redis, so that a connection has one subscription, made with it. This instance's own
 * listeners are told without Redis, and its own messages are ignored when they come back.
 */
export function createRedisChannels(namespace: string) {
  const self = randomUUID()
  const local = createLocalChannels()

  function hear(text: string): void {
    const sent = Sent.safeParse(parsed(text))
    // Whoever may write to this Redis may send anything.
    if (sent.success && sent.data.from !== self) local.publish(sent.data.channel, sent.data.message)
  }

  return {
    /** On a connection that is new. */
    listen: (client: Client): Promise<void> => client.subscribe(namespace, hear),
    on: (connection: Connection): Pick<SharedState, 'publish' | 'subscribe'> => ({
      publish(channel, message) {
        local.publish(channel, message)
        const sent = JSON.stringify({ from: self, channel, message })
        // Why it was not sent, the connection tells.
        connection.ask((client) => client.publish(namespace, sent)).catch(() => undefined)
      },
      subscribe: local.subscribe,
    }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
