import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalText } from '../../core/canonical-text.ts'
import { AppError } from '../../core/errors.ts'
import type { ChatId, MessageId, UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { SharedState } from '../../core/ports/shared-state.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { startRetention } from '../../database/retention.ts'
import { createAsking, noChat, type Asked, type AskingDeps, type AskRequest } from './asking.ts'
import { hasEvents, type StoredEvent } from './events-repository.ts'
import { createLiveAnswers } from './live-answers.ts'
import { endInterrupted, eventRetention, startRecovery } from './recovery.ts'
import { wholeAnswer } from './presenters.ts'
import * as repository from './repository.ts'
import type { ChatRow, MessageRow } from './repository.ts'
import { replay } from './stream-events.ts'
import { titleOf } from './title.ts'

export interface ChatsDeps extends Omit<AskingDeps, 'answers'> {
  readonly database: Database
  /** By which instances tell each other what they have stored. */
  readonly shared: Pick<SharedState, 'publish' | 'subscribe'>
  readonly clock: Clock
  readonly logger: Logger
}

export interface ChatsOptions {
  /** Milliseconds that an answer goes on when nobody reads it any more. */
  readonly graceMs: number
  /** Milliseconds that answers may go on when the service stops: shorter ones are finished then. */
  readonly drainMs?: number
  /** Milliseconds after which what another instance does is looked for without having heard of it. */
  readonly pollMs?: number
}

/** Where a reader of a stream was: the answer, and the sequence number of the last event that it has. */
export interface StreamPlace {
  readonly answerId: MessageId
  readonly seq: number
}

export interface MessagePage {
  /** Newest first. */
  readonly messages: readonly MessageRow[]
  readonly hasMore: boolean
  readonly total: number
  /** From 1, the newest first. */
  readonly page: number
}

export type ChatsService = Awaited<ReturnType<typeof createChats>>

/** Chats and their answers. Before it resolves, what an earlier process left unfinished is ended. */
export async function createChats(deps: ChatsDeps, options: ChatsOptions) {
  const { database, clock, logger } = deps
  const answers = createLiveAnswers(deps, options)
  const recovering = { ...deps, isMadeHere: answers.isMadeHere }
  await endInterrupted(recovering)
  const recovery = startRecovery(recovering)
  const retention = startRetention([eventRetention(database, clock)], { logger })
  const { ask, regenerate, existingChat } = createAsking({ ...deps, answers })

  /** @throws AppError not_found */
  async function answerOf(owner: UserId, id: MessageId): Promise<MessageRow> {
    const row = await repository.findMessage(database.read, owner, id)
    if (row?.role !== 'assistant') throw new AppError('not_found', `There is no answer ${id}.`)
    return row
  }

  /**
   * The events of an answer after a place, or all of them.
   * @throws AppError not_found, gone (the place is too long ago to go on from)
   */
  async function stream(
    owner: UserId,
    id: MessageId,
    after: number | undefined,
  ): Promise<(signal: AbortSignal) => AsyncIterable<StoredEvent>> {
    const row = await answerOf(owner, id)
    if (row.state === 'generating' || (await hasEvents(database.read, id))) {
      return (signal) => answers.follow(id, after ?? 0, signal)
    }
    if (after !== undefined) {
      throw new AppError('gone', 'This stream is too old to go on with. Ask for it without Last-Event-ID.')
    }
    const events = replay(row)
    return async function* () {
      yield* events
    }
  }

  /**
   * Waits for an answer as its reader and gives it with its question, as they are stored.
   * @throws AppError what ended the answer before it was complete, not_found (the chat was deleted meanwhile)
   */
  async function completed({ chatId, questionId, live }: Asked, owner: UserId, signal: AbortSignal) {
    const events = live.read(0, signal)
    while ((await events.next()).done !== true) signal.throwIfAborted()
    signal.throwIfAborted()
    const end = await live.ended
    if (end !== undefined && end.state !== 'complete') throw end.error
    const [question, answer] = await Promise.all([
      repository.findMessage(database.read, owner, questionId),
      repository.findMessage(database.read, owner, live.id),
    ])
    if (question === undefined || answer === undefined) throw noChat(chatId)
    return { question, answer }
  }

  async function stop(owner: UserId, chatId: ChatId): Promise<MessageRow | undefined> {
    await existingChat(owner, chatId)
    const live = answers.ofChat(chatId)
    if (live === undefined) return deps.instances.alone ? undefined : stopElsewhere(owner, chatId)
    live.stop('stopped')
    await live.ended
    return repository.findMessage(database.read, owner, live.id)
  }

  /** @throws AppError timed_out: the instance that makes it has not stopped it, nor is known to be dead */
  async function stopElsewhere(owner: UserId, chatId: ChatId): Promise<MessageRow | undefined> {
    const at = deps.instances.clock.now().toISOString()
    const id = await answers.wish((tx) => repository.requestStop(tx, chatId, at))
    if (id === undefined) return undefined
    for (const until = performance.now() + STOP_MS; performance.now() < until;) {
      const row = await repository.findMessage(database.read, owner, id)
      if (row?.state !== 'generating') return row
      await sleep(STOP_LOOK_MS)
    }
    throw new AppError('timed_out', 'The answer is made by another instance that does not stop it yet. Try again.')
  }

  /** @throws AppError not_found */
  async function remove(owner: UserId, chatId: ChatId): Promise<void> {
    await existingChat(owner, chatId)
    const live = answers.ofChat(chatId)
    live?.stop('deleted')
    await live?.ended
    if (!(await answers.wish((tx) => repository.removeChat(tx, owner, chatId)))) throw noChat(chatId)
    // One that was asked for in between loses its chat, and finds out at its next event.
    answers.ofChat(chatId)?.stop('deleted')
  }

  /** @throws AppError not_found */
  async function rename(owner: UserId, chatId: ChatId, title: string): Promise<ChatRow> {
    const at = clock.now().toISOString()
    const row = await database.write((tx) => repository.setTitle(tx, owner, chatId, title, at))
    if (row === undefined) throw noChat(chatId)
    return row
  }

  /** @throws AppError not_found */
  async function autoTitle(owner: UserId, chatId: ChatId): Promise<ChatRow> {
    const first = await repository.firstQuestion(database.read, (await existingChat(owner, chatId)).id)
    return rename(owner, chatId, titleOf(first?.content ?? ''))
  }

  /** @throws AppError not_found */
  async function messages(owner: UserId, chatId: ChatId, page: { readonly limit: number; readonly offset: number }) {
    const chat = await existingChat(owner, chatId)
    return repository.listMessages(database.read, chat.id, page)
  }

  /**
   * Those before a message, or a page counted from the newest.
   * @throws AppError not_found
   */
  async function messagePage(
    owner: UserId,
    chatId: ChatId,
    { before, page, size }: { readonly before: MessageId | undefined; readonly page: number; readonly size: number },
  ): Promise<MessagePage> {
    await existingChat(owner, chatId)
    const offset = before === undefined ? (page - 1) * size : 0
    const [found, total, newer] = await Promise.all([
      repository.messagesBefore(database.read, chatId, before, { limit: size + 1, offset }),
      repository.countMessages(database.read, chatId),
      before === undefined ? 0 : repository.countMessages(database.read, chatId, before),
    ])
    return {
      messages: found.slice(0, size),
      hasMore: found.length > size,
      total,
      page: before === undefined ? page : Math.floor(newer / size) + 1,
    }
  }

  /** All messages, oldest first, read as they are taken. */
  async function* allMessages(chatId: ChatId): AsyncGenerator<MessageRow> {
    for (let after: MessageId | 0 = 0; ;) {
      const rows: MessageRow[] = await repository.messagesAfter(database.read, chatId, after, EXPORT_PAGE)
      yield* rows
      const last = rows.at(-1)
      if (last === undefined || rows.length < EXPORT_PAGE) return
      after = last.id
    }
  }

  const estate: Estate = {
    store: 'chats',
    async remove(user) {
      const live = answers.ofUser(user)
      for (const answer of live) answer.stop('deleted')
      await Promise.all(live.map(({ ended }) => ended))
      return answers.wish((tx) => repository.removeChatsOf(tx, user))
    },
    transfer: (from, to) => database.write((tx) => repository.transferChats(tx, from, to)),
  }

  return {
    ask,
    /** Asks in a chat and gives everything that is known of the answer, with the names of `/api/v1/ask`. */
    async askWhole(request: AskRequest, signal: AbortSignal): Promise<Record<string, unknown>> {
      const { answer } = await completed(
        await ask({ ...request, question: canonicalText(request.question) }),
        request.owner,
        signal,
      )
      return wholeAnswer(answer)
    },
    regenerate,
    completed,
    stream,
    stop,
    remove,
    rename,
    autoTitle,
    chat: existingChat,
    messages,
    messagePage,
    allMessages,
    /** What is stored so far of an answer that is being made here. */
    written: (id: MessageId): string | undefined => answers.get(id)?.text(),
    count: (chatId: ChatId): Promise<number> => repository.countMessages(database.read, chatId),
    list: (owner: UserId, page: { readonly limit: number; readonly offset: number }) =>
      repository.listChats(database.read, owner, page),
    estate,
    /** Ends the answers that are being made: their readers get to know, so call it while the server still answers. */
    drain: () => answers.close(options.drainMs ?? DRAIN_MS),
    async close() {
      await Promise.all([retention.close(), recovery.close()])
      await answers.close(0)
    },
  }
}

const EXPORT_PAGE = 100
const DRAIN_MS = 5000
/** An answer whose instance is dead is ended within this. */
const STOP_MS = 20_000
const STOP_LOOK_MS = 50
