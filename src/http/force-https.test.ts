import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { localAdministrator, type Authenticate } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { LOCALHOST } from './tls.fixture.ts'
import { acceptSockets } from './websocket.ts'
import type { CertificateFiles } from './tls.ts'

/** FORCE_HTTPS with accounts: `cli` is the command line's token. */
async function start(t: TestContext, tls?: CertificateFiles) {
  const local = localAdministrator('cli')
  const authenticate: Authenticate = (token) => (token === undefined ? undefined : local(token))
  const app = await createApp({
    settings: { ...SETTINGS, forceHttps: true, tls },
    logger: recorder(),
    openMode: false,
    authenticate,
  })
  t.after(() => app.close())
  app.get('/public', { config: { access: 'public' } }, async () => 'hello')
  app.post('/public', { config: { access: 'public' } }, async () => 'hello')
  app.get('/mine', { config: { access: 'user' } }, async () => 'yours')
  app.get('/health', { config: { access: 'public', plainHttp: true } }, async () => 'healthy')
  await acceptSockets(app, {
    authenticate,
    handlers: new Map(),
    settings: {
      heartbeat: 30_000,
      timeout: 30_000,
      maxConnections: 10,
      maxMessageBytes: 1000,
      loginTime: 1000,
      workTimeout: 1000,
    },
    logger: recorder(),
    now: () => new Date(),
    opened: () => undefined,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return Number(new URL(url).port)
}

const SECURE = 'X-Forwarded-Proto: https'
const PLAIN = 'X-Forwarded-Proto: http'
const UPGRADE =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=='

interface Heard {
  readonly status: number
  readonly location: string | undefined
  readonly code: string | undefined
  readonly pinned: string | undefined
}

const heard = (answer: string): Heard => ({
  status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]),
  location: /^location: (.*?)\r$/im.exec(answer)?.[1],
  code: /"code":"(\w+)"/.exec(answer)?.[1],
  pinned: /^strict-transport-security: (.*?)\r$/im.exec(answer)?.[1],
})

const bytes = (line: string, ...headers: readonly string[]): string => {
  const host = headers.some((header) => header.startsWith('Host:')) ? [] : ['Host: rag.example.org']
  const end = headers.includes(UPGRADE) ? [] : ['Connection: close']
  return [`${line} HTTP/1.1`, ...host, ...headers, ...end, '', ''].join('\r\n')
}

test('behind a proxy: what the client sent by HTTPS is answered, a page is led there, the rest is refused', async (t) => {
  const port = await start(t)
  const ask = async (line: string, ...headers: readonly string[]) =>
    heard(await rawRequest(port, bytes(line, ...headers)))
  const secure = await ask('GET /public', SECURE)
  assert.deepEqual([secure.status, secure.pinned], [200, 'max-age=31536000'])
  assert.equal((await ask('POST /public', 'X-Forwarded-Proto: HTTPS, http')).status, 200)
  assert.equal((await ask('GET /public', SECURE, 'Host: localhost:8000')).pinned, undefined)
  assert.equal((await ask('GET /mine', SECURE)).code, 'unauthorized')

  const led = await ask('GET /public?a=%20b', PLAIN)
  assert.deepEqual([led.status, led.location, led.pinned], [308, 'https://rag.example.org/public?a=%20b', undefined])
  assert.equal((await ask('GET //evil.example/x', PLAIN)).location, 'https://rag.example.org//evil.example/x')
  assert.equal((await ask('HEAD /nowhere', 'X-Forwarded-Proto: http, https')).status, 308)
  assert.equal(
    (await ask('GET /public', PLAIN, 'Host: rag.example.org:8080')).location,
    'https://rag.example.org/public',
  )
  assert.equal((await ask('GET /mine', PLAIN, 'Host: [2001:db8::1]')).location, 'https://[2001:db8::1]/mine')
  for (const refused of [
    await ask('POST /public', PLAIN, 'Content-Length: 0'),
    await ask('DELETE /nowhere', PLAIN),
    await ask('GET /public', PLAIN, 'Host: evil.example/@x'),
    await ask('GET /ws', PLAIN, UPGRADE),
    await ask('GET /ws', 'X-Forwarded-Proto: ws', UPGRADE),
    await ask('GET /public', 'X-Forwarded-Proto: gopher'),
    await ask('GET /public'),
    await ask('GET /public', 'Host: localhost'),
    await ask('GET /ws', UPGRADE),
  ]) {
    assert.deepEqual(refused, { status: 403, location: undefined, code: 'https_required', pinned: undefined })
  }
})

test('what is meant for this machine and its probes needs no HTTPS', async (t) => {
  const port = await start(t)
  const ask = async (line: string, ...headers: readonly string[]) =>
    heard(await rawRequest(port, bytes(line, ...headers)))
  assert.equal((await ask('GET /health')).status, 200)
  assert.equal((await ask('GET /health', PLAIN)).status, 200)
  const [here, cli] = [`Host: 127.0.0.1:${port}`, 'Authorization: Bearer cli']
  assert.equal((await ask('GET /mine', here, cli)).status, 200)
  assert.equal((await ask('GET /mine', here, 'Authorization: Bearer other')).code, 'https_required')
  assert.equal((await ask('GET /mine', here, cli, 'X-Forwarded-For: 10.0.0.1')).code, 'https_required')
  assert.equal((await ask('GET /mine', cli)).code, 'https_required', 'of another host')
})

test('with a certificate of its own everything is HTTPS, unless a proxy says that its client did not use it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'evident-force-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.certificate, LOCALHOST.cert)
  writeFileSync(files.key, LOCALHOST.key)
  const port = await start(t, files)
  const ask = async (line: string, ...headers: readonly string[]): Promise<Heard> => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca: LOCALHOST.cert })
    let answer = ''
    socket.setEncoding('latin1').write(bytes(line, ...headers))
    for await (const part of socket) answer += String(part)
    return heard(answer)
  }
  const own = await ask('POST /public', 'Content-Length: 0')
  assert.deepEqual([own.status, own.pinned], [200, 'max-age=31536000'])
  assert.equal((await ask('GET /public', `Host: localhost:${port}`)).pinned, undefined)
  assert.equal((await ask('GET /public', PLAIN)).location, 'https://rag.example.org/public')
  assert.equal((await ask('POST /public', PLAIN, 'Content-Length: 0')).code, 'https_required')
})
