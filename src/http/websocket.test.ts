import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import type { UserId } from '../core/ids.ts'
import type { RateLimiter } from '../core/ports.ts'
import { type Caller, localAdministrator } from './access.ts'
import { rawRequest, recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import type { SocketHandler, SocketSettings } from './websocket-connection.ts'
import { dial } from './websocket.fixture.ts'
import { acceptSockets } from './websocket.ts'

const WS_SETTINGS: SocketSettings = {
  heartbeat: 60_000,
  timeout: 60_000,
  maxConnections: 100,
  maxMessageBytes: 1000,
  loginTime: 60_000,
  workTimeout: 60_000,
}

const user = (name: string): Caller => ({ userId: name as UserId, role: 'user', via: 'session', scope: 'write' })

interface Setup {
  readonly settings?: Partial<SocketSettings>
  readonly work?: SocketHandler
  readonly openMode?: boolean
  readonly rateLimiter?: RateLimiter
}

/** Required mode unless said otherwise: a token is the name of the user it stands for, while it is in `tokens`. */
async function start(t: TestContext, { settings, work = echo, openMode = false, rateLimiter }: Setup = {}) {
  const tokens = new Set(['ann', 'bob'])
  const byName = (token: string | undefined) => (token !== undefined && tokens.has(token) ? user(token) : undefined)
  const authenticate = openMode ? localAdministrator('cli') : byName
  const logger = recorder()
  const app = await createApp({ settings: SETTINGS, logger, openMode, authenticate, rateLimiter })
  let opened = 0
  const sockets = await acceptSockets(app, {
    authenticate,
    handlers: new Map([['question', work]]),
    settings: { ...WS_SETTINGS, ...settings },
    logger,
    now: () => new Date(),
    opened: () => opened++,
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  t.after(() => app.close())
  return { app, sockets, tokens, logger, url, ws: `${url}/ws`, port: Number(new URL(url).port), opened: () => opened }
}

const echo: SocketHandler = async ({ message, caller, send }) =>
  send({ type: 'answer', answer: message.question, user: caller.userId })

const ANN = { headers: { authorization: 'Bearer ann' } }

/** The status of an upgrade, and the headers and body of one that is refused. */
async function upgrade(port: number, headers: Record<string, string> = {}, path = '/ws'): Promise<string> {
  const all = {
    host: `127.0.0.1:${port}`,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
    ...headers,
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
  return rawRequest(port, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])

test('connected, ping and pong, a question and its answer, other types: each with the time', async (t) => {
  const { ws, sockets, opened, logger } = await start(t)
  const ann = await dial(ws, ANN)
  const connected = await ann.next()
  assert.equal(connected.type, 'connected')
  assert.equal(typeof connected.message, 'string')
  assert.ok(!Number.isNaN(Date.parse(String(connected.timestamp))))
  assert.deepEqual([sockets.active(), opened()], [1, 1])
  ann.send({ type: 'ping' })
  assert.deepEqual(Object.keys(await ann.next()), ['type', 'timestamp'])
  ann.send({ type: 'question', question: 'Why?' })
  const { timestamp, ...answer } = await ann.next()
  assert.equal(typeof timestamp, 'string')
  assert.deepEqual(answer, { type: 'answer', answer: 'Why?', user: 'ann' })
  ann.send({ type: 'dance', to: 'music', token: 'ann' })
  const response = await ann.next()
  assert.equal(response.type, 'response')
  assert.deepEqual(response.original, { type: 'dance', to: 'music' }, 'a token is never sent back')
  ann.close()
  assert.equal((await ann.closed).code, 1005)
  while (sockets.active() > 0) await new Promise(setImmediate)
  while (!logger.lines.some(({ message }) => message === 'request')) await new Promise(setImmediate)
  const [line] = logger.lines.filter(({ message }) => message === 'request')
  assert.equal(line?.fields.status, 101)
})

test('what is no message of ours is an error, and the connection goes on', async (t) => {
  const { ws } = await start(t)
  const ann = await dial(ws, ANN)
  await ann.next()
  const cases: [string, string][] = [
    ['{"type":', 'malformed_request'],
    ['[]', 'malformed_request'],
    ['null', 'malformed_request'],
    ['7', 'malformed_request'],
    ['', 'malformed_request'],
    [JSON.stringify({ type: 'question', question: 'x'.repeat(2000) }), 'payload_too_large'],
    [`{"type":"question","x":${'['.repeat(100)}${']'.repeat(100)}}`, 'invalid_request'],
    ['{"type":"ping","token":7}', 'unauthorized'],
    ['{"type":"ping","token":"nobody"}', 'unauthorized'],
  ]
  for (const [text, code] of cases) {
    ann.send(text)
    const error = await ann.next()
    assert.deepEqual([error.type, error.code], ['error', code], text)
    assert.equal(typeof error.message, 'string')
  }
  ann.sendBinary(new Uint8Array([1, 2, 3]))
  assert.equal((await ann.next()).code, 'malformed_request')
  ann.send({ type: 'ping' })
  assert.equal((await ann.next()).type, 'pong')
})

test('questions are answered one at a time in order, and too many that wait are refused', async (t) => {
  let atWork = 0
  const asked: unknown[] = []
  const go = Promise.withResolvers<void>()
  const { ws } = await start(t, {
    async work({ message, send }) {
      atWork++
      asked.push(message.question)
      assert.equal(atWork, 1)
      await go.promise
      send({ type: 'answer', answer: message.question })
      atWork--
    },
  })
  const ann = await dial(ws, ANN)
  await ann.next()
  for (let i = 0; i < 8; i++) ann.send({ type: 'question', question: i })
  for (let i = 0; i < 2; i++) assert.equal((await ann.next()).code, 'too_many_requests')
  ann.send({ type: 'ping' })
  assert.equal((await ann.next()).type, 'pong', 'while an answer is made, other messages are read')
  go.resolve()
  for (let i = 0; i < 6; i++) assert.equal((await ann.next()).answer, i)
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 5])
})

test('what fails is an error that tells nothing of the innards, and the next question is answered', async (t) => {
  const { ws } = await start(t, {
    async work({ message, send }) {
      if (message.question === 'fail') throw new TypeError('the secret of the innards')
      send({ type: 'answer' })
    },
  })
  const ann = await dial(ws, ANN)
  await ann.next()
  ann.send({ type: 'question', question: 'fail' })
  const error = await ann.next()
  assert.equal(error.code, 'internal_error')
  assert.doesNotMatch(JSON.stringify(error), /secret/)
  ann.send({ type: 'question', question: 'go on' })
  assert.equal((await ann.next()).type, 'answer')
})

test('an answer that takes too long, and one whose reader left, are ended by their signal', async (t) => {
  const reasons: Promise<string>[] = []
  const began = Promise.withResolvers<void>()
  const { ws } = await start(t, {
    settings: { workTimeout: 50 },
    async work({ message, signal }) {
      const ended = once(signal, 'abort').then(() => (signal.reason as Error).name)
      reasons.push(ended)
      began.resolve()
      await ended
      if (message.question === 'long') signal.throwIfAborted()
    },
  })
  const ann = await dial(ws, ANN)
  await ann.next()
  ann.send({ type: 'question', question: 'long' })
  assert.equal((await ann.next()).code, 'timed_out')
  ann.close()
  assert.deepEqual(await Promise.all(reasons), ['TimeoutError'])
  await began.promise
})

test('a token comes with the upgrade by header or subprotocol, or with the first message', async (t) => {
  const { ws } = await start(t)
  const offers: [Parameters<typeof dial>[1], string][] = [
    [ANN, ''],
    [{ protocols: ['bearer', 'ann'] }, 'bearer'],
    [{ protocols: ['evident', 'bearer', 'ann'] }, 'bearer'],
    [{ protocols: ['ann'] }, 'ann'],
  ]
  for (const [offer, protocol] of offers) {
    const socket = await dial(ws, offer)
    assert.equal(socket.protocol, protocol)
    await socket.next()
    socket.send({ type: 'question', question: 'Who?' })
    assert.equal((await socket.next()).user, 'ann')
    socket.close()
  }
  const late = await dial(ws)
  assert.equal((await late.next()).type, 'connected')
  late.send({ type: 'question', question: 'Who?', token: 'bob' })
  assert.equal((await late.next()).user, 'bob')
  late.send({ type: 'question', question: 'Who now?' })
  assert.equal((await late.next()).user, 'bob', 'one token is enough for a connection')
  late.send({ type: 'question', question: 'And now?', token: 'ann' })
  assert.equal((await late.next()).user, 'ann')
})

test('without a valid token the upgrade is 401, or the first message an error and the end', async (t) => {
  const { ws, port } = await start(t, { settings: { loginTime: 80 } })
  for (const headers of [
    { authorization: 'Bearer nobody' },
    { authorization: 'Basic YW5uOmFubg==' },
    { authorization: '' },
    { 'sec-websocket-protocol': 'bearer, nobody' },
    { 'sec-websocket-protocol': 'bearer' },
    { 'sec-websocket-protocol': 'nobody' },
    // Only `Authorization` and the subprotocol count.
    { 'x-api-key': 'ann', authorization: 'Bearer nobody' },
  ]) {
    const answer = await upgrade(port, headers)
    assert.equal(statusOf(answer), 401, JSON.stringify(headers))
    assert.match(answer, /"code":"unauthorized"/)
    assert.match(answer, /x-request-id: [0-9a-f-]{36}/i)
  }
  for (const first of [
    { type: 'ping' },
    { type: 'question', question: 'Who?' },
    { type: 'ping', token: 'nobody' },
    '{',
  ]) {
    const socket = await dial(ws)
    await socket.next()
    socket.send(first)
    const { code } = await socket.next()
    assert.equal(code, first === '{' ? 'malformed_request' : 'unauthorized')
    assert.equal((await socket.closed).code, 1008)
  }
  const silent = await dial(ws)
  await silent.next()
  assert.equal((await silent.next()).code, 'unauthorized')
  assert.equal((await silent.closed).code, 1008)
})

test('a token that ends closes its connections: at once where that is told, else at the next message', async (t) => {
  const { ws, tokens, app } = await start(t)
  const [ann, other, bob] = [await dial(ws, ANN), await dial(ws, ANN), await dial(ws, { protocols: ['bearer', 'bob'] })]
  for (const socket of [ann, other, bob]) await socket.next()
  tokens.delete('ann')
  other.send({ type: 'question', question: 'Still there?' })
  assert.equal((await other.next()).code, 'unauthorized')
  assert.equal((await other.closed).code, 1008)
  await app.lasting.recheck('ann' as UserId)
  assert.equal((await ann.next()).code, 'unauthorized')
  assert.equal((await ann.closed).code, 1008)
  bob.send({ type: 'ping' })
  assert.equal((await bob.next()).type, 'pong')
})

test('an answer being made stops when its user may no longer have it', async (t) => {
  const began = Promise.withResolvers<AbortSignal>()
  const { ws, tokens, app } = await start(t, {
    async work({ signal }) {
      began.resolve(signal)
      await once(signal, 'abort')
      signal.throwIfAborted()
    },
  })
  const ann = await dial(ws, ANN)
  await ann.next()
  ann.send({ type: 'question', question: 'A long one' })
  const signal = await began.promise
  tokens.delete('ann')
  await app.lasting.recheck('ann' as UserId)
  assert.ok(signal.aborted)
  assert.equal((await ann.next()).code, 'unauthorized')
  assert.equal((await ann.closed).code, 1008)
})

test('heartbeats notice a token that ended, a client that is gone and one that says nothing', async (t) => {
  const beating = await start(t, { settings: { heartbeat: 30 } })
  const ann = await dial(beating.ws, ANN)
  await ann.next()
  beating.tokens.delete('ann')
  assert.equal((await ann.next()).code, 'unauthorized')

  const dead = await rawSocket(beating.port, 'bob')
  await once(dead, 'close')

  const quiet = await start(t, { settings: { timeout: 60 } })
  const silent = await dial(quiet.ws, ANN)
  await silent.next()
  assert.deepEqual(await silent.closed, { code: 1000, reason: 'silent for too long' })
})

test('questions count in the same allowance as requests do', async (t) => {
  const taken: string[] = []
  const rateLimiter: RateLimiter = {
    async take(key) {
      taken.push(key)
      const ofUser = taken.filter((other) => other === 'user:ann').length
      return { limit: 2, remaining: 0, resetMs: 1000, allowed: ofUser <= 2 }
    },
  }
  const { ws } = await start(t, { rateLimiter })
  const ann = await dial(ws, ANN)
  await ann.next()
  for (const type of ['answer', 'answer', 'error']) {
    ann.send({ type: 'question', question: 'Why?' })
    const message = await ann.next()
    assert.equal(message.type, type)
    assert.equal(message.code, type === 'error' ? 'too_many_requests' : undefined)
  }
})

test('no more than WS_MAX_CONNECTIONS are open, and a place is free again when one ends', async (t) => {
  const { ws, port, sockets } = await start(t, { settings: { maxConnections: 2 } })
  const first = await dial(ws, ANN)
  const second = await dial(ws)
  const refused = await upgrade(port, { authorization: 'Bearer bob' })
  assert.equal(statusOf(refused), 503)
  assert.match(refused, /"code":"overloaded"/)
  assert.match(refused, /retry-after: \d+/i)
  second.close()
  while (sockets.active() > 1) await new Promise(setImmediate)
  const third = await dial(ws, ANN)
  assert.equal((await third.next()).type, 'connected')
  first.close()
  while (sockets.active() > 1) await new Promise(setImmediate)
  for (let i = 0; i < 5; i++) assert.equal(statusOf(await upgrade(port, { authorization: 'Bearer nobody' })), 401)
  assert.equal((await (await dial(ws, ANN)).next()).type, 'connected', 'those refused hold no place')
})

test('in open mode whoever is at this machine needs no token, and no page of elsewhere gets in', async (t) => {
  const { ws, port } = await start(t, { openMode: true })
  const local = await dial(ws)
  await local.next()
  local.send({ type: 'question', question: 'Who?' })
  assert.equal((await local.next()).user, 'local')
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { host: 'evil.example' },
    { 'x-forwarded-for': '10.0.0.1' },
  ]) {
    const answer = await upgrade(port, headers)
    assert.equal(statusOf(answer), 403, JSON.stringify(headers))
    assert.match(answer, /open_mode_local_only/)
  }
  assert.equal(statusOf(await upgrade(port, { authorization: 'Bearer nobody' })), 401)
})

test('other upgrades and plain requests are answered as HTTP', async (t) => {
  const { url, port } = await start(t)
  assert.equal((await (await dial(`${url}/ws/?x=1`, ANN)).next()).type, 'connected')
  const plain = await fetch(`${url}/ws`)
  assert.equal(plain.status, 426)
  assert.equal(plain.headers.get('upgrade'), 'websocket')
  const h2 = await upgrade(port, { upgrade: 'h2c', connection: 'Upgrade, close' }, '/nowhere')
  assert.equal(statusOf(h2), 404)
  const elsewhere = await upgrade(port, { connection: 'Upgrade, close' }, '/nowhere')
  assert.equal(statusOf(elsewhere), 404)
  assert.equal(statusOf(await upgrade(port, { 'sec-websocket-version': '1', authorization: 'Bearer ann' })), 400)
})

/** Past its upgrade, for bytes of one's own. */
async function rawSocket(port: number, token: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  socket.write(
    `GET /ws HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n` +
      `Authorization: Bearer ${token}\r\n\r\n`,
  )
  await once(socket, 'data')
  return socket.resume()
}

test('malformed frames end their own connection and nothing else', async (t) => {
  const { ws, port } = await start(t)
  const bystander = await dial(ws, ANN)
  await bystander.next()
  const frames: [string, number[]][] = [
    ['unmasked', [0x81, 0x02, 0x68, 0x69]],
    ['reserved bits', [0xf1, 0x80, 0, 0, 0, 0]],
    ['reserved opcode', [0x83, 0x80, 0, 0, 0, 0]],
    ['control frame that is too long', [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0]],
    ['fragmented control frame', [0x09, 0x80, 0, 0, 0, 0]],
    ['continuation of nothing', [0x80, 0x80, 0, 0, 0, 0]],
    ['invalid UTF-8', [0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]],
    ['a length of 2^63', [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
    ['a length that is too large', [0x81, 0xff, 0, 0, 0, 0, 0x7f, 0, 0, 0, 0, 0, 0, 0]],
    ['close code that is none', [0x88, 0x82, 0, 0, 0, 0, 0x00, 0x01]],
  ]
  for (const [name, bytes] of frames) {
    const socket = await rawSocket(port, 'bob')
    socket.write(Uint8Array.from(bytes))
    await once(socket, 'end', { signal: AbortSignal.timeout(5000) }).catch(() => assert.fail(`${name}: not closed`))
    socket.destroy()
  }
  // Frames and half frames that the client leaves behind.
  for (const bytes of [[0x81], [0x81, 0xfe, 0x00], [0x01, 0x81, 0, 0, 0, 0, 0x7b]]) {
    const socket = await rawSocket(port, 'bob')
    socket.write(Uint8Array.from(bytes))
    socket.destroy()
  }
  bystander.send({ type: 'ping' })
  assert.equal((await bystander.next()).type, 'pong')
})

test('a client that takes no answers is given up before they fill the memory', async (t) => {
  const { port, sockets } = await start(t, {
    async work({ send }) {
      send({ type: 'answer', text: 'x'.repeat(900_000) })
    },
  })
  const socket = await rawSocket(port, 'ann')
  socket.pause()
  const text = Buffer.from('{"type":"question"}')
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text])
  while (sockets.active() > 0 && !socket.destroyed) {
    socket.write(frame)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  assert.equal(sockets.active(), 0)
  socket.destroy()
})

test('at its stop the server finishes the answer being made, refuses the rest and says that it goes', async (t) => {
  const began = Promise.withResolvers<void>()
  const go = Promise.withResolvers<void>()
  const { app, ws } = await start(t, {
    async work({ send }) {
      began.resolve()
      await go.promise
      send({ type: 'answer' })
    },
  })
  const [busy, idle] = [await dial(ws, ANN), await dial(ws, ANN)]
  await Promise.all([busy.next(), idle.next()])
  busy.send({ type: 'question' })
  busy.send({ type: 'question' })
  await began.promise
  const closed = app.close()
  assert.equal((await idle.closed).code, 1001)
  assert.equal((await busy.next()).code, 'not_ready')
  // Longer than silent connections are kept at a stop.
  await new Promise((resolve) => setTimeout(resolve, 700))
  busy.send({ type: 'question' })
  assert.equal((await busy.next()).code, 'not_ready')
  go.resolve()
  assert.equal((await busy.next()).type, 'answer')
  assert.equal((await busy.closed).code, 1001)
  await closed
})
