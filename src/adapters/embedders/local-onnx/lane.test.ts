import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../../../core/errors.ts'
import { Lane } from './lane.ts'
import type { ModelFiles } from './model-files.ts'
import { ModelThread } from './model-thread.ts'
import { optionalPackage } from './optional-package.ts'
import { queryCache, tokenCache } from '../vector-cache.ts'

const files: ModelFiles = {
  name: 'echo',
  dimensions: 1,
  maxTokens: 8,
  pooling: 'cls',
  queryPrefix: '',
  documentPrefix: '',
  graphOptimizationLevel: 'basic',
  directory: '',
  checksums: {},
  id: 'echo@0',
}

/** A thread that speaks the protocol without a model: the vector is the order of the text, "die" ends the thread. */
const ECHO = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort, workerData } from 'node:worker_threads'
  let order = 0
  parentPort.postMessage({ type: 'ready' })
  Atomics.store(workerData.state, 0, 0)
  parentPort.on('message', ({ type, call, text }) => {
    if (type === 'close') return parentPort.close()
    if (text === 'die') throw new Error('dead')
    if (text === 'fail') return parentPort.postMessage({ type: 'failed', call, message: 'no' })
    const reply = () => parentPort.postMessage({ type: 'encoded', call, vector: new Float32Array([order++]), tokens: null })
    setTimeout(reply, text === 'long' ? 60 : 5)
  })`)}`,
)
const UNUSABLE = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort } from 'node:worker_threads'
  parentPort.postMessage({ type: 'unusable', code: 'not_ready', message: 'the model is missing' })`)}`,
)

/**
 * The first thread loads at once, the others when the text "load" has been embedded by it. The vector is the number of the
 * thread in the order of their starts.
 */
const SLOW_TO_LOAD = new URL(
  `data:text/javascript,${encodeURIComponent(`
  import { parentPort, workerData } from 'node:worker_threads'
  const { gate, state } = workerData
  const number = Atomics.add(gate, 0, 1)
  if (number > 0) Atomics.wait(gate, 1, 0)
  Atomics.store(state, 0, 0)
  parentPort.postMessage({ type: 'ready' })
  parentPort.on('message', ({ type, call, text }) => {
    if (type === 'close') return parentPort.close()
    setTimeout(() => {
      if (text === 'load') {
        Atomics.store(gate, 1, 1)
        Atomics.notify(gate, 1)
      }
      parentPort.postMessage({ type: 'encoded', call, vector: new Float32Array([number]), tokens: null })
    }, 5)
  })`)}`,
)

interface Started {
  readonly lane: Lane
  readonly started: () => number
}
type Options = Partial<Omit<ConstructorParameters<typeof Lane>[0], 'start'>>
function laneOver(entry: URL, options: Options = {}): Started {
  let started = 0
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const lane = new Lane({
    threads: 1,
    depth: 1,
    idleMs: null,
    ...options,
    start() {
      started++
      return new ModelThread(entry, { files, cores: 1, gate, yields: false })
    },
  })
  return { lane, started: () => started }
}
const works = (...texts: string[]) => texts.map((text) => ({ text, prefix: 'none' as const, tokens: false }))
const order = async (lane: Lane, urgent: boolean, ...texts: string[]): Promise<(number | undefined)[]> =>
  (await lane.encode(works(...texts), { urgent })).map(({ vector }) => vector[0])

describe('lane', () => {
  test('urgent texts go before those that wait', async () => {
    const { lane } = laneOver(ECHO)
    const [slow, fast] = await Promise.all([order(lane, false, 'a', 'b', 'c'), order(lane, true, 'q')])
    assert.deepEqual(slow, [0, 2, 3])
    assert.deepEqual(fast, [1])
    await lane.close()
  })

  test('starts no more threads than allowed and than there are texts', async () => {
    const { lane, started } = laneOver(ECHO, { threads: 3, depth: 2 })
    await order(lane, false, 'a')
    assert.equal(started(), 1)
    await order(lane, false, ...'abcdefghijk'.split(''))
    assert.equal(started(), 3)
    await lane.close()
  })

  test('a thread without work ends, and work starts one again', async () => {
    const { lane, started } = laneOver(ECHO, { idleMs: 20 })
    await order(lane, false, 'a')
    const [thread] = lane.threads
    await thread?.ended
    assert.equal(lane.threads.length, 0)
    assert.deepEqual(await order(lane, false, 'a'), [0])
    assert.equal(started(), 2)
    await lane.close()
  })

  test('of two that have no more work the older one stays, whichever was busy for longer', async () => {
    const { lane } = laneOver(ECHO, { threads: 2, idleMs: 20, kept: 1 })
    await order(lane, false, 'a', 'b')
    const [older, younger] = lane.threads
    await order(lane, false, 'a', 'long')
    await younger?.ended
    assert.deepEqual(lane.threads, [older])
    await lane.close()
  })

  test('no text waits for a thread that is loading while another is there; then it takes its share', async () => {
    const { lane, started } = laneOver(SLOW_TO_LOAD, { threads: 2, depth: 2 })
    await lane.warm()
    assert.deepEqual(await order(lane, false, ...'abcdef'.split('')), [0, 0, 0, 0, 0, 0])
    assert.equal(started(), 2)
    const [, loading] = lane.threads
    const loaded = loading?.ready
    await order(lane, false, 'load')
    await loaded
    const shares = await order(lane, false, ...'abcdef'.split(''))
    assert.ok(shares.filter((number) => number === 1).length >= 2, String(shares))
    await lane.close()
  })

  test('a crowd starts another thread; without work all end but those that are kept', async () => {
    const { lane, started } = laneOver(ECHO, { threads: 2, crowd: 3, urgentDepth: 16, idleMs: 20, kept: 1 })
    await Promise.all([order(lane, true, 'a'), order(lane, true, 'b'), order(lane, true, 'c')])
    assert.equal(started(), 1)
    await Promise.all('abcd'.split('').map((text) => order(lane, true, text)))
    assert.equal(started(), 2)
    const [first, second] = lane.threads
    await second?.ready
    await Promise.race([first?.ended, second?.ended])
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.equal(lane.threads.filter(({ usable }) => usable).length, 1)
    await order(lane, true, 'a')
    assert.equal(started(), 2)
    await lane.close()
  })

  test('a thread that dies rejects the call whose text it had; the others go on in a new one', async () => {
    const { lane, started } = laneOver(ECHO)
    const dead = order(lane, false, 'die', 'never')
    const alive = order(lane, false, 'a', 'b')
    await assert.rejects(
      dead,
      (error: unknown) => error instanceof AppError && /stopped unexpectedly/.test(error.message),
    )
    // The new thread counts anew; it may have been given the other text of the dead call before that was rejected.
    const [a = NaN, b] = await alive
    assert.ok(a <= 1, `${a}`)
    assert.equal(b, a + 1)
    assert.equal(started(), 2)
    await lane.close()
  })

  test('a text that fails fails its call and no other', async () => {
    const { lane } = laneOver(ECHO, { depth: 2 })
    const [failed, fine] = await Promise.allSettled([order(lane, false, 'a', 'fail'), order(lane, false, 'a')])
    assert.equal(failed.status, 'rejected')
    assert.equal(fine.status, 'fulfilled')
    await lane.close()
  })

  test('a model that cannot be loaded rejects the warm-up and later calls with its reason', async () => {
    const { lane } = laneOver(UNUSABLE)
    await assert.rejects(lane.warm(), /the model is missing/)
    await assert.rejects(order(lane, true, 'a'), /the model is missing/)
    await lane.close()
  })
})

test('caches forget what was used least recently', () => {
  const vectors = queryCache(2)
  vectors.set('a', new Float32Array([1]))
  vectors.set('b', new Float32Array([2]))
  vectors.get('a')
  vectors.set('c', new Float32Array([3]))
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => vectors.get(key)?.[0]),
    [1, undefined, 3],
  )
  const none = queryCache(0)
  none.set('a', new Float32Array([1]))
  assert.equal(none.get('a'), undefined)

  const tokens = tokenCache(40)
  for (const key of ['a', 'b'])
    tokens.set(key, { vector: new Float32Array(2), tokens: new Float32Array(4), words: new Uint16Array(2) })
  assert.deepEqual(
    ['a', 'b'].map((key) => tokens.get(key)?.tokens.length),
    [undefined, 4],
  )
})

const notThere: string = 'not-there'

test('a missing package is named, with how to install it', async () => {
  await assert.rejects(
    optionalPackage('onnxruntime-node', () => import(notThere)),
    (error: unknown) =>
      error instanceof AppError &&
      error.code === 'not_ready' &&
      /npm install --ignore-scripts onnxruntime-node@\d/.test(error.message),
  )
  await assert.rejects(
    optionalPackage('onnxruntime-node', () => Promise.reject(new Error('GLIBC'))),
    /cannot be loaded on this system/,
  )
})
