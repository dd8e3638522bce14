import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderFailure } from '../core/provider-failure.ts'

export interface TurnOptions {
  /** Requests that are under way at the same time. */
  readonly most: number
  /** So many more where somebody waits for them. */
  readonly reserved: number
  /** Milliseconds that the service is left alone after a failure; doubled with each further one, up to `longest`. */
  readonly first: number
  readonly longest: number
}

interface Call {
  readonly urgent: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Whose turn it is with a service: what somebody waits for goes first, no more requests are under way than it takes, and
 * after a failure it is left alone for a while, so that neither a hundred documents nor each question tries anew what has
 * just failed.
 */
export class ServiceTurns {
  readonly #options: TurnOptions
  readonly #urgent = new Set<() => void>()
  readonly #waiting = new Set<() => void>()
  #running = 0
  #failures = 0
  #until = 0
  #last: ProviderFailure | undefined

  constructor(options: TurnOptions) {
    this.#options = options
  }

  /** Runs `work` when it is its turn. @throws the last failure while the service is left alone; the signal's reason */
  async run<T>(work: () => Promise<T>, call: Call): Promise<T> {
    await this.#turn(call)
    try {
      await this.#mayBegin(call)
      // Whoever left between a turn that was given and its use.
      call.signal?.throwIfAborted()
      return await work()
    } finally {
      this.#running--
      this.#next()
    }
  }

  /** The service answered. */
  succeeded(): void {
    this.#failures = 0
    this.#until = 0
    this.#last = undefined
  }

  /** Seconds until it is asked again; at least those that the service asks for. */
  failed(failure: ProviderFailure): number {
    const { first, longest } = this.#options
    const wait = Math.min(longest, first * 2 ** this.#failures) * (0.5 + Math.random() / 2)
    const now = Date.now()
    // Those that were under way together count as one.
    if (now >= this.#until) this.#failures++
    this.#until = Math.max(this.#until, now + Math.max(wait, 1000 * (failure.retryAfter ?? 0)))
    this.#last = failure
    return this.#secondsFrom(now)
  }

  /** Whole seconds for which it is left alone. */
  left(): number {
    return this.#secondsFrom(Date.now())
  }

  #secondsFrom(now: number): number {
    return Math.max(0, Math.ceil((this.#until - now) / 1000))
  }

  /** A short pause that a busy service asks for is waited for; a longer one, or a failure, is told at once. */
  async #mayBegin({ urgent, signal }: Call): Promise<void> {
    for (let ms = this.#until - Date.now(); ms > 0; ms = this.#until - Date.now()) {
      const last = this.#last
      if (last !== undefined && (!last.busy || ms > (urgent ? SHORT_MS : LONG_MS))) throw last.after(this.left())
      await sleep(ms, undefined, { signal }).catch((error: unknown) => {
        signal?.throwIfAborted()
        throw error
      })
    }
  }

  /** @throws the signal's reason */
  async #turn({ urgent, signal }: Call): Promise<void> {
    signal?.throwIfAborted()
    if (this.#isFree(urgent) && (urgent ? this.#urgent : this.#waiting).size === 0) {
      this.#running++
      return
    }
    const queue = urgent ? this.#urgent : this.#waiting
    await new Promise<void>((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        queue.delete(begin)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', leave, { once: true })
      queue.add(begin)
    })
  }

  #isFree(urgent: boolean): boolean {
    const { most, reserved } = this.#options
    return urgent ? this.#running < most + reserved : this.#running < most && this.#urgent.size === 0
  }

  #next(): void {
    for (const [queue, urgent] of [
      [this.#urgent, true],
      [this.#waiting, false],
    ] as const) {
      for (const begin of queue) {
        if (!this.#isFree(urgent)) return
        queue.delete(begin)
        this.#running++
        begin()
      }
    }
  }
}

/** Milliseconds that a question, and a document, wait for a service that asks for patience. */
const SHORT_MS = 1000
const LONG_MS = 60_000
