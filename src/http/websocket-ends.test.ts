import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { ANN, rawSocket, startSockets, statusOf, upgrade } from './websocket-app.fixture.ts'
import { dial } from './websocket.fixture.ts'

test('heartbeats notice a token that ended and a client that is gone', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  const { ws, port, sockets, tokens } = await startSockets(t, { settings: { heartbeat: 1000 } })
  const ann = await dial(ws, ANN)
  await ann.next()
  tokens.delete('ann')
  t.mock.timers.tick(1000)
  assert.equal((await ann.next()).code, 'unauthorized')
  assert.equal((await ann.closed).code, 1008)
  while (sockets.active() > 0) await new Promise(setImmediate)

  const dead = await rawSocket(port, 'bob')
  const pinged = once(dead, 'data')
  t.mock.timers.tick(1000)
  await pinged
  const closed = once(dead, 'close')
  t.mock.timers.tick(1000)
  await closed
})

test('a client that says nothing for too long is sent away', async (t) => {
  const { ws } = await startSockets(t, { settings: { timeout: 60 } })
  const silent = await dial(ws, ANN)
  await silent.next()
  assert.deepEqual(await silent.closed, { code: 1000, reason: 'silent for too long' })
})

test('no more than WS_MAX_CONNECTIONS are open, and a place is free again when one ends', async (t) => {
  const { ws, port, sockets } = await startSockets(t, { settings: { maxConnections: 2 } })
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

test('other upgrades and plain requests are answered as HTTP', async (t) => {
  const { url, port } = await startSockets(t)
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

test('malformed frames end their own connection and nothing else', async (t) => {
  const { ws, port } = await startSockets(t)
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
    await once(socket, 'end', { signal: AbortSignal.timeout(30_000) }).catch(() => assert.fail(`${name}: not closed`))
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
  const { port, sockets } = await startSockets(t, {
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
  const { app, ws } = await startSockets(t, {
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
