import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A server on 127.0.0.1 that speaks the wire formats of OpenAI's embeddings (`POST /v1/embeddings`) and of Ollama's
 * (`POST /api/embed`), in the place of a paid service. A text's vector is a count of its words, so that texts which share
 * words are alike; a request may be answered otherwise.
 */
export interface EmbeddingServer {
  /** For OPENAI_BASE_URL. */
  readonly openAi: string
  /** For OLLAMA_BASE_URL. */
  readonly ollama: string
  /** Every request, oldest first. */
  readonly asked: readonly AskedVectors[]
  /** From now on requests are answered so; what gives undefined leaves it to the model. */
  answerWith(reply: VectorReply | VectorResponder | undefined): void
  /** Requests that are being answered now, and the most there ever were. */
  readonly open: number
  readonly mostOpen: number
  /** Stops listening, and listens on the same port again. */
  stop(): Promise<void>
  start(): Promise<void>
  close(): Promise<void>
}

export interface AskedVectors {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly model: string
    readonly input: readonly string[]
    readonly dimensions?: number
    readonly encoding_format?: string
    readonly [field: string]: unknown
  }
  /** Resolves when the client has left before it was answered, or has its answer. */
  readonly ended: Promise<'complete' | 'left'>
}

export type VectorResponder = (
  asked: AskedVectors,
  nth: number,
) => VectorReply | undefined | Promise<VectorReply | undefined>

export type VectorReply =
  /** `body` as JSON, or as it stands where it is a text. */
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  /** The connection is cut before any answer or in the middle of it, or none ever comes. */
  | { readonly instead: 'cut' | 'half' | 'silence' }

export interface VectorServerOptions {
  /** Length of the model's own vectors. */
  readonly dimension?: number
  /** Vectors as numbers, whatever is asked for. */
  readonly floats?: boolean
  /** Characters of the longest text that is taken. */
  readonly longest?: number
}

export async function startEmbeddingServer({
  dimension = 64,
  floats = false,
  longest = Infinity,
}: VectorServerOptions = {}): Promise<EmbeddingServer> {
  let responder: VectorResponder = () => undefined
  const asked: AskedVectors[] = []
  let open = 0
  let mostOpen = 0

  const server = createServer((request, response) => {
    open++
    mostOpen = Math.max(mostOpen, open)
    serve(request, response)
      .catch((error: unknown) => {
        if (response.destroyed) return
        console.error(error)
        response.destroy()
      })
      .finally(() => open--)
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const path = request.url ?? '/'
    if (request.method !== 'POST' || !['/v1/embeddings', '/api/embed'].includes(path)) {
      return sendJson(response, 404, { error: { message: `Unknown request URL: ${path}` } })
    }
    const ended = new Promise<'complete' | 'left'>((resolve) => {
      response.once('close', () => resolve(response.writableFinished ? 'complete' : 'left'))
    })
    const body = JSON.parse(Buffer.concat(parts).toString('utf8')) as AskedVectors['body']
    const one: AskedVectors = { path, headers: request.headers, body, ended }
    asked.push(one)
    const reply = (await responder(one, asked.length - 1)) ?? usual(one)
    if ('instead' in reply) {
      if (reply.instead === 'cut') request.socket.destroy()
      if (reply.instead === 'half') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
        response.write('{"object":"list","data":[', () => request.socket.destroy())
      }
      // Open till the client leaves.
      await ended
      return
    }
    sendJson(response, reply.status ?? 200, reply.body, reply.headers)
  }

  function usual({ path, body }: AskedVectors): VectorReply {
    if (body.input.some(({ length }) => length > longest)) {
      const message = `This model's maximum context length is ${longest} tokens, however you requested more.`
      return refusal(400, message)
    }
    const vectors = body.input.map((text) => wordVector(text, body.dimensions ?? dimension))
    if (path === '/api/embed') return { body: { model: body.model, embeddings: vectors.map((v) => [...v]) } }
    return { body: openAiAnswer(vectors, !floats && body.encoding_format === 'base64') }
  }

  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const stop = async (): Promise<void> => {
    if (!server.listening) return
    const closed = once(server, 'close')
    server.close()
    server.closeAllConnections()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    openAi: `http://127.0.0.1:${port}/v1`,
    ollama: `http://127.0.0.1:${port}`,
    asked,
    answerWith(reply) {
      const from = asked.length
      responder = typeof reply === 'function' ? (one, nth) => reply(one, nth - from) : () => reply
    },
    get open() {
      return open
    },
    get mostOpen() {
      return mostOpen
    },
    stop,
    start: () => listen(port),
    close: stop,
  }
}

/** As OpenAI answers; vectors in the order given, `at` says of which text each is. */
export const openAiAnswer = (vectors: readonly Float32Array[], base64 = false, at: readonly number[] = []) => ({
  object: 'list',
  data: vectors.map((vector, i) => ({
    object: 'embedding',
    index: at[i] ?? i,
    embedding: base64 ? Buffer.from(new Uint8Array(vector.buffer)).toString('base64') : [...vector],
  })),
  model: 'test-embedding',
  usage: { prompt_tokens: 1, total_tokens: 1 },
})

export const refusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): VectorReply => ({ status, headers, body: { error: { message, type: 'invalid_request_error', code: null } } })

/** Counts of words by their hash, not of length 1; every text has something of all others, as models give it. */
export function wordVector(text: string, dimension: number): Float32Array {
  const vector = new Float32Array(dimension).fill(0.3)
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let hash = 0
    for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
    vector[hash % dimension] = (vector[hash % dimension] ?? 0) + 1
  }
  return vector
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
