import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { AppError } from '../core/errors.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { localAdministrator } from './access.ts'
import { WAITING_FACTOR } from './admission.ts'
import { type App, type AppOptions, createApp } from './app.ts'
import { sendEvents } from './sse.ts'
import { readUpload } from './upload.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'

interface Setup {
  readonly settings?: Partial<AppOptions['settings']>
  readonly logger?: Logger
  readonly routes?: (app: App) => void
}

async function start(t: TestContext, { settings, logger = recorder(), routes }: Setup = {}) {
  const app = await createApp({
    settings: { ...SETTINGS, ...settings },
    logger,
    openMode: true,
    authenticate: localAdministrator('the-cli-token'),
  })
  t.after(() => app.close())
  app.post(
    '/echo',
    {
      config: { access: 'user' },
      schema: {
        body: z.object({ name: z.string(), count: z.number().optional() }),
        querystring: z.object({ limit: z.coerce.number().max(200).optional() }),
      },
    },
    async (request) => ({ body: request.body, caller: request.caller }),
  )
  app.get('/who', { config: { access: 'admin' } }, async (request) => request.caller)
  app.get('/fail', { config: { access: 'public' } }, async () => {
    throw new TypeError('the secret of the innards')
  })
  app.get('/items/:id', { config: { access: 'user' } }, async () => {
    throw new AppError('conflict', 'Somebody else changed it.', {
      fields: [{ path: 'body.title', message: 'is taken' }],
    })
  })
  app.post('/upload', { config: { access: 'user' } }, async (request) => {
    const upload = await readUpload(request, { maxBytes: 1000 })
    return { filename: upload.filename, size: upload.bytes.length, fields: upload.fields }
  })
  routes?.(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, port: Number(new URL(url).port) }
}

const LOCAL = { userId: 'local', role: 'admin', via: 'local', scope: 'admin' }

const problem = z.object({
  detail: z.string(),
  code: z.string(),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})

async function problemOf(response: Response) {
  const body = problem.parse(await response.json())
  assert.equal(body.request_id, response.headers.get('x-request-id'))
  return { status: response.status, code: body.code, detail: body.detail, errors: body.errors }
}

const json = (body: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', ...headers },
  body,
})

test('a valid request is answered as the local administrator, with an id and strict headers', async (t) => {
  const { url } = await start(t)
  const response = await fetch(`${url}/echo`, json('{"name":"a","unknown":1}'))
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), { body: { name: 'a' }, caller: LOCAL })
  assert.match(response.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/)
  assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(response.headers.get('cache-control'), 'no-store')
})

test('what a client gets wrong has its own status and code', async (t) => {
  const { url } = await start(t)
  const cases: [string, RequestInit, number, string][] = [
    ['/echo', json('{"name":'), 400, 'malformed_request'],
    ['/echo', json(''), 422, 'invalid_request'],
    ['/echo', json('{"name":1}'), 422, 'invalid_request'],
    ['/echo?limit=500', json('{"name":"a"}'), 422, 'invalid_request'],
    ['/echo', json('{"name":"a","__proto__":{"admin":true}}'), 400, 'malformed_request'],
    ['/echo', json(`{"name":"a","x":${'['.repeat(5000)}${']'.repeat(5000)}}`), 422, 'invalid_request'],
    ['/echo', json(JSON.stringify({ name: 'x'.repeat(1_100_000) })), 413, 'payload_too_large'],
    [
      '/echo',
      { method: 'POST', body: 'name=a', headers: { 'content-type': 'text/csv' } },
      415,
      'unsupported_media_type',
    ],
    [
      '/echo',
      { method: 'POST', body: 'name=a', headers: { 'content-type': 'no type at all' } },
      415,
      'unsupported_media_type',
    ],
    ['/nowhere?token=secret', {}, 404, 'not_found'],
    ['/echo', {}, 404, 'not_found'],
    ['/%zz', {}, 400, 'malformed_request'],
    [`/items/${'x'.repeat(2000)}`, {}, 404, 'not_found'],
    ['/items/1', {}, 409, 'conflict'],
    ['/who', { headers: { authorization: 'Bearer wrong' } }, 401, 'unauthorized'],
    ['/who', { headers: { authorization: 'Basic dTpw' } }, 401, 'unauthorized'],
    ['/who', { headers: { authorization: '' } }, 401, 'unauthorized'],
  ]
  for (const [path, init, status, code] of cases) {
    const result = await problemOf(await fetch(url + path, init))
    assert.deepEqual([result.status, result.code], [status, code], `${path} ${JSON.stringify(init.body)?.slice(0, 60)}`)
    assert.doesNotMatch(result.detail, /secret/)
  }
})

test('the error says which field is wrong', async (t) => {
  const { url } = await start(t)
  const body = await problemOf(await fetch(`${url}/echo?limit=500`, json('{"name":"a"}')))
  assert.equal(body.errors?.[0]?.path, 'query.limit')
  const second = await problemOf(await fetch(`${url}/echo`, json('{"name":[]}')))
  assert.equal(second.errors?.[0]?.path, 'body.name')
  const own = await problemOf(await fetch(`${url}/items/1`))
  assert.deepEqual(own.errors, [{ path: 'body.title', message: 'is taken' }])
})

test('an unexpected error tells the client nothing and the log everything', async (t) => {
  const logger = recorder()
  const { url } = await start(t, { logger })
  const result = await problemOf(await fetch(`${url}/fail`))
  assert.deepEqual([result.status, result.code], [500, 'internal_error'])
  assert.doesNotMatch(result.detail, /innards/)
  const failed = logger.lines.find((line) => line.message === 'request failed')
  assert.match(String(failed?.fields.err), /innards/)
})

test('each request is one line in the log, without its query', async (t) => {
  const logger = recorder()
  const { app, url } = await start(t, { logger })
  await fetch(`${url}/nowhere?token=secret`)
  await app.inject('/who?token=secret')
  await sleep(20)
  const lines = logger.lines.filter((line) => line.message === 'request')
  assert.deepEqual(
    lines.map(({ fields }) => [fields.method, fields.path, fields.status]),
    [
      ['GET', '/nowhere', 404],
      ['GET', '/who', 200],
    ],
  )
  assert.ok(lines.every(({ fields }) => typeof fields.ms === 'number' && typeof fields.request_id === 'string'))
  assert.doesNotMatch(JSON.stringify(logger.lines), /secret/)
})

test('a route that states no access stops the start', async () => {
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: true,
    authenticate: localAdministrator('x'),
  })
  app.get('/forgotten', async () => 'open to all')
  await assert.rejects(async () => app.ready(), /GET \/forgotten/)
})

test('only an administrator passes where one is asked for, and nobody is one without a token elsewhere', async (t) => {
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: false,
    authenticate: (token) =>
      token === 'user' ? { userId: 'u' as never, role: 'user', via: 'session', scope: 'write' } : undefined,
  })
  t.after(() => app.close())
  app.get('/admin', { config: { access: 'admin' } }, async () => 'in')
  app.get('/public', { config: { access: 'public' } }, async () => 'in')
  assert.equal((await app.inject('/admin')).statusCode, 401)
  assert.equal((await app.inject({ url: '/admin', headers: { authorization: 'Bearer user' } })).statusCode, 403)
  assert.equal((await app.inject({ url: '/public', headers: { authorization: 'Bearer nobody' } })).statusCode, 200)
})

test('CORS answers allowed origins only', async (t) => {
  const { url } = await start(t)
  const preflight = (origin: string) =>
    fetch(`${url}/echo`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
  const allowed = await preflight('http://localhost:5173')
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:5173')
  assert.equal(allowed.headers.get('access-control-allow-credentials'), null)
  const foreign = await preflight('https://evil.example')
  assert.equal(foreign.status, 403)
  assert.equal(foreign.headers.get('access-control-allow-origin'), null)
  assert.equal((await fetch(`${url}/echo`, { method: 'OPTIONS' })).status, 204)
  const refused = await fetch(`${url}/echo`, json('{', { origin: 'http://localhost:5173' }))
  assert.equal(refused.headers.get('access-control-allow-origin'), 'http://localhost:5173')
})

test('more requests than may work at once wait for their turn, and beyond that are asked to come back', async (t) => {
  const order: string[] = []
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const gate = (name: string) => {
    const known = gates.get(name) ?? Promise.withResolvers<void>()
    gates.set(name, known)
    return known
  }
  const { url } = await start(t, {
    settings: { maxConcurrentRequests: 2 },
    routes: (app) => {
      app.get('/wait/:name', { config: { access: 'user' } }, async (request) => {
        const { name } = request.params as { name: string }
        order.push(name)
        await gate(name).promise
        return name
      })
      app.get('/live', { config: { access: 'public', uncounted: true } }, async () => 'alive')
    },
  })
  const until = async (count: number) => {
    while (order.length < count) await sleep(5)
  }
  const ask = async (name: string, signal?: AbortSignal) =>
    (await fetch(`${url}/wait/${name}`, signal && { signal })).text()
  const first = ask('first')
  const second = ask('second')
  await until(2)
  const gone = new AbortController()
  const left = assert.rejects(ask('left', gone.signal))
  const waiting: Promise<string>[] = []
  for (let i = 1; i < 2 * WAITING_FACTOR; i++) {
    await sleep(20)
    waiting.push(ask(`waiting-${i}`))
  }
  await sleep(50)
  const refused = await fetch(`${url}/wait/refused`)
  assert.equal(refused.headers.get('retry-after'), '1')
  assert.equal((await problemOf(refused)).code, 'overloaded')
  assert.equal((await fetch(`${url}/live`)).status, 200)
  assert.deepEqual(order.toSorted(), ['first', 'second'])

  gone.abort()
  await left
  await sleep(50)
  const last = ask('last')
  await sleep(50)
  gate('second').resolve()
  assert.equal(await second, 'second')
  await until(3)
  for (const name of ['first', 'last', ...waiting.map((_, i) => `waiting-${i + 1}`)]) gate(name).resolve()
  assert.deepEqual(await Promise.all([first, last]), ['first', 'last'])
  const expected = waiting.map((_, i) => `waiting-${i + 1}`)
  assert.deepEqual(await Promise.all(waiting), expected)
  assert.deepEqual(order.slice(2), [...expected, 'last'])
})

test('an answer that takes too long is given up, also of a request with a body, and its work is told', async (t) => {
  const told: string[] = []
  const { url } = await start(t, {
    routes: (app) => {
      const wait = async (signal: AbortSignal) => {
        await once(signal, 'abort')
        told.push((signal.reason as Error).name)
        throw signal.reason as Error
      }
      const config = { access: 'user', timeout: 60 } as const
      app.get('/slow', { config }, async (request) => wait(request.signal))
      app.post('/slow', { config }, async (request) => wait(request.signal))
    },
  })
  for (const init of [{}, json('{"a":1}')]) {
    const result = await problemOf(await fetch(`${url}/slow`, init))
    assert.deepEqual([result.status, result.code], [503, 'timed_out'])
  }
  assert.deepEqual(told, ['TimeoutError', 'TimeoutError'])
})

test('the signal of a request aborts when the client leaves and not before', async (t) => {
  const logger = recorder()
  const left = Promise.withResolvers<string>()
  const { url } = await start(t, {
    logger,
    routes: (app) => {
      app.post('/work', { config: { access: 'user' } }, async (request) => {
        await sleep(30)
        return { aborted: request.signal.aborted }
      })
      app.post('/leave', { config: { access: 'user' } }, async (request) => {
        await once(request.signal, 'abort')
        left.resolve((request.signal.reason as Error).name)
        request.signal.throwIfAborted()
      })
    },
  })
  assert.deepEqual(await (await fetch(`${url}/work`, json('{"a":1}'))).json(), { aborted: false })
  const leaving = new AbortController()
  const request = fetch(`${url}/leave`, { ...json('{"a":1}'), signal: leaving.signal })
  await sleep(50)
  leaving.abort()
  await assert.rejects(request)
  assert.equal(await left.promise, 'AbortError')
  await sleep(20)
  assert.ok(logger.lines.some(({ fields }) => fields.path === '/leave' && fields.status === 499))
  assert.ok(logger.lines.every(({ level }) => level !== 'error' && level !== 'warn'))
})

test('while it stops, running requests finish, new ones are refused and silent connections are closed', async (t) => {
  const gate = Promise.withResolvers<void>()
  const { app, url, port } = await start(t, {
    routes: (app) => {
      app.get('/wait', { config: { access: 'user' } }, async () => gate.promise.then(() => 'done'))
      app.get('/events', { config: { access: 'user' } }, async (_request, reply) =>
        sendEvents(reply, async function* (signal) {
          yield { event: 'begin', data: {} }
          await once(signal, 'abort')
        }),
      )
    },
  })
  const silent = connect(port, '127.0.0.1')
  silent.on('error', () => silent.destroy())
  const silentClosed = once(silent, 'close')
  silent.write('GET /who HT')
  const events = await fetch(`${url}/events`)
  const running = fetch(`${url}/wait`)
  await sleep(50)
  const late = connect(port, '127.0.0.1')
  await once(late, 'connect')
  const closed = app.close()
  await sleep(50)
  late.write('GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  const [answer] = (await once(late, 'data')) as [Buffer]
  assert.match(String(answer), /^HTTP\/1\.1 503 [^]*connection: close[^]*"code":"not_ready"/i)
  assert.match(await events.text(), /event: begin/)
  await silentClosed
  gate.resolve()
  assert.equal(await (await running).text(), 'done')
  // Long before the deadline, at which every connection would be cut.
  const outcome = await Promise.race([closed.then(() => 'closed'), sleep(10_000, 'still open', { ref: false })])
  assert.equal(outcome, 'closed')
  await assert.rejects(fetch(`${url}/who`))
})

test('what is not HTTP gets a clear refusal', async (t) => {
  const { port } = await start(t)
  const garbage = await rawRequest(port, 'hello\r\n\r\n')
  assert.match(garbage, /^HTTP\/1\.1 400 [^]*"code":"malformed_request"/)
  const huge = await rawRequest(port, `GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Big: ${'x'.repeat(20_000)}\r\n\r\n`)
  assert.match(huge, /^HTTP\/1\.1 431 [^]*"code":"headers_too_large"/)
})

test('the API describes itself, and its page loads with nothing from elsewhere', async (t) => {
  const { url } = await start(t)
  const spec = z
    .object({
      openapi: z.literal('3.1.0'),
      paths: z.record(z.string(), z.record(z.string(), z.unknown())),
      components: z.unknown(),
    })
    .parse(await (await fetch(`${url}/openapi.json`)).json())
  assert.ok(spec.paths['/echo']?.post !== undefined)
  assert.match(JSON.stringify(spec.components), /open_mode_local_only/)
  assert.match(JSON.stringify(spec.components), /#\/components\/schemas\/Problem/)
  assert.match(JSON.stringify(spec.paths['/echo']), /"422":\{"\$ref":"#\/components\/responses\/Error422"\}/)

  for (const page of ['/docs', '/docs/']) {
    const response = await fetch(url + page)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-security-policy') ?? '', /script-src 'self';/)
    const html = await response.text()
    assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/)
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => new URL(match[1] ?? '', response.url))
    assert.equal(files.length, 4)
    for (const file of files) {
      assert.equal(file.origin, url)
      const asset = await fetch(file)
      assert.equal(asset.status, 200, file.href)
      await asset.arrayBuffer()
    }
  }
})
