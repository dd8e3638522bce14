import { isIP } from 'node:net'
import type { buildConnector } from 'undici'
import { mayConnect } from './addresses.ts'
import { createLookup, type Resolve } from './lookup.ts'
import { AddressRefused, type Rules } from './target.ts'

/**
 * Opens the sockets of undici, each to a checked address. Node does not call `lookup` for a host that is an address, so
 * these are checked here, whatever was checked before. `timeout` is in milliseconds, and holds for look-up and
 * connection together.
 */
export async function createConnector(
  rules: Rules,
  resolve: Resolve | undefined,
  timeout: number,
): Promise<buildConnector.connector> {
  const undici = await import('undici')
  const connect = undici.buildConnector({ lookup: createLookup(rules, resolve), timeout, allowH2: false })
  return (options, callback) => {
    const { hostname: host } = options
    if (isIP(host) !== 0 && !mayConnect(host, rules.networks)) callback(new AddressRefused('address'), null)
    else connect(options, callback)
  }
}
