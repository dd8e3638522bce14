// A site of 200 pages on loopback, crawled twice in two crawls of a hundred pages each: what is sent again, and read again.
import type { TestContext } from 'node:test'
import { eventually, startService } from '../test/service.ts'
import { html, loopbackWeb, prose, startSite, type Page } from '../test/web-site.ts'

const PAGES = 100
const closers: (() => unknown)[] = []
const t = { after: (close: () => unknown) => closers.push(close) } as unknown as TestContext

const pages: Record<string, Page> = {}
for (const part of ['one', 'two']) {
  const names = Array.from({ length: PAGES - 1 }, (_, i) => `/${part}/page-${i}`)
  const list = names.map((name) => `<p><a href="${name}">${name}</a></p>`).join('')
  pages[`/${part}/`] = { body: html(`Part ${part}`, prose(part) + list), mark: 'etag' }
  for (const [i, name] of names.entries()) {
    pages[name] = {
      body: html(`Page ${i} of ${part}`, prose(`${part}${i}`, 20)),
      mark: i % 2 === 0 ? 'etag' : 'last-modified',
    }
  }
}

try {
  const site = await startSite(t, pages)
  const service = await startService(t, {
    env: { UPLOAD_WAIT: '600', REQUEST_TIMEOUT: '600' },
    deps: loopbackWeb(site.port),
  })
  const ask = async <T>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> =>
    (await service.json(method, path, body)).body as T
  const jobs = async (): Promise<number> => (await ask<{ total: number }>('GET', '/api/v1/jobs?limit=1')).total
  for (const combined of [true, false]) {
    for (const round of ['first', 'again']) {
      const before = await jobs()
      const begun = performance.now()
      let scraped = 0
      for (const part of ['one', 'two']) {
        const report = await ask<{ successful_pages: number }>('POST', '/api/v1/bulk-scrape-website', {
          url: `${site.origin}/${part}/`,
          max_pages: PAGES,
          combine_into_single_document: combined,
        })
        scraped += report.successful_pages
      }
      const seconds = (performance.now() - begun) / 1000
      await eventually(
        () => ask<{ documents: { searchable: string }[] }>('GET', '/api/v1/documents?limit=200'),
        ({ documents }) => documents.every(({ searchable }) => searchable === 'full'),
      )
      const bodies = site.bodies().length
      const readings = (await jobs()) - before - 2
      console.log(
        JSON.stringify({ combined, round, pages: scraped, bodies, readings, seconds: Number(seconds.toFixed(1)) }),
      )
    }
  }
} finally {
  for (const close of closers.reverse()) await close()
}
