import { Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import { siblingModule } from '../../core/module-url.ts'
import type { CallOptions, ThreadModule } from '../../core/ports/surroundings.ts'
import type {
  FromPrepareThread,
  Prepared,
  PrepareInput,
  PrepareThreadData,
  ToPrepareThread,
} from './prepare-messages.ts'

export type { Prepared, PrepareInput } from './prepare-messages.ts'

export interface PreparerOptions {
  readonly tokenCounter: ThreadModule
  /** The embedder's window, special tokens included. */
  readonly maxTokens: number
  /** A document with more passages is refused. Default 20,000. */
  readonly maxChunks?: number | undefined
  /** The thread ends after this many ms without work. Default 30,000. */
  readonly idleMs?: number | undefined
  /** The longest that one document may take, in ms. Default 120,000. */
  readonly timeoutMs?: number | undefined
  /** The thread's heap, in MB. Default 512. */
  readonly memoryMb?: number | undefined
}

/** Text to canonical text, blocks, passages and language, in a thread of its own, one document after another. */
export interface Preparer {
  /**
   * Throws `document_too_complex` when a document takes too long, too much memory or makes too many passages, and
   * `not_ready` when the tokens of the embedding model cannot be counted.
   */
  prepare(input: PrepareInput, options?: CallOptions): Promise<Prepared>
  close(): Promise<void>
}

/** Of the window, for special tokens and the prefix that an embedder puts before a text. */
const RESERVED_TOKENS = 8

interface Call {
  readonly input: PrepareInput
  resolve(prepared: Prepared): void
  reject(error: unknown): void
}

export function createPreparer(options: PreparerOptions): Preparer {
  return new ThreadPreparer(options)
}

class ThreadPreparer implements Preparer {
  readonly #options: PreparerOptions
  readonly #waiting = new Set<Call>()
  #thread: Worker | undefined
  #running: Call | undefined
  #deadline: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: PreparerOptions) {
    this.#options = options
  }

  prepare(input: PrepareInput, { signal }: CallOptions = {}): Promise<Prepared> {
    if (this.#closed) return Promise.reject(new AppError('not_ready', 'The service is shutting down.'))
    const { promise, resolve, reject } = Promise.withResolvers<Prepared>()
    if (signal?.aborted === true) {
      reject(signal.reason)
      return promise
    }
    const onAbort = (): void => this.#drop(call, signal?.reason)
    const call: Call = {
      input,
      resolve(prepared) {
        signal?.removeEventListener('abort', onAbort)
        resolve(prepared)
      },
      reject(error) {
        signal?.removeEventListener('abort', onAbort)
        reject(error)
      },
    }
    signal?.addEventListener('abort', onAbort)
    this.#waiting.add(call)
    this.#next()
    return promise
  }

  async close(): Promise<void> {
    this.#closed = true
    const error = new AppError('not_ready', 'The service is shutting down.')
    for (const call of this.#waiting) call.reject(error)
    this.#waiting.clear()
    await this.#abandon(error)
  }

  #next(): void {
    const [call] = this.#waiting
    if (this.#running !== undefined || call === undefined) return
    clearTimeout(this.#idle)
    this.#waiting.delete(call)
    this.#running = call
    const thread = (this.#thread ??= this.#start())
    thread.ref()
    const limit = this.#options.timeoutMs ?? 120_000
    this.#deadline = setTimeout(() => void this.#abandon(tooComplex('takes too long to read')), limit)
    const message: ToPrepareThread = { input: call.input }
    thread.postMessage(message, [])
  }

  #start(): Worker {
    const { tokenCounter, maxTokens, maxChunks = 20_000, memoryMb = 512 } = this.#options
    const workerData: PrepareThreadData = { tokenCounter, maxTokens: maxTokens - RESERVED_TOKENS, maxChunks }
    const thread = new Worker(siblingModule(import.meta.url, './thread'), {
      name: 'prepare documents',
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: 64 },
    })
    thread.on('message', (message: FromPrepareThread) => {
      if (this.#thread === thread) this.#answered(message)
    })
    let cause: unknown
    thread.on('error', (error: unknown) => {
      cause = error
    })
    thread.on('exit', () => {
      if (this.#thread !== thread) return
      this.#thread = undefined
      this.#finish()?.reject(tooComplex('cannot be read within the limits of memory', cause))
      this.#next()
    })
    return thread
  }

  #answered(message: FromPrepareThread): void {
    const call = this.#finish()
    if (message.type === 'prepared') call?.resolve(message.prepared)
    else call?.reject(new AppError(message.code, message.message))
    this.#next()
    if (this.#running !== undefined) return
    this.#thread?.unref()
    this.#idle = setTimeout(() => void this.#abandon(undefined), this.#options.idleMs ?? 30_000)
    this.#idle.unref()
  }

  /** The call that ran, now to be settled. */
  #finish(): Call | undefined {
    clearTimeout(this.#deadline)
    const call = this.#running
    this.#running = undefined
    return call
  }

  #drop(call: Call, reason: unknown): void {
    if (this.#waiting.delete(call)) call.reject(reason)
    else if (this.#running === call) void this.#abandon(reason)
  }

  /** Ends the thread at once, and with it the call that runs; the next call starts a new one. */
  async #abandon(reason: unknown): Promise<void> {
    clearTimeout(this.#idle)
    const thread = this.#thread
    this.#thread = undefined
    this.#finish()?.reject(reason)
    if (!this.#closed) this.#next()
    await thread?.terminate()
  }
}

const tooComplex = (what: string, cause?: unknown): AppError =>
  new AppError('document_too_complex', `The document ${what}. Split it into smaller documents.`, { cause })
