import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { SqliteError } from '../errors.ts'
import {
  RESULT,
  type Failure,
  type Replies,
  type Request,
  type Requests,
  type RunResult,
  type SqlValue,
  type ThreadData,
} from './messages.ts'

/** The main thread's end of a database thread. Requests are carried out in the order of the calls. */
export interface Channel {
  open(): Promise<void>
  run(sql: string, parameters: readonly SqlValue[], inTransaction: boolean): Promise<RunResult>
  commit(): Promise<void>
  rollback(): Promise<void>
  close(): Promise<void>
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never

interface Waiting {
  resolve(result: RunResult): void
  reject(error: Error): void
}

/** Rows pass through a thread and are dropped: a larger young generation would only be kept, not used. */
const YOUNG_MB = 8

export function startChannel(data: ThreadData, onCrash: (error: Error) => void): Channel {
  // The published package carries .js files: the thread has the extension of this file.
  const entry = new URL(`./thread${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(entry, {
    workerData: data,
    name: `sqlite-${data.role}`,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let ended: Error | undefined

  worker.on('message', (replies: Replies) => {
    for (const reply of replies) {
      const caller = waiting.get(reply.id)
      if (caller === undefined) continue
      waiting.delete(reply.id)
      if ('result' in reply) caller.resolve(reply.result)
      else caller.reject(errorOf(reply.failure))
    }
  })
  const end = (error: Error): void => {
    ended ??= error
    for (const caller of waiting.values()) caller.reject(ended)
    waiting.clear()
  }
  worker.on('error', (error) => {
    const crash = new Error('The database thread stopped', { cause: error })
    end(crash)
    onCrash(crash)
  })
  worker.on('exit', () => end(new Error('The database is closed')))

  let unsent: Request[] = []
  const post = (): void => {
    const requests = unsent
    unsent = []
    if (requests.length === 0) return
    try {
      worker.postMessage(requests satisfies Requests, [])
    } catch (error) {
      postOneByOne(requests, error)
    }
  }
  /** A parameter that cannot be cloned is the mistake of its caller alone. */
  const postOneByOne = (requests: Requests, error: unknown): void => {
    for (const request of requests) {
      try {
        worker.postMessage([request], [])
      } catch {
        waiting.get(request.id)?.reject(error instanceof Error ? error : new Error(String(error)))
        waiting.delete(request.id)
      }
    }
  }
  const send = (request: DistributiveOmit<Request, 'id'>): Promise<RunResult> => {
    if (ended !== undefined) return Promise.reject(ended)
    lastId += 1
    const id = lastId
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      unsent.push({ ...request, id })
      if (unsent.length === 1) queueMicrotask(post)
    })
  }

  return {
    async open() {
      await send({ type: 'open' })
    },
    run: (sql, parameters, inTransaction) => send({ type: 'run', sql, parameters, inTransaction }),
    async commit() {
      await send({ type: 'commit' })
    },
    async rollback() {
      await send({ type: 'rollback' })
    },
    async close() {
      if (ended !== undefined) return
      const exited = once(worker, 'exit')
      try {
        const closed = send({ type: 'close' })
        ended = new Error('The database is closed')
        post()
        await closed
      } finally {
        await exited
      }
    },
  }
}

function errorOf(failure: Failure): Error {
  const error = new SqliteError(failure.message, failure.resultCode, failure.transactionLost)
  if ((failure.resultCode & 0xff) !== RESULT.full) return error
  return new AppError('storage_full', 'The disk that holds the data is full. Free some space, then try again.', {
    cause: error,
  })
}

/** Whether the engine has undone the whole transaction that the failed statement belonged to. */
export function lostTransaction(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error
  return cause instanceof SqliteError && cause.transactionLost
}
