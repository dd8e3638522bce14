import { setTimeout as sleep } from 'node:timers/promises'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'

const TRIES = 3
/** A service that wants a longer pause (in ms) is not waited for: whoever asks is told when to come back. */
const LONGEST_PAUSE = 10_000

/**
 * What `attempt` yields, which is begun anew where it failed before it yielded anything and a second try may help.
 * `pause`: milliseconds before the second try; doubled for each further one, and drawn at random below that ("full
 * jitter"), on top of what the service asks for by Retry-After.
 */
export async function* retried<T>(
  attempt: () => AsyncIterable<T>,
  { pause, logger, signal }: CallOptions & { readonly pause: number; readonly logger: Logger },
): AsyncGenerator<T> {
  for (let tried = 1; ; tried++) {
    let begun = false
    try {
      for await (const event of attempt()) {
        begun = true
        yield event
      }
      return
    } catch (error) {
      const wait = begun || tried === TRIES ? undefined : waitBefore(error, pause * 2 ** (tried - 1))
      if (wait === undefined) throw error
      logger.warn({ err: error, tried, ms: Math.round(wait) }, 'The language model failed; it is asked again')
      await sleep(wait, undefined, { signal })
    }
  }
}

/** Milliseconds until another try may succeed; undefined: none may, or not soon. */
function waitBefore(error: unknown, longest: number): number | undefined {
  if (!(error instanceof ProviderFailure) || !error.again) return undefined
  if (error.retryAfter === undefined) return Math.random() * longest
  const asked = error.retryAfter * 1000
  return asked > LONGEST_PAUSE ? undefined : asked + Math.random() * longest
}
