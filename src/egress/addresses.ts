import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

type Address = ReturnType<typeof ipaddr.parse>

/** Addresses of one prefix, as `parseNetwork` reads it. */
export interface Network {
  readonly first: Address
  /** Leading bits that are compared, 0 to 32 or 128. */
  readonly bits: number
}

/** RFC 6052: what an IPv6-only network reaches IPv4 through; the last 32 bits are the IPv4 address. */
const NAT64 = networkOf('64:ff9b::/96')

/** The only part of IPv6 that IANA has given out for public addresses (RFC 4291, 2.4). */
const GLOBAL_UNICAST = networkOf('2000::/3')

/** Azure's service of platform and instance data: it stands in a public range, but is the machine's own. */
const METADATA_IN_PUBLIC_RANGE = networkOf('168.63.129.16/32')

/**
 * ISATAP (RFC 5214): under any prefix, an interface identifier of 0000:5efe or 0200:5efe is followed by the IPv4 address
 * that a router would send to.
 */
const ISATAP_MARK = 0x5efe
const UNIVERSAL_BIT = 0x0200

/**
 * A network in CIDR notation (`10.0.0.0/8`, `fd00::/8`), or one address. Bits behind the prefix are not looked at.
 * Undefined where the text is neither; short, octal and hexadecimal IPv4 forms and zone ids are not taken.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix, ...rest] = text.split('/')
  if (rest.length > 0) return undefined
  const first = parse(address)
  if (first === undefined) return undefined
  const longest = first.kind() === 'ipv4' ? 32 : 128
  if (prefix === undefined) return { first, bits: longest }
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > longest) return undefined
  return { first, bits: Number(prefix) }
}

/**
 * Whether an address is one of the public internet. Everything else is refused: what is no address in its usual
 * notation (`127.1`, `0x7f.0.0.1`), zone ids, and each range that IANA's special-purpose registries name: unspecified,
 * loopback, private, link-local (with the metadata services of clouds), unique-local, carrier-grade NAT, multicast,
 * broadcast, reserved, documentation, benchmarking. Of IPv6 addresses that hold an IPv4 one, NAT64 (64:ff9b::/96) and
 * ISATAP are judged by what they hold; IPv4-mapped and -compatible ones, 6to4, Teredo and 64:ff9b:1::/48 are
 * refused whatever they hold, since no public site needs them.
 */
export function isPublic(address: string): boolean {
  const parsed = parse(address)
  return parsed !== undefined && isPublicAddress(parsed)
}

/**
 * Whether a connection may go to an address: a public one, or one of `allowed`. An IPv6 spelling of an IPv4 address is
 * not in an IPv4 network, so an allowance for 127.0.0.0/8 does not hold for ::ffff:127.0.0.1.
 */
export function mayConnect(address: string, allowed: readonly Network[]): boolean {
  const parsed = parse(address)
  if (parsed === undefined) return false
  return isPublicAddress(parsed) || allowed.some((network) => contains(network, parsed))
}

function isPublicAddress(address: Address): boolean {
  if (contains(METADATA_IN_PUBLIC_RANGE, address)) return false
  if (address.kind() === 'ipv4') return address.range() === 'unicast'
  const bytes = address.toByteArray()
  const last = ipaddr.fromByteArray(bytes.slice(12))
  if (contains(NAT64, address)) return isPublicAddress(last)
  // The library knows no range for much of what is not given out yet, and calls it unicast.
  if (!contains(GLOBAL_UNICAST, address) || address.range() !== 'unicast') return false
  return !isIsatap(bytes) || isPublicAddress(last)
}

function isIsatap(bytes: readonly number[]): boolean {
  const [high = 0, low = 0, markHigh = 0, markLow = 0] = bytes.slice(8, 12)
  const flags = (high << 8) | low
  return (flags & ~UNIVERSAL_BIT) === 0 && ((markHigh << 8) | markLow) === ISATAP_MARK
}

function contains({ first, bits }: Network, address: Address): boolean {
  // The library throws on two kinds.
  return first.kind() === address.kind() && address.match(first, bits)
}

/** `isIP` reads what the sockets read, and no more; the library alone would take `010.1` as well. */
function parse(address: string): Address | undefined {
  if (isIP(address) === 0 || address.includes('%') || !ipaddr.isValid(address)) return undefined
  return ipaddr.parse(address)
}

function networkOf(text: string): Network {
  const network = parseNetwork(text)
  if (network === undefined) throw new Error(`No network: ${text}`)
  return network
}
