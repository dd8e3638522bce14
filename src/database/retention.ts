import type { Logger } from '../core/ports/surroundings.ts'

/** Something that would grow without bound. */
export interface Retention {
  /** For the log, such as `Old events of answers`. */
  readonly what: string
  /** Removes what is too old or too much, with a transaction for each `inSlices`. */
  remove(inSlices: InSlices): Promise<void>
}

/** Calls `slice`, which removes so many rows at most and gives how many, until none is left. */
export type InSlices = (slice: (limit: number) => Promise<number>) => Promise<void>

/** Rows that one transaction removes: other writers wait for it. */
const SLICE = 50
const EVERY_MS = 3_600_000

/** Removes what is too old or too much: once at the start, and every hour. */
export function startRetention(
  retentions: readonly Retention[],
  { logger }: { readonly logger: Logger },
): { close(): Promise<void> } {
  const closing = new AbortController()
  let running: Promise<void> | undefined

  const inSlices: InSlices = async (slice) => {
    while (!closing.signal.aborted && (await slice(SLICE)) >= SLICE) continue
  }

  async function removeAll(): Promise<void> {
    for (const { what, remove } of retentions) {
      await remove(inSlices).catch((error: unknown) => {
        if (!closing.signal.aborted) logger.warn({ err: error, what }, 'What is too old could not be removed')
      })
    }
  }
  const begin = (): void => {
    running ??= removeAll().finally(() => (running = undefined))
  }
  const timer = setInterval(begin, EVERY_MS).unref()
  begin()
  return {
    async close() {
      closing.abort()
      clearInterval(timer)
      await running
    },
  }
}
