// Stands between the service and PostgreSQL, and counts the round trips that clients make by what they ask.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Relay {
  /** The address of the database, through the relay. */
  readonly url: string
  /** Statements sent so far, each a round trip, by their first words: `insert into "chunks"`, `begin`. */
  readonly trips: ReadonlyMap<string, number>
  close(): Promise<void>
}

export async function startRelay(target: string): Promise<Relay> {
  const { hostname, port } = new URL(target)
  const trips = new Map<string, number>()
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    const watch = statements((text) => {
      const name = nameOf(text)
      trips.set(name, (trips.get(name) ?? 0) + 1)
    })
    client.on('data', watch)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      // The other end hears of it by the end of its own connection.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url: url.href,
    trips,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

const nameOf = (text: string): string =>
  /^(?:insert into|update|delete from|select)?[^"]{0,40}"?\w+"?/i.exec(text.trim())?.[0].toLowerCase() ??
  text.slice(0, 40)

/**
 * Reads the messages of PostgreSQL's frontend protocol: a length of four bytes, behind a letter in all but the first one.
 * `Q` is a statement, and so is `P`, whose text stands behind a name.
 */
function statements(found: (text: string) => void): (data: Buffer) => void {
  let held: Buffer = Buffer.alloc(0)
  let started = false
  return (data) => {
    held = Buffer.concat([held, data])
    for (;;) {
      const head = started ? 1 : 0
      if (held.length < head + 4) return
      const end = head + held.readInt32BE(head)
      if (held.length < end) return
      const letter = started ? String.fromCharCode(held[0] ?? 0) : ''
      const texts = held.toString('utf8', head + 4, Math.min(end, head + 300)).split('\0')
      if (letter === 'Q') found(texts[0] ?? '')
      if (letter === 'P') found(texts[1] ?? '')
      held = held.subarray(end)
      started = true
    }
  }
}
