import type { Socket } from 'node:net'
import { Server as TlsServer } from 'node:tls'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts when the server begins to stop: streams end, and nothing new begins. */
    readonly stopping: AbortSignal
  }
}

/** Milliseconds after which a connection that asks nothing is closed while stopping, and after which every one is. */
const QUIET = 500
const DEADLINE = 15_000
/** Milliseconds between two lines of the log about connections that were turned away. */
const REPORT_EVERY = 60_000

export interface ConnectionSettings {
  readonly maxConnections: number
  /** Milliseconds without a byte in either direction, after which a connection that could go on is closed. */
  readonly stallTimeout: number
}

/**
 * Bounds how many connections there are and how long one may do nothing, and ends them when the server stops: requests
 * that run then finish, within the deadline, and nothing new begins.
 */
export function keepConnections(
  app: FastifyInstance,
  { maxConnections, stallTimeout }: ConnectionSettings,
  logger: Logger,
): void {
  const stop = new AbortController()
  app.decorate('stopping', stop.signal)
  const sockets = new Set<Socket>()
  /** Requests at work on each connection. */
  const busy = new Map<Socket, number>()
  const { server } = app

  server.maxConnections = maxConnections
  reportDropped(app, maxConnections, logger)
  // The size of all headers together is bounded. A bound on their number would drop some without a word, among them
  // perhaps the one by which open mode knows a proxy.
  server.maxHeadersCount = 0
  server.setTimeout(stallTimeout, (socket: Socket) => {
    // Work that takes long is ended by its own deadline. A client that does not take what it asked for has no other.
    if (busy.has(socket) && socket.writableLength === 0) return
    socket.destroy()
  })

  const known = (socket: Socket): void => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  }
  if (server instanceof TlsServer) knowSecure(server, known, (socket) => sockets.delete(socket))
  else server.on('connection', known)
  // A connection that becomes a WebSocket ends in its own way.
  server.on('upgrade', (_request, socket: Socket) => sockets.delete(socket))
  server.on('request', ({ socket }, response) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1
      if (left > 0) busy.set(socket, left)
      else busy.delete(socket)
      // A stream that began before the stop has promised to keep its connection.
      if (left === 0 && stop.signal.aborted) socket.destroySoon()
    })
  })

  app.addHook('onRequest', async () => {
    if (stop.signal.aborted) throw new AppError('not_ready', 'The service is stopping. Try again in a moment.')
  })
  app.addHook('onSend', async (_request, reply) => {
    if (stop.signal.aborted) reply.header('connection', 'close')
  })
  const timers: NodeJS.Timeout[] = []
  app.addHook('preClose', async () => {
    stop.abort()
    // A client that connected and stays silent would hold the server open as long as it likes.
    const endQuiet = () => sockets.forEach((socket) => void (busy.has(socket) || socket.destroy()))
    timers.push(
      setTimeout(endQuiet, QUIET),
      setTimeout(() => server.closeAllConnections(), DEADLINE),
    )
  })
  app.addHook('onClose', async () => timers.forEach(clearTimeout))
}

/** Under TLS requests name a socket of their own, which there is after the handshake; until then there is the plain one. */
function knowSecure(server: TlsServer, known: (socket: Socket) => void, forget: (socket: Socket) => void): void {
  const shaking = new Map<string, Socket>()
  const peer = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`
  server.on('connection', (socket: Socket) => {
    const key = peer(socket)
    shaking.set(key, socket)
    socket.once('close', () => shaking.get(key) === socket && shaking.delete(key))
    known(socket)
  })
  server.on('secureConnection', (socket: Socket) => {
    const plain = shaking.get(peer(socket))
    if (plain !== undefined) forget(plain)
    shaking.delete(peer(socket))
    known(socket)
  })
}

function reportDropped({ server }: FastifyInstance, maxConnections: number, logger: Logger): void {
  let dropped = 0
  let reportedAt = -Infinity
  server.on('drop', () => {
    dropped++
    if (performance.now() - reportedAt < REPORT_EVERY) return
    logger.warn({ dropped, maxConnections }, 'Connections were turned away: MAX_CONNECTIONS are open')
    reportedAt = performance.now()
    dropped = 0
  })
}
