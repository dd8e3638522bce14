import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Aborts when the server begins to stop: streams end, and nothing new begins. */
    readonly stopping: AbortSignal
  }
}

/** Milliseconds after which a connection that asks nothing is closed while stopping, and after which every one is. */
const QUIET = 500
const DEADLINE = 15_000

/**
 * Lets at most `max` requests work at the same time, and none once the server stops: those that run then finish,
 * within the deadline.
 */
export function admitRequests(app: FastifyInstance, max: number): void {
  const stop = new AbortController()
  app.decorate('stopping', stop.signal)

  let running = 0
  const busy = new Map<Socket, number>()
  app.addHook('onRequest', async (request, reply) => {
    if (stop.signal.aborted) throw new AppError('not_ready', 'The service is stopping. Try again in a moment.')
    if (request.routeOptions.config.uncounted === true) return
    if (running >= max) throw new AppError('overloaded', 'Too many requests are at work. Try again in a moment.')
    if (reply.raw.closed) return
    running++
    reply.raw.once('close', () => running--)
  })

  app.addHook('onSend', async (_request, reply) => {
    if (stop.signal.aborted) reply.header('connection', 'close')
  })

  const sockets = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  app.server.on('request', ({ socket }, response) => {
    busy.set(socket, (busy.get(socket) ?? 0) + 1)
    response.once('close', () => {
      const left = (busy.get(socket) ?? 1) - 1
      if (left > 0) busy.set(socket, left)
      else busy.delete(socket)
      // A stream that began before the stop has promised to keep its connection.
      if (left === 0 && stop.signal.aborted) socket.destroySoon()
    })
  })

  const timers: NodeJS.Timeout[] = []
  app.addHook('preClose', async () => {
    stop.abort()
    // A client that connected and stays silent would hold the server open as long as it likes.
    const endQuiet = () => sockets.forEach((socket) => void (busy.has(socket) || socket.destroy()))
    timers.push(
      setTimeout(endQuiet, QUIET),
      setTimeout(() => app.server.closeAllConnections(), DEADLINE),
    )
  })
  app.addHook('onClose', async () => timers.forEach(clearTimeout))
}
