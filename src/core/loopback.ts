import { isIPv4 } from 'node:net'

/** Whether an address or host name, as bound or connected from, can only be this machine. */
export function isLoopback(address: string): boolean {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, '')
  if (plain === 'localhost' || plain === '::1') return true
  return isIPv4(plain) && plain.startsWith('127.')
}
