import { parentPort, workerData } from 'node:worker_threads'
import { assertNever } from '../core/errors.ts'
import { Engine } from './engine.ts'
import { DamagedVectorsError } from './vector-file.ts'
import type { Operations, Reply, Request, ThreadOptions } from './messages.ts'

if (parentPort === null) throw new Error('This module is the entry of the search index thread')
const port = parentPort
const engine = new Engine(workerData as ThreadOptions)

type Result = Operations[keyof Operations]['result']

interface Write {
  readonly id: number
  readonly steps: Generator<void, Result>
}

/** Writes wait here and are done in order; what only reads is answered at once, between two steps of a write. */
const writes: Write[] = []

port.on('message', (message: Request) => {
  answer(message.id, () => {
    const outcome = run(message)
    if (!isWrite(outcome)) return { result: outcome }
    writes.push({ id: message.id, steps: outcome })
    if (writes.length === 1) setImmediate(step)
    return undefined
  })
})

function step(): void {
  const write = writes[0]
  if (write === undefined) return
  answer(write.id, () => {
    let finished = true
    try {
      const { done, value } = write.steps.next()
      finished = done === true
      return done === true ? { result: value } : undefined
    } finally {
      if (finished) writes.shift()
    }
  })
  // Messages that came meanwhile are handled before the next step.
  if (writes.length > 0) setImmediate(step)
}

/** Sends what `work` gives, or the error that it throws; `undefined`: the answer comes later. */
function answer(id: number, work: () => { readonly result: Result } | undefined): void {
  try {
    const outcome = work()
    if (outcome !== undefined) port.postMessage({ id, ok: true, result: outcome.result } satisfies Reply)
  } catch (error) {
    if (error instanceof DamagedVectorsError) {
      // The next thread begins empty, and is filled from the database.
      engine.forget()
      throw error
    }
    port.postMessage({ id, ok: false, error } satisfies Reply)
  }
}

const isWrite = (outcome: Result | Generator<void, Result>): outcome is Generator<void, Result> =>
  typeof outcome === 'object' && outcome !== null && Symbol.iterator in outcome && 'next' in outcome

function run(message: Request): Result | Generator<void, Result> {
  switch (message.operation) {
    case 'replaceWords':
      return engine.replaceWords(message.request)
    case 'replaceVectors':
      return engine.replaceVectors(message.request)
    case 'describe':
      return engine.describe(message.request)
    case 'deleteWords':
      return engine.deleteWords(message.request)
    case 'deleteVectors':
      return engine.deleteVectors(message.request)
    case 'rank':
      return engine.rank(message.request)
    case 'searchWords':
      return engine.searchWords(message.request)
    case 'scoreWords':
      return engine.scoreWords(message.request)
    case 'idf':
      return engine.idf(message.request)
    case 'queryTerms':
      return engine.queryTerms(message.request)
    case 'passageTerms':
      return engine.passageTerms(message.request)
    case 'countWords':
      return engine.countWords(message.request)
    case 'dropVectors':
      return engine.dropVectors(message.request)
    case 'searchVectors':
      return engine.searchVectors(message.request)
    case 'scoreVectors':
      return engine.scoreVectors(message.request)
    case 'neighbours':
      return engine.neighbours(message.request)
    case 'countVectors':
      return engine.countVectors(message.request)
    case 'memory':
      return engine.memory()
    case 'restored':
      return engine.restored()
    case 'clear':
      return engine.clear()
    case 'save':
      return engine.save(message.request)
    default:
      return assertNever(message)
  }
}
