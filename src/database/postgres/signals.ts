import { sql } from 'kysely'
import type { Client } from 'pg'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Signals, Topic } from '../database.ts'

const TOPICS: readonly Topic[] = ['changes', 'answers']
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 2000
/** How often the connection is tried, as one whose other end is gone says nothing. */
const PROBE_MS = 10_000

/**
 * LISTEN and NOTIFY over a connection of its own, which is made with the first listener, and again whenever it breaks: then
 * everybody looks, as what was said meanwhile was not heard.
 * @param open gives a client that is not connected yet
 */
export function createSignals(open: () => Client, logger: Logger): Signals & { close(): Promise<void> } {
  const listeners = new Map<Topic, Set<() => void>>(TOPICS.map((topic) => [topic, new Set()]))
  let current: Client | undefined
  let closed = false
  let waitMs = FIRST_WAIT_MS
  let again: NodeJS.Timeout | undefined

  const tell = (topic: Topic): void => listeners.get(topic)?.forEach((listener) => listener())

  function connect(): void {
    const client = open()
    current = client
    let probe: NodeJS.Timeout | undefined
    let over = false
    const lose = (reason?: unknown): void => {
      if (over) return
      over = true
      clearInterval(probe)
      void client.end().catch(() => undefined)
      if (closed) return
      logger.warn({ err: reason }, 'The connection that listens to the database broke; another one is made')
      again = setTimeout(connect, waitMs).unref()
      waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)
    }
    client.on('error', lose).on('end', () => lose())
    client.on('notification', ({ channel }) => tell(channel.replace(/^evident_/, '') as Topic))
    const begin = async (): Promise<void> => {
      await client.connect()
      await client.query(TOPICS.map((topic) => `listen evident_${topic}`).join('; '))
      waitMs = FIRST_WAIT_MS
      probe = setInterval(() => void client.query('select 1').catch(lose), PROBE_MS).unref()
      TOPICS.forEach(tell)
    }
    begin().catch(lose)
  }

  return {
    async send(tx, topic) {
      await sql`select pg_notify(${`evident_${topic}`}, '')`.execute(tx)
    },
    on(topic, listener) {
      const all = listeners.get(topic)
      all?.add(listener)
      if (current === undefined && !closed) connect()
      return () => void all?.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(again)
      await current?.end().catch(() => undefined)
    },
  }
}
