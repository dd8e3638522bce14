import type { MessageId } from '../../core/ids.ts'
import type { SharedState } from '../../core/ports/shared-state.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Instances } from '../../database/instances.ts'
import type { LiveAnswer } from './live-answer.ts'
import * as repository from './repository.ts'

/** What is wanted of an answer on another instance than the one that makes it, both ways. */
export interface OtherInstances {
  /** Commits what is wanted of an answer that another one may make, and has them all look. */
  wish<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** An answer that is made elsewhere is read here, however slowly, until the function is called that this gives. */
  reading(id: MessageId): () => void
  /** Whether one that is made here was read elsewhere within the time that it goes on without a reader. */
  isRead(id: MessageId): Promise<boolean>
  close(): Promise<void>
}

/** A reader's note may come so much later than it should, in ms. */
const LATE_MS = 1000
/** How often it is looked for what nobody told of, in ms. */
const LOOK_MS = 1000
/** Beside NOTIFY, for whom that does not reach. */
const CHANNEL = 'answer-wishes'
/** Readers are noted so often, in ms, or twice in the time that an answer goes on without one. */
const NOTE_MS = 5000

/** Stops the answers that somebody stopped, or whose chat was deleted, on another instance. */
export function followWishes({
  database,
  instances,
  shared,
  answers,
  logger,
  graceMs,
  lookMs = LOOK_MS,
}: {
  readonly database: Database
  readonly instances: Instances
  readonly shared: Pick<SharedState, 'publish' | 'subscribe'>
  readonly answers: ReadonlyMap<MessageId, LiveAnswer>
  readonly logger: Logger
  readonly graceMs: number
  readonly lookMs?: number | undefined
}): OtherInstances {
  if (instances.alone) {
    return {
      wish: database.write,
      reading: () => () => undefined,
      isRead: async () => false,
      close: async () => undefined,
    }
  }
  const now = (): number => instances.clock.now().getTime()
  const noted = new Map<MessageId, number>()
  const notes = new Set<Promise<void>>()
  const noteMs = Math.min(NOTE_MS, graceMs / 2)

  async function look(): Promise<void> {
    const ids = [...answers.keys()]
    if (ids.length === 0) return
    const found = await repository.wanted(database.read, ids)
    for (const id of ids) {
      const row = found.get(id)
      if (row === undefined) answers.get(id)?.stop('deleted')
      else if (row.stop_requested_at !== null) answers.get(id)?.stop('stopped')
    }
  }

  let looking: Promise<void> | undefined
  let lookAgain = false
  const begin = (): void => {
    // One that has begun may have read before what is told of now.
    if (looking !== undefined) {
      lookAgain = true
      return
    }
    looking = look()
      .catch((error: unknown) => logger.warn({ err: error }, 'It could not be read what other instances want'))
      .finally(() => {
        looking = undefined
        if (!lookAgain) return
        lookAgain = false
        begin()
      })
  }
  const timer = setInterval(begin, lookMs).unref()
  const deafen = [database.signals?.on('answers', begin), shared.subscribe(CHANNEL, begin)]

  function note(id: MessageId): void {
    const at = now()
    if (at - (noted.get(id) ?? 0) < noteMs / 2) return
    noted.set(id, at)
    const noting = database
      .write((tx) => repository.noteReader(tx, id, new Date(at).toISOString()))
      .then(() => undefined)
      .catch((error: unknown) => logger.warn({ err: error }, 'A reader of an answer could not be noted'))
      .finally(() => notes.delete(noting))
    notes.add(noting)
    for (const [other, seen] of noted) if (at - seen > 10 * NOTE_MS) noted.delete(other)
  }

  return {
    async wish(work) {
      const done = await database.write(async (tx) => {
        await database.signals?.send(tx, 'answers')
        return work(tx)
      })
      shared.publish(CHANNEL, '')
      return done
    },
    reading(id) {
      note(id)
      const again = setInterval(note, noteMs, id).unref()
      return () => clearInterval(again)
    },
    async isRead(id) {
      try {
        const readAt = (await repository.wanted(database.read, [id])).get(id)?.read_at ?? null
        return readAt !== null && now() - Date.parse(readAt) < graceMs + noteMs + LATE_MS
      } catch {
        // Nobody can say that nobody reads.
        return true
      }
    },
    async close() {
      clearInterval(timer)
      for (const stop of deafen) stop?.()
      lookAgain = false
      await Promise.all([looking, ...notes])
    },
  }
}
