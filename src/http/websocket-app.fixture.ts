import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import type { UserId } from '../core/ids.ts'
import type { RateLimiter } from '../core/ports/shared-state.ts'
import { type Caller, localAdministrator } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import type { SocketHandler, SocketSettings } from './websocket-connection.ts'
import { acceptSockets } from './websocket.ts'

const WS_SETTINGS: SocketSettings = {
  heartbeat: 60_000,
  timeout: 60_000,
  maxConnections: 100,
  maxMessageBytes: 1000,
  loginTime: 60_000,
  workTimeout: 60_000,
}

const user = (name: string): Caller => ({ userId: name as UserId, role: 'user', via: 'session', scope: 'write' })

interface Setup {
  readonly settings?: Partial<SocketSettings>
  readonly work?: SocketHandler
  readonly openMode?: boolean
  readonly rateLimiter?: RateLimiter
}

/** Required mode unless said otherwise: a token is the name of the user it stands for, while it is in `tokens`. */
export async function startSockets(
  t: TestContext,
  { settings, work = echo, openMode = false, rateLimiter }: Setup = {},
) {
  const tokens = new Set(['ann', 'bob'])
  const byName = (token: string | undefined) => (token !== undefined && tokens.has(token) ? user(token) : undefined)
  const authenticate = openMode ? localAdministrator('cli') : byName
  const logger = recorder()
  const app = await createApp({ settings: SETTINGS, logger, openMode, authenticate, rateLimiter })
  let opened = 0
  const sockets = await acceptSockets(app, {
    authenticate,
    handlers: new Map([['question', work]]),
    settings: { ...WS_SETTINGS, ...settings },
    logger,
    now: () => new Date(),
    opened: () => opened++,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  return { app, sockets, tokens, logger, url, ws: `${url}/ws`, port: Number(new URL(url).port), opened: () => opened }
}

const echo: SocketHandler = async ({ message, caller, send }) =>
  send({ type: 'answer', answer: message.question, user: caller.userId })

export const ANN = { headers: { authorization: 'Bearer ann' } }

/** The status of an upgrade, and the headers and body of one that is refused. */
export async function upgrade(port: number, headers: Record<string, string> = {}, path = '/ws'): Promise<string> {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return rawRequest(port, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

/** Past its upgrade, for bytes of one's own. */
export async function rawSocket(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket.resume()
}
