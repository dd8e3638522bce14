import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { localAdministrator } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'

async function start(t: TestContext) {
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: true,
    authenticate: localAdministrator('token'),
  })
  t.after(() => app.close())
  app.get('/who', { config: { access: 'user' } }, async (request) => request.caller)
  app.get('/public', { config: { access: 'public' } }, async () => 'hello')
  app.post('/change', { config: { access: 'user' } }, async () => 'changed')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, port: Number(new URL(url).port) }
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

test('Host must be this machine, written plainly', async (t) => {
  const { port } = await start(t)
  const ask = async (host: string) =>
    statusOf(await rawRequest(port, `GET /who HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`))
  for (const host of [
    '127.0.0.1',
    `127.0.0.1:${port}`,
    'localhost:8000',
    'LocalHost',
    '[::1]',
    `[::1]:${port}`,
    '127.9.8.7',
  ]) {
    assert.equal(await ask(host), 200, host)
  }
  const foreign = [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.localhost',
    'localhost.',
    '127.0.0.1.',
    'user@127.0.0.1',
    'evil.example@127.0.0.1',
    '127.0.0.1:80:90',
    '127.0.0.1:',
    '127.0.0.999',
    '127.1',
    '0x7f.0.0.1',
    '2130706433',
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '10.0.0.1',
    '127.0.0.1, evil.example',
    '127.0.0.1 evil.example',
    '127.0.0.1/evil.example',
    '%6cocalhost',
    '',
  ]
  for (const host of foreign) assert.equal(await ask(host), 403, JSON.stringify(host))
})

test('a request without Host, with two, or written as to a proxy, is refused', async (t) => {
  const { port } = await start(t)
  const end = 'Connection: close\r\n\r\n'
  assert.equal(statusOf(await rawRequest(port, `GET /who HTTP/1.0\r\n\r\n`)), 403)
  assert.equal(statusOf(await rawRequest(port, `GET /who HTTP/1.1\r\n${end}`)), 400)
  const twice = await rawRequest(port, `GET /who HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\n${end}`)
  assert.ok([400, 403].includes(statusOf(twice)), twice)
  for (const target of ['http://evil.example/who', 'http://127.0.0.1/who', 'https://evil.example/who', 'who']) {
    const answer = await rawRequest(port, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${end}`)
    assert.ok([400, 403].includes(statusOf(answer)), `${target}: ${answer}`)
    assert.doesNotMatch(answer, /"userId"/)
  }
})

test('public routes, unknown ones and refusals of the framework are guarded alike', async (t) => {
  const { app } = await start(t)
  for (const url of ['/public', '/nowhere', '/docs', '/openapi.json']) {
    const answer = await app.inject({ url, headers: { host: 'evil.example' } })
    assert.equal(answer.statusCode, 403, url)
    assert.equal(answer.json<{ code: string }>().code, 'open_mode_local_only')
    assert.ok(answer.headers['x-request-id'])
  }
})

test('a proxy shows itself by its headers', async (t) => {
  const { app } = await start(t)
  const names = [
    'Forwarded',
    'Via',
    'X-Forwarded-For',
    'x-forwarded-host',
    'X-Forwarded-Proto',
    'X-Forwarded',
    'X-Real-IP',
  ]
  for (const name of names) {
    const answer = await app.inject({ url: '/who', headers: { [name]: '127.0.0.1' } })
    assert.equal(answer.statusCode, 403, name)
  }
  assert.equal((await app.inject({ url: '/who', headers: { 'x-forward': '1' } })).statusCode, 200)
})

test('the command line token does not lift the guard', async (t) => {
  const { app } = await start(t)
  const headers = { authorization: 'Bearer token', host: 'evil.example' }
  assert.equal((await app.inject({ url: '/who', headers })).statusCode, 403)
  assert.equal((await app.inject({ url: '/who', headers: { authorization: 'Bearer token' } })).statusCode, 200)
})

test('only pages of this service and of CORS_ORIGINS may ask', async (t) => {
  const { app } = await start(t)
  const ask = async (origin: string, method: 'GET' | 'POST' = 'POST', host = '127.0.0.1:8000') =>
    (await app.inject({ method, url: method === 'GET' ? '/who' : '/change', headers: { origin, host } })).statusCode
  for (const origin of [
    'http://127.0.0.1:8000',
    'http://localhost:8000',
    'http://[::1]:8000',
    'http://localhost:5173',
  ]) {
    assert.equal(await ask(origin), 200, origin)
    assert.equal(await ask(origin, 'GET'), 200, origin)
  }
  const foreign = [
    'null',
    '',
    'https://evil.example',
    'http://evil.example:8000',
    'http://localhost:9000',
    'http://127.0.0.1:5173',
    'https://127.0.0.1:8000',
    'http://localhost:8000.evil.example',
    'http://localhost:5173.evil.example',
    'http://localhost:5173/',
    'http://user@localhost:8000',
    'file://',
    'http://localhost',
  ]
  for (const origin of foreign) {
    assert.equal(await ask(origin), 403, origin)
    assert.equal(await ask(origin, 'GET'), 403, origin)
  }
  assert.equal(await ask('http://localhost', 'POST', 'localhost'), 200)
})

test('a page of another site cannot change anything, even where its browser sends no Origin', async (t) => {
  const { app } = await start(t)
  const ask = async (method: 'GET' | 'POST', site: string) =>
    (await app.inject({ method, url: method === 'GET' ? '/who' : '/change', headers: { 'sec-fetch-site': site } }))
      .statusCode
  assert.equal(await ask('POST', 'cross-site'), 403)
  assert.equal(await ask('POST', 'same-site'), 403)
  assert.equal(await ask('POST', 'same-origin'), 200)
  assert.equal(await ask('POST', 'none'), 200)
  assert.equal(await ask('GET', 'cross-site'), 200)
})

test('another machine is refused whatever it claims to be', async (t) => {
  const { app } = await start(t)
  const ask = async (remoteAddress: string) => (await app.inject({ url: '/who', remoteAddress })).statusCode
  for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) assert.equal(await ask(address), 200, address)
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '0.0.0.0'])
    assert.equal(await ask(address), 403, address)
})
