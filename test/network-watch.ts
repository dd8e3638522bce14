import { createHook } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'

/**
 * Preloaded with `--import` into a server, and with it into its threads: writes a line for each connection, look-up or
 * datagram that is begun, with where it was begun, to the file that NETWORK_WATCH names.
 */
export interface Begun {
  /** Node's name of the resource: TCPCONNECTWRAP is a connection, GETADDRINFOREQWRAP a look-up. */
  readonly type: string
  /** 0 is the main one. */
  readonly thread: number
  readonly stack: string
}

const WAYS = new Set([
  'TCPCONNECTWRAP',
  'PIPECONNECTWRAP',
  'GETADDRINFOREQWRAP',
  'GETNAMEINFOREQWRAP',
  'QUERYWRAP',
  'UDPWRAP',
  'UDPSENDWRAP',
])

/** Where the socket of a number was made: it is connected later, in another turn of the loop. */
const sockets = new Map<number, string>()

function stackHere(): string {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack = '' } = new Error('begun')
  Error.stackTraceLimit = limit
  return stack
}

const file = process.env.NETWORK_WATCH
if (file !== undefined) {
  appendFileSync(file, `${JSON.stringify({ type: 'WATCHING', thread: threadId, stack: '' } satisfies Begun)}\n`)
  createHook({
    init(id, type, trigger) {
      if (type === 'TCPWRAP') sockets.set(id, stackHere())
      if (!WAYS.has(type)) return
      const stack = `${stackHere()}\nof a socket made at\n${sockets.get(trigger) ?? 'no place'}`
      appendFileSync(file, `${JSON.stringify({ type, thread: threadId, stack } satisfies Begun)}\n`)
    },
    destroy: (id) => void sockets.delete(id),
  }).enable()
}
