import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { KNOWN } from '../src/adapters/web-search/providers.fixture.ts'
import type { WebResult } from '../src/core/ports/web.ts'

export interface SearchServer {
  /** How the service is told to use it. */
  readonly env: Readonly<Record<string, string>>
  /** What was searched for, oldest first. */
  readonly queries: string[]
  readonly languages: (string | undefined)[]
  /** What the next searches find. */
  results: readonly WebResult[] | ((query: string) => readonly WebResult[])
  /** Answers with this status instead, and nothing in it. */
  status: number
}

/** A search engine on loopback that speaks SearXNG's format and finds what it is told to. */
export async function startSearchServer(t: TestContext, results: readonly WebResult[] = []): Promise<SearchServer> {
  const { read, answer } = KNOWN.searxng
  const server = createServer((request, response) => {
    const { query, language } = read(request, '')
    engine.queries.push(query)
    engine.languages.push(language)
    response
      .writeHead(engine.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(answer(typeof engine.results === 'function' ? engine.results(query) : engine.results)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const env = { WEB_SEARCH_PROVIDER: 'searxng', SEARXNG_URL: `http://127.0.0.1:${port}/searxng/` }
  const engine: SearchServer = { env, queries: [], languages: [], results, status: 200 }
  return engine
}
