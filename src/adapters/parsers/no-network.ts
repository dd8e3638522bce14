import dgram from 'node:dgram'
import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const refuse = (): never => {
  throw new Error('Parsers have no network.')
}

// Imported first in the parser process and in each of its threads: takes away the means to open a connection
// (sockets, datagrams, name look-ups, fetch).
net.Socket.prototype.connect = refuse
net.connect = refuse
net.createConnection = refuse
net.Server.prototype.listen = refuse
dgram.createSocket = refuse
const lookups = dns as unknown as Record<string, unknown>
for (const name of Object.keys(lookups)) if (/^(lookup|resolve|reverse)/.test(name)) lookups[name] = refuse
globalThis.fetch = refuse
syncBuiltinESMExports()
