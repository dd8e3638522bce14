import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Block } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { ParsedDocument } from '../../core/ports/reading.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { readableFolders } from './readable-folders.ts'
import type { FromProcess, ToProcess } from './process-messages.ts'

export interface ParserProcessOptions {
  readonly timeoutMs: number
  readonly idleMs: number
  readonly heapMb: number
  readonly memoryMb: number
  readonly logger: Logger | undefined
  readonly onExit: () => void
}

interface Running {
  readonly request: ToProcess
  readonly blocks: Block[]
  readonly resolve: (document: ParsedDocument) => void
  readonly reject: (error: unknown) => void
  timer: NodeJS.Timeout
  readonly release: () => void
}

/** How long a process may take to load before the first document; a busy machine needs some seconds. */
const START_MS = 30_000

/** One child process, its limits and the document that it reads. Never keeps the service alive by itself. */
export class ParserProcess {
  readonly #child: ChildProcess
  readonly #options: ParserProcessOptions
  readonly #exited: Promise<void>
  #ready = false
  #running: Running | undefined
  #idleTimer: NodeJS.Timeout | undefined
  #ended = false
  #stderr = ''

  constructor(options: ParserProcessOptions) {
    this.#options = options
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#child = fork(
      fileURLToPath(new URL(`./process.${extension}`, import.meta.url)),
      [String(options.memoryMb * 2 ** 20)],
      {
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        // Nothing of the service's environment (keys, addresses) is the parsers' business.
        env: { NODE_ENV: 'production' },
        execArgv: [
          // Threads that libraries start inherit it, and so have no network either.
          `--import=${new URL(`./no-network.${extension}`, import.meta.url).href}`,
          `--max-old-space-size=${options.heapMb}`,
          '--no-warnings',
          '--permission',
          '--allow-worker',
          ...readableFolders().map((folder) => `--allow-fs-read=${folder}`),
        ],
      },
    )
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#onExit(code, signal)
        resolve()
      })
      this.#child.once('error', (error) => {
        this.#stderr += error.message
        this.#onExit(null, null)
        resolve()
      })
    })
    this.#child.on('message', (message: FromProcess) => this.#onMessage(message))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2_000)
    })
    this.#unref()
  }

  get alive(): boolean {
    return !this.#ended
  }

  get busy(): boolean {
    return this.#running !== undefined
  }

  read(request: ToProcess, signal: AbortSignal | undefined): Promise<ParsedDocument> {
    clearTimeout(this.#idleTimer)
    return new Promise((resolve, reject) => {
      const abort = (): void => this.#fail(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      const timer = this.#timer(this.#ready ? 0 : START_MS)
      this.#running = {
        request,
        blocks: [],
        resolve,
        reject,
        timer,
        release: () => signal?.removeEventListener('abort', abort),
      }
      this.#ref()
      if (signal?.aborted === true) abort()
      else if (this.#ready) this.#child.send(request)
    })
  }

  async close(): Promise<void> {
    if (this.#running !== undefined)
      this.#fail(new AppError('not_ready', 'The service is shutting down. Try again in a moment.'))
    this.#kill()
    this.#ref()
    await this.#exited
  }

  #onMessage(message: FromProcess): void {
    const running = this.#running
    if (message.kind === 'ready') {
      this.#ready = true
      if (running === undefined) return
      clearTimeout(running.timer)
      running.timer = this.#timer(0)
      this.#child.send(running.request)
    } else if (running === undefined) return
    else if (message.kind === 'blocks') running.blocks.push(...message.blocks)
    else if (message.kind === 'done') {
      const { parser, mediaType, properties, page, warnings } = message
      this.#settle()?.resolve({
        parser,
        mediaType,
        properties,
        ...(page && { page }),
        blocks: running.blocks,
        warnings,
      })
    } else {
      if (message.details !== '')
        this.#options.logger?.debug(
          { code: message.code, details: message.details.slice(0, 1_000) },
          'a document was refused',
        )
      this.#settle()?.reject(new AppError(message.code, message.message))
    }
  }

  /** Takes the running document off, and lets an idle process go after a while. */
  #settle(): Running | undefined {
    const running = this.#running
    this.#running = undefined
    if (running === undefined) return undefined
    clearTimeout(running.timer)
    running.release()
    this.#unref()
    if (!this.#ended) {
      this.#idleTimer = setTimeout(() => this.#kill(), this.#options.idleMs)
      this.#idleTimer.unref()
    }
    return running
  }

  #fail(error: unknown): void {
    const running = this.#settle()
    this.#kill()
    running?.reject(error)
  }

  #kill(): void {
    clearTimeout(this.#idleTimer)
    // Gone from the pool at once, although the exit is reported a moment later.
    this.#ended = true
    this.#options.onExit()
    this.#child.kill('SIGKILL')
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#ended = true
    clearTimeout(this.#idleTimer)
    this.#options.onExit()
    const running = this.#settle()
    if (running === undefined) return
    this.#options.logger?.warn(
      { code, signal, stderr: this.#stderr },
      'the parser process ended while reading a document',
    )
    running.reject(this.#ready ? exitError(signal, this.#stderr, this.#options.memoryMb) : startError(this.#stderr))
  }

  #timer(more: number): NodeJS.Timeout {
    return setTimeout(() => this.#fail(this.#timeoutError()), this.#options.timeoutMs + more)
  }

  #timeoutError(): AppError {
    return new AppError(
      'document_too_complex',
      `The document takes longer than ${Math.round(this.#options.timeoutMs / 1_000)} seconds to read. Split it, or save it as plain text or PDF.`,
    )
  }

  /** While a document is read the process keeps the service alive, as the promise of `read` should. */
  #ref(): void {
    this.#child.ref()
    this.#child.channel?.ref()
  }

  #unref(): void {
    this.#child.unref()
    this.#child.channel?.unref()
    // A pipe, though the types say only that it can be read.
    const stderr = this.#child.stderr as unknown as { unref(): void } | null
    stderr?.unref()
  }
}

/** The watchdog and the system's memory killer use SIGKILL; V8 aborts when its heap is full. */
const exitError = (signal: NodeJS.Signals | null, stderr: string, memoryMb: number): AppError =>
  signal === 'SIGKILL' || /heap out of memory|Allocation failed/i.test(stderr)
    ? new AppError(
        'document_too_complex',
        `The document needs more than the allowed ${memoryMb} MiB of memory to read. Split it into smaller files.`,
      )
    : new AppError(
        'document_corrupt',
        'The document made its reader crash: it is damaged or uses something unknown. Save it again, or as PDF or plain text.',
      )

const startError = (stderr: string): Error => new Error(`The parser process did not start: ${stderr.slice(0, 500)}`)
