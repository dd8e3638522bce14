import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gzipSync } from 'node:zlib'
import { eventually, HOST, startService, type Json, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite, type Page, type Pages, type Site } from './web-site.ts'

const PATH = '/api/v1/bulk-scrape-website'

async function start(t: TestContext, pages: Pages) {
  const site = await startSite(t, pages)
  const service = await startService(t, { deps: loopbackWeb(site.port) })
  const crawl = async (fields: object = {}): Promise<Json> => {
    const { status, body } = await service.json('POST', PATH, { url: site.origin, ...fields })
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const paths = (urls: readonly string[]) => urls.map((url) => url.replace(site.origin, ''))
  const reasons = (list: readonly { url: string; reason: string }[]): Record<string, string> =>
    Object.fromEntries(list.map(({ url, reason }) => [url.replace(site.origin, ''), reason]))
  return { site, service, crawl, paths, reasons }
}

const links = (...paths: string[]) => paths.map((path) => `<p><a href="${path}">To ${path}</a></p>`).join('')
const whole = (service: TestService, id: string) =>
  eventually(
    async () => (await service.json('GET', `/api/v1/documents/${id}/content`)).body,
    ({ searchable }) => searchable === 'full',
  )

test('one document of a site: by breadth, each page once, its passages on the page that they are of', async (t) => {
  const { site, service, crawl, paths, reasons } = await start(t, {
    '/robots.txt': {
      headers: { 'content-type': 'text/plain' },
      body: 'User-agent: *\nDisallow: /private\nSitemap: /map.xml.gz',
    },
    '/map.xml.gz': {
      headers: { 'content-type': 'application/gzip' },
      body: gzipSync(
        '<urlset><url><loc>/from-map</loc></url><url><loc>https://elsewhere.example.com/</loc></url></urlset>',
      ),
    },
    '/': html(
      'Start',
      prose('start') +
        links(
          'a/b/',
          '/a',
          'https://other.example.com/',
          '/private/x',
          '/old',
          '/copy',
          'mailto:a@b.c',
          '/a#part',
          '/none',
        ) +
        '<p><a rel="nofollow" href="/unfollowed">x</a></p>',
    ),
    '/a/b/': html('Deep', prose('deep') + links('deeper'), '<base href="/elsewhere/">'),
    '/elsewhere/deeper': html('Deeper', prose('deeper')),
    '/a': html('A', prose('apple', 60) + links('/quiet', '/hidden', '/variant')),
    '/old': { status: 301, headers: { location: '/a' } },
    '/copy': html('A, for printing', prose('apple', 60) + links('/quiet', '/hidden', '/variant')),
    '/quiet': html('Quiet', prose('quiet') + links('/never'), '<meta name="robots" content="nofollow">'),
    '/hidden': html('Hidden', prose('hidden') + links('/behind'), '<meta name="robots" content="noindex">'),
    '/behind': html('Behind', prose('behind')),
    '/variant': html('Variant', prose('variant') + links('/never'), '<link rel="canonical" href="/original">'),
    '/original': html('Original', prose('original')),
    '/from-map': html('From the map', prose('map')),
    '/private/x': 'never asked',
    '/unfollowed': 'never asked',
    '/never': 'never asked',
  })
  const report = await crawl({ max_pages: 50, metadata: { shelf: 1 } })
  assert.deepEqual(paths(report.scraped_urls), [
    '/',
    '/a/b/',
    '/a',
    '/from-map',
    '/elsewhere/deeper',
    '/quiet',
    '/original',
    '/behind',
  ])
  assert.deepEqual(reasons(report.failed_urls), { '/none': 'The page is not there: its server answered 404.' })
  const skipped = reasons(report.skipped_urls)
  assert.deepEqual(Object.keys(skipped).toSorted(), ['/copy', '/hidden', '/old', '/private/x', '/variant'])
  assert.match(skipped['/copy'] ?? '', /says the same as .*\/a$/)
  assert.match(skipped['/old'] ?? '', /same page as .*\/a$/)
  assert.match(skipped['/variant'] ?? '', /same page as .*\/original$/)
  const asked = site.take().map((line) => line.replace(/^\d+ /, ''))
  assert.ok(!asked.some((path) => /private|unfollowed|never/.test(path)), asked.join(' '))

  assert.deepEqual([report.success, report.status, report.document_ids.length], [true, 'processed', 1])
  const [id] = report.document_ids
  const { content, metadata, title } = await whole(service, id)
  assert.equal(title, 'Start')
  assert.equal(metadata.shelf, 1)
  assert.deepEqual(
    metadata.pages.map((page: Json) => [page.page, page.url.replace(site.origin, ''), page.title]).slice(0, 3),
    [
      [1, '/', 'Start'],
      [2, '/a/b/', 'Deep'],
      [3, '/a', 'A'],
    ],
  )
  assert.ok(content.indexOf('deep keeper') < content.indexOf('apple keeper'))
  // It was put together here: its file is its text.
  const file = await service.app.inject({ url: `/api/v1/documents/${id}/file`, headers: HOST })
  assert.deepEqual([file.statusCode, file.body], [200, content])
  assert.match(String(file.headers['content-disposition']), /^attachment; filename="Start\.txt"/)
  const found = await service.json('POST', '/api/v1/search', { query: 'original keeper', search_type: 'keyword' })
  const [best] = found.body.results[0].chunk_analysis.top_chunks
  const place = metadata.pages.find((page: Json) => page.page === best.page)
  assert.equal(place.url, `${site.origin}/original`)
  assert.equal(content.slice(best.start_char, best.end_char), best.content)
})

test('a document for each page; the start alone; no more pages than asked for', async (t) => {
  const { crawl, service, paths } = await start(t, {
    '/': html('Start', prose('start') + links('/a', '/b', '/c')),
    '/a': html('A', prose('apple')),
    '/b': html('B', prose('banana')),
    '/c': html('C', prose('cherry')),
  })
  const three = await crawl({ max_pages: 3, combine_into_single_document: false })
  assert.deepEqual([paths(three.scraped_urls), three.document_ids.length], [['/', '/a', '/b'], 3])
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 3)
  const one = await crawl({ crawl_internal_links: false, combine_into_single_document: false })
  assert.deepEqual(paths(one.scraped_urls), ['/'])
  assert.equal(one.document_ids.length, 1)
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 3)
})

test('traps have an end: calendars, parameters, circles of paths, pages that say 200 and are none, log-ins', async (t) => {
  const { crawl, paths, reasons } = await start(t, {
    '/': html('Start', prose('start') + links('/calendar/1', '/list?sort=0', '/deep/', '/gone', '/login')),
    '/login': html('Members', '<form><input type="password"></form>'),
    '*': (request, response) => {
      const path = request.url ?? ''
      const [, kind, n = ''] = /^\/(calendar\/|list\?sort=)(\d+)$/.exec(path) ?? []
      response.writeHead(path === '/robots.txt' ? 404 : 200, { 'content-type': 'text/html' })
      if (kind !== undefined) {
        const next = links(...[1, 2, 3].map((more) => `/${kind}${Number(n) + more}`))
        return response.end(html(`${kind}${n}`, prose(`thing${kind.length}of${n}x`) + next))
      }
      if (path.startsWith('/deep/')) return response.end(html(path, prose(`level${path.length}`) + links('deep/')))
      return response.end(html('Oh no', '<p>The page that you look for is not here, but look at our other pages.</p>'))
    },
  })
  const report = await crawl({ max_pages: 100, combine_into_single_document: false })
  const scraped = paths(report.scraped_urls)
  const count = (start: string) => scraped.filter((path) => path.startsWith(start)).length
  assert.ok(count('/calendar/') > 5 && count('/calendar/') <= 63, String(count('/calendar/')))
  assert.equal(count('/list'), 20)
  assert.ok(count('/deep/') <= 3, scraped.join(' '))
  const failed = reasons(report.failed_urls)
  assert.match(failed['/gone'] ?? '', /says that it is not there/)
  assert.match(failed['/login'] ?? '', /log-in/)
})

test('again: no body is sent and nothing embedded where nothing has changed; a changed page is a new version', async (t) => {
  for (const combined of [true, false]) {
    const names = Array.from({ length: 30 }, (_, i) => `/page-${i}`)
    const pages: Record<string, Page> = {
      '/': { body: html('Index', prose('index') + links(...names)), mark: 'etag' },
      '/robots.txt': { headers: { 'content-type': 'text/plain' }, body: 'User-agent: *\nAllow: /', mark: 'etag' },
    }
    for (const [i, name] of names.entries()) {
      pages[name] = { body: html(`Page ${i}`, prose(`thing${i}`)), mark: i % 2 === 0 ? 'etag' : 'last-modified' }
    }
    const { site, service, crawl } = await start(t, pages)
    const options = { max_pages: 100, combine_into_single_document: combined }
    const first = await crawl(options)
    assert.equal(first.successful_pages, 31, JSON.stringify(first.failed_urls))
    for (const id of first.document_ids) await whole(service, id)
    const before = await service.json('GET', '/api/v1/jobs?limit=200')
    assert.equal(site.bodies().length, 32)

    const second = await crawl(options)
    assert.deepEqual(second.scraped_urls, first.scraped_urls)
    assert.deepEqual(second.document_ids, first.document_ids)
    assert.deepEqual(site.bodies(), [])
    const after = await service.json('GET', '/api/v1/jobs?limit=200')
    assert.equal(after.body.total - before.body.total, 1, 'the crawl itself, and no reading')

    site.pages['/page-7'] = {
      ...pages['/page-7'],
      body: html('Page 7', `${prose('thing7')}<p>With news.</p>`),
      version: 2,
    }
    const third = await crawl(options)
    assert.deepEqual(site.bodies(), ['/page-7'])
    const id = combined
      ? third.document_ids[0]
      : first.document_ids[first.scraped_urls.indexOf(`${site.origin}/page-7`)]
    const { content, version } = await whole(service, id)
    assert.match(content, /With news/)
    assert.equal(version, 2)
  }
})

test('a start that may not be read, is not there or is refused', async (t) => {
  const forbidden = await start(t, {
    '/robots.txt': { headers: { 'content-type': 'text/plain' }, body: 'User-agent: EvidentBot\nDisallow: /' },
    '/': 'never asked',
  })
  const report = await forbidden.crawl()
  assert.deepEqual([report.success, report.status, report.total_pages, report.document_ids], [false, 'failed', 1, []])
  assert.match(report.failed_urls[0].reason, /robots\.txt/)
  assert.deepEqual(forbidden.site.take(), ['200 /robots.txt'])

  const failing = await start(t, { '/robots.txt': { status: 503 }, '/': 'never asked' })
  assert.match((await failing.crawl()).failed_urls[0].reason, /robots\.txt/)

  const hidden = await startSite(t, { '/': 'never asked' }, '127.0.0.2')
  const redirecting = await start(t, { '/': { status: 302, headers: { location: `${hidden.origin}/` } } })
  for (const url of [hidden.origin, redirecting.site.origin, 'http://localhost/']) {
    const { status, body } = await redirecting.service.json('POST', PATH, { url })
    assert.deepEqual([status, body.code], [403, 'blocked_address'], url)
  }
  assert.equal(hidden.connections(), 0)
})

test('a busy page is asked again; progress, cancel and retry; what was fetched stays', async (t) => {
  let answers = 0
  const slow: { open?: () => void } = {}
  const site = await startSite(t, {
    '/': html('Start', prose('start') + links('/busy', '/slow', '/last')),
    '/busy': (_, response) => {
      if (answers++ === 0) return response.writeHead(503, { 'retry-after': '0' }).end()
      return response.writeHead(200, { 'content-type': 'text/html' }).end(html('Busy', prose('busy')))
    },
    '/slow': (_, response) => {
      slow.open = () => void response.writeHead(200, { 'content-type': 'text/html' }).end(html('Slow', prose('slow')))
    },
    '/last': html('Last', prose('last')),
  })
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' }, deps: loopbackWeb(site.port) })
  const { status, body } = await service.json('POST', PATH, { url: site.origin })
  assert.deepEqual([status, body.status], [202, 'processing'])
  const job = `/api/v1/jobs/${body.job_id}`
  const running = await eventually(
    async () => (await service.json('GET', `${PATH}/${body.job_id}`)).body,
    () => slow.open !== undefined,
  )
  assert.equal(running.scraped_urls[0], `${site.origin}/`)
  await service.json('POST', `${job}/cancel`)
  const cancelled = await eventually(
    async () => (await service.json('GET', `${PATH}/${body.job_id}`)).body,
    (report) => report.status === 'cancelled',
  )
  assert.equal(cancelled.document_ids.length, 1)
  const [id] = cancelled.document_ids
  assert.match((await whole(service, id)).content, /start keeper/)

  const first = slow.open
  const again = eventually(
    async () => slow.open,
    (respond) => respond !== undefined && respond !== first,
  )
  await service.json('POST', `${job}/retry`)
  const respond = await again
  respond?.()
  const done = await eventually(
    async () => (await service.json('GET', `${PATH}/${body.job_id}`)).body,
    (report) => report.status === 'processed',
  )
  assert.deepEqual(done.scraped_urls.map((url: string) => url.replace(site.origin, '')).toSorted(), [
    '/',
    '/busy',
    '/last',
    '/slow',
  ])
  const { content } = await whole(service, id)
  for (const word of ['start', 'busy', 'slow', 'last']) assert.match(content, new RegExp(`${word} keeper`))
  const { body: over } = await service.json('GET', job)
  assert.deepEqual([over.state, over.done, over.kind], ['done', 4, 'crawl'])
})

test('without accounts all are one owner’s, and more slow sites than one person may hold are crawled at a time', async (t) => {
  const held: (() => void)[] = []
  const sites: Site[] = []
  for (let i = 0; i < 6; i++) {
    const page = html(`Site ${i}`, prose(`site ${i}`))
    const respond = (response: ServerResponse) => () =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    sites.push(await startSite(t, { '/': (_, response) => void held.push(respond(response)) }))
  }
  const service = await startService(t, {
    env: { UPLOAD_WAIT: '0' },
    deps: loopbackWeb(...sites.map(({ port }) => port)),
  })
  const jobs = await Promise.all(
    sites.map(async ({ origin }) => (await service.json('POST', PATH, { url: origin })).body.job_id as string),
  )
  await eventually(
    async () => held.length,
    (length) => length === sites.length,
  )
  for (const respond of held) respond()
  for (const job of jobs) {
    await eventually(
      async () => (await service.json('GET', `${PATH}/${job}`)).body.status,
      (status) => status === 'processed',
    )
  }
})

test('a crawl goes on with the next process, and what was fetched is not fetched again', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  let asked = 0
  const site = await startSite(t, {
    '/': html('Start', prose('start') + links('/slow', '/last')),
    // Never answered the first time.
    '/slow': (_, response) => {
      if (asked++ > 0) response.writeHead(200, { 'content-type': 'text/html' }).end(html('Slow', prose('slow')))
    },
    '/last': html('Last', prose('last')),
  })
  const options = { folder, env: { UPLOAD_WAIT: '0' }, deps: loopbackWeb(site.port) }
  const first = await startService(t, options)
  const { body } = await first.json('POST', PATH, { url: site.origin })
  await eventually(
    async () => asked,
    (times) => times > 0,
  )
  await first.close()
  const second = await startService(t, options)
  const done = await eventually(
    async () => (await second.json('GET', `${PATH}/${body.job_id}`)).body,
    ({ status }) => status === 'processed',
  )
  assert.equal(done.successful_pages, 3)
  assert.deepEqual(
    site.bodies().filter((path) => path === '/'),
    ['/'],
  )
})
