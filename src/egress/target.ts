import { isIP } from 'node:net'
import { AppError } from '../core/errors.ts'
import { mayConnect, type Network } from './addresses.ts'

/** What one kind of request may reach beside public hosts on the ports 80 and 443. */
export interface Rules {
  /** Networks that may be reached though they are not public. */
  readonly networks: readonly Network[]
  /**
   * Names, in lower case and without a dot at their end, that are looked up though they mean this machine or its network
   * (`localhost`, `searxng`). What they resolve to must still be public or in `networks`.
   */
  readonly names: ReadonlySet<string>
  /** Ports beside 80 and 443. */
  readonly ports: ReadonlySet<number>
}

/** The rules for addresses that anybody may give. */
export const PUBLIC_ONLY: Rules = { networks: [], names: new Set(), ports: new Set() }

export type Refusal = 'malformed' | 'scheme' | 'credentials' | 'port' | 'name' | 'address'

const SENTENCES: Readonly<Record<Refusal, string>> = {
  malformed: 'This is no address of a web page.',
  scheme: 'Only addresses that begin with http:// or https:// can be opened.',
  credentials: 'Addresses with a user name or password are not opened.',
  port: 'Pages on this port are not opened.',
  name: 'This name means a machine of the local network, and is not opened.',
  address: 'This address does not lead to a public host, and is not opened.',
}

/**
 * An address that is not opened: `invalid_request` where it is none, else `blocked_address`. The message holds nothing of
 * it: what a private name resolves to stays unsaid.
 */
export class AddressRefused extends AppError {
  readonly reason: Refusal

  constructor(reason: Refusal, options: { readonly cause?: unknown } = {}) {
    super(reason === 'malformed' ? 'invalid_request' : 'blocked_address', SENTENCES[reason], options)
    this.name = 'AddressRefused'
    this.reason = reason
  }
}

export interface Target {
  /** Normalised: the host has its usual spelling and no dot at its end, and there is no fragment. */
  readonly url: URL
  /** A name in ASCII and lower case, or an IP address without brackets. */
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  /** A name is to be looked up, and each of its addresses checked; an address has been checked. */
  readonly kind: 'name' | 'address'
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 }

/**
 * Ends of names that lead to this machine or its network: RFC 6761 (localhost, test, invalid), 6762 with its appendix G
 * (local, and those that networks use by custom), 8375 (home.arpa), ICANN's reservation of `internal`, and
 * `localdomain`, which many hosts files hold. Also `onion` and `alt` (RFC 7686, 9476), which the DNS does not answer.
 */
const LOCAL_ENDS = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'test',
  'invalid',
  'onion',
  'alt',
]

/**
 * Reads and checks an address as text, with nothing looked up. The WHATWG parser brings every spelling of a host into
 * its usual form (decimal, octal, hexadecimal and short IPv4, full-width digits, percent-encoding, IDN), so that one
 * check sees them all.
 * @throws AddressRefused
 */
export function checkedTarget(text: string, rules: Rules = PUBLIC_ONLY): Target {
  const url = URL.parse(text)
  if (url === null) throw new AddressRefused('malformed')
  const usualPort = DEFAULT_PORTS[url.protocol]
  if (usualPort === undefined) throw new AddressRefused('scheme')
  if (url.username !== '' || url.password !== '') throw new AddressRefused('credentials')
  const port = url.port === '' ? usualPort : Number(url.port)
  if (port !== 80 && port !== 443 && !rules.ports.has(port)) throw new AddressRefused('port')
  url.hash = ''

  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  if (isIP(host) !== 0) {
    if (!mayConnect(host, rules.networks)) throw new AddressRefused('address')
    return { url, host, port, kind: 'address' }
  }
  // An empty label is left: `localhost..` would be no name of the list, and a resolver may still take it.
  if (host.split('.').includes('')) throw new AddressRefused('malformed')
  if (isLocalName(host) && !rules.names.has(host)) throw new AddressRefused('name')
  url.hostname = host
  return { url, host, port, kind: 'name' }
}

/** A name without a dot is completed by the resolver with the domain of this machine's network. */
const isLocalName = (name: string): boolean =>
  !name.includes('.') || LOCAL_ENDS.some((end) => name === end || name.endsWith(`.${end}`))
