import { once } from 'node:events'

export interface Received {
  readonly type: string
  readonly [field: string]: unknown
}

export interface Dialled {
  readonly protocol: string
  send(message: object | string): void
  sendBinary(data: Uint8Array<ArrayBuffer>): void
  /** The next message; rejects when the connection ends first. */
  next(): Promise<Received>
  /** The messages up to the first one of this type. */
  until(type: string): Promise<Received[]>
  readonly closed: Promise<{ code: number; reason: string }>
  close(): void
}

/** A WebSocket client whose messages are read one after another. Rejects when the upgrade is refused. */
export async function dial(
  url: string,
  { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] } = {},
): Promise<Dialled> {
  const socket = new WebSocket(url.replace(/^http/, 'ws'), { headers, protocols })
  const received: Received[] = []
  let heard = Promise.withResolvers<void>()
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener('close', ({ code, reason }) => {
      resolve({ code, reason })
      heard.reject(new Error(`Closed with ${code} ${reason}`))
    })
  })
  heard.promise.catch(() => undefined)
  socket.addEventListener('message', ({ data }) => {
    received.push(JSON.parse(String(data)) as Received)
    heard.resolve()
  })
  await Promise.race([once(socket, 'open'), heard.promise])

  async function next(): Promise<Received> {
    for (;;) {
      const first = received.shift()
      if (first !== undefined) return first
      if (socket.readyState === WebSocket.OPEN) heard = Promise.withResolvers()
      await heard.promise
    }
  }
  return {
    protocol: socket.protocol,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    sendBinary: (data) => socket.send(data),
    next,
    async until(type) {
      const messages = [await next()]
      while (messages.at(-1)?.type !== type) messages.push(await next())
      return messages
    },
    closed,
    close: () => socket.close(),
  }
}
