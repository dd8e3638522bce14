import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A server on 127.0.0.1 that speaks the wire format of OpenAI's chat completions, in the place of a paid service.
 * What it says is scripted per request. Started by itself (`node test/openai-server.ts --gap 20 --tokens 60`) it prints
 * its base URL and answers everybody at that pace, for benches that want it in a process of its own.
 */
export interface OpenAiServer {
  /** For OPENAI_BASE_URL. */
  readonly url: string
  /** Every completion that was asked for, oldest first. */
  readonly asked: readonly Asked[]
  /** From now on requests are answered so; a responder counts them from here. */
  answerWith(reply: Reply | Responder): void
  /** Streams that are being written now. */
  readonly open: number
  close(): Promise<void>
}

export interface Asked {
  readonly headers: IncomingMessage['headers']
  readonly body: ChatBody
  /** How the connection ended: all was written, or the client left before. */
  readonly ended: Promise<'complete' | 'left'>
}

export interface ChatBody {
  readonly model: string
  readonly stream?: boolean
  readonly stream_options?: { readonly include_usage?: boolean }
  readonly messages: readonly { readonly role: string; readonly content: string }[]
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
  /** Why the model stopped; `stop` where a script names none. */
  | { readonly finish: string }
  | { readonly usage: { readonly prompt_tokens: number; readonly completion_tokens: number } }
  /** An error in the middle of a stream, as the service words it. */
  | { readonly error: { readonly message: string; readonly type?: string; readonly code?: string | number } }
  /** The socket is destroyed, or the answer ends without `finish` and `[DONE]`. */
  | { readonly cut: 'socket' | 'end' }

/** The usual script: `text` in pieces of a word each, `gap` milliseconds between them. */
export const spoken = (text: string, gap = 0): Step[] =>
  (text.match(/\s*\S+/g) ?? []).flatMap((piece, i): Step[] => (gap > 0 && i > 0 ? [{ pause: gap }, piece] : [piece]))

/** A refusal as OpenAI words one. */
export const refusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  type = 'invalid_request_error',
): Reply => ({ status, headers, body: { error: { message, type, param: null, code: null } } })

export async function startOpenAiServer(
  initial: Reply | Responder = spoken('The sources say so [1].'),
  { port = 0 }: { readonly port?: number } = {},
): Promise<OpenAiServer> {
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
    if (request.method === 'GET' && path === '/v1/models') {
      return sendJson(response, 200, { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'test' }] })
    }
    if (request.method !== 'POST' || path !== '/v1/chat/completions') {
      return sendJson(response, 404, { error: { message: `Unknown request URL: ${request.method} ${path}.` } })
    }
    const body = JSON.parse(await bodyOf(request)) as ChatBody
    const ended = new Promise<'complete' | 'left'>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'complete' : 'left'))
    })
    const one: Asked = { headers: request.headers, body, ended }
    asked.push(one)
    const reply = responder(one, asked.length - 1)
    if ('status' in reply) return sendJson(response, reply.status, reply.body, reply.headers)
    if ('instead' in reply) {
      if (reply.instead === 'cut') request.socket.destroy()
      return
    }
    open++
    try {
      await (body.stream === true ? stream(response, body, reply) : whole(response, body, reply))
    } finally {
      open--
    }
  }

  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
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

const MODEL = 'test-model'
/** What a model takes a token for, about: the counts need not be right, only there. */
const CHARACTERS_PER_TOKEN = 4

const responderOf = (replies: Reply | Responder): Responder => (typeof replies === 'function' ? replies : () => replies)

/** One reply a request, the last one for all further. */
export const inTurn =
  (...replies: readonly [Reply, ...Reply[]]): Responder =>
  (_, nth) =>
    replies[Math.min(nth, replies.length - 1)] ?? replies[0]

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

interface Counts {
  readonly prompt: number
  completion: number
}

const countsOf = (body: ChatBody): Counts => ({
  prompt: Math.ceil(body.messages.reduce((sum, { content }) => sum + content.length, 0) / CHARACTERS_PER_TOKEN),
  completion: 0,
})

const usageOf = ({ prompt, completion }: Counts) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
})

async function stream(
  response: ServerResponse,
  body: ChatBody,
  steps: Iterable<Step> | AsyncIterable<Step>,
): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  response.flushHeaders()
  // A timer that wakes for somebody who left would keep a test's process alive.
  const left = new AbortController()
  response.once('close', () => left.abort())

  const withUsage = body.stream_options?.include_usage === true
  const head = { id: 'chatcmpl-test', object: 'chat.completion.chunk', created: 1_700_000_000, model: body.model }
  const write = async (data: string | Uint8Array): Promise<void> => {
    if (left.signal.aborted || response.destroyed || response.write(data)) return
    await once(response, 'drain', { signal: left.signal })
  }
  const send = (fields: object): Promise<void> =>
    write(`data: ${JSON.stringify({ ...head, ...(withUsage ? { usage: null } : {}), ...fields })}\n\n`)
  const choice = (delta: object, reason: string | null = null): object => ({
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
  })

  let usage = countsOf(body)
  let reason = 'stop'
  await send(choice({ role: 'assistant', content: '' }))
  for await (const step of steps) {
    if (left.signal.aborted) return
    if (typeof step === 'string') {
      usage.completion++
      await send(choice({ content: step }))
    } else if ('pause' in step) {
      await sleep(step.pause, undefined, { signal: left.signal })
    } else if ('until' in step) {
      await Promise.race([step.until, once(left.signal, 'abort')])
    } else if ('raw' in step) {
      await write(step.raw)
    } else if ('finish' in step) {
      reason = step.finish
    } else if ('usage' in step) {
      usage = { prompt: step.usage.prompt_tokens, completion: step.usage.completion_tokens }
    } else if ('error' in step) {
      await write(`data: ${JSON.stringify({ error: step.error })}\n\n`)
    } else {
      if (step.cut === 'socket') response.destroy()
      else response.end()
      return
    }
  }
  await send(choice({}, reason))
  if (withUsage) await send({ choices: [], usage: usageOf(usage) })
  await write('data: [DONE]\n\n')
  response.end()
}

/** The same script for a client that does not stream. */
async function whole(
  response: ServerResponse,
  body: ChatBody,
  steps: Iterable<Step> | AsyncIterable<Step>,
): Promise<void> {
  const usage = countsOf(body)
  let content = ''
  for await (const step of steps) {
    if (typeof step === 'string') {
      content += step
      usage.completion++
    } else if ('error' in step) {
      return sendJson(response, 500, { error: step.error })
    }
  }
  sendJson(response, 200, {
    id: 'chatcmpl-test',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: body.model,
    choices: [{ index: 0, message: { role: 'assistant', content }, logprobs: null, finish_reason: 'stop' }],
    usage: usageOf(usage),
  })
}

function argument(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? fallback : Number(process.argv[at + 1])
}

if (import.meta.main) {
  const gap = argument('gap', 20)
  // The first token comes at once, so many follow.
  const text = `The sources say so [1].${' and so on'.repeat(Math.ceil(argument('tokens', 60) / 3))}`
  const words = text.match(/\s*\S+/g) ?? []
  const answer = words.slice(0, argument('tokens', 60) + 1).join('')
  const server = await startOpenAiServer(spoken(answer, gap), { port: argument('port', 0) })
  console.log(server.url)
}
