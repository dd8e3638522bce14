import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A way to a real PostgreSQL that can be cut, as a network or a server that stops cuts it. */
export interface PostgresProxy {
  /** The connection string through it. */
  readonly url: string
  /** Ends every connection; further ones are refused until `back`. */
  away(): void
  back(): void
  /** The next time that a client sends this text its connection is cut, with or without the server's having got it. */
  cutAt(text: string, isDelivered: boolean): void
  /** The same where the server does not notice: the text does not reach it, and its session waits on. */
  strandAt(text: string): void
  close(): Promise<void>
}

export async function startPostgresProxy(target: string): Promise<PostgresProxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const stranded = new Set<Socket>()
  let isAway = false
  let cut: { readonly text: string; readonly isDelivered: boolean; readonly isStranded?: true } | undefined

  const server = createServer((client) => {
    if (isAway) {
      client.destroy()
      return
    }
    const upstream = connect(Number(port), hostname)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        if (!stranded.has(other)) other.destroy()
      })
    }
    upstream.pipe(client)
    client.on('data', (bytes) => {
      if (cut === undefined || !bytes.toString('latin1').includes(cut.text)) {
        upstream.write(bytes)
        return
      }
      const { isDelivered, isStranded } = cut
      cut = undefined
      if (isStranded) stranded.add(upstream)
      upstream.unpipe(client)
      if (!isDelivered) {
        client.destroy()
        return
      }
      // Its answer is never seen, but it did its work.
      upstream.once('data', () => client.destroy()).resume()
      upstream.write(bytes)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = new URL(target)
  url.port = String((server.address() as AddressInfo).port)

  return {
    url: url.href,
    away() {
      isAway = true
      for (const socket of sockets) socket.destroy()
    },
    back() {
      isAway = false
    },
    cutAt(text, isDelivered) {
      cut = { text, isDelivered }
    },
    strandAt(text) {
      cut = { text, isDelivered: false, isStranded: true }
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
