import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietLogger as logger } from '../../test/databases.ts'
import type { WebSearchSettings } from '../config/config.ts'
import { listen } from '../egress/listener.fixture.ts'
import { openWebSearch } from './web-search.ts'

test('the configured search engine is opened, and closed with the service', async (t) => {
  const { port, connections } = await listen(t, (_, response) =>
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ results: [{ url: 'https://example.com/', title: 'A', content: 'B' }] })),
  )
  const parts: { close(): Promise<void> }[] = []
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    parts.push(part)
    return part
  }
  const open = (webSearch: WebSearchSettings | undefined) => openWebSearch({ config: { webSearch }, logger, opened })
  assert.equal(await open(undefined), undefined)
  assert.equal(parts.length, 0)
  const search = await open({ provider: 'searxng', baseUrl: `http://127.0.0.1:${port}` })
  const found = await search?.search('x', { limit: 5 })
  assert.deepEqual(found, [{ url: 'https://example.com/', title: 'A', snippet: 'B' }])
  const others = [
    { provider: 'brave', apiKey: 'k' },
    { provider: 'tavily', apiKey: 'k' },
    { provider: 'google', apiKey: 'k', engineId: 'e' },
  ] as const
  for (const settings of others) assert.equal((await open(settings))?.provider, settings.provider)
  // Opening asks nobody.
  assert.equal(connections(), 1)
  await Promise.all(parts.map((part) => part.close()))
  await assert.rejects(search?.search('x', { limit: 5 }) ?? Promise.resolve(), /cannot be reached/)
})
