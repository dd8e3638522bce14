import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { within } from './within.ts'

const late = (): Error => new Error('late')

/** Answers the first byte that it gets, and says so where a blocked thread sees it. */
const ANSWERING = `
  const { createServer } = require('node:net')
  const { parentPort, workerData } = require('node:worker_threads')
  const answered = new Int32Array(workerData)
  const server = createServer((socket) => socket.once('data', () => socket.end('yes', () => {
    Atomics.store(answered, 0, 1)
    Atomics.notify(answered, 0)
    server.close()
  })))
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))
`

test('what takes longer is late, what comes in time is given', async () => {
  await assert.rejects(within(5, new Promise(() => undefined), late), /late/)
  assert.equal(await within(60_000, sleep(5, 'value'), late), 'value')
  await assert.rejects(within(60_000, Promise.reject(new Error('its own')), late), /its own/)
})

test('an answer that came while this thread was busy is in time', async () => {
  const answered = new Int32Array(new SharedArrayBuffer(4))
  const worker = new Worker(ANSWERING, { eval: true, workerData: answered.buffer })
  const [port] = (await once(worker, 'message')) as [number]
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const answer = within(10, once(socket, 'data'), late)
  await new Promise((sent) => socket.write('?', sent))
  Atomics.wait(answered, 0, 0)
  // The answer is here, and so is the time: nothing of both has been seen by this thread.
  const busyUntil = performance.now() + 50
  while (performance.now() < busyUntil);
  assert.equal(String((await answer)[0]), 'yes')
})
