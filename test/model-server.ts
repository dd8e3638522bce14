import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A server on 127.0.0.1 that speaks the wire format of a provider of language models, in the place of a paid service.
 * What it says is scripted per request.
 */
export interface ModelServer {
  /** As the configuration wants the provider's address. */
  readonly url: string
  /** Every answer that was asked for, oldest first. */
  readonly asked: readonly Asked[]
  /** From now on requests are answered so; a responder counts them from here. */
  answerWith(reply: Reply | Responder): void
  /** Streams that are being written now. */
  readonly open: number
  close(): Promise<void>
}

export interface Asked {
  readonly headers: IncomingMessage['headers']
  /** With its query. */
  readonly path: string
  readonly body: ChatBody
  /** How the connection ended: all was written, or the client left before. */
  readonly ended: Promise<'complete' | 'left'>
}

export interface ChatBody {
  readonly model: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly messages: readonly { readonly role: string; readonly content: string; readonly [field: string]: unknown }[]
  readonly [field: string]: unknown
}

export type Responder = (asked: Asked, nth: number) => Reply

/** A stream of steps (a generator is used up by one request), or an answer with a status of its own, or none. */
export type Reply =
  | Iterable<Step>
  | AsyncIterable<Step>
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  /** The connection is cut before any answer, or none ever comes. */
  | { readonly instead: 'cut' | 'silence' }

export type Step =
  /** A piece of the answer. */
  | string
  | { readonly pause: number }
  | { readonly until: Promise<unknown> }
  /** Bytes as they stand, for what no good server sends. */
  | { readonly raw: string | Uint8Array }
  | { readonly call: ScriptedCall }
  /** Why the model stopped, in the provider's word; where a script names none, that it was done. */
  | { readonly finish: string }
  | { readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } }
  /** An error in the middle of a stream, as the service words it. */
  | { readonly error: { readonly message: string; readonly type?: string; readonly code?: string | number } }
  /** The socket is destroyed, or the answer ends in the middle. */
  | { readonly cut: 'socket' | 'end' }

export interface ScriptedCall {
  readonly id: string
  readonly name: string
  /** JSON. */
  readonly arguments: string
}

/** The usual script: `text` in pieces of a word each, `gap` milliseconds between them. */
export const spoken = (text: string, gap = 0): Step[] =>
  (text.match(/\s*\S+/g) ?? []).flatMap((piece, i): Step[] => (gap > 0 && i > 0 ? [{ pause: gap }, piece] : [piece]))

/** One reply a request, the last one for all further. */
export const inTurn =
  (...replies: readonly [Reply, ...Reply[]]): Responder =>
  (_, nth) =>
    replies[Math.min(nth, replies.length - 1)] ?? replies[0]

export interface Counts {
  readonly prompt: number
  readonly completion: number
}

/** Writes one answer, piece by piece, in a provider's format. */
export interface Writing {
  begin(prompt: number): string
  text(piece: string): string
  call(call: ScriptedCall): string
  error(error: Extract<Step, { error: unknown }>['error']): string
  /** `reason` undefined: it was done. */
  end(reason: string | undefined, counts: Counts): string
}

export interface WireFormat {
  /** Behind the server's origin, for the configuration. */
  readonly base: string
  /** Of the request for an answer. */
  readonly path: string
  readonly contentType: string
  readonly pages: Readonly<Record<string, object>>
  writing(body: ChatBody): Writing
  /** For a client that does not stream; absent: all must. */
  whole?(body: ChatBody, text: string, counts: Counts): object
}

export async function startModelServer(
  format: WireFormat,
  initial: Reply | Responder,
  { port = 0 }: { readonly port?: number } = {},
): Promise<ModelServer> {
  let responder = responderOf(initial)
  const asked: Asked[] = []
  let open = 0

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // The client left: what could not be written any more concerns nobody.
      if (response.destroyed) return
      console.error(error)
      response.destroy()
    })
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
    const page = request.method === 'GET' ? format.pages[path] : undefined
    if (page !== undefined) return sendJson(response, 200, page)
    if (request.method !== 'POST' || path !== format.path) {
      return sendJson(response, 404, { error: { message: `Unknown request URL: ${request.method} ${path}.` } })
    }
    const body = JSON.parse(await bodyOf(request)) as ChatBody
    const ended = new Promise<'complete' | 'left'>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'complete' : 'left'))
    })
    const one: Asked = { headers: request.headers, path: request.url ?? '', body, ended }
    asked.push(one)
    const reply = responder(one, asked.length - 1)
    if ('status' in reply) return sendJson(response, reply.status, reply.body, reply.headers)
    if ('instead' in reply) {
      if (reply.instead === 'cut') request.socket.destroy()
      return
    }
    open++
    try {
      await (body.stream === true ? stream(format, response, body, reply) : whole(format, response, body, reply))
    } finally {
      open--
    }
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${format.base}`,
    asked,
    answerWith(reply) {
      const from = asked.length
      const next = responderOf(reply)
      responder = (one, nth) => next(one, nth - from)
    },
    get open() {
      return open
    },
    async close() {
      server.close()
      server.closeAllConnections()
      if (server.listening) await once(server, 'close')
    },
  }
}

/** What a model takes a token for, about: the counts need not be right, only there. */
const CHARACTERS_PER_TOKEN = 4

const promptOf = ({ messages }: ChatBody): number => {
  const lengths = messages.map(
    ({ content }) => (typeof content === 'string' ? content : JSON.stringify(content)).length,
  )
  return Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / CHARACTERS_PER_TOKEN)
}

const responderOf = (replies: Reply | Responder): Responder => (typeof replies === 'function' ? replies : () => replies)

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

async function stream(
  format: WireFormat,
  response: ServerResponse,
  body: ChatBody,
  steps: Iterable<Step> | AsyncIterable<Step>,
): Promise<void> {
  response.writeHead(200, { 'content-type': format.contentType, 'cache-control': 'no-cache' })
  response.flushHeaders()
  // A timer that wakes for somebody who left would keep a test's process alive.
  const left = new AbortController()
  response.once('close', () => left.abort())
  const write = async (data: string | Uint8Array): Promise<void> => {
    if (data.length === 0 || left.signal.aborted || response.destroyed || response.write(data)) return
    await once(response, 'drain', { signal: left.signal })
  }

  const writing = format.writing(body)
  let counts: Counts = { prompt: promptOf(body), completion: 0 }
  let reason: string | undefined
  await write(writing.begin(counts.prompt))
  for await (const step of steps) {
    if (left.signal.aborted) return
    if (typeof step === 'string') {
      counts = { ...counts, completion: counts.completion + 1 }
      await write(writing.text(step))
    } else if ('pause' in step) {
      await sleep(step.pause, undefined, { signal: left.signal })
    } else if ('until' in step) {
      await Promise.race([step.until, once(left.signal, 'abort')])
    } else if ('raw' in step) {
      await write(step.raw)
    } else if ('call' in step) {
      await write(writing.call(step.call))
    } else if ('finish' in step) {
      reason = step.finish
    } else if ('usage' in step) {
      counts = { prompt: step.usage.prompt_tokens, completion: step.usage.completion_tokens }
    } else if ('error' in step) {
      await write(writing.error(step.error))
    } else {
      if (step.cut === 'socket') response.destroy()
      else response.end()
      return
    }
  }
  await write(writing.end(reason, counts))
  response.end()
}

/** The same script for a client that does not stream. */
async function whole(
  format: WireFormat,
  response: ServerResponse,
  body: ChatBody,
  steps: Iterable<Step> | AsyncIterable<Step>,
): Promise<void> {
  let completion = 0
  let content = ''
  for await (const step of steps) {
    if (typeof step === 'string') {
      content += step
      completion++
    } else if ('error' in step) {
      return sendJson(response, 500, { error: step.error })
    }
  }
  const answer = format.whole?.(body, content, { prompt: promptOf(body), completion })
  if (answer === undefined) return sendJson(response, 400, { error: 'Only streams are scripted.' })
  sendJson(response, 200, answer)
}
