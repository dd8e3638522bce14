import { AppError } from '../../../core/errors.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import type { Work } from './messages.ts'
import type { Encoded } from './model.ts'
import type { ModelThread } from './model-thread.ts'

export interface LaneOptions {
  readonly threads: number
  /** Another thread is started once each one has so many texts. Default 1: as soon as none is idle. */
  readonly crowd?: number
  /** How many texts a thread has at once: 2 spares it the wait for this thread between two texts. */
  readonly depth: number
  /** The same for urgent texts, which nothing may overtake. Default: `depth`. */
  readonly urgentDepth?: number
  /** A thread without work ends after this many ms; null: never. */
  readonly idleMs: number | null
  /** So many threads do not end for want of work. Default 0. */
  readonly kept?: number
  start(): ModelThread
}

export interface LaneCall extends CallOptions {
  /** Goes before every call that is not urgent. */
  readonly urgent: boolean
}

interface Task {
  readonly work: Work
  done(encoded: Encoded): void
  failed(error: Error): void
}

interface Slot {
  readonly thread: ModelThread
  idle: NodeJS.Timeout | undefined
}

/** A queue of texts before threads that are started when there is work and end when there is none for a while. */
export class Lane {
  readonly #options: LaneOptions
  readonly #slots = new Set<Slot>()
  readonly #urgent = new Set<Task>()
  readonly #waiting = new Set<Task>()
  #closed = false

  constructor(options: LaneOptions) {
    this.#options = options
  }

  get threads(): ModelThread[] {
    return [...this.#slots].map(({ thread }) => thread)
  }

  /** Starts a thread before there is work for it. Rejects with `not_ready` when the model cannot be loaded. */
  async warm(): Promise<void> {
    const [slot] = this.#slots
    await (slot ?? this.#start()).thread.ready
  }

  /** All texts, in order, or the first error; then what still waits of the call is dropped. */
  encode(works: readonly Work[], { urgent, signal }: LaneCall): Promise<Encoded[]> {
    if (this.#closed) return Promise.reject(closed())
    if (works.length === 0) return Promise.resolve([])
    const { promise, resolve, reject } = Promise.withResolvers<Encoded[]>()
    const queue = urgent ? this.#urgent : this.#waiting
    const results: Encoded[] = []
    let left = works.length
    const onAbort = (): void => fail(signal?.reason)
    const fail = (error: unknown): void => {
      for (const task of tasks) queue.delete(task)
      signal?.removeEventListener('abort', onAbort)
      reject(error)
    }
    const tasks = works.map((work, at): Task => ({
      work,
      failed: fail,
      done(encoded) {
        results[at] = encoded
        left--
        if (left > 0) return
        signal?.removeEventListener('abort', onAbort)
        resolve(results)
      },
    }))
    signal?.addEventListener('abort', onAbort)
    for (const task of tasks) queue.add(task)
    this.#pump()
    return promise
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const task of [...this.#urgent, ...this.#waiting]) task.failed(closed())
    await Promise.all([...this.#slots].map((slot) => this.#end(slot)))
  }

  #pump(): void {
    for (;;) {
      const queue = this.#urgent.size > 0 ? this.#urgent : this.#waiting
      const [task] = queue
      if (task === undefined) return
      const { depth, urgentDepth = depth } = this.#options
      const slot = this.#freeSlot(queue === this.#urgent ? urgentDepth : depth)
      if (slot === undefined) return
      queue.delete(task)
      void this.#run(slot, task)
    }
  }

  /**
   * The thread with the fewest texts, if it can take another one. A new one is begun where all have many; while it loads
   * its model, which takes as long as many texts, the others go on taking them.
   */
  #freeSlot(depth: number): Slot | undefined {
    for (const slot of this.#slots) if (!slot.thread.usable) this.#slots.delete(slot)
    const { threads, crowd = 1 } = this.#options
    let best = this.#leastBusy()
    if (this.#slots.size < threads && (best === undefined || best.thread.pending >= crowd)) {
      const started = this.#start()
      best ??= started
    }
    return best !== undefined && best.thread.pending < depth ? best : undefined
  }

  /** One that loads its model only where no other is ready. */
  #leastBusy(): Slot | undefined {
    let best: Slot | undefined
    for (const slot of this.#slots) {
      const { loading, pending } = slot.thread
      if (best === undefined || (best.thread.loading && !loading)) best = slot
      else if (best.thread.loading === loading && pending < best.thread.pending) best = slot
    }
    return best
  }

  async #run(slot: Slot, task: Task): Promise<void> {
    clearTimeout(slot.idle)
    slot.idle = undefined
    try {
      task.done(await slot.thread.encode(task.work))
    } catch (error) {
      task.failed(error instanceof Error ? error : new Error(String(error)))
    }
    this.#pump()
    if (slot.thread.pending === 0) this.#rest(slot)
  }

  #rest(slot: Slot): void {
    const { idleMs, kept = 0 } = this.#options
    if (idleMs === null || this.#closed || !this.#slots.has(slot)) return
    clearTimeout(slot.idle)
    slot.idle = setTimeout(() => {
      // The oldest ones stay: the first may have more cores than those that were started in a crowd.
      const ready = [...this.#slots].filter(({ thread }) => thread.usable && !thread.loading)
      if (ready.indexOf(slot) >= kept) void this.#end(slot)
    }, idleMs)
    slot.idle.unref()
  }

  #start(): Slot {
    const slot: Slot = { thread: this.#options.start(), idle: undefined }
    this.#slots.add(slot)
    void slot.thread.ended.then(() => this.#slots.delete(slot))
    // Texts may have waited for it; one that cannot be loaded is told by `ended`, too, and by the calls that it had.
    slot.thread.ready.then(
      () => this.#loaded(slot),
      () => undefined,
    )
    return slot
  }

  #loaded(slot: Slot): void {
    this.#pump()
    if (slot.thread.pending === 0) this.#rest(slot)
  }

  async #end(slot: Slot): Promise<void> {
    clearTimeout(slot.idle)
    await slot.thread.close()
  }
}

const closed = (): AppError => new AppError('not_ready', 'The embedding model is shut down.')
