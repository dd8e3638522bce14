import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { AppError } from '../core/errors.ts'
import { listen, type Responder } from './listener.fixture.ts'
import type { Resolve } from './lookup.ts'
import { createServiceFetch } from './service.ts'
import { AddressRefused } from './target.ts'

function service(t: TestContext, baseUrl: string, resolve?: Resolve) {
  const door = createServiceFetch(baseUrl, resolve && { resolve })
  t.after(() => door.close())
  return door
}

const echo: Responder = async (request, response) => {
  let body = ''
  for await (const part of request.setEncoding('utf8')) body += String(part)
  const { 'x-key': key, host } = request.headers
  response.writeHead(201, { 'x-answer': 'yes' }).end(JSON.stringify([request.method, request.url, key, host, body]))
}

/** What a rejected `fetch` says of the connection. */
const cause = (wanted: (error: unknown) => boolean) => (error: unknown) =>
  error instanceof TypeError && wanted(error.cause)
const code = (wanted: string) => (error: unknown) => error instanceof Error && 'code' in error && error.code === wanted

test('requests with their bodies and headers, and answers as the standard has them', async (t) => {
  const { port } = await listen(t, echo)
  const { fetch } = service(t, `http://127.0.0.1:${port}/v1`)
  const host = `127.0.0.1:${port}`
  const got = await fetch(`http://${host}/v1/models?x=1#y`, { headers: { 'x-key': 'k' } })
  assert.deepEqual([got.status, got.headers.get('x-answer'), got.ok], [201, 'yes', true])
  assert.deepEqual(await got.json(), ['GET', '/v1/models?x=1', 'k', host, ''])
  // The whole origin is the service's, in any spelling of it.
  const posted = await fetch(`http://0x7f.1:${port}/other`, { method: 'POST', body: '{"a":"ü"}' })
  assert.deepEqual(await posted.json(), ['POST', '/other', null, host, '{"a":"ü"}'])
  const parts = new ReadableStream({
    start(controller) {
      for (const part of ['one', 'two']) controller.enqueue(new TextEncoder().encode(part))
      controller.close()
    },
  })
  const streamed = await fetch(`http://${host}/`, { method: 'PUT', body: parts, duplex: 'half' })
  assert.deepEqual(await streamed.json(), ['PUT', '/', null, host, 'onetwo'])
})

test('an answer is read while it is written', async (t) => {
  const heard = Promise.withResolvers<void>()
  const { port } = await listen(t, async (_, response) => {
    response.writeHead(200).write('first')
    await heard.promise
    response.end('last')
  })
  const { body } = await service(t, `http://127.0.0.1:${port}`).fetch(`http://127.0.0.1:${port}/`)
  const seen: string[] = []
  for await (const bytes of body ?? []) {
    seen.push(Buffer.from(bytes).toString())
    heard.resolve()
  }
  assert.deepEqual(seen, ['first', 'last'])
})

test('a name of the local network is reached where it is configured', async (t) => {
  const { port } = await listen(t, echo)
  const asked: string[] = []
  const resolve: Resolve = async (name) => {
    asked.push(name)
    return [{ address: '127.0.0.1' }]
  }
  const { fetch } = service(t, `http://SearXNG:${port}`, resolve)
  const answer = (await (await fetch(`http://searxng:${port}/search`)).json()) as string[]
  assert.equal(answer[3], `searxng:${port}`)
  assert.deepEqual(asked, ['searxng'])
})

test('an address of another origin is refused before anything is looked up or connected to', async (t) => {
  const other = await listen(t, echo)
  const own = await listen(t, echo)
  const resolve: Resolve = () => assert.fail('looked up')
  const { fetch } = service(t, `http://127.0.0.1:${own.port}/v1`, resolve)
  const refused = {
    origin: [
      `http://127.0.0.1:${other.port}/v1`,
      `https://127.0.0.1:${own.port}/v1`,
      `http://127.0.0.2:${own.port}/v1`,
      `http://localhost:${own.port}/v1`,
      `http://[::1]:${own.port}/v1`,
      `http://[::ffff:127.0.0.1]:${own.port}/v1`,
      `http://127.0.0.1/v1`,
      `http://127.0.0.1:${own.port}@localhost:${other.port}/v1`,
      `http://127.0.0.1:${own.port}.example.com/v1`.replace(/:\d+/, ''),
      `http:\\\\127.0.0.1:${other.port}\\v1`,
      'http://169.254.169.254/latest/meta-data',
      'https://example.com/',
      'file:///etc/passwd',
      'data:text/plain,x',
      'blob:http://127.0.0.1/1',
      'about:blank',
    ],
    credentials: [`http://user:word@127.0.0.1:${own.port}/v1`, `http://user@127.0.0.1:${own.port}/v1`],
    malformed: ['/v1/models', '//127.0.0.1/', '', 'http://', `http://127.0.0.1:${own.port}.example.com/`],
  }
  for (const [reason, addresses] of Object.entries(refused)) {
    for (const address of addresses) {
      const asking = fetch(address)
      await assert.rejects(asking, (error) => error instanceof AddressRefused && error.reason === reason, address)
    }
  }
  assert.deepEqual([own.connections(), other.connections()], [0, 0])
})

test('nothing that a request says leads it elsewhere', async (t) => {
  const other = await listen(t, echo)
  const location = `http://127.0.0.1:${other.port}/`
  const { port } = await listen(t, (request, response) => {
    response.writeHead(Number(request.url?.slice(1)), { location, refresh: `0; url=${location}` }).end('moved')
  })
  const { fetch } = service(t, `http://127.0.0.1:${port}`)
  for (const status of [301, 302, 303, 307, 308]) {
    const response = await fetch(`http://127.0.0.1:${port}/${status}`, {
      method: 'POST',
      body: 'secret',
      redirect: 'follow',
      headers: { host: `127.0.0.1:${other.port}` },
    })
    assert.deepEqual([response.status, response.ok, await response.text()], [status, false, 'moved'])
  }
  assert.equal(other.connections(), 0)
})

test('a caller ends its request while it is looked up, waited for and read', async (t) => {
  const { port } = await listen(t, (request, response) => {
    if (request.url === '/read') response.writeHead(200).write('begun')
  })
  const reason = new Error('no longer wanted')
  const stopped = async (fetch: ReturnType<typeof service>['fetch'], address: string): Promise<void> => {
    const stop = new AbortController()
    const asking = fetch(address, { signal: stop.signal })
    setImmediate(() => stop.abort(reason))
    await assert.rejects(asking, (error) => error === reason, address)
  }
  await stopped(service(t, 'http://slow:8080', () => new Promise(() => undefined)).fetch, 'http://slow:8080/')
  const { fetch } = service(t, `http://127.0.0.1:${port}`)
  await stopped(fetch, `http://127.0.0.1:${port}/wait`)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.abort(reason) }), (e) => e === reason)
  const stop = new AbortController()
  const response = await fetch(`http://127.0.0.1:${port}/read`, { signal: stop.signal })
  const reading = response.text()
  stop.abort(reason)
  await assert.rejects(reading, (error) => error === reason)
})

test('what happened to a connection is said by the cause', async (t) => {
  const { port, close } = await listen(t, (_, response) => void response.destroy())
  const { fetch } = service(t, `http://127.0.0.1:${port}`)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), cause(code('UND_ERR_SOCKET')))
  close()
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`), cause(code('ECONNREFUSED')))
  const missing: Resolve = () => Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' }))
  const named = service(t, 'http://model.example.com', missing)
  await assert.rejects(
    named.fetch('http://model.example.com/v1'),
    cause((error) => error instanceof AppError && error.code === 'upstream_failed' && code('ENOTFOUND')(error.cause)),
  )
})

test('closing ends what is going on', async (t) => {
  const begun = Promise.withResolvers<void>()
  const { port } = await listen(t, () => begun.resolve())
  const door = service(t, `http://127.0.0.1:${port}`)
  const asking = assert.rejects(door.fetch(`http://127.0.0.1:${port}/`), TypeError)
  await begun.promise
  await door.close()
  await asking
  await assert.rejects(door.fetch(`http://127.0.0.1:${port}/`), TypeError)
})

test('only HTTP is spoken', () => {
  for (const address of ['ftp://example.com', 'file:///x', 'ws://example.com']) {
    assert.throws(() => createServiceFetch(address), AddressRefused)
  }
})
