import { Worker } from 'node:worker_threads'
import type { Transferable } from 'node:worker_threads'
import { AppError } from '../core/errors.ts'
import { siblingModule } from '../core/module-url.ts'
import type { CallOptions } from '../core/ports/surroundings.ts'
import type { Operation, Operations, Reply, ThreadOptions } from './messages.ts'

interface Pending {
  readonly resolve: (result: Operations[Operation]['result']) => void
  readonly reject: (error: unknown) => void
}

export interface Connection {
  /**
   * Rejects with `not_ready` when the thread is gone, and with the signal's reason when it is aborted: the answer is
   * then dropped, a write that was sent is done all the same.
   */
  call<O extends Operation>(
    operation: O,
    request: Operations[O]['request'],
    options?: CallOptions & { readonly transfer?: readonly Transferable[] },
  ): Promise<Operations[O]['result']>
  close(): Promise<void>
}

/** What the index keeps lies outside the young generation: a large one would hold the garbage of the start. */
const YOUNG_MB = 12

/** Starts the index's thread. `onCrash` is called once if it ends by itself. `entry` is another module in tests. */
export function connect(
  options: ThreadOptions,
  onCrash: (error: Error) => void,
  entry: URL = siblingModule(import.meta.url, './thread'),
): Connection {
  const worker = new Worker(entry, {
    workerData: options,
    name: 'search-index',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
  })
  const pending = new Map<number, Pending>()
  let lastId = 0
  let state: 'open' | 'closed' | 'crashed' = 'open'

  const gone = (cause?: Error): AppError =>
    new AppError('not_ready', 'The search index is not running. Try again in a moment.', { cause })

  function end(next: 'closed' | 'crashed', cause?: Error): void {
    if (state !== 'open') return
    state = next
    for (const { reject } of pending.values()) reject(gone(cause))
    pending.clear()
    if (next === 'crashed') onCrash(cause ?? new Error('The search index thread ended'))
  }

  worker.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.id)
    pending.delete(reply.id)
    if (reply.ok) waiting?.resolve(reply.result)
    else waiting?.reject(reply.error)
  })
  worker.on('error', (error) => end('crashed', error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', (code) => end('crashed', new Error(`The search index thread ended with exit code ${code}`)))

  return {
    async call(operation, request, { signal, transfer = [] } = {}) {
      signal?.throwIfAborted()
      if (state !== 'open') throw gone()
      const id = ++lastId
      const { promise, resolve, reject } = Promise.withResolvers<Operations[Operation]['result']>()
      pending.set(id, { resolve, reject })
      const abort = (): void => {
        pending.delete(id)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      try {
        worker.postMessage({ id, operation, request }, transfer)
        // The thread answers each operation with its own kind of result (see thread.ts).
        return await promise
      } finally {
        pending.delete(id)
        signal?.removeEventListener('abort', abort)
      }
    },
    async close() {
      end('closed')
      await worker.terminate()
    },
  }
}
