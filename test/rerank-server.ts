import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * A server on 127.0.0.1 that speaks the wire format which Cohere's and Jina's `/rerank` share, in the place of a paid
 * service: the share of the query's words that a document has. A request may be answered otherwise.
 */
export interface RerankServer {
  /** For RERANKER_URL. */
  readonly url: string
  /** Every request, oldest first. */
  readonly asked: readonly AskedRanks[]
  answerWith(reply: RankReply | ((asked: AskedRanks) => RankReply) | undefined): void
  close(): Promise<void>
}

export interface AskedRanks {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: {
    readonly model: string
    readonly query: string
    readonly documents: readonly string[]
    readonly top_n: number
    readonly [field: string]: unknown
  }
}

/** Scores in the order of the documents, an answer as it stands, or none. */
export type RankReply =
  | { readonly scores: readonly number[] }
  | { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body: unknown }
  | { readonly instead: 'cut' | 'silence' }

export async function startRerankServer(): Promise<RerankServer> {
  let responder = (asked: AskedRanks): RankReply => ({ scores: sharedWords(asked) })
  const asked: AskedRanks[] = []
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.destroyed) console.error(error)
      response.destroy()
    })
  })
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const path = request.url ?? '/'
    if (request.method !== 'POST' || path !== '/v1/rerank')
      return sendJson(response, 404, { message: 'page not found' })
    const one = { path, headers: request.headers, body: JSON.parse(Buffer.concat(parts).toString('utf8')) }
    asked.push(one)
    const reply = responder(one)
    if ('instead' in reply) {
      if (reply.instead === 'cut') request.socket.destroy()
      return
    }
    if ('scores' in reply) return sendJson(response, 200, ranks(reply.scores))
    sendJson(response, reply.status ?? 200, reply.body, reply.headers)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    answerWith(reply) {
      responder = typeof reply === 'function' ? reply : (one) => reply ?? { scores: sharedWords(one) }
    },
    async close() {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

/** As both answer: best first, each with its place among the documents. */
const ranks = (scores: readonly number[]) => ({
  id: 'test',
  results: scores
    .map((score, index) => ({ index, relevance_score: score }))
    .toSorted((a, b) => b.relevance_score - a.relevance_score),
  meta: { api_version: { version: '2' } },
})

const words = (text: string): string[] => text.toLowerCase().match(/\p{L}+/gu) ?? []

function sharedWords({ body }: AskedRanks): number[] {
  const asked = words(body.query)
  return body.documents.map((text) => {
    const there = new Set(words(text))
    return asked.filter((word) => there.has(word)).length / Math.max(1, asked.length)
  })
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
