import { setTimeout as sleep } from 'node:timers/promises'
import type { createClient as makeClient } from '@redis/client'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { within } from '../../../core/within.ts'

export type Client = ReturnType<typeof makeClient>

/** The way to one Redis, taken again by itself whenever it is lost. */
export interface Connection {
  /**
   * What `work` asks Redis for. Rejects at once while there is no connection. One that answers with an error, or not
   * within `COMMAND_MS`, counts as lost, so that nobody else waits for the same silence.
   */
  ask<T>(work: (client: Client) => Promise<T>): Promise<T>
  close(): Promise<void>
}

export interface ConnectionOptions {
  /** `redis://` or `rediss://`, with what it is opened with. */
  readonly url: string
  /** Asks for what is needed of it: a Redis that refuses that is not reached. */
  readonly probe: (client: Client) => Promise<unknown>
  /** What a new connection begins with. */
  readonly begin: (client: Client) => Promise<unknown>
  readonly logger: Logger
}

/** Milliseconds that an answer may take: far more than a Redis nearby needs, and what a request loses to a hung one. */
export const COMMAND_MS = 500
/** Milliseconds until a connection stands, with its look-up, TLS and password. */
const CONNECT_MS = 3000
/** Milliseconds between two questions whether it is still there. */
const PROBE_MS = 1000
/** Milliseconds until it is tried again: doubled each time up to the last, and varied, as other instances try too. */
const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 1000

/**
 * The client's own reconnection is not used: it waits without bound for a server that accepts and then says nothing.
 * So each connection has a client of its own, which is given up as a whole.
 */
export function keepConnected({ url, probe, begin, logger }: ConnectionOptions): Connection {
  const closing = new AbortController()
  let current: { readonly client: Client; readonly lose: (reason: unknown) => void } | undefined
  /** What was told last of why there is none. */
  let told: string | undefined

  async function open(lose: (reason: unknown) => void): Promise<Client> {
    const { createClient } = await import('@redis/client')
    const client: Client = createClient({
      url,
      disableClientInfo: true,
      disableOfflineQueue: true,
      maintNotifications: 'disabled',
      socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
    })
    client.on('error', lose)
    try {
      await answered(CONNECT_MS, client.connect(), url.startsWith('rediss:') ? NO_TLS : '')
      await answered(COMMAND_MS, Promise.all([probe(client), begin(client)]))
      return client
    } catch (error) {
      client.destroy()
      throw error
    }
  }

  /** Resolves never: rejects when the connection is lost, or given up. */
  async function watch(client: Client, lost: Promise<never>): Promise<never> {
    for (;;) {
      await Promise.race([sleep(PROBE_MS, undefined, { signal: closing.signal }), lost])
      await Promise.race([answered(COMMAND_MS, probe(client)), lost])
    }
  }

  async function keep(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures += 1) {
      const { promise: lost, reject: lose } = Promise.withResolvers<never>()
      lost.catch(() => undefined)
      try {
        const client = await open(lose)
        current = { client, lose }
        try {
          logger.info({}, 'Redis is connected')
          told = undefined
          failures = 0
          await watch(client, lost)
        } finally {
          current = undefined
          client.destroy()
        }
      } catch (error) {
        if (closing.signal.aborted) return
        tell(error)
      }
      const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures)
      await sleep(wait * (0.5 + Math.random() / 2), undefined, { signal: closing.signal }).catch(() => undefined)
    }
  }

  /** Once for each reason: it is tried again every second. */
  function tell(error: unknown): void {
    const reason = reasonOf(error)
    if (reason === told) return
    told = reason
    logger.warn({ reason }, 'Redis is not reached: this instance goes on by itself, and tries again')
  }

  const kept = keep()
  return {
    async ask(work) {
      if (current === undefined) throw new Error('There is no connection to Redis')
      const { client, lose } = current
      try {
        return await answered(COMMAND_MS, work(client))
      } catch (error) {
        lose(error)
        throw error
      }
    },
    async close() {
      closing.abort()
      await kept
    },
  }
}

const answered = <T>(limit: number, work: Promise<T>, perhaps = ''): Promise<T> =>
  within(limit, work, () => new Error(`It did not answer within ${limit} ms${perhaps}`))

/** Redis takes the beginning of TLS for that of a command, and waits for the rest. */
const NO_TLS = ': does it speak TLS, as rediss:// asks for?'

/** For the log: what Redis or the system said, which holds no password. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Of several addresses that one name has, each failed.
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.message
}
