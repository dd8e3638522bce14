import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../../core/errors.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'
import type { Logger } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { within } from '../../../core/within.ts'

export interface ProbesDeps {
  readonly replica: () => VectorReplica | undefined
  readonly logger: Logger
  readonly closing: AbortSignal
  /** The server answers, and did not before. */
  readonly onAnswer: () => void
  /** A probe has failed, with what it failed with. */
  readonly onFailure: (error: unknown) => void
}

export interface ProbesOptions {
  /** Milliseconds between two probes, and that one may take. */
  readonly intervalMs: number
  readonly timeoutMs: number
}

/** The first makes the collection and has it loaded. */
const FIRST_MS = 30_000

/** Whether the server does not answer; a request that it refuses does not show that it is away. */
export const isAwayError = (error: unknown): boolean =>
  error instanceof ProviderFailure
    ? error.code === 'not_ready'
    : error instanceof AppError && error.code === 'not_configured'

/** Looks at the server of a replica, beside what is done there, which may have to wait for the database. */
export function createProbes(
  { replica, logger, closing, onAnswer, onFailure }: ProbesDeps,
  { intervalMs, timeoutMs }: ProbesOptions,
) {
  const first = Promise.withResolvers<void>()
  let answering: VectorReplica | undefined
  let version: string | null = null
  let probing: Promise<void> | undefined
  /** Failures of searches, and how many of them the last good probe began after. */
  let failures = 0
  let cleared = 0
  /** Failures before the probe that runs. */
  let begunAfter = 0
  let isRemade = false

  async function probe(current: VectorReplica): Promise<void> {
    const isFirst = version === null
    const before = failures
    begunAfter = before
    const limit = isFirst ? Math.max(timeoutMs, FIRST_MS) : timeoutMs
    const text = `Milvus has not answered within ${limit} ms.`
    const late = (): Error => new ProviderFailure('not_ready', text, { kind: 'unavailable' })
    const answer = current.probe({ signal: closing }).then((found) => {
      // Told once, also where it comes too late.
      isRemade ||= found.isNew
      return found
    })
    const found = await within(limit, answer, late)
    const isBack = answering !== current
    if (isBack && !isFirst) logger.info({ version: found.version }, 'The vector store answers again')
    version = found.version
    answering = current
    cleared = Math.max(cleared, before)
    if (isBack) onAnswer()
  }

  /** At most one at a time; one that began before a search failed says nothing of what came then. */
  async function once(current: VectorReplica): Promise<void> {
    if (probing !== undefined && begunAfter < failures) await probing.catch(() => undefined)
    probing ??= probe(current).finally(() => {
      probing = undefined
    })
    return probing
  }

  return {
    /** Resolves when `closing` aborts. */
    async run(): Promise<void> {
      while (!closing.aborted) {
        const current = replica()
        try {
          if (current !== undefined) await once(current)
        } catch (error) {
          if (!closing.aborted) onFailure(error)
        }
        first.resolve()
        await sleep(intervalMs, undefined, { signal: closing }).catch(() => undefined)
      }
    },
    once,
    /** Resolves once the first probe has ended, however it did. */
    first: first.promise,
    /** The one whose server answers, as far as is known. */
    answering: (): VectorReplica | undefined => answering,
    /** Of the server; null before its first answer. */
    version: (): string | null => version,
    /** Whether a search has failed since it was probed. */
    isSuspect: (): boolean => cleared < failures,
    /** Whether its collection had gone, and was made anew, since this was last taken note of. */
    isRemade: (): boolean => isRemade,
    suspect(): void {
      failures++
    },
    noted(): void {
      isRemade = false
    },
    lost(): void {
      answering = undefined
      cleared = failures
    },
  }
}
