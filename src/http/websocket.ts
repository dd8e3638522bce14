import type { IncomingMessage, ServerResponse } from 'node:http'
import fastifyWebsocket from '@fastify/websocket'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { type Authenticate, bearerToken, type Caller } from './access.ts'
import type { App } from './typed-app.ts'
import { type Connection, serveConnection, type SocketHandler, type SocketSettings } from './websocket-connection.ts'

/** Where WebSockets are. */
const SOCKET_PATH = '/ws'

export interface SocketOptions {
  readonly authenticate: Authenticate
  readonly handlers: ReadonlyMap<string, SocketHandler>
  readonly settings: SocketSettings
  readonly logger: Logger
  readonly now: () => Date
  readonly opened: () => void
}

export interface Sockets {
  /** Connections that are open now. */
  active(): number
}

interface Admitted {
  readonly token: string | undefined
  readonly caller: Caller | undefined
  readonly response: ServerResponse
}

/** The subprotocol after which a page, which can set no header, may offer its token. */
const TOKEN_PROTOCOL = 'bearer'
/** Milliseconds in which connections may finish their answers when the server stops. */
const DRAIN = 10_000
/** What is larger than a message may be, but not by more than this, is refused by a message; the rest by closing. */
const OVERSIZE = 1_048_576

/**
 * WebSockets at `/ws`. Whoever sends a token with the upgrade must send a valid one; without, they are who
 * `authenticate(undefined)` says, or must say so in their first message.
 */
export async function acceptSockets(app: App, options: SocketOptions): Promise<Sockets> {
  const { authenticate, settings, logger, now } = options
  const connections = new Set<{ readonly connection: Connection; terminate(): void }>()
  const admitted = new WeakMap<FastifyRequest, Admitted>()
  const requestIds = new WeakMap<IncomingMessage, string>()
  let taken = 0

  async function admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (!request.ws) return
    if (taken >= settings.maxConnections) {
      throw new AppError('overloaded', 'Too many WebSockets are open (WS_MAX_CONNECTIONS). Try again in a moment.')
    }
    taken++
    request.raw.socket.once('close', () => taken--)
    requestIds.set(request.raw, request.id)
    const token = bearerToken(request.headers.authorization) ?? offeredToken(request.headers['sec-websocket-protocol'])
    const caller: Caller | undefined = await authenticate(token)
    if (caller === undefined && token !== undefined) throw new AppError('unauthorized', 'The token is not valid.')
    admitted.set(request, { token, caller, response: reply.raw })
  }

  await app.register(async (scope) => {
    await scope.register(fastifyWebsocket, {
      options: {
        maxPayload: settings.maxMessageBytes + OVERSIZE,
        autoPong: false,
        handleProtocols: chosenProtocol,
      },
      // Ours drains first; see below.
      preClose: (done: () => void) => done(),
      // A broken frame comes here too: then the connection is closing already, with the code for it.
      errorHandler: (error, socket) => {
        logger.info({ reason: error.message }, 'WebSocket closed after an error')
        socket.close(1011)
      },
    })
    // The plugin does so only where no guard before it refused the upgrade.
    scope.addHook('onResponse', async ({ raw }) => {
      if (wantsWebSocket(raw)) raw.socket.destroy()
    })
    scope.websocketServer.on('headers', (headers: string[], request: IncomingMessage) => {
      headers.push(`X-Request-Id: ${requestIds.get(request) ?? ''}`)
    })
    scope.route({
      method: 'GET',
      url: SOCKET_PATH,
      config: { access: 'public', uncounted: true },
      schema: { hide: true },
      onRequest: admit,
      handler: async (_request, reply: FastifyReply) => {
        reply.header('upgrade', 'websocket')
        throw new AppError('upgrade_required', `${SOCKET_PATH} is a WebSocket: connect to it with a WebSocket client.`)
      },
      wsHandler: (socket, request) => {
        const { token, caller, response } = admitted.get(request) ?? {}
        // For the log of requests: nothing else would say that the upgrade succeeded.
        if (response !== undefined) response.statusCode = 101
        const open = {
          connection: serveConnection(socket, {
            token,
            caller,
            authenticate,
            meter: (asker) => app.meter(asker, request.socket.remoteAddress ?? ''),
            handlers: options.handlers,
            settings,
            logger: logger.child({ request_id: request.id }),
            now,
          }),
          terminate: () => socket.terminate(),
        }
        connections.add(open)
        const { caller: speaker, recheck } = open.connection
        const forget = app.lasting.add({ userId: () => speaker()?.userId, recheck })
        socket.once('close', () => {
          connections.delete(open)
          forget()
        })
        options.opened()
        if (app.stopping.aborted) open.connection.drain()
      },
    })
  })

  app.stopping.addEventListener('abort', () => {
    for (const { connection } of connections) connection.drain()
    const timer = setTimeout(() => connections.forEach((open) => open.terminate()), DRAIN)
    app.server.once('close', () => clearTimeout(timer))
  })

  return { active: () => connections.size }
}

/** Whether a request becomes a WebSocket. Other upgrades (HTTP/2) are offers: the answer is as if none were made. */
export const wantsWebSocket = ({ url, headers }: IncomingMessage): boolean =>
  url?.split('?', 1)[0]?.replace(/\/$/, '') === SOCKET_PATH && headers.upgrade?.toLowerCase() === 'websocket'

/** `bearer, TOKEN`, or the token alone. */
function offeredToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const offered = header.split(',').map((protocol) => protocol.trim())
  if (offered.length === 1) return offered[0]
  const mark = offered.indexOf(TOKEN_PROTOCOL)
  return mark === -1 ? undefined : (offered[mark + 1] ?? '')
}

/** A browser that offers protocols wants one of them back: never the token, where there is another. */
const chosenProtocol = (offered: Set<string>): string | false =>
  offered.has(TOKEN_PROTOCOL) ? TOKEN_PROTOCOL : ([...offered][0] ?? false)
