import assert from 'node:assert/strict'
import { createPrivateKey } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { StartError } from '../core/start-error.ts'
import { localAdministrator } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp, type HttpSettings } from './app.ts'
import { EXPIRED, LOCALHOST, OTHER, type TestCertificate } from './tls.fixture.ts'

interface Written {
  readonly certificate: string
  readonly key: string
}

function written(t: TestContext, { cert, key }: TestCertificate): Written {
  const folder = mkdtempSync(join(tmpdir(), 'evident-tls-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const files = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
  writeFileSync(files.certificate, cert)
  writeFileSync(files.key, key)
  return files
}

async function start(t: TestContext, pair: TestCertificate = LOCALHOST, more: Partial<HttpSettings> = {}) {
  const files = written(t, pair)
  const logger = recorder()
  const app = await createApp({
    settings: { ...SETTINGS, tls: { ...files, lookEvery: 10 }, ...more },
    logger,
    openMode: true,
    authenticate: localAdministrator('token'),
  })
  t.after(() => app.close())
  app.post('/change', { config: { access: 'user' } }, async () => 'changed')
  app.get('/slow', { config: { access: 'user' } }, async () => sleep(700, 'slow but done'))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, files, logger, url, port: Number(new URL(url).port) }
}

async function call(url: string, method = 'GET', headers: Record<string, string> = {}) {
  const outgoing = httpsRequest(url, { method, headers, ca: LOCALHOST.cert, agent: false }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let body = ''
  for await (const part of response.setEncoding('utf8')) body += String(part)
  return { status: response.statusCode, headers: response.headers, body }
}

/** Of the certificate that is shown, also to who names no server. */
async function shown(port: number, servername?: string): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...(servername && { servername }) })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

test('the server speaks HTTPS, and its own pages are those of https', async (t) => {
  const { url, port, logger } = await start(t)
  assert.match(url, /^https:/)
  const from = (origin: string) => call(`${url}/change`, 'POST', { origin })
  assert.equal((await from(url)).status, 200)
  assert.equal((await from(`https://localhost:${port}`)).status, 200)
  assert.equal((await from(`http://localhost:${port}`)).status, 403)
  assert.equal((await from('https://localhost')).status, 403)
  const { headers } = await call(`${url}/slow`)
  assert.equal(headers['strict-transport-security'], undefined, 'only FORCE_HTTPS says so')

  assert.doesNotMatch(await rawRequest(port, 'GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n'), /HTTP/)
  const refused = logger.lines.find(({ message }) => message === 'TLS connection refused')
  assert.deepEqual([refused?.level, refused?.fields], ['info', { reason: 'ERR_SSL_HTTP_REQUEST' }])
  assert.equal((await call(`${url}/change`, 'POST')).status, 200)
})

test('a stop lets running requests finish and is not held up by a handshake that never comes', async (t) => {
  const { app, url, port } = await start(t)
  const silent = connect(port, '127.0.0.1')
  silent.on('error', () => silent.destroy())
  await once(silent, 'connect')
  const running = call(`${url}/slow`)
  await once(app.server, 'request')
  await app.close()
  assert.equal((await running).body, 'slow but done')
  if (!silent.destroyed) await once(silent, 'close')
})

test('files that are not right stop the start with one line that names the variable', async (t) => {
  const line = async (change: (files: Written) => Partial<Written>): Promise<string> => {
    const files = written(t, LOCALHOST)
    const settings = { ...SETTINGS, tls: { ...files, ...change(files) } }
    const options = { settings, logger: recorder(), openMode: true, authenticate: localAdministrator('token') }
    try {
      await (await createApp(options)).close()
      return 'started'
    } catch (error) {
      assert.ok(error instanceof StartError)
      assert.equal(error.lines.length, 1)
      return error.message
    }
  }
  const other = written(t, OTHER)
  const locked = createPrivateKey(LOCALHOST.key)
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' })
    .toString()
  const text = (path: string, content: string): string => {
    writeFileSync(path, content)
    return path
  }
  assert.equal(await line(() => ({})), 'started')
  assert.match(
    await line(() => ({ certificate: '/no/such.pem' })),
    /^SSL_CERT_PATH \/no\/such\.pem cannot be read \(ENOENT\)/,
  )
  assert.match(await line(() => ({ key: tmpdir() })), /^SSL_KEY_PATH .* cannot be read \(EISDIR\)/)
  assert.match(
    await line(({ certificate }) => ({ certificate: text(certificate, 'x') })),
    /^SSL_CERT_PATH .* no certificate/,
  )
  assert.match(await line(({ key }) => ({ certificate: key })), /^SSL_CERT_PATH .* no certificate/)
  assert.match(await line(({ key }) => ({ key: text(key, locked) })), /^SSL_KEY_PATH .* no private key/)
  assert.match(
    await line(() => ({ key: other.key })),
    /^SSL_KEY_PATH .* is not the key of the certificate in SSL_CERT_PATH/,
  )
  const broken = `${LOCALHOST.cert}${LOCALHOST.cert.replace(/\n.{20}/, '\n!')}`
  assert.match(
    await line(({ certificate }) => ({ certificate: text(certificate, broken) })),
    /^SSL_CERT_PATH .* cannot be served/,
  )
})

test('renewed files are taken up while the server runs, once both are there', async (t) => {
  const { app, files, logger, port } = await start(t)
  const heard = Promise.withResolvers<void>()
  app.certificate?.onRenewal(heard.resolve)
  assert.deepEqual([await shown(port), await shown(port, 'localhost')], ['localhost', 'localhost'])
  const warned = async (): Promise<void> => {
    while (!logger.lines.some(({ level }) => level === 'warn')) await sleep(5)
  }
  // As certbot and Kubernetes do it: what the path leads to is another file then.
  const renewed = written(t, OTHER)
  unlinkSync(files.certificate)
  symlinkSync(renewed.certificate, files.certificate)
  await warned()
  assert.equal(await shown(port), 'localhost')
  unlinkSync(files.key)
  symlinkSync(renewed.key, files.key)
  await heard.promise
  assert.deepEqual([await shown(port), await shown(port, 'rag.example.org')], ['rag.example.org', 'rag.example.org'])
  assert.equal(app.certificate?.pem().trim(), OTHER.cert.trim())
  assert.equal(logger.lines.filter(({ level }) => level === 'error').length, 0)
})

test('a certificate that is out of date is served, with a warning', async (t) => {
  const { logger, port } = await start(t, EXPIRED)
  assert.equal(await shown(port), 'localhost')
  assert.match(logger.lines.find(({ level }) => level === 'warn')?.message ?? '', /not valid today/)
})
