import type { fetch as undiciFetch, Pool } from 'undici'
import type { ServiceFetch } from '../core/ports/network.ts'
import { type Network, parseNetwork } from './addresses.ts'
import { createConnector } from './connector.ts'
import type { Resolve } from './lookup.ts'
import { AddressRefused, type Rules } from './target.ts'

/** A service that the configuration names. */
export interface ServiceDoor {
  /**
   * As the standard's `fetch`: rejects with a TypeError whose cause says what happened to the connection, and with the
   * signal's reason. Bodies may be streams in both directions; how much is read, and for how long, is the caller's to
   * bound. A redirect is handed over as the answer that it is.
   * @throws AddressRefused for an address that is not of the service's own origin, before anything is looked up
   */
  readonly fetch: ServiceFetch
  /** Ends what is still going on. */
  close(): Promise<void>
}

/** Milliseconds until a connection stands, look-up included; then asking again may help, and waiting will not. */
const CONNECT_MS = 10_000

/** Wherever the operator says that the service is: mostly this machine or its network. */
const ANYWHERE: readonly Network[] = ['0.0.0.0/0', '::/0'].map(parseNetwork).filter((network) => network !== undefined)

interface Opened {
  readonly pool: Pool
  readonly fetch: typeof undiciFetch
}

/**
 * The way to one configured service. The origin (scheme, host and port) of `baseUrl` is what is looked up and connected
 * to, wherever it is, and nothing else: connections belong to that origin, whatever a request says. Proxies of the
 * environment are not used. `resolve` is for tests; else the system's.
 */
export function createServiceFetch(baseUrl: string | URL, options: { readonly resolve?: Resolve } = {}): ServiceDoor {
  const { origin, protocol, hostname } = new URL(baseUrl)
  if (protocol !== 'http:' && protocol !== 'https:') throw new AddressRefused('scheme')
  // With the first request: no start needs it.
  let opened: Promise<Opened> | undefined
  const open = async (): Promise<Opened> => {
    const { fetch, Pool } = await import('undici')
    const rules: Rules = { networks: ANYWHERE, names: new Set([hostname]), ports: new Set() }
    const connect = await createConnector(rules, options.resolve, CONNECT_MS)
    return { pool: new Pool(origin, { connect, headersTimeout: 0, bodyTimeout: 0 }), fetch }
  }
  return {
    async fetch(address, init) {
      const url = URL.parse(address)
      if (url === null) throw new AddressRefused('malformed')
      if (url.origin !== origin) throw new AddressRefused('origin')
      if (url.username !== '' || url.password !== '') throw new AddressRefused('credentials')
      const { pool, fetch } = await (opened ??= open())
      // Its own type of a request differs from the global one in what no request of ours has.
      const request = { ...init, redirect: 'manual', dispatcher: pool } as Parameters<typeof fetch>[1]
      return fetch(url, request)
    },
    close: async () => (await opened)?.pool.destroy(),
  }
}
