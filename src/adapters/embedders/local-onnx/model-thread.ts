import { Worker } from 'node:worker_threads'
import { AppError } from '../../../core/errors.ts'
import type { FromThread, ThreadData, ToThread, Work } from './messages.ts'
import type { Encoded } from './model.ts'

interface Call {
  resolve(encoded: Encoded): void
  reject(error: Error): void
}

/**
 * One session in its own thread. It keeps the process alive only while something waits for it. When the thread ends by
 * itself, whatever waits is rejected and `ended` settles; it is not used again.
 */
export class ModelThread {
  /** Rejects with `not_ready` when the model cannot be loaded. */
  readonly ready: Promise<void>
  readonly ended: Promise<void>
  readonly #worker: Worker
  readonly #state: Int32Array
  readonly #calls = new Map<number, Call>()
  #lastCall = 0
  #loading = true
  #failure: Error | undefined
  #over = false

  constructor(entry: URL, data: Omit<ThreadData, 'state'>) {
    this.#state = new Int32Array(new SharedArrayBuffer(4))
    // In native code until the thread itself says otherwise: from its start it may be loading the library.
    Atomics.store(this.#state, 0, 1)
    const workerData: ThreadData = { ...data, state: this.#state }
    keepToItself()
    this.#worker = new Worker(entry, {
      workerData,
      name: `embed ${data.files.name}`,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    })
    const ready = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.ended = ended.promise
    // Who starts a thread for its first call hears of a failure by that call.
    this.ready.catch(() => undefined)

    this.#worker.on('message', (message: FromThread) => {
      if (message.type === 'ready') {
        this.#loading = false
        ready.resolve()
        this.#holdProcess()
      } else if (message.type === 'unusable') {
        this.#failure = new AppError(message.code, message.message)
      } else {
        this.#settle(message)
      }
    })
    this.#worker.on('error', (cause) => {
      this.#failure ??= stopped(data.files.name, cause)
    })
    this.#worker.on('exit', () => {
      Atomics.store(this.#state, 0, 0)
      this.#over = true
      const failure = this.#failure ?? stopped(data.files.name)
      ready.reject(failure)
      for (const call of this.#calls.values()) call.reject(failure)
      this.#calls.clear()
      ended.resolve()
    })
  }

  get pending(): number {
    return this.#calls.size
  }

  /** A text that it is given now waits for the model first. */
  get loading(): boolean {
    return this.#loading
  }

  /** Whether it takes texts: false once it failed or was closed, even if the thread has not ended yet. */
  get usable(): boolean {
    return !this.#over && this.#failure === undefined
  }

  encode(work: Work): Promise<Encoded> {
    const { promise, resolve, reject } = Promise.withResolvers<Encoded>()
    const call = ++this.#lastCall
    this.#calls.set(call, { resolve, reject })
    this.#send({ type: 'encode', call, ...work })
    this.#holdProcess()
    return promise
  }

  /** Ends the thread after the texts that it already has. Terminating it inside native code would abort the process. */
  async close(): Promise<void> {
    this.#over = true
    this.#holdProcess()
    this.#send({ type: 'close' })
    await this.ended
  }

  /** Blocks until the thread is out of native code, `limitMs` at most: for the last moment of a process. */
  waitForNativeCode(limitMs: number): void {
    if (Atomics.load(this.#state, 0) === 1) Atomics.wait(this.#state, 0, 1, limitMs)
  }

  #send(message: ToThread): void {
    this.#worker.postMessage(message, [])
  }

  #settle(message: FromThread & { type: 'encoded' | 'failed' }): void {
    const call = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    this.#holdProcess()
    if (message.type === 'encoded') {
      const { vector, tokens, words } = message
      call?.resolve({ vector, tokens, words })
    } else call?.reject(new AppError('internal_error', `The embedding model failed: ${message.message}`))
  }

  #holdProcess(): void {
    if (this.#loading || this.#over || this.#calls.size > 0) this.#worker.ref()
    else this.#worker.unref()
  }
}

/**
 * onnxruntime reports to Microsoft what it is used for unless its environment forbids it, keeps what it could not send yet in
 * the home folder, and gives the machine an id. It reads the variable as its library is loaded, from the process itself: a
 * thread that sets one sets only its own copy. Whatever the user says: nothing leaves by itself.
 */
export function keepToItself(): void {
  // oxlint-disable-next-line node/no-process-env, eslint/no-restricted-properties -- written for a library, not read
  process.env['ORT_DISABLE_TELEMETRY'] = '1'
}

const stopped = (name: string, cause?: unknown): AppError =>
  new AppError('not_ready', `The embedding model ${name} stopped unexpectedly and is started again. Try again.`, {
    cause,
  })
