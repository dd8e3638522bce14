import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { html, loopbackWeb, prose, startSite, type Pages, type Site } from '../../../test/web-site.ts'
import { createDocumentReader } from '../../adapters/parsers/reader.ts'
import { parserForMediaType } from '../../adapters/parsers/registry.ts'
import { AppError } from '../../core/errors.ts'
import type { PageReader } from '../../core/ports/web.ts'
import { createFetch } from '../../egress/fetch.ts'
import { PUBLIC_ONLY } from '../../egress/target.ts'
import { assemble } from '../ingestion/canonical.ts'
import { chunk } from '../ingestion/chunks.ts'
import { createReadPage } from './read-page.ts'
import { createPageReader } from './scraping.ts'
import { createVisit } from './visit.ts'

interface Readers {
  readonly site: Site
  readonly pages: PageReader
}

async function start(t: TestContext, served: Pages): Promise<Readers> {
  const site = await startSite(t, served)
  const { web } = loopbackWeb(site.port)
  const limits = {
    bytes: 10_000_000,
    ratio: 100,
    milliseconds: 20_000,
    redirects: 5,
    mediaTypes: new Set(['text/html', 'text/plain']),
  }
  const fetch = createFetch({ rules: web.rules ?? PUBLIC_ONLY, limits, ...(web.resolve && { resolve: web.resolve }) })
  const reader = createDocumentReader()
  t.after(() => Promise.all([fetch.close(), reader.close()]))
  const visit = createVisit({ fetch, bytes: async () => undefined, clock: { now: () => new Date() }, version: '1' })
  const extensionOf = (mediaType: string) => parserForMediaType(mediaType)?.extensions[0]
  const pages = createPageReader(createReadPage({ visit, reader, extensionOf }), async ({ title, blocks }) => {
    const { content, blocks: stored } = assemble(blocks)
    const countTokens = (text: string): number => text.split(/\s+/).length
    const options = { title, content, blocks: stored, countTokens, maxTokens: 40, language: 'en', maxChunks: 50_000 }
    return { content, chunks: chunk(options), language: 'en' }
  })
  return { site, pages }
}

test('a page is read for an answer and not stored: its text, title, language and date; errors are those of a scrape', async (t) => {
  const { site, pages } = await start(t, {
    '/': { status: 302, headers: { location: '/page' } },
    '/page': html('The quay', prose('quay'), '<meta property="article:published_time" content="2024-02-03T04:05:06Z">'),
    '/notes.txt': { headers: { 'content-type': 'text/plain' }, body: 'Some notes.\r\nMore.' },
    '/film': { headers: { 'content-type': 'video/mp4' }, body: 'x' },
  })

  const page = await pages.readPage(`http://site.example.com:${site.port}`)
  assert.match(page.text, /^The quay\n\nThe quay has a part 0/)
  assert.ok(page.passages.length > 1)
  for (const { start, end, text } of page.passages) assert.equal(page.text.slice(start, end), text)
  assert.deepEqual(
    { ...page, text: '', passages: [] },
    {
      url: `http://site.example.com:${site.port}/page`,
      title: 'The quay',
      text: '',
      passages: [],
      mediaType: 'text/html',
      language: 'en',
      published: '2024-02-03T04:05:06.000Z',
    },
  )
  assert.equal((await pages.readPage(`${site.origin}/notes.txt`)).text, 'Some notes.\nMore.')
  const refused = { 'http://10.0.0.1/': 'blocked_address', [`${site.origin}/film`]: 'unsupported_media_type' }
  for (const [url, code] of Object.entries(refused)) {
    await assert.rejects(pages.readPage(url), (error) => error instanceof AppError && error.code === code, url)
  }
  const stop = new AbortController()
  stop.abort(new Error('no longer wanted'))
  await assert.rejects(pages.readPage(`${site.origin}/page`, { signal: stop.signal }), /no longer wanted/)
})

test('of a long page the beginning is read, of a table under its header, and no more', async (t) => {
  const rows = Array.from({ length: 30_000 }, (_, i) => `<tr><td>part ${i}</td><td>${i} mm</td></tr>`).join('')
  const table = (body: string) => `<table><tr><th>Name</th><th>Length</th></tr>${body}</table>`
  const { site, pages } = await start(t, {
    '/table': html('Parts', `<article>${prose('quay')}${table(rows)}</article>`),
    '/cell': html(
      'A cell',
      `<article>${prose('quay')}${table(`<tr><td>${'wörd 😀'.repeat(60_000)}</td></tr>`)}</article>`,
    ),
    '/text': html('A text', `<article>${`<p>${'😀'.repeat(999)} a</p>`.repeat(200)}</article>`),
  })
  for (const path of ['/table', '/cell', '/text']) {
    const { text, passages } = await pages.readPage(`${site.origin}${path}`)
    assert.ok(text.length <= 200_000 && text.length > 190_000, `${path}: ${text.length}`)
    assert.ok(text.isWellFormed() && !text.includes('\ufffd'), path)
    assert.ok((passages.at(-1)?.end ?? 0) <= text.length)
  }
  const { text, passages } = await pages.readPage(`${site.origin}/table`)
  assert.match(text, /\nName \| Length\npart 0 \| 0 mm\n/)
  assert.match(passages.at(-1)?.context ?? '', /Name \| Length/)
})

test('a title has an end, whatever it is taken from', async (t) => {
  const { site, pages } = await start(t, {
    '/a': `<!doctype html><html><body><article><h1>a${'😀'.repeat(2000)}</h1>${prose('quay')}</article></body></html>`,
  })
  const { title } = await pages.readPage(`${site.origin}/a`)
  assert.equal(title, `a${'😀'.repeat(249)}`)
})
