import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../core/errors.ts'
import type { ChatId, MessageId, UserId } from '../../core/ids.ts'
import type { SharedState } from '../../core/ports/shared-state.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import type { Instances } from '../../database/instances.ts'
import { eventsAfter, isLast, type StoredEvent } from './events-repository.ts'
import { createJournal } from './journal.ts'
import { followWishes, type OtherInstances } from './other-instances.ts'
import { startLiveAnswer, type LiveAnswer, type LiveAnswerOptions } from './live-answer.ts'
import { messageState } from './repository.ts'
import { createTidings } from './tidings.ts'

/** The answers that this process is making, and the streams of all that are stored. */
export interface LiveAnswers {
  /** @throws AppError overloaded, not_ready: before anything is stored, call it */
  checkRoom(): void
  /**
   * For the time in which an answer is stored and then started: `begin` says its id before the commit, so that one that is
   * stored and known to nobody is one whose commit's end got lost.
   */
  beginning<T>(begin: (expect: (id: MessageId) => void) => Promise<T>): Promise<T>
  start(options: LiveAnswerOptions): LiveAnswer
  /** Whether this process makes it, or is about to begin. */
  isMadeHere(id: MessageId): boolean
  get(id: MessageId): LiveAnswer | undefined
  ofChat(chatId: ChatId): LiveAnswer | undefined
  ofUser(owner: UserId): LiveAnswer[]
  /** The events of an answer after a sequence number, to its end, whether it is being made or was made before. */
  follow(id: MessageId, after: number, signal: AbortSignal): AsyncGenerator<StoredEvent, void>
  /** Commits what is wanted of an answer that another instance may make, and has them all look. */
  wish: OtherInstances['wish']
  /** Lets the answers go on for so many milliseconds, then stops those that are left; resolves when all are stored. */
  close(drainMs: number): Promise<void>
}

/** Answers at the same time: each waits for its model most of the time. */
const MAX_ANSWERS = 1000
/** Stored events that are read at once. */
const PAGE = 200
/** How often a stream looks for what another process has stored: what it is not told of by itself. */
const POLL_MS = 200

export interface LiveAnswersDeps {
  readonly database: Database
  readonly instances: Instances
  readonly shared: Pick<SharedState, 'publish' | 'subscribe'>
  readonly logger: Logger
}

export function createLiveAnswers(
  { database, instances, shared, logger }: LiveAnswersDeps,
  { graceMs, pollMs }: { readonly graceMs: number; readonly pollMs?: number },
): LiveAnswers {
  const tidings = createTidings(shared)
  const journal = createJournal(database, tidings.stored)
  const closing = new AbortController()
  const answers = new Map<MessageId, LiveAnswer>()
  const expected = new Set<MessageId>()
  const elsewhere = followWishes({ database, instances, shared, answers, logger, graceMs, lookMs: pollMs })
  let stopping = false

  async function* follow(id: MessageId, after: number, signal: AbortSignal): AsyncGenerator<StoredEvent, void> {
    // Before the first look, so that nothing is stored between that and the first news.
    const tiding = tidings.of(id)
    let leave: (() => void) | undefined
    try {
      for (let seq = after; !signal.aborted;) {
        const live = answers.get(id)
        if (live !== undefined) {
          yield* live.read(seq, signal)
          return
        }
        // Asked first: what it was when nothing more came is known then.
        const state = await messageState(database.read, id)
        // By a timer from here on, as whoever takes a page slowly reads it, too.
        if (state === 'generating' && leave === undefined) {
          leave = elsewhere.reading(id)
          signal.addEventListener('abort', leave, { once: true })
        }
        const page = await eventsAfter(database.read, id, seq, PAGE)
        for (const event of page) {
          yield event
          seq = event.seq
          if (isLast(event)) return
        }
        if (page.length > 0) continue
        if (state !== 'generating') return
        await tiding.next(pollMs ?? POLL_MS, signal)
      }
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave)
      leave?.()
      tiding.close()
    }
  }

  return {
    checkRoom() {
      if (stopping) throw new AppError('not_ready', 'The service is stopping. Try again in a moment.')
      if (answers.size >= MAX_ANSWERS) {
        throw new AppError('overloaded', 'Too many answers are being made. Try again in a moment.')
      }
    },
    async beginning(begin) {
      // A unit that runs again stores another one.
      const ids: MessageId[] = []
      try {
        return await begin((id) => {
          ids.push(id)
          expected.add(id)
        })
      } finally {
        for (const id of ids) expected.delete(id)
      }
    },
    isMadeHere: (id) => answers.has(id) || expected.has(id),
    start(options) {
      const live = startLiveAnswer(options, {
        journal,
        logger,
        graceMs,
        isReadElsewhere: elsewhere.isRead,
        closing: closing.signal,
      })
      answers.set(live.id, live)
      void live.ended.finally(() => answers.delete(live.id))
      if (stopping) live.stop('shutdown')
      return live
    },
    get: (id) => answers.get(id),
    ofChat: (chatId) => answers.values().find((live) => live.chatId === chatId),
    ofUser: (owner) =>
      answers
        .values()
        .filter((live) => live.owner === owner)
        .toArray(),
    follow,
    wish: elsewhere.wish,
    async close(drainMs) {
      stopping = true
      const all = (): Promise<unknown> => Promise.all([...answers.values()].map(({ ended }) => ended))
      const drained = new AbortController()
      await Promise.race([all(), sleep(drainMs, undefined, { signal: drained.signal }).catch(() => undefined)])
      drained.abort()
      for (const live of answers.values()) live.stop('shutdown')
      // What the database does not take now is left to the next start.
      const giveUp = setTimeout(() => closing.abort(), LAST_WRITE_MS)
      await all()
      clearTimeout(giveUp)
      tidings.close()
      await elsewhere.close()
    },
  }
}

const LAST_WRITE_MS = 5000
