import { once } from 'node:events'
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

export interface Listener {
  readonly port: number
  /** TCP connections that were taken so far. */
  connections(): number
  /** Stops at once. */
  close(): void
}

/** One that fails leaves its request without an answer. */
export type Responder = (request: IncomingMessage, response: ServerResponse) => unknown

/** A server of this machine that counts who connects. `tls`: it speaks HTTPS. */
export async function listen(
  t: TestContext,
  responder: Responder,
  address = '127.0.0.1',
  tls?: { readonly cert: string; readonly key: string },
  port = 0,
): Promise<Listener> {
  let connections = 0
  const listener = (request: IncomingMessage, response: ServerResponse): void => void responder(request, response)
  const server = tls === undefined ? createHttpServer(listener) : createHttpsServer(tls, listener)
  server.on('connection', () => connections++)
  server.listen(port, address)
  await once(server, 'listening')
  const close = (): void => {
    server.closeAllConnections()
    server.close()
  }
  t.after(close)
  return { port: (server.address() as AddressInfo).port, connections: () => connections, close }
}
