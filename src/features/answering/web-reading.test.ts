import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ChunkDraft } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type DocumentId } from '../../core/ids.ts'
import type { WebSearch } from '../../core/ports/web.ts'
import { logger as silent } from './answering.fixture.ts'
import { createAnswerWeb, type OpenPage, type WebAccess } from './answer-web.ts'
import { readWeb } from './web-reading.ts'

const logged: unknown[] = []
const logger = { ...silent, warn: (line: object) => void logged.push(line) }
const chunk = { ordinal: 0, start: 0, end: 1, text: 'a', context: '', page: null, tokens: 1 } as unknown as ChunkDraft

/** Pages whose address says so are read at once; the others when nobody waits any longer. */
const open: OpenPage = async (_owner, url, { signal }) => {
  if (url.includes('fast')) {
    return {
      documentId: `web-${url}` as DocumentId,
      version: 1,
      url,
      title: url,
      length: 1,
      language: null,
      chunks: [chunk],
    }
  }
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
}

const found = (...names: readonly string[]): WebSearch => ({
  provider: 'an engine',
  search: async () => names.map((name) => ({ url: `https://${name}.example.com/`, title: name, snippet: '' })),
})

async function reading(question: string, access: Partial<WebAccess>) {
  const web = createAnswerWeb(
    { owner: LOCAL_USER, question, webSearch: access.search !== undefined },
    { search: undefined, open, patience: 120_000, readingPatience: 100, ...access },
    logger,
  )
  const errors: (string | undefined)[] = []
  for await (const event of readWeb(web, [question], {})) errors.push('error' in event ? event.error : undefined)
  return { web, errors: errors.filter((error) => error !== undefined) }
}

test('all that is read before an answer has one deadline, however many pages are slow', async () => {
  const slow = Array.from({ length: 8 }, (_, i) => `slow${i}`)
  const some = await reading('Who? https://slow.example.com/', { search: found('fast', ...slow) })
  assert.deepEqual(some.errors, [
    'Not every page that was to be read was there in time: reading the web ended after 0.1 s.',
    'slow.example.com was not read: Reading the web took longer than 0.1 s.',
  ])
  assert.equal(some.web.pages.length, 1)
  const none = await reading('Who?', { search: found(...slow) })
  assert.deepEqual(none.errors, ['None of the pages that the web search found could be read.'])
  // Others than those that were waited for are not begun.
  assert.equal(none.web.sources().length, 3)
  const engine: WebSearch = {
    provider: 'an engine',
    search: (_, { signal }) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  }
  assert.deepEqual((await reading('Who?', { search: engine })).errors, ['Reading the web took longer than 0.1 s.'])
})

test('a search that fails in whatever way costs its results, and is made again when it is asked for again', async () => {
  const outcomes = [new TypeError('of its own'), new AppError('upstream_failed', 'Away.')]
  const engine: WebSearch = {
    provider: 'an engine',
    async search() {
      const outcome = outcomes.shift()
      if (outcome !== undefined) throw outcome
      return [{ url: 'https://fast.example.com/', title: 'fast', snippet: '' }]
    },
  }
  const { web, errors } = await reading('Who?', { search: engine })
  assert.deepEqual(errors, ['The web search failed.'])
  assert.equal(logged.length, 1)
  await assert.rejects(web.search('Who?', {}), /Away/)
  assert.equal((await web.search('Who?', {})).length, 1)
})

test('a page that was not read is named by its address as one follows it', async () => {
  const refused = () => Promise.reject(new AppError('upstream_failed', 'Away.'))
  const { web } = await reading('Who? HTTPS://Example.com/gö\ud800\0ne WWW.example.org', { open: refused })
  assert.deepEqual(
    web.sources().map(({ url, title }) => [url, title]),
    [
      ['https://example.com/g%C3%B6%EF%BF%BD%00ne', 'https://example.com/g%C3%B6%EF%BF%BD%00ne'],
      ['https://www.example.org/', 'https://www.example.org/'],
    ],
  )
})
