import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { AppError, type ErrorCode } from '../core/errors.ts'
import { parseNetwork } from './addresses.ts'
import { createFetch, type Limits } from './fetch.ts'
import { listen } from './listener.fixture.ts'
import type { Resolve } from './lookup.ts'
import { AddressRefused, type Rules } from './target.ts'

const LIMITS: Limits = {
  bytes: 1_000_000,
  ratio: 100,
  milliseconds: 20_000,
  redirects: 3,
  mediaTypes: new Set(['text/html', 'text/plain']),
}

/** Names of the tests; nothing else is looked up. All are loopback: a broken check must not reach any other machine. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  'site.example.com': ['127.0.0.1'],
  'other.example.com': ['127.0.0.1'],
  'mixed.example.com': ['127.0.0.1', '127.0.0.2'],
  'hidden.example.com': ['127.0.0.2'],
}
const resolve: Resolve = async (name) => (NAMES[name] ?? []).map((address) => ({ address }))

/** Only 127.0.0.1 and the ports given are allowed, so that 127.0.0.2 stands for what is refused. */
function door(t: TestContext, ports: readonly number[], limits: Partial<Limits> = {}) {
  const loopback = parseNetwork('127.0.0.1')
  assert.ok(loopback)
  const rules: Rules = { networks: [loopback], names: new Set(), ports: new Set(ports) }
  const guarded = createFetch({ rules, limits: { ...LIMITS, ...limits }, resolve })
  t.after(() => guarded.close())
  return guarded
}

const html = { 'content-type': 'text/html; charset=utf-8' }
const code = (wanted: ErrorCode) => (error: unknown) => error instanceof AppError && error.code === wanted
const text = ({ body }: { body: Uint8Array }) => Buffer.from(body).toString()

test('a page, by name and by address, plain and compressed', async (t) => {
  const { port } = await listen(t, (request, response) => {
    if (request.url === '/gzip')
      response.writeHead(200, { ...html, 'content-encoding': 'gzip' }).end(gzipSync('zipped'))
    else if (request.url === '/br')
      response.writeHead(200, { ...html, 'content-encoding': 'br' }).end(brotliCompressSync('brotli'))
    else if (request.url === '/none') response.writeHead(304).end()
    else if (request.url === '/missing') response.writeHead(404, html).end('not here')
    else response.writeHead(200, html).end(`plain ${request.url} ${request.headers.host}`)
  })
  const guarded = door(t, [port])
  const page = await guarded.get(`http://Site.Example.COM.:${port}/a?b#c`)
  assert.equal(text(page), `plain /a?b site.example.com:${port}`)
  assert.equal(page.url, `http://site.example.com:${port}/a?b`)
  assert.equal(text(await guarded.get(`http://127.1:${port}/`)), `plain / 127.0.0.1:${port}`)
  assert.equal(text(await guarded.get(`http://site.example.com:${port}/gzip`)), 'zipped')
  assert.equal(text(await guarded.get(`http://site.example.com:${port}/br`)), 'brotli')
  for (const [path, status] of [
    ['none', 304],
    ['missing', 404],
  ] as const) {
    const empty = await guarded.get(`http://site.example.com:${port}/${path}`)
    assert.deepEqual([empty.status, empty.body.length], [status, 0])
  }
})

test('each redirect is checked as the first address is, and a refused one is not connected to', async (t) => {
  const hidden = await listen(t, (_, response) => response.writeHead(200, html).end('hidden'), '127.0.0.2')
  let location = ''
  const { port } = await listen(t, (_, response) => response.writeHead(302, { location }).end())
  const guarded = door(t, [port, hidden.port])
  const refused = [
    [`http://127.0.0.2:${hidden.port}/`, 'address'],
    [`//127.0.0.2:${hidden.port}/`, 'address'],
    [`http://2130706434:${hidden.port}/`, 'address'],
    [`http://0x7f.2:${hidden.port}/`, 'address'],
    [`http://[::ffff:127.0.0.2]:${hidden.port}/`, 'address'],
    [`http://１２７.０.０.２:${hidden.port}/`.replace(/[^ -~]/g, encodeURIComponent), 'address'],
    [`http://mixed.example.com:${hidden.port}/`, 'address'],
    [`http://hidden.example.com:${hidden.port}/`, 'address'],
    [`http://localhost:${hidden.port}/`, 'name'],
    ['http://127.0.0.1:1/', 'port'],
    [`http://u:p@127.0.0.1:${port}/`, 'credentials'],
    ['file:///etc/passwd', 'scheme'],
    ['http://[', 'malformed'],
  ] as const
  for (const [to, reason] of refused) {
    location = to
    const asking = guarded.get(`http://site.example.com:${port}/`)
    await assert.rejects(asking, (error) => error instanceof AddressRefused && error.reason === reason, to)
  }
  assert.equal(hidden.connections(), 0)
})

test('redirects are followed as often as allowed; headers stay with their origin', async (t) => {
  const seen: (string | undefined)[] = []
  const { port } = await listen(t, (request, response) => {
    seen.push(request.headers['x-secret'] as string | undefined)
    const left = Number(request.url?.slice(1))
    const host = left === 1 ? 'other.example.com' : 'site.example.com'
    if (left === 0) response.writeHead(200, html).end('arrived')
    else response.writeHead(307, { location: left === 2 ? '/1' : `http://${host}:${port}/${left - 1}` }).end()
  })
  const guarded = door(t, [port])
  const page = await guarded.get(`http://site.example.com:${port}/3`, { headers: { 'x-secret': 'word' } })
  assert.deepEqual([text(page), page.url], ['arrived', `http://other.example.com:${port}/0`])
  assert.deepEqual(seen, ['word', 'word', 'word', undefined])
  await assert.rejects(guarded.get(`http://site.example.com:${port}/4`), code('upstream_failed'))
  const first = await guarded.get(`http://site.example.com:${port}/4`, { redirect: 'manual' })
  assert.deepEqual(
    [first.status, first.headers.location, first.body.length],
    [307, `http://site.example.com:${port}/3`, 0],
  )
  assert.equal(first.url, `http://site.example.com:${port}/4`)
})

test('limits of size, declared or not, of the ratio, of kinds and of codings', async (t) => {
  const replies: Readonly<Record<string, () => [Record<string, string>, Buffer | string]>> = {
    '/declared': () => [{ ...html, 'content-length': '2000000' }, ''],
    '/long': () => [html, Buffer.alloc(1_000_001, 'x')],
    '/bomb': () => [{ ...html, 'content-encoding': 'gzip' }, gzipSync(Buffer.alloc(900_000))],
    '/unpacked': () => [{ ...html, 'content-encoding': 'br' }, brotliCompressSync(Buffer.alloc(50_000_000))],
    // About two bytes for one: under the ratio, over the size.
    '/hex': () => [{ ...html, 'content-encoding': 'gzip' }, gzipSync(randomBytes(750_000).toString('hex'))],
    '/binary': () => [{ 'content-type': 'application/octet-stream' }, 'x'],
    '/untyped': () => [{}, 'x'],
    '/twice': () => [{ ...html, 'content-encoding': 'gzip, gzip' }, gzipSync(gzipSync('x'))],
    '/broken': () => [{ ...html, 'content-encoding': 'gzip' }, 'not gzip'],
    '/whole': () => [html, Buffer.alloc(1_000_000, 'x')],
  }
  const { port } = await listen(t, (request, response) => {
    const [headers, body] = replies[request.url ?? '']?.() ?? [html, '']
    response.writeHead(200, headers)
    response.flushHeaders()
    if (body === '') return
    response.end(body)
  })
  const guarded = door(t, [port])
  const expected: Readonly<Record<string, ErrorCode>> = {
    declared: 'payload_too_large',
    long: 'payload_too_large',
    bomb: 'payload_too_large',
    unpacked: 'payload_too_large',
    hex: 'payload_too_large',
    binary: 'unsupported_media_type',
    untyped: 'unsupported_media_type',
    twice: 'upstream_failed',
    broken: 'upstream_failed',
  }
  for (const [path, wanted] of Object.entries(expected)) {
    await assert.rejects(guarded.get(`http://site.example.com:${port}/${path}`), code(wanted), path)
  }
  assert.equal((await guarded.get(`http://site.example.com:${port}/whole`)).body.length, 1_000_000)
})

test('a server that does not go on ends with the time, and a caller may end it before', async (t) => {
  const { port } = await listen(t, (request, response) => {
    if (request.url === '/body') response.writeHead(200, html).write('begun')
  })
  const hasty = door(t, [port], { milliseconds: 100 })
  for (const path of ['silent', 'body']) {
    await assert.rejects(hasty.get(`http://site.example.com:${port}/${path}`), code('upstream_failed'), path)
  }
  const stop = new AbortController()
  const asking = door(t, [port]).get(`http://site.example.com:${port}/body`, { signal: stop.signal })
  const reason = new Error('no longer wanted')
  stop.abort(reason)
  await assert.rejects(asking, (error) => error === reason)
})
