import { z } from 'zod'
import type { ProviderFailure } from '../../core/provider-failure.ts'
import { tooSlow } from './provider-failure.ts'

const Milliseconds = z.int().min(1)

/** Milliseconds. */
export const Limits = z
  .object({
    /** Until the answer's headers. */
    connect: Milliseconds.default(60_000),
    /** Between two pieces of an answer; a model that thinks first may say nothing for long. */
    idle: Milliseconds.default(120_000),
    total: Milliseconds.default(600_000),
  })
  .prefault({})

export type Limits = z.output<typeof Limits>

export interface Patience {
  /** Aborts when a limit is reached. */
  readonly signal: AbortSignal
  /** Why it aborted, if it did. */
  readonly failure: ProviderFailure | undefined
  connecting<T>(work: Promise<T>): Promise<T>
  waiting<T>(work: Promise<T>): Promise<T>
  stop(): void
}

/** Bounds one call: only the time that is spent on the service counts, not what our reader takes over a piece. */
export function createPatience({ connect, idle, total }: Limits): Patience {
  const controller = new AbortController()
  let failure: ProviderFailure | undefined
  const after = (milliseconds: number, what: string): NodeJS.Timeout =>
    setTimeout(() => {
      failure ??= tooSlow(what, milliseconds)
      controller.abort(failure)
    }, milliseconds)
  const whole = after(total, 'has been writing one answer')

  const within =
    (milliseconds: number, what: string) =>
    async <T>(work: Promise<T>): Promise<T> => {
      const timer = after(milliseconds, what)
      try {
        return await work
      } finally {
        clearTimeout(timer)
      }
    }

  return {
    signal: controller.signal,
    get failure() {
      return failure
    },
    connecting: within(connect, 'has not answered'),
    waiting: within(idle, 'has said nothing'),
    stop: () => clearTimeout(whole),
  }
}
