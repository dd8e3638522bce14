import { promises as dns, type LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { callbackify } from 'node:util'
import { AppError } from '../core/errors.ts'
import { mayConnect } from './addresses.ts'
import { AddressRefused, type Rules } from './target.ts'

export interface ResolvedAddress {
  readonly address: string
  readonly family: 4 | 6
}

/** All addresses of a name, in the order in which they should be tried. */
export type Resolve = (name: string) => Promise<readonly { readonly address: string }[]>

/** As the system resolves names, with its hosts file. */
const resolveBySystem: Resolve = (name) => dns.lookup(name, { all: true })

/**
 * The addresses of a name, all of them checked: one that is refused refuses the name, since whoever mixes it with
 * public ones wants it tried when those fail.
 * @throws AddressRefused; AppError `upstream_failed` where the name cannot be looked up or has no address.
 */
export async function checkedAddresses(
  name: string,
  rules: Rules,
  resolve: Resolve = resolveBySystem,
): Promise<readonly ResolvedAddress[]> {
  const found = await resolve(name).catch((cause: unknown) => {
    throw new AppError('upstream_failed', 'The name of this host could not be looked up.', { cause })
  })
  if (found.length === 0) throw new AppError('upstream_failed', 'The name of this host has no address.')
  return found.map(({ address }) => {
    if (!mayConnect(address, rules.networks)) throw new AddressRefused('address')
    return { address, family: isIP(address) === 4 ? 4 : 6 }
  })
}

/**
 * The option `lookup` of `net.connect` and of undici's connector. The socket connects to what this hands over and looks
 * nothing up again, so a name that resolves differently the next time (DNS rebinding) gains nothing. Node does not call
 * it for a host that is an address already: those are checked by `checkedTarget`.
 */
export function createLookup(rules: Rules, resolve: Resolve = resolveBySystem): LookupFunction {
  // Calls back outside of the promise: what the socket throws then is not taken for a failed look-up.
  const answer = callbackify(async (name: string, family: number) => {
    // All families are checked before one is chosen: the other addresses are the name's as well.
    const addresses = await checkedAddresses(name, rules, resolve)
    const chosen = addresses.filter((each) => family === 0 || each.family === family)
    const [first] = chosen
    if (first === undefined) throw new AppError('upstream_failed', 'This host has no address of the family asked for.')
    return { chosen, first }
  })
  return (name, options, callback) => {
    answer(name, familyOf(options.family), (error, found) => {
      if (error) callback(error, '')
      else if (options.all === true) callback(null, found.chosen)
      else callback(null, found.first.address, found.first.family)
    })
  }
}

/** 0 for any. */
const familyOf = (family: LookupOptions['family']): number =>
  family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
