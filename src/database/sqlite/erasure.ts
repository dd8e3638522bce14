import { z } from 'zod'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { RunResult } from './messages.ts'

/**
 * What a transaction deletes is overwritten in the file (`secure_delete`), but the write-ahead log still holds the pages
 * as they were. So that deleted text is gone from the disk, the log is emptied some seconds after a deletion: not at
 * once, as it costs a sync of the file, and a bulk of deletions should cost one.
 */
export interface ErasureOptions {
  readonly logger: Logger
  /** Milliseconds from a deletion to the emptying of the log. */
  readonly eraseAfterMs?: number
}

export interface Erasure {
  /** Something was deleted. */
  due(): void
  close(): Promise<void>
}

const ERASE_AFTER_MS = 2000

const Checkpoint = z.object({ busy: z.number() })

/** @param empty copies the log into the file and empties it; gives SQLite's row about that */
export function createErasure(
  empty: () => Promise<RunResult>,
  { logger, eraseAfterMs = ERASE_AFTER_MS }: ErasureOptions,
): Erasure {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const due = (): void => {
    if (closed) return
    timer ??= setTimeout(() => {
      timer = undefined
      running = erase()
    }, eraseAfterMs).unref()
  }

  async function erase(): Promise<void> {
    try {
      const { rows } = await empty()
      // A reader was in the way.
      if (Checkpoint.parse(rows[0]).busy !== 0) due()
    } catch (error) {
      if (closed) return
      logger.warn({ err: error }, 'Deleted rows could not be erased from the log of the database yet')
      due()
    }
  }

  return {
    due,
    async close() {
      closed = true
      clearTimeout(timer)
      // Closing the database empties the log in any case.
      await running
    },
  }
}
