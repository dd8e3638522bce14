import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { connect } from '../src/cli/client.ts'
import { doctor } from '../src/cli/doctor.ts'
import { ingest } from '../src/cli/ingest.ts'
import { pinnedFetch } from '../src/cli/pinned-fetch.ts'
import { serve } from '../src/cli/serve.ts'
import type { Terminal } from '../src/cli/terminal.ts'
import { compose } from '../src/compose.ts'
import type { Config } from '../src/config/config.ts'
import { readHolder } from '../src/config/data-dir.ts'
import { loadConfig } from '../src/config/load.ts'
import { EXPIRED, LOCALHOST, OTHER, type TestCertificate } from '../src/http/tls.fixture.ts'
import { databaseSettings } from './chosen-database.ts'
import { quietLogger } from './databases.ts'
import { eventually } from './service.ts'

// `evident serve` with a certificate, and the commands that find that server, in one process.

const parts = { compose, logger: quietLogger }

async function prepared(t: TestContext, pair: TestCertificate, env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'evident-https-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const put = ({ cert, key }: TestCertificate): void => {
    writeFileSync(join(folder, 'cert.pem'), cert)
    writeFileSync(join(folder, 'key.pem'), key)
  }
  put(pair)
  const files = { SSL_CERT_PATH: 'cert.pem', SSL_KEY_PATH: 'key.pem' }
  const loaded = loadConfig({ PORT: '0', ...files, ...(await databaseSettings(join(folder, 'data'))), ...env }, folder)
  assert.ok(loaded.http.tls !== undefined)
  const tls = { ...loaded.http.tls, lookEvery: 20 }
  const config: Config = { ...loaded, http: { ...loaded.http, tls } }
  return { folder, config, put }
}

function terminal(signal: AbortSignal = new AbortController().signal): Terminal & { readonly text: () => string } {
  const out = new PassThrough()
  let text = ''
  out.setEncoding('utf8').on('data', (data) => (text += String(data)))
  return { out, err: new PassThrough().resume(), signal, text: () => text }
}

/** The server's URL, once it is ready. */
async function serving(t: TestContext, config: Config): Promise<string> {
  const stop = new AbortController()
  const screen = terminal(stop.signal)
  const ended = serve(config, parts, screen)
  t.after(async () => {
    stop.abort()
    await ended
  })
  const text = await eventually(
    () => Promise.race([Promise.resolve(screen.text()), ended.then(String)]),
    (shown) => shown.includes('ready on'),
  )
  return /ready on (https:\S+)/.exec(text)?.[1] ?? ''
}

/** What a WebSocket over TLS hears first; the built-in client takes no certificates. */
async function socketGreeting(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: LOCALHOST.cert })
  const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg=='
  socket.setEncoding('latin1')
  socket.write(`GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`)
  let heard = ''
  for await (const part of socket) {
    heard += String(part)
    if (heard.includes('connected')) break
  }
  return heard
}

test('the commands work with a server whose certificate is for another name, and after its renewal', async (t) => {
  const { folder, config, put } = await prepared(t, OTHER, { AUTH_MODE: 'required', FORCE_HTTPS: 'true' })
  const url = await serving(t, config)
  assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
  const client = () => connect(config, 'a test', parts, AbortSignal.timeout(30_000))
  const file = join(folder, 'bridge.txt')
  writeFileSync(file, 'The Sydney Harbour Bridge was opened in 1932.')
  const first = await client()
  assert.deepEqual([first.server, first.url], ['running', url])
  assert.equal(await ingest(first, [file], { json: true }, terminal()), 0)
  const screen = terminal()
  await doctor(config, client, { json: false, repair: false }, screen)
  assert.match(screen.text(), new RegExp(`ok +service: running on ${url}`))
  assert.match(screen.text(), /contents: 1 document,/)

  const stranger = pinnedFetch(LOCALHOST.cert)
  await assert.rejects(stranger(`${url}/health/live`, {}), 'only the certificate that was announced will do')

  put(LOCALHOST)
  await eventually(
    async () => readHolder(config.dataDir)?.certificate?.trim(),
    (certificate) => certificate === LOCALHOST.cert.trim(),
  )
  await assert.rejects(first.fetch('/health/live'), /does not answer/)
  assert.equal((await (await client()).fetch('/api/v1/documents')).status, 200)
  const live = await stranger(`${url}/health/live`, {})
  assert.deepEqual([live.status, await live.json()], [200, { status: 'alive' }])
  assert.match(await socketGreeting(Number(new URL(url).port)), /^HTTP\/1\.1 101 [^]*"type":"connected"/)
})

test('a command that finds no server has its own, with the certificate, and one that is out of date is told at once', async (t) => {
  const { config } = await prepared(t, LOCALHOST)
  const own = await connect(config, 'a test', parts, AbortSignal.timeout(30_000))
  assert.equal(own.server, 'own')
  assert.match(own.url, /^https:/)
  assert.equal((await own.fetch('/api/v1/documents')).status, 200)
  await own.close()

  const old = await prepared(t, EXPIRED)
  await serving(t, old.config)
  await assert.rejects(
    connect(old.config, 'a test', parts, AbortSignal.timeout(30_000)),
    /^StartError: The certificate of the server on https:\S+ is not valid today: renew the file of SSL_CERT_PATH\.$/,
  )
})
