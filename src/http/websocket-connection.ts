import type { WebSocket } from '@fastify/websocket'
import { AppError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import type { Authenticate, Caller } from './access.ts'
import { isTooDeep, MAX_DEPTH } from './json-body.ts'
import { toAppError } from './problem.ts'

export interface SocketSettings {
  /** Milliseconds between heartbeats; a client that leaves one unanswered is gone. */
  readonly heartbeat: number
  /** Milliseconds without a message and without work after which a connection is closed. */
  readonly timeout: number
  readonly maxConnections: number
  /** Bytes of one message. */
  readonly maxMessageBytes: number
  /** Milliseconds in which somebody who has not said who they are must do so. */
  readonly loginTime: number
  /** Milliseconds for the work that one message asks for. */
  readonly workTimeout: number
}

export type SocketMessage = Readonly<Record<string, unknown>>

/** One message that asks for work. */
export interface SocketTask {
  readonly message: SocketMessage
  readonly caller: Caller
  /** Aborts when the connection ends or its user may no longer do this, and with a TimeoutError after `workTimeout`. */
  readonly signal: AbortSignal
  /** Sends a message with the time. */
  readonly send: (message: { readonly type: string } & SocketMessage) => void
}

/** What it throws becomes a message `error`. */
export type SocketHandler = (task: SocketTask) => Promise<void>

export interface ConnectionOptions {
  /** What the upgrade said: `caller` undefined while nobody has said who they are. */
  readonly token: string | undefined
  readonly caller: Caller | undefined
  readonly authenticate: Authenticate
  /** Counts one more request of this caller. Throws `too_many_requests`. */
  readonly meter: (caller: Caller) => Promise<void>
  /** By type of message. One message is worked on at a time, in order. */
  readonly handlers: ReadonlyMap<string, SocketHandler>
  readonly settings: SocketSettings
  readonly logger: Logger
  readonly now: () => Date
}

export interface Connection {
  readonly caller: () => Caller | undefined
  /** Closes the connection when its token stands for nobody any more. */
  recheck(): Promise<void>
  /** Takes no new work, finishes what has begun and closes. */
  drain(): void
}

/** Messages that may wait behind the one that is worked on. */
const MAX_WAITING = 5
/** Bytes that a client may leave unread before it is given up: its memory is ours. */
const MAX_UNREAD = 1_048_576

const NORMAL = 1000
const GOING_AWAY = 1001
const POLICY = 1008

interface Waiting {
  readonly handler: SocketHandler
  readonly message: SocketMessage
}

/**
 * One WebSocket from `connected` to its end: who speaks, `ping`, work one at a time, heartbeats. Texts are JSON objects
 * with a `type`; `token` in any of them says who speaks from then on.
 */
export function serveConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const { authenticate, handlers, settings, logger, now } = options
  const gone = new AbortController()
  const waiting: Waiting[] = []
  let { token, caller } = options
  let working = false
  let draining = false
  let alive = true

  const send: SocketTask['send'] = (message) => {
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > MAX_UNREAD) socket.terminate()
    else socket.send(JSON.stringify({ ...message, timestamp: now().toISOString() }))
  }
  const close = (code: number, reason: string): void => {
    gone.abort()
    waiting.length = 0
    socket.close(code, reason)
  }
  const sendError = (thrown: unknown): void => {
    const error = toAppError(thrown)
    if (error.status >= 500) logger.warn({ code: error.code, err: error.cause ?? error }, 'WebSocket message failed')
    const errors = error.fields === undefined ? {} : { errors: error.fields }
    send({ type: 'error', message: error.message, code: error.code, ...errors })
  }

  /** Asks again at each message: a token may have ended since the last one. */
  async function identify(given: unknown): Promise<Caller> {
    if (given !== undefined && (typeof given !== 'string' || given === '')) throw unauthorized()
    const found = await authenticate(given ?? token)
    if (found !== undefined) {
      token = given ?? token
      caller = found
      clearTimeout(loginTimer)
      return found
    }
    // A wrong token in a message says nothing about the one that the connection was opened with.
    if (given === undefined) caller = undefined
    throw unauthorized()
  }

  async function recheck(): Promise<void> {
    if (caller === undefined) return
    try {
      await identify(undefined)
    } catch (error) {
      sendError(error)
      if (caller === undefined) close(POLICY, 'not signed in')
    }
  }

  async function receive(data: Buffer, isBinary: boolean): Promise<void> {
    if (gone.signal.aborted) return
    try {
      const { token: given, ...message } = readMessage(data, isBinary, settings.maxMessageBytes)
      await identify(given)
      dispatch(message)
    } catch (error) {
      sendError(error)
      if (caller === undefined) close(POLICY, 'not signed in')
    }
  }

  function dispatch(message: SocketMessage): void {
    const { type } = message
    if (type === 'ping') return send({ type: 'pong' })
    const handler = typeof type === 'string' ? handlers.get(type) : undefined
    if (handler === undefined) {
      return send({ type: 'response', message: 'There is nothing to do for this type of message.', original: message })
    }
    if (draining) throw new AppError('not_ready', 'The service is stopping. Connect again in a moment.')
    if (waiting.length >= MAX_WAITING) {
      throw new AppError('too_many_requests', `${MAX_WAITING} messages wait already. Ask again after the next answer.`)
    }
    waiting.push({ handler, message })
    if (!working) void work()
  }

  async function work(): Promise<void> {
    working = true
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(settings.workTimeout)])
      try {
        const asker = await identify(undefined)
        await options.meter(asker)
        await next.handler({ message: next.message, caller: asker, signal, send })
      } catch (error) {
        if (gone.signal.aborted) break
        sendError(error)
        if (caller === undefined) close(POLICY, 'not signed in')
      }
    }
    working = false
    silence.refresh()
    if (draining) close(GOING_AWAY, 'stopping')
  }

  const loginTimer = setTimeout(() => {
    sendError(unauthorized())
    close(POLICY, 'not signed in')
  }, settings.loginTime)
  if (caller !== undefined) clearTimeout(loginTimer)
  const silence = setTimeout(() => {
    if (working) silence.refresh()
    else close(NORMAL, 'silent for too long')
  }, settings.timeout)
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate()
    alive = false
    socket.ping()
    void recheck()
  }, settings.heartbeat)

  // Messages are read one after another; what comes meanwhile waits in the client's own connection.
  let turn = Promise.resolve()
  let unread = 0
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    silence.refresh()
    unread++
    socket.pause()
    turn = turn.then(() => receive(data, isBinary)).then(() => void (--unread === 0 && socket.resume()))
  })
  socket.on('pong', () => (alive = true))
  socket.on('ping', (data: Buffer) => {
    silence.refresh()
    if (socket.bufferedAmount > MAX_UNREAD) socket.terminate()
    else socket.pong(data)
  })
  socket.once('close', () => {
    gone.abort()
    waiting.length = 0
    clearTimeout(loginTimer)
    clearTimeout(silence)
    clearInterval(heartbeat)
  })

  send({ type: 'connected', message: 'Connected. Send a message of the type "question".' })
  return {
    caller: () => caller,
    recheck,
    drain() {
      draining = true
      for (const _ of waiting.splice(0)) sendError(new AppError('not_ready', 'The service is stopping.'))
      if (!working) close(GOING_AWAY, 'stopping')
    },
  }
}

const unauthorized = () =>
  new AppError('unauthorized', 'Send a valid token: in the first message ("token"), or with the upgrade.')

function readMessage(data: Buffer, isBinary: boolean, maxBytes: number): SocketMessage {
  if (isBinary) throw new AppError('malformed_request', 'Send text, not binary data.')
  if (data.length > maxBytes) {
    throw new AppError('payload_too_large', `The message has ${data.length} bytes; at most ${maxBytes} are read.`)
  }
  const value = parseJson(data.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AppError('malformed_request', 'Send a JSON object with a "type".')
  }
  if (isTooDeep(value)) {
    throw new AppError('invalid_request', `The message is nested deeper than ${MAX_DEPTH} levels.`)
  }
  return value as SocketMessage
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AppError('malformed_request', 'The message is not valid JSON.', { cause: error })
  }
}
