import { AppError } from '../../core/errors.ts'
import type { DocumentReader, ParsedDocument } from '../../core/ports/reading.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { DEFAULT_LIMITS, type ParseLimits } from './options.ts'
import { ParserProcess } from './parser-process.ts'

export interface DocumentReaderOptions {
  /** Child processes at once; more documents wait. Default 2. */
  readonly processes?: number
  /** Wall time for one document, from the moment a process takes it. Default 60,000 ms. */
  readonly timeoutMs?: number
  /** A process without work ends after this. Default 30,000 ms. */
  readonly idleMs?: number
  /** JavaScript heap of a process in MiB. Default 512. */
  readonly heapMb?: number
  /** Resident set of a process in MiB, WebAssembly and buffers included. Default 1,024. */
  readonly memoryMb?: number
  readonly limits?: Partial<ParseLimits>
  readonly logger?: Logger
  /** URL of a module with an export `parser` that reads every file (tests of hangs and crashes). */
  readonly parserModule?: string
}

/**
 * Reads documents in child processes that are started when needed, killed when they pass a limit and ended when idle.
 * A crash or a hang costs its own document only. Waiting and running reads end at once when their signal aborts.
 */
export const createDocumentReader = (options: DocumentReaderOptions = {}): DocumentReader => {
  const limits: ParseLimits = { ...DEFAULT_LIMITS, ...options.limits }
  const size = Math.max(1, options.processes ?? 2)
  const idle: ParserProcess[] = []
  const all = new Set<ParserProcess>()
  const waiting: (() => void)[] = []
  let taken = 0
  let closed = false

  const start = (): ParserProcess => {
    const child = new ParserProcess({
      timeoutMs: options.timeoutMs ?? 60_000,
      idleMs: options.idleMs ?? 30_000,
      heapMb: options.heapMb ?? 512,
      memoryMb: options.memoryMb ?? 1_024,
      logger: options.logger,
      onExit: () => {
        all.delete(child)
        const at = idle.indexOf(child)
        if (at >= 0) idle.splice(at, 1)
      },
    })
    all.add(child)
    return child
  }

  const acquire = async (signal: AbortSignal | undefined): Promise<void> => {
    if (taken >= size) await turn(waiting, signal)
    else taken += 1
  }

  const release = (): void => {
    const next = waiting.shift()
    if (next === undefined) taken -= 1
    else next()
  }

  const read = async (bytes: Uint8Array, filename: string, call: CallOptions = {}): Promise<ParsedDocument> => {
    call.signal?.throwIfAborted()
    if (closed) throw new AppError('not_ready', 'The service is shutting down. Try again in a moment.')
    await acquire(call.signal)
    try {
      if (closed) throw new AppError('not_ready', 'The service is shutting down. Try again in a moment.')
      const child = idle.pop() ?? start()
      const result = await child.read({ bytes, filename, limits, parserModule: options.parserModule }, call.signal)
      if (child.alive) idle.push(child)
      return result
    } finally {
      for (const child of all) if (child.alive && !child.busy && !idle.includes(child)) idle.push(child)
      release()
    }
  }

  return {
    read,
    close: async () => {
      closed = true
      await Promise.all([...all].map((child) => child.close()))
    },
  }
}

/** Resolves when a place is handed over; leaves the queue when the signal aborts. */
const turn = (waiting: (() => void)[], signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve, reject) => {
    const take = (): void => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }
    const leave = (): void => {
      const at = waiting.indexOf(take)
      if (at >= 0) waiting.splice(at, 1)
      reject(signal?.reason as Error)
    }
    waiting.push(take)
    signal?.addEventListener('abort', leave, { once: true })
  })
