import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { eventually, startService, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite, type Pages } from './web-site.ts'
import type { TestContext } from 'node:test'

async function start(t: TestContext, pages: Pages) {
  const site = await startSite(t, pages)
  const service = await startService(t, { deps: loopbackWeb(site.port) })
  const scrape = (path: string, fields: object = {}) =>
    service.json('POST', '/api/v1/scrape-website', { url: `${site.origin}${path}`, ...fields })
  return { site, service, scrape }
}

const whole = (service: TestService, id: string) =>
  eventually(
    async () => (await service.json('GET', `/api/v1/documents/${id}/content`)).body,
    ({ searchable }) => searchable === 'full',
  )

test('a page becomes a document with what it says of itself, and its original bytes', async (t) => {
  const page = html(
    'The lighthouse',
    `<nav><a href="/x">Menu</a></nav><article>${prose('lighthouse')}</article>`,
    '<link rel="canonical" href="/guide"><meta property="article:published_time" content="2024-02-03T04:05:06Z">' +
      '<meta property="article:modified_time" content="2024-03-03T04:05:06Z">',
  )
  const { service, scrape, site } = await start(t, {
    '/guide?utm_source=x': 'never asked',
    '/guide': { body: page, mark: 'etag' },
  })
  const { status, body } = await scrape('/guide?utm_source=x#part', { metadata: { shelf: 7 }, summary: 'Mine' })
  assert.equal(status, 200, JSON.stringify(body))
  assert.deepEqual([body.title, body.url, body.duplicate], ['The lighthouse', `${site.origin}/guide`, false])
  const { fetched_at, ...metadata } = body.metadata
  assert.match(fetched_at, /^\d{4}-\d\d-\d\dT/)
  assert.deepEqual(metadata, {
    shelf: 7,
    url: `${site.origin}/guide`,
    canonical_url: `${site.origin}/guide`,
    language: 'en',
    published: '2024-02-03T04:05:06.000Z',
    modified: '2024-03-03T04:05:06.000Z',
    etag: '"/guide-1"',
    originalFileName: 'guide.html',
    fileType: 'text/html',
    fileSize: Buffer.byteLength(page),
  })
  const document = await whole(service, body.document_id)
  assert.match(document.content, /lighthouse keeper/)
  assert.doesNotMatch(document.content, /Menu/)
  assert.equal(document.summary, 'Mine')
  const file = await service.app.inject({
    url: `/api/v1/documents/${body.document_id}/file`,
    headers: { host: '127.0.0.1:8000' },
  })
  assert.equal(file.body, page)
  const found = await service.json('POST', '/api/v1/search', { query: 'lighthouse keeper' })
  assert.equal(found.body.results[0].document_id, body.document_id)
})

test('again: not sent again where it has not changed, a new version where it has; the old one stays', async (t) => {
  for (const mark of ['etag', 'last-modified', undefined] as const) {
    const body = html('Opening hours', `${prose('harbour')}<p>It opens at nine.</p>`)
    const page = { body, ...(mark && { mark }) }
    const { site, service, scrape } = await start(t, { '/': page })
    const { body: first } = await scrape('')
    const before = await whole(service, first.id)
    site.bodies()
    const { body: second } = await scrape('/', { title: 'Hours' })
    assert.deepEqual([second.id, second.duplicate, second.updated], [first.id, true, ['title']])
    assert.match(second.message, /has not changed/)
    assert.deepEqual(site.bodies(), mark === undefined ? ['/'] : [])
    assert.equal((await whole(service, first.id)).version, before.version)

    site.pages['/'] = { ...page, body: body.replace('nine', 'ten'), version: 2 }
    const { status, body: third } = await scrape('')
    assert.deepEqual([status, third.id, third.duplicate], [200, first.id, false])
    const after = await whole(service, first.id)
    assert.equal(after.version, before.version + 1)
    assert.match(after.content, /opens at ten/)
    const old = await service.json('GET', `/api/v1/documents/${first.id}/content?version=${before.version}`)
    assert.equal(old.body.content, before.content)
    assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 1)
  }
})

test('other files that are read, whatever the server calls them', async (t) => {
  const { scrape } = await start(t, {
    '/notes.md': { headers: { 'content-type': 'text/plain' }, body: '# Notes\n\nOf a *harbour* and its boats.' },
    '/data': { headers: { 'content-type': 'application/json' }, body: '{"harbour":{"depth":12}}' },
    '/download': { headers: { 'content-type': 'application/octet-stream' }, body: html('A page', prose('crane')) },
    '/paper.pdf': { body: html('Not a paper', prose('viewer')) },
    '/table.csv': { headers: { 'content-type': 'text/csv' }, body: 'name,depth\nharbour,12\n' },
    '/plain': { headers: { 'content-type': 'text/plain' }, body: 'Only some words of a harbour.' },
  })
  const expected: Readonly<Record<string, string>> = {
    '/notes.md': 'text/markdown',
    '/data': 'application/json',
    '/download': 'text/html',
    '/paper.pdf': 'text/html',
    '/table.csv': 'text/csv',
    '/plain': 'text/plain',
  }
  for (const [path, type] of Object.entries(expected)) {
    const { status, body } = await scrape(path)
    assert.deepEqual([status, body.metadata?.fileType], [200, type], `${path}: ${JSON.stringify(body)}`)
  }
})

test('encodings and compression: the text is what a browser shows', async (t) => {
  const cyrillic = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2, 0x2c, 0x20, 0xec, 0xe8, 0xf0])
  const latin = Buffer.from('<html><meta charset="iso-8859-1"><p>Caf\xe9 am Stra\xdfenrand</p></html>', 'latin1')
  const plain = (charset: string) => ({ 'content-type': `text/plain; charset=${charset}` })
  const { service, scrape } = await start(t, {
    '/header': { headers: plain('windows-1251'), body: cyrillic },
    '/meta': { headers: { 'content-type': 'text/html' }, body: latin },
    '/wrong': { headers: plain('iso-8859-1'), body: 'Größe und Maße' },
    '/unknown': { headers: plain('x-nothing'), body: 'Größe und Maße, noch einmal' },
    '/gzip': { headers: { 'content-encoding': 'gzip' }, body: gzipSync(html('Packed', prose('parcel'))) },
  })
  const expected: Readonly<Record<string, RegExp>> = {
    '/header': /^Привет, мир$/,
    '/meta': /Café am Straßenrand/,
    '/wrong': /^Größe und Maße$/,
    '/unknown': /Größe und Maße/,
    '/gzip': /parcel keeper/,
  }
  for (const [path, text] of Object.entries(expected)) {
    const { status, body } = await scrape(path)
    assert.equal(status, 200, JSON.stringify(body))
    assert.match((await whole(service, body.id)).content, text, path)
  }
})

test('redirects: the page is where they lead; circles, log-ins and meta refresh are not followed', async (t) => {
  const to = (location: string, status = 302) => ({ status, headers: { location } })
  const login = '<form><input name="user"><input type="password"></form><p>Log in to read on.</p>'
  const { site, scrape } = await start(t, {
    '/old': to('new?', 301),
    '/new': { body: html('New', prose('quay')), mark: 'etag' },
    '/loop': to('/loop2'),
    '/loop2': to('/loop'),
    '/members': to('/login?next=/members'),
    '/login?next=/members': html('Log in', login),
    '/login': html('Log in', login),
    '/refresh': html('', '', '<meta http-equiv="refresh" content="0; url=/new">').replace('<h1></h1>', ''),
    '/secret': { status: 401 },
    '/broken': { status: 500 },
    '/nowhere': to('/none'),
  })
  const { body: first } = await scrape('/old')
  assert.equal(first.url, `${site.origin}/new`)
  site.take()
  const { body: second } = await scrape('/old')
  assert.deepEqual([second.id, second.duplicate], [first.id, true])
  assert.deepEqual(site.take(), ['301 /old', '304 /new'])
  const refused: Readonly<Record<string, readonly [number, string, RegExp]>> = {
    '/loop': [502, 'upstream_failed', /circle/],
    '/members': [422, 'invalid_request', /log-in/],
    '/refresh': [422, 'document_empty', /./],
    '/secret': [502, 'upstream_failed', /not open to everybody: its server answered 401/],
    '/broken': [502, 'upstream_failed', /could not answer/],
    '/nowhere': [502, 'upstream_failed', /not there: its server answered 404/],
  }
  for (const [path, [status, code, detail]] of Object.entries(refused)) {
    const answer = await scrape(path)
    assert.deepEqual([answer.status, answer.body.code], [status, code], path)
    assert.match(answer.body.detail, detail)
  }
  // Named by the person, it is the page that they mean.
  assert.equal((await scrape('/login')).status, 200)
})

test('addresses that are not opened, also behind a redirect, are not connected to; sizes and kinds have limits', async (t) => {
  const hidden = await startSite(t, { '/': html('Hidden', prose('secret')) }, '127.0.0.2')
  const site = await startSite(t, {
    '/private': { status: 302, headers: { location: `http://hidden.example.com:${hidden.port}/` } },
    '/address': { status: 302, headers: { location: `http://2130706434:${hidden.port}/` } },
    '/file': { status: 302, headers: { location: 'file:///etc/passwd' } },
    '/film': { headers: { 'content-type': 'video/mp4' }, body: 'x' },
    '/large': { body: 'x'.repeat(6_000_000) },
    '/empty': { body: '' },
  })
  const service = await startService(t, { deps: loopbackWeb(site.port, hidden.port) })
  const scrape = (url: string) => service.json('POST', '/api/v1/scrape-website', { url })
  const named = `http://site.example.com:${site.port}`
  const expected: Readonly<Record<string, readonly [number, string]>> = {
    [hidden.origin]: [403, 'blocked_address'],
    [`hidden.example.com:${hidden.port}`]: [403, 'blocked_address'],
    [`${named}/private`]: [403, 'blocked_address'],
    [`${named}/address`]: [403, 'blocked_address'],
    [`${named}/file`]: [403, 'blocked_address'],
    'http://localhost/': [403, 'blocked_address'],
    'http://169.254.169.254/latest': [403, 'blocked_address'],
    'file:///etc/passwd': [403, 'blocked_address'],
    'mailto:somebody@example.com': [403, 'blocked_address'],
    'http://': [422, 'invalid_request'],
    [`${named}/film`]: [415, 'unsupported_media_type'],
    [`${named}/large`]: [413, 'payload_too_large'],
    [`${named}/empty`]: [422, 'document_empty'],
  }
  for (const [url, [status, code]] of Object.entries(expected)) {
    const answer = await scrape(url)
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${url}: ${answer.body.detail}`)
  }
  assert.equal(hidden.connections(), 0)
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 0)
})
