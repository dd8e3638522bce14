import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { RateLimiter } from '../core/ports/shared-state.ts'
import { ANN, startSockets } from './websocket-app.fixture.ts'
import type { SocketHandler } from './websocket-connection.ts'
import { dial } from './websocket.fixture.ts'

test('connected, ping and pong, a question and its answer, other types: each with the time', async (t) => {
  const { ws, sockets, opened, logger } = await startSockets(t)
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
  const { ws } = await startSockets(t)
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
  const { ws } = await startSockets(t, {
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
  const { ws } = await startSockets(t, {
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
  const began = Promise.withResolvers<void>()
  const left = Promise.withResolvers<string>()
  const work: SocketHandler = async ({ message, signal }) => {
    if (message.question === 'left') began.resolve()
    await once(signal, 'abort')
    if (message.question === 'left') left.resolve((signal.reason as Error).name)
    signal.throwIfAborted()
  }
  const hasty = await startSockets(t, { settings: { workTimeout: 50 }, work })
  const ann = await dial(hasty.ws, ANN)
  await ann.next()
  ann.send({ type: 'question', question: 'long' })
  assert.equal((await ann.next()).code, 'timed_out')

  const patient = await startSockets(t, { work })
  const leaving = await dial(patient.ws, ANN)
  await leaving.next()
  leaving.send({ type: 'question', question: 'left' })
  await began.promise
  leaving.close()
  assert.equal(await left.promise, 'AbortError')
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
  const { ws } = await startSockets(t, { rateLimiter })
  const ann = await dial(ws, ANN)
  await ann.next()
  for (const type of ['answer', 'answer', 'error']) {
    ann.send({ type: 'question', question: 'Why?' })
    const message = await ann.next()
    assert.equal(message.type, type)
    assert.equal(message.code, type === 'error' ? 'too_many_requests' : undefined)
  }
})
