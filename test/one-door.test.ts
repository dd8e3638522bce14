import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type RunningServer, startServer } from '../scripts/drills/server.ts'
import { docxAround } from '../src/adapters/parsers/files.fixture.ts'
import { listen } from '../src/egress/listener.fixture.ts'
import { dial } from '../src/http/websocket.fixture.ts'
import type { Begun } from './network-watch.ts'
import { spoken, startOpenAiServer } from './openai-server.ts'
import { eventually, type Json } from './service.ts'

// What the lint step cannot see: what packages open, and what is reached by other names. The real server runs under a
// watch of everything that Node begins on the network, in all of its threads.

const CLIENT = 'our-client.apps.googleusercontent.com'

async function watched(t: TestContext, env: Record<string, string>) {
  const folder = mkdtempSync(join(tmpdir(), 'evident-door-'))
  const file = join(folder, 'begun.jsonl')
  const server = await startServer({
    dataDir: join(folder, 'data'),
    cwd: folder,
    command: [
      process.execPath,
      `--import=${new URL('network-watch.ts', import.meta.url).href}`,
      join(import.meta.dirname, 'watched-server.ts'),
    ],
    env: { NETWORK_WATCH: file, UPLOAD_WAIT: '60', ...env },
  })
  let stopped: Promise<number | null> | undefined
  const stop = (): Promise<number | null> => (stopped ??= server.stop())
  t.after(async () => {
    await stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const begun = (): Begun[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Begun]))
  return { server, begun, stop }
}

const throughTheDoor = ({ stack }: Begun): boolean => /\/src\/egress\/(?:connector|lookup)\.ts/.test(stack)
const began = ({ type }: Begun): boolean => type !== 'WATCHING'

function caller({ url }: RunningServer) {
  return async (method: string, path: string, token?: string, body?: object | FormData): Promise<Json> => {
    const json = body !== undefined && !(body instanceof FormData)
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json ? { 'content-type': 'application/json' } : {}),
      },
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
    })
    const text = await response.text()
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
    return response.headers.get('content-type')?.includes('json') === true ? JSON.parse(text) : text
  }
}

/** Documents of which each asks whoever reads it to fetch something. */
const luring = (lure: string): Readonly<Record<string, string | Uint8Array>> => ({
  'page.html': `<!doctype html><link rel=stylesheet href="${lure}/a.css"><script src="${lure}/a.js"></script>
    <base href="${lure}/"><img src="${lure}/a.png"><iframe src="${lure}/frame"></iframe><p>The lighthouse is red.`,
  'notes.md': `# Notes\n\nThe bridge opened in 1932. ![image](${lure}/b.png) [link](${lure}/b)\n`,
  'list.xml': `<?xml version="1.0"?><!DOCTYPE a SYSTEM "${lure}/c.dtd"><a><b>The harbour is deep.</b></a>`,
  'letter.eml': `From: a@example.org\nTo: b@example.org\nSubject: Hello\nContent-Type: text/html\n\n<img src="${lure}/d.png"><p>The ferry leaves at nine.`,
  'report.docx': docxAround('<w:p><w:r><w:t>The mill was built in 1850.</w:t></w:r></w:p>', {
    'word/_rels/document.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="${lure}/e.png" TargetMode="External"/></Relationships>`,
  }),
})

test('a server at work opens no connection and looks up no name but through the door', async (t) => {
  const lure = await listen(t, (_, response) => response.end('lured'))
  const model = await startOpenAiServer(spoken('The bridge opened in 1932 [1].'))
  t.after(() => model.close())
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const keys = await listen(t, (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] })),
  )
  const { server, begun, stop } = await watched(t, {
    AUTH_MODE: 'required',
    OPENAI_BASE_URL: model.url.replace('127.0.0.1', 'localhost'),
    OPENAI_MODEL: 'writer-1',
    GOOGLE_CLIENT_ID: CLIENT,
    GOOGLE_KEYS: `http://127.0.0.1:${keys.port}/certs`,
  })
  const call = caller(server)

  const person = { name: 'Ada', email: 'ada@example.org', password: 'correct horse battery' }
  const { access_token: token } = await call('POST', '/api/auth/signup', undefined, person)
  await call('POST', '/api/auth/login', undefined, person)
  const picture = `http://127.0.0.1:${lure.port}/ada.png`
  const claims = { email: 'bob@example.org', email_verified: true, name: 'Bob', picture }
  const idToken = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer('https://accounts.google.com')
    .setAudience(CLIENT)
    .setSubject('1')
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(privateKey)
  const google = await call('POST', '/api/auth/google', undefined, { token: idToken })
  assert.equal((await call('GET', '/api/auth/me', google.access_token)).picture, picture)

  for (const [name, content] of Object.entries(luring(`http://127.0.0.1:${lure.port}`))) {
    const form = new FormData()
    form.set('file', new Blob([content]), name)
    await call('POST', '/api/v1/upload-file', token, form)
  }
  const { documents } = await eventually(
    () => call('GET', '/api/v1/documents', token),
    ({ documents: found }) => found.every(({ status }: Json) => status === 'processed'),
  )
  assert.equal(documents.length, 5)
  await call('POST', '/api/v1/search', token, { query: 'When did the bridge open?' })
  const question = 'When did the bridge open?'
  assert.equal((await call('POST', '/api/v1/ask', token, { question })).api_used, 'openai')
  assert.match(await call('POST', '/api/chat/ask/stream', token, { question }), /event: done/)
  const socket = await dial(`${server.url}/ws`)
  socket.send({ type: 'question', question: 'When was the mill built?', token })
  await socket.until('answer')
  for (const path of ['/', '/docs', '/openapi.json', '/health', '/api/v1/stats', '/api/v1/jobs'])
    await call('GET', path, token)
  await call('DELETE', `/api/v1/documents/${documents[0].id}`, token)
  assert.equal(await stop(), 0)

  const all = begun()
  const beside = all.filter((each) => began(each) && !throughTheDoor(each))
  assert.deepEqual(
    beside.map(({ type, thread, stack }) => `${type} in thread ${thread}: ${stack}`),
    [],
  )
  // It did go through the door, by number and by name; and the threads were watched as well.
  const types = new Set(all.filter(began).map(({ type }) => type))
  assert.deepEqual(types, new Set(['TCPCONNECTWRAP', 'GETADDRINFOREQWRAP']))
  assert.ok(model.asked.length >= 2)
  assert.equal(keys.connections(), 1)
  assert.ok(new Set(all.map(({ thread }) => thread)).size >= 4)
  assert.equal(lure.connections(), 0)
})

test('the watch sees what goes beside the door, in each thread', async (t) => {
  const { port, connections } = await listen(t, (_, response) => response.end('here'))
  const { begun } = await watched(t, { PLANTED: `http://127.0.0.1:${port}/` })
  const beside = await eventually(
    async () => begun().filter((each) => began(each) && !throughTheDoor(each)),
    (found) => connections() > 0 && new Set(found.map(({ thread }) => thread)).size === 2,
  )
  assert.deepEqual(new Set(beside.map(({ type }) => type)), new Set(['TCPCONNECTWRAP', 'GETADDRINFOREQWRAP']))
})
