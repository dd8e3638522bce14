// A site on loopback that counts what is asked of it, and the allowance by which the service reaches it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import type { WebOptions } from '../src/compose/web.ts'
import { parseNetwork } from '../src/egress/addresses.ts'

export interface Page {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** With a mark by which the server tells whether it has changed. */
  readonly mark?: 'etag' | 'last-modified'
  readonly version?: number
}

export type Pages = Record<string, Page | string | ((request: IncomingMessage, response: ServerResponse) => void)>

export interface Site {
  readonly port: number
  readonly origin: string
  readonly pages: Pages
  /** Method, path and status of each answer, in order; forgotten when taken. */
  take(): string[]
  /** Paths of which a body was sent. */
  bodies(): string[]
  connections(): number
}

export const html = (title: string, body: string, head = ''): string =>
  `<!doctype html><html lang="en"><head><title>${title}</title>${head}</head><body><h1>${title}</h1>${body}</body></html>`

/** Sentences about nothing else that any other page has. */
export const prose = (about: string, sentences = 8): string =>
  Array.from(
    { length: sentences },
    (_, i) =>
      `<p>The ${about} has a part ${i} that the ${about} keeper of ${about} number ${i} looks after by hand.</p>`,
  ).join('')

/** What is not among the pages is 404. */
export async function startSite(t: TestContext, pages: Pages, address = '127.0.0.1'): Promise<Site> {
  let connections = 0
  const log: string[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    response.on('finish', () => log.push(`${response.statusCode} ${path}`))
    const page = pages[path] ?? pages['*']
    if (typeof page === 'function') return page(request, response)
    if (page === undefined) return response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Not here</p>')
    const {
      status = 200,
      headers = {},
      body = '',
      mark,
      version = 1,
    } = typeof page === 'string' ? { body: page } : page
    const date = new Date(Date.UTC(2024, 0, version)).toUTCString()
    const marks = mark === 'etag' ? { etag: `"${path}-${version}"` } : mark && { 'last-modified': date }
    const same =
      mark === 'etag'
        ? request.headers['if-none-match'] === `"${path}-${version}"`
        : mark !== undefined && request.headers['if-modified-since'] === date
    if (same) return response.writeHead(304, marks).end()
    if (status === 200) bodies.push(path)
    return response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', ...marks, ...headers }).end(body)
  })
  server.on('connection', () => connections++)
  server.listen(0, address)
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    origin: `http://${address}:${port}`,
    pages,
    take: () => log.splice(0),
    bodies: () => bodies.splice(0),
    connections: () => connections,
  }
}

/** 127.0.0.1 at these ports, and names of a public look that lead to it; 127.0.0.2 stands for what is refused. */
export function loopbackWeb(...ports: readonly number[]): { readonly web: WebOptions } {
  const network = parseNetwork('127.0.0.1')
  assert.ok(network)
  const names: Readonly<Record<string, string>> = {
    'site.example.com': '127.0.0.1',
    'www.site.example.com': '127.0.0.1',
    'other.example.com': '127.0.0.1',
    'hidden.example.com': '127.0.0.2',
  }
  return {
    web: {
      rules: { networks: [network], names: new Set(), ports: new Set(ports) },
      resolve: async (name) => (names[name] === undefined ? [] : [{ address: names[name] }]),
      pauseMs: 0,
      // On a machine with other work a page takes longer than anybody would wait for it.
      patienceMs: 120_000,
      readingPatienceMs: 120_000,
    },
  }
}
