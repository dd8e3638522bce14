import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { UserId } from '../core/ids.ts'
import { ANN, startSockets, statusOf, upgrade } from './websocket-app.fixture.ts'
import { dial } from './websocket.fixture.ts'

test('a token comes with the upgrade by header or subprotocol, or with the first message', async (t) => {
  const { ws } = await startSockets(t)
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
  const { ws, port } = await startSockets(t)
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
  const hasty = await startSockets(t, { settings: { loginTime: 80 } })
  const silent = await dial(hasty.ws)
  await silent.next()
  assert.equal((await silent.next()).code, 'unauthorized')
  assert.equal((await silent.closed).code, 1008)
})

test('a token that ends closes its connections: at once where that is told, else at the next message', async (t) => {
  const { ws, tokens, app } = await startSockets(t)
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
  const { ws, tokens, app } = await startSockets(t, {
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

test('in open mode whoever is at this machine needs no token, and no page of elsewhere gets in', async (t) => {
  const { ws, port } = await startSockets(t, { openMode: true })
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
