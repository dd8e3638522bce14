import { constants, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { AppError } from '../../../core/errors.ts'
import type { FromThread, ThreadData, ToThread } from './messages.ts'
import { Gate } from './messages.ts'
import type { Model } from './model.ts'
import { openModel } from './model.ts'

/**
 * The longest that a bulk text waits for queries, in ms: under a stream of queries that never pauses, ingestion slows
 * down but goes on.
 */
const LONGEST_PAUSE_MS = 250

const port = parentPort
if (port === null) throw new Error('This module is the entry of a thread.')
const { files, cores, gate, state, yields } = workerData as ThreadData

const send = (message: FromThread, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer)

/** Native code that is terminated takes the whole process down: say when we are in it, and don't enter at the end. */
async function inNativeCode<T>(run: () => Promise<T>): Promise<T | undefined> {
  Atomics.store(state, 0, 1)
  try {
    return Atomics.load(gate, Gate.stopping) === 1 ? undefined : await run()
  } finally {
    Atomics.store(state, 0, 0)
    Atomics.notify(state, 0)
  }
}

function letQueriesPass(): void {
  const end = performance.now() + LONGEST_PAUSE_MS
  for (;;) {
    const queries = Atomics.load(gate, Gate.queries)
    const left = end - performance.now()
    if (queries === 0 || left <= 0 || Atomics.load(gate, Gate.stopping) === 1) return
    Atomics.wait(gate, Gate.queries, queries, left)
  }
}

async function encode(model: Model, { call, text, prefix, tokens }: ToThread & { type: 'encode' }): Promise<void> {
  if (yields) letQueriesPass()
  try {
    const encoded = await inNativeCode(() => model.encode(text, prefix, tokens))
    if (encoded === undefined) return
    const buffers = [encoded.vector.buffer, encoded.tokens?.buffer].filter((buffer) => buffer instanceof ArrayBuffer)
    send({ type: 'encoded', call, ...encoded }, buffers)
  } catch (error) {
    send({ type: 'failed', call, message: error instanceof Error ? error.message : String(error) })
  }
}

async function load(): Promise<Model | undefined> {
  try {
    return await inNativeCode(async () => {
      const model = await openModel(files, cores)
      // The first run allocates what the later ones use again.
      await model.encode('warm', 'none', false)
      return model
    })
  } catch (error) {
    const known = error instanceof AppError
    const reason = error instanceof Error ? error.message : String(error)
    const message = known ? reason : `The embedding model ${files.name} cannot be loaded: ${reason}`
    send({ type: 'unusable', code: known ? error.code : 'not_ready', message })
    return undefined
  }
}

/**
 * A text that is being embedded when a query comes is finished beside it, and on a machine whose cores are all busy with
 * such texts the query would get its share of one and no more. On Linux a priority is a thread's own; elsewhere it would be
 * the whole process's, so it stays.
 */
if (yields && process.platform === 'linux') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const model = await load()
if (model === undefined) {
  port.close()
} else {
  let last: Promise<void> = Promise.resolve()
  port.on('message', (message: ToThread) => {
    last = last.then(async () => {
      if (message.type === 'encode') return encode(model, message)
      await inNativeCode(() => model.release())
      return port.close()
    })
  })
  send({ type: 'ready' })
}
