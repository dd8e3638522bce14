import { ProviderFailure } from '../../core/provider-failure.ts'

export interface BreakerOptions {
  /** Failures one after the other, without a success between them, that open it. */
  readonly failures: number
  /** Milliseconds for which it then stays open. */
  readonly pause: number
  /** Milliseconds since whenever, never running back. */
  readonly now: () => number
}

/** A service that names a longer pause by Retry-After is asked again before that; milliseconds. */
const LONGEST_PAUSE = 300_000

export type Breaker = ReturnType<typeof createBreaker>

/**
 * Spares a service that fails, and those who would wait for it: open, it lets nothing through; after a pause it lets one
 * request through (half open), whose end decides. A service that says when it can be asked again is spared at once.
 * After Nygard, "Release It!", the stability pattern Circuit Breaker.
 */
export function createBreaker({ failures: most, pause, now }: BreakerOptions) {
  let failures = 0
  let openUntil: number | undefined
  let isTried = false
  let last: ProviderFailure | undefined

  const isOpen = (): boolean => openUntil !== undefined && (now() < openUntil || isTried)

  return {
    /** Why nothing is let through now, and how long still; undefined: the next request is. */
    get refusal(): ProviderFailure | undefined {
      if (!isOpen() || openUntil === undefined || last === undefined) return undefined
      return new ProviderFailure('not_ready', last.message, {
        kind: last.kind,
        retryAfter: Math.max(1, Math.ceil((openUntil - now()) / 1000)),
        cause: last,
      })
    },
    /** A request goes through. One of the next three must follow. */
    begin(): void {
      if (openUntil !== undefined) isTried = true
    },
    succeeded(): void {
      failures = 0
      openUntil = undefined
      isTried = false
    },
    failed(failure: ProviderFailure): void {
      failures++
      last = failure
      isTried = false
      const asked = failure.retryAfter === undefined ? 0 : Math.min(1000 * failure.retryAfter, LONGEST_PAUSE)
      if (failures >= most || asked > 0 || openUntil !== undefined) openUntil = now() + Math.max(asked, pause)
    },
    /** It was given up by whoever asked, which says nothing of the service. */
    abandoned(): void {
      isTried = false
    },
  }
}
