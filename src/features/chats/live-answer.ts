import { setTimeout as sleep } from 'node:timers/promises'
import { createCanonicalPieces } from '../../core/canonical-pieces.ts'
import { AppError } from '../../core/errors.ts'
import type { ChatId, MessageId, UserId } from '../../core/ids.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { untilAborted } from '../../core/until-aborted.ts'
import type { Tx } from '../../database/database.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../../database/errors.ts'
import { toAppError } from '../../http/problem.ts'
import type { AnswerPart, FinishedAnswer } from './answer-source.ts'
import type { StoredEvent } from './events-repository.ts'
import type { MessageRow } from './repository.ts'
import type { AnswerJournal, Journal, LastEvent } from './journal.ts'

/** Why an answer was stopped before it was done. */
export type StopReason = 'stopped' | 'abandoned' | 'shutdown' | 'deleted'

const STOPPED: Readonly<Record<StopReason, string>> = {
  stopped: 'The answer was stopped.',
  abandoned: 'The answer was stopped because nobody read it any more.',
  shutdown: 'The service stopped before the answer was done.',
  deleted: 'The chat was deleted.',
}

/** How an answer ended. `content` is what its `delta` events say together. */
export type AnswerEnd =
  | { readonly state: 'complete'; readonly content: string; readonly answer: FinishedAnswer }
  | {
      readonly state: 'interrupted' | 'failed'
      readonly content: string
      readonly error: AppError
      readonly reason?: StopReason
    }

/** An answer that is being made: it goes on by itself, whoever reads. */
export interface LiveAnswer {
  readonly id: MessageId
  readonly chatId: ChatId
  readonly owner: UserId
  /** Resolves once the end is stored; undefined: the chat was deleted meanwhile. */
  readonly ended: Promise<AnswerEnd | undefined>
  /** As far as it is stored. */
  text(): string
  /**
   * The events after a sequence number, to the end: each once it is stored. As long as somebody reads, the answer goes
   * on. A reader holds nothing but its place.
   */
  read(after: number, signal: AbortSignal): AsyncGenerator<StoredEvent, void>
  stop(reason: StopReason): void
}

export interface LiveAnswerDeps {
  readonly journal: Journal
  readonly logger: Logger
  /** Milliseconds that it goes on without a reader. */
  readonly graceMs: number
  /** Whether somebody reads it on another instance, or did a moment ago. */
  readonly isReadElsewhere: (id: MessageId) => Promise<boolean>
  /** Aborts when the service closes: what cannot be stored then is left to the next start. */
  readonly closing: AbortSignal
}

export interface LiveAnswerOptions {
  readonly id: MessageId
  readonly chatId: ChatId
  readonly owner: UserId
  /** The events that are stored already. */
  readonly begun: readonly StoredEvent[]
  readonly parts: (signal: AbortSignal) => AsyncIterable<AnswerPart>
  /** The last events of the stream. */
  readonly lastEvents: (end: AnswerEnd) => readonly LastEvent[]
  /** Stores the end of the message, in the transaction of those events. */
  readonly store: (tx: Tx, end: AnswerEnd) => Promise<void>
}

/** UTF-16 code units: a model that never ends must end somewhere. */
const MAX_ANSWER_CHARS = 1_000_000
/** How often the database is asked for readers elsewhere, at most. */
const LOOK_AGAIN_MS = 500

export function startLiveAnswer(options: LiveAnswerOptions, deps: LiveAnswerDeps): LiveAnswer {
  const { id, chatId, owner, begun, parts, lastEvents, store } = options
  const { journal: shared, logger, graceMs, closing } = deps
  const stopping = new AbortController()
  let reason: StopReason | undefined

  // One copy for all readers; event `n` has sequence number `n + 1`.
  const events: StoredEvent[] = [...begun]
  let stored = ''
  let moved = Promise.withResolvers<void>()
  let over = false
  let lost: AppError | undefined
  let storageError: unknown

  const tellReaders = (): void => {
    moved.resolve()
    moved = Promise.withResolvers()
  }

  const stop = (why: StopReason): void => {
    if (reason !== undefined || over) return
    reason = why
    stopping.abort()
  }

  let readers = 0
  const waitForReader = (ms = graceMs): NodeJS.Timeout => setTimeout(() => void leaveAlone(), ms).unref()
  async function leaveAlone(): Promise<void> {
    if (await deps.isReadElsewhere(id)) {
      if (readers === 0 && !over) grace = waitForReader(Math.max(graceMs, LOOK_AGAIN_MS))
    } else if (readers === 0) stop('abandoned')
  }
  let grace = waitForReader()

  const journal: AnswerJournal = shared.open(id, begun.length, {
    committed(added) {
      for (const event of added) {
        events.push(event)
        if (event.event === 'delta') stored += (JSON.parse(event.json) as { content: string }).content
      }
      tellReaders()
    },
    failed(error) {
      storageError = error
      stopping.abort()
    },
  })

  async function make(): Promise<AnswerEnd> {
    const pieces = createCanonicalPieces()
    let content = ''
    let answer: FinishedAnswer | undefined
    const write = (text: string): void => {
      if (text === '') return
      content += text
      journal.delta(text)
    }
    try {
      for await (const part of untilAborted(parts(stopping.signal), stopping.signal)) {
        if (part.type === 'meta') journal.append('meta', part.data)
        else if (part.type === 'done') answer = part.answer
        else write(pieces.push(part.content))
        if (content.length > MAX_ANSWER_CHARS) {
          throw new AppError('upstream_failed', 'The model did not come to an end, so its answer was broken off.')
        }
      }
      write(pieces.end())
      if (storageError !== undefined) return failure(storageError, stored)
      if (answer !== undefined) return { state: 'complete', content, answer }
      if (reason !== undefined) return interruption(content, reason)
      throw new Error('The answer pipeline ended without an answer')
    } catch (error) {
      if (storageError !== undefined) return failure(storageError, stored)
      if (reason !== undefined) return interruption(content, reason)
      write(pieces.end())
      return failure(error, content)
    }
  }

  function failure(error: unknown, content: string): AnswerEnd {
    const problem = toAppError(error)
    if (problem.status >= 500 && !isForeignKeyViolation(error))
      logger.error({ err: problem.cause ?? problem, message: id }, 'An answer failed')
    return { state: 'failed', content, error: problem }
  }

  const interruption = (content: string, why: StopReason): AnswerEnd => ({
    state: 'interrupted',
    content,
    reason: why,
    error: new AppError('interrupted', STOPPED[why]),
  })

  /** Tried again until it is stored: a message that stayed `generating` would lock its chat. */
  async function storeEnd(made: AnswerEnd): Promise<AnswerEnd | undefined> {
    let end = made
    let unsure = storageError
    for (let wait = FIRST_RETRY_MS; ; wait = Math.min(2 * wait, LAST_RETRY_MS)) {
      try {
        if (unsure !== undefined) {
          const state = await journal.look()
          if (state !== 'generating') return endedBefore(state, made, end)
          // Pieces may have gone with it: the stored answer is what its stored events say.
          if (end.content !== stored) end = failure(unsure, stored)
        }
        const settled = end
        await journal.end(lastEvents(settled), (tx) => store(tx, settled))
        lost = undefined
        return settled
      } catch (error) {
        unsure = error
        if (isForeignKeyViolation(error)) {
          lost = new AppError('not_found', STOPPED.deleted)
          return undefined
        }
        // There are events that it did not know of: the next look tells.
        if (!isUniqueViolation(error)) lost = toAppError(error)
        tellReaders()
        if (closing.aborted) return undefined
        await sleep(wait, undefined, { signal: closing, ref: false }).catch(() => undefined)
      }
    }
  }

  /**
   * One that is found to have ended: by a commit of `made` or `end` whose answer got lost, or by another process that took
   * this one for dead, which makes it an interrupted one. Its readers have the events to the last.
   */
  function endedBefore(state: MessageRow['state'] | undefined, made: AnswerEnd, end: AnswerEnd): AnswerEnd | undefined {
    lost = state === undefined ? new AppError('not_found', STOPPED.deleted) : undefined
    if (state === undefined) return undefined
    return [made, end].find((own) => own.state === state) ?? interruption(stored, 'shutdown')
  }

  async function run(): Promise<AnswerEnd | undefined> {
    try {
      return await storeEnd(await make())
    } finally {
      over = true
      clearTimeout(grace)
      tellReaders()
    }
  }

  async function* read(after: number, signal: AbortSignal): AsyncGenerator<StoredEvent, void> {
    clearTimeout(grace)
    readers++
    let reading = true
    const leave = (): void => {
      if (!reading) return
      reading = false
      readers--
      if (readers === 0 && !over) grace = waitForReader()
    }
    // Not in `finally` alone: a reader who leaves while nothing happens is waiting below.
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    try {
      for (let next = after; !signal.aborted;) {
        const event = events[next]
        if (event !== undefined) {
          next++
          yield event
          continue
        }
        if (over && lost === undefined) return
        if (lost !== undefined) throw lost
        await moved.promise
      }
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
  }

  return { id, chatId, owner, ended: run(), text: () => stored, read, stop }
}

const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 30_000
