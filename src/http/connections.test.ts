import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { localAdministrator } from './access.ts'
import { type App, createApp, type HttpSettings } from './app.ts'
import { recorder, SETTINGS } from './app.fixture.ts'
import { sendEvents } from './sse.ts'
import { readUpload } from './upload.ts'

const HOST = 'Host: 127.0.0.1\r\n'

async function start(t: TestContext, settings: Partial<HttpSettings> = {}, routes: (app: App) => void = () => {}) {
  const logger = recorder()
  const app = await createApp({
    settings: { ...SETTINGS, ...settings },
    logger,
    openMode: true,
    authenticate: localAdministrator('token'),
  })
  t.after(() => app.close())
  app.get('/quick', { config: { access: 'user' } }, async () => ({ quick: true }))
  app.post(
    '/echo',
    { config: { access: 'user' }, schema: { body: z.object({ name: z.string() }) } },
    async ({ body }) => body,
  )
  app.post(
    '/upload',
    { config: { access: 'user' }, schema: { consumes: ['multipart/form-data'] } },
    async (request) => ({ size: (await readUpload(request, { maxBytes: 1_000_000 })).bytes.length }),
  )
  routes(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const sockets: Socket[] = []
  t.after(() => sockets.forEach((socket) => socket.destroy()))

  /** A connection that has sent these bytes and stays. */
  async function open(bytes = ''): Promise<{ socket: Socket; answer: () => string; closed: Promise<unknown> }> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    sockets.push(socket)
    let received = ''
    socket.setEncoding('latin1').on('data', (data) => (received += String(data)))
    socket.on('error', () => socket.destroy())
    // `once` would reject at a reset, which is an end like any other here.
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()).once('close', () => resolve()))
    if (bytes !== '') socket.write(bytes, 'latin1')
    return { socket, answer: () => received, closed }
  }
  const works = async (): Promise<void> => assert.equal((await fetch(`${url}/quick`)).status, 200)
  return { app, url, open, works, logger }
}

const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)))

test('many who send slowly, break off half-way or stay silent keep nobody waiting, however few may work', async (t) => {
  const { open, works } = await start(t, { maxConcurrentRequests: 2 })
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome'
  const multipart = 'Content-Type: multipart/form-data; boundary=x\r\n'
  const slow = [
    '',
    'GET /quick HT',
    `GET /quick HTTP/1.1\r\n${HOST}X-Slow: `,
    `POST /echo HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na`,
    `POST /echo HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"na\r\n`,
    `POST /upload HTTP/1.1\r\n${HOST}${multipart}Content-Length: 10000\r\n\r\n${part}`,
    `POST /upload HTTP/1.1\r\n${HOST}${multipart}Transfer-Encoding: chunked\r\n\r\n`,
  ]
  const connections = await times(210, (i) => open(slow[i % slow.length]))
  await works()
  for (const { socket } of connections.slice(0, 105)) socket.end()
  await works()
  for (const { socket } of connections) socket.write('x')
  await works()
  for (const { socket } of connections) socket.resetAndDestroy()
  await works()
})

test('who never comes to an end is cut off: in the headers, in the body, and by silence', async (t) => {
  const { open, works } = await start(t, { requestTimeout: 300 })
  const connections = await times(4, (i) =>
    open(
      [
        '',
        'GET /quick HTTP/1.1\r\nX-Slow: ',
        `POST /echo HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
        `POST /upload HTTP/1.1\r\n${HOST}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 100\r\n\r\n-`,
      ][i],
    ),
  )
  // A byte now and then does not make it longer.
  const drip = setInterval(() => connections.slice(1).forEach(({ socket }) => socket.writable && socket.write('x')), 50)
  t.after(() => clearInterval(drip))
  await Promise.all(connections.map(({ closed }) => closed))
  for (const { answer } of connections.slice(1)) assert.match(answer(), /^HTTP\/1\.1 (408|503) /)
  await works()
})

test('who asks for much and takes nothing of it is cut off, and holds no place of those who work meanwhile', async (t) => {
  const large = 'x'.repeat(32 * 1_048_576)
  const { app, open, works } = await start(t, { stallTimeout: 200, maxConcurrentRequests: 2 }, (routes) => {
    routes.get('/large', { config: { access: 'user' } }, async (_request, reply) =>
      reply.type('text/plain').send(large),
    )
  })
  await times(8, async () => {
    const { socket } = await open()
    socket.pause()
    socket.write(`GET /large HTTP/1.1\r\n${HOST}\r\n`)
  })
  await works()
  const connections = () =>
    new Promise<number>((resolve, reject) =>
      app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    )
  // The one that is left is `works`, kept alive.
  while ((await connections()) > 1) await sleep(50)
  await works()
})

test('long work and a stream that is silent for a while are no stalled connections', async (t) => {
  const { url } = await start(t, { stallTimeout: 100 }, (routes) => {
    const config = { access: 'user' } as const
    routes.get('/long', { config }, async () => sleep(1000, { done: true }))
    routes.get('/silent', { config }, async (_request, reply) =>
      sendEvents(reply, async function* () {
        yield { event: 'begin', data: {} }
        await sleep(1000)
        yield { event: 'end', data: {} }
      }),
    )
  })
  const [long, silent] = await Promise.all([fetch(`${url}/long`), fetch(`${url}/silent`)])
  assert.deepEqual(await long.json(), { done: true })
  assert.match(await silent.text(), /event: begin[^]*event: end/)
})

test('more connections than allowed are turned away, and there is room again when some have ended', async (t) => {
  const { open, works, logger } = await start(t, { maxConnections: 5 })
  const kept = await times(5, () => open())
  const { closed } = await open(`GET /quick HTTP/1.1\r\n${HOST}\r\n`)
  await closed
  assert.ok(logger.lines.some(({ level, message }) => level === 'warn' && message.includes('MAX_CONNECTIONS')))
  for (const { socket } of kept) socket.destroy()
  await Promise.all(kept.map((one) => one.closed))
  for (let tries = 0; ; tries++) {
    try {
      return await works()
    } catch (error) {
      if (tries === 50) throw error
      await sleep(20)
    }
  }
})

test('bodies that together would take too much memory are refused, small ones meanwhile are not', async (t) => {
  const { url, open, works } = await start(t, { maxBodyMemory: 1_500_000 })
  const send = (bytes: number) => {
    const form = new FormData()
    form.set('file', new Blob([new Uint8Array(bytes)]), 'a')
    return fetch(`${url}/upload`, { method: 'POST', body: form })
  }
  const head = `POST /upload HTTP/1.1\r\n${HOST}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 950000\r\n\r\n`
  const part = '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
  const { socket, closed } = await open(`${head}${part}${'x'.repeat(900_000)}`)
  // Once it is held.
  let refused = await send(800_000)
  for (let tries = 0; refused.status === 200 && tries < 50; tries++) refused = await send(800_000)
  assert.equal(refused.status, 503)
  assert.match(await refused.text(), /"code":"overloaded"/)
  assert.equal((await send(10_000)).status, 200)
  socket.destroy()
  await closed
  let again = await send(800_000)
  for (let tries = 0; again.status === 503 && tries < 50; tries++) again = await send(800_000)
  assert.equal(again.status, 200)
  await works()
})

test('half-closed connections get their answers', async (t) => {
  const { open } = await start(t)
  const { socket, answer, closed } = await open(`GET /quick HTTP/1.1\r\n${HOST}\r\n`)
  socket.end()
  await closed
  assert.match(answer(), /^HTTP\/1\.1 200 [^]*\{"quick":true\}/)
})

test('what is not HTTP is refused with the headers of every answer, and the next caller is served', async (t) => {
  const { open, works } = await start(t)
  const nul = String.fromCodePoint(0)
  const broken = [
    'hello\r\n\r\n',
    `GET /quick HTTP/9.9\r\n${HOST}\r\n`,
    `GET /quick HTTP/1.1\r\nHost 127.0.0.1\r\n\r\n`,
    `GET /qu${nul}ick HTTP/1.1\r\n${HOST}\r\n`,
    `GET /quick HTTP/1.1\r\n${HOST}A: ${nul}\r\n\r\n`,
    `POST /echo HTTP/1.1\r\n${HOST}Content-Length: -1\r\n\r\n`,
    `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}`,
    `POST /echo HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\nnot hex\r\n`,
    `GET /%zz HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
    `GET /quick HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`,
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]
  for (const bytes of broken) {
    const { answer, closed } = await open(bytes)
    await closed
    assert.match(answer(), /^HTTP\/1\.1 4\d\d /, JSON.stringify(bytes.slice(0, 60)))
    for (const header of STRICT) assert.match(answer().toLowerCase(), header, JSON.stringify(bytes.slice(0, 60)))
    assert.match(answer(), /"request_id":/)
  }
  await works()
})

const STRICT = [
  /\ncontent-security-policy: default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'\r/,
  /\nx-content-type-options: nosniff\r/,
  /\nx-frame-options: deny\r/,
  /\nreferrer-policy: no-referrer\r/,
  /\ncross-origin-resource-policy: same-origin\r/,
  /\ncache-control: no-store\r/,
  /\nx-request-id: [0-9a-f-]{36}\r/,
]

test('every answer has the same strict headers, whatever became of the request', async (t) => {
  const { open } = await start(t)
  const requests = [
    'GET /quick',
    'GET /nowhere',
    'DELETE /quick',
    'POST /echo',
    'OPTIONS /quick',
    'OPTIONS *',
    'HEAD /quick',
  ]
  for (const request of requests) {
    const { answer, closed } = await open(`${request} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    await closed
    for (const header of STRICT) assert.match(answer().toLowerCase(), header, `${request}: ${answer().slice(0, 900)}`)
  }
})

test("the id of a request is the service's own, whatever the client sends", async (t) => {
  const { url } = await start(t)
  const mine = '0198aaaa-0000-7000-8000-000000000000'
  const { headers } = await fetch(`${url}/quick`, { headers: { 'x-request-id': mine, 'request-id': mine } })
  assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  assert.notEqual(headers.get('x-request-id'), mine)
})

test('JSON nested however deeply is an error of the request', async (t) => {
  const { url, works } = await start(t)
  const deep = 200_000
  const bodies = [
    `{"name":${'['.repeat(deep)}${']'.repeat(deep)}}`,
    `{"name":"a","x":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`,
    '['.repeat(deep),
    `{"name":"a","x":[${'[],'.repeat(deep)}[]]}`,
  ]
  const statuses: number[] = []
  for (const body of bodies) {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body }
    statuses.push((await fetch(`${url}/echo`, init)).status)
  }
  assert.deepEqual(statuses, [422, 413, 400, 200])
  await works()
})

test('with accounts too, pages of other origins than the allowed ones get no leave', async (t) => {
  const app = await createApp({
    settings: { ...SETTINGS, corsOrigins: ['https://app.example'], corsCredentials: true },
    logger: recorder(),
    openMode: false,
    authenticate: () => undefined,
  })
  t.after(() => app.close())
  app.get('/mine', { config: { access: 'user' } }, async () => 'done')
  const preflight = (origin: string, path = '/mine') =>
    app.inject({ method: 'OPTIONS', url: path, headers: { origin, 'access-control-request-method': 'GET' } })
  const allowed = await preflight('https://app.example')
  assert.deepEqual([allowed.statusCode, allowed.headers['access-control-allow-origin']], [204, 'https://app.example'])
  assert.equal(allowed.headers['access-control-allow-credentials'], 'true')
  assert.equal((await preflight('https://app.example', '/nowhere')).statusCode, 204)
  for (const origin of ['https://app.example.evil.example', 'http://app.example', 'null', 'https://app.example:444']) {
    const foreign = await preflight(origin)
    assert.equal(foreign.statusCode, 204)
    assert.equal(foreign.headers['access-control-allow-origin'], undefined, origin)
    assert.match(String(foreign.headers.vary), /origin/i)
    const plain = await app.inject({ url: '/mine', headers: { origin } })
    assert.equal(plain.headers['access-control-allow-origin'], undefined, origin)
  }
})
