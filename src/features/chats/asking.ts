import { AppError } from '../../core/errors.ts'
import type { ChatId, DocumentId, MessageId, UserId } from '../../core/ids.ts'
import type { DocumentFilter } from '../../core/ports/search.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { WebSettings } from '../../core/ports/web.ts'
import { insertRows } from '../../database/bulk-insert.ts'
import { documentsIn, linkMessage } from '../../database/cited-documents.ts'
import { gatheredWrites } from '../../database/gathered-writes.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../../database/errors.ts'
import type { Instances } from '../../database/instances.ts'
import { insertEntry, type EntryDetails } from '../../database/question-history.ts'
import type { AnswerPlaces, AnswerTaker } from '../../http/answer-places.ts'
import { documentFilter, sentFilter } from '../../http/document-filter.ts'
import type { AnswerSource, SourceQuestion } from './answer-source.ts'
import { documentsInEvents, type StoredEvent } from './events-repository.ts'
import type { Forgetting } from './forget.ts'
import { historyBefore } from './history.ts'
import type { LastEvent } from './journal.ts'
import type { AnswerEnd, LiveAnswer } from './live-answer.ts'
import type { LiveAnswers } from './live-answers.ts'
import type { AnswerMetadata } from './presenters.ts'
import * as repository from './repository.ts'
import type { ChatRow, MessageEnd, MessageRow } from './repository.ts'
import { asStored, doneEvents, errorEvent, firstEvents, type StreamOf } from './stream-events.ts'
import { titleOf } from './title.ts'

export interface AskingDeps {
  readonly database: Database
  readonly instances: Instances
  readonly answers: LiveAnswers
  /** Of each person who asks. */
  readonly places: AnswerPlaces
  readonly source: AnswerSource
  /** What a person set for all of their questions; null: nothing. */
  readonly systemPromptOf: (owner: UserId) => Promise<string | null>
  /** Hears of every answer that was made, with the milliseconds that it took. */
  readonly answered: (milliseconds: number) => void
  /** Absent: answers keep what they quote of documents that are deleted. */
  readonly forgetDeleted?: Forgetting['forgetDeleted'] | undefined
  readonly clock: Clock
  readonly logger: Logger
}

/** What goes with a question, and is used again when it is answered again. */
export interface QuestionOptions {
  readonly documents?: readonly DocumentId[] | undefined
  readonly filter?: DocumentFilter | undefined
  readonly context?: string | undefined
  readonly systemPrompt?: string | undefined
  readonly webSearch?: boolean | undefined
  readonly webSettings?: WebSettings | undefined
  /** Passages to retrieve; of this question only. */
  readonly topK?: number | undefined
}

export interface Asker {
  readonly owner: UserId
  /** Who the answer counts for: an administrator may ask in another's name. */
  readonly by: AnswerTaker
  readonly sessionId: string | null
  readonly requestId: string
}

export interface AskRequest extends Asker, QuestionOptions {
  readonly question: string
  /** undefined: a new chat. */
  readonly chatId: ChatId | undefined
}

interface AskAgain extends Asker, QuestionOptions {
  readonly chatId: ChatId
}

/** A question that is stored, and its answer that is being made. */
export interface Asked {
  readonly chatId: ChatId
  readonly questionId: MessageId
  readonly live: LiveAnswer
}

export function createAsking(deps: AskingDeps) {
  const { database, answers, places, source, clock, logger } = deps
  const now = (): string => clock.now().toISOString()
  const write = gatheredWrites(database)

  /**
   * Stores the question and begins its answer.
   * @throws AppError not_found (chat, document), conflict (an answer is being made), too_many_requests, and what the
   * source refuses
   */
  const ask = (request: AskRequest): Promise<Asked> => placed(request, () => askNew(request))

  async function askNew(request: AskRequest): Promise<Asked> {
    const { owner, chatId } = request
    if (chatId !== undefined) await existingChat(database.read, owner, chatId)
    const question = await source.check({ owner, question: request.question, documents: request.documents })
    const history = chatId === undefined ? [] : await historyBefore(database.read, chatId, undefined)
    return begin(request, { question, history, length: request.question.length }, async (tx) => {
      const at = now()
      const chat =
        chatId === undefined
          ? await repository.insertChat(tx, owner, titleOf(question), at)
          : await existingChat(tx, owner, chatId)
      if (chatId !== undefined) await repository.touchChat(tx, chat.id, at)
      const message = await repository.insertMessage(tx, {
        chatId: chat.id,
        role: 'user',
        state: 'complete',
        metadata: storedOptions(request),
        content: question,
        now: at,
      })
      return { chatId: chat.id, question: message }
    })
  }

  /**
   * Answers the last question of a chat again, with what went with it unless the request says otherwise. The earlier
   * answer stays, and names the new one once that is complete.
   */
  const regenerate = (request: AskAgain): Promise<Asked> => placed(request, () => askAgain(request))

  async function askAgain(request: AskAgain): Promise<Asked> {
    const { owner, chatId } = request
    await existingChat(database.read, owner, chatId)
    const last = await repository.lastQuestion(database.read, chatId)
    if (last === undefined) throw new AppError('conflict', 'This chat has no question yet. Ask one.')
    const options = { ...givenOptions(last), ...withoutUndefined(request) }
    const question = await source.check({ owner, question: last.content, documents: options.documents })
    const history = await historyBefore(database.read, chatId, last.id)
    const asked = { ...request, ...options }
    return begin(asked, { question, history, length: last.content.length, again: true }, async (tx) => {
      await existingChat(tx, owner, chatId)
      // From here on nobody else asks in this chat.
      await repository.touchChat(tx, chatId, now())
      if ((await repository.lastQuestion(tx, chatId))?.id !== last.id) {
        throw new AppError('conflict', 'Another question was asked in this chat meanwhile. Look at it, then try again.')
      }
      return { chatId, question: last }
    })
  }

  /** With one of the asker's places until the answer has ended. */
  async function placed({ by }: Asker, begin: () => Promise<Asked>): Promise<Asked> {
    answers.checkRoom()
    const leave = places.take(by)
    try {
      const asked = await begin()
      void asked.live.ended.finally(leave)
      return asked
    } catch (error) {
      leave()
      throw error
    }
  }

  interface ToAnswer {
    /** As it is asked. */
    readonly question: string
    readonly history: SourceQuestion['history']
    /** UTF-16 code units of the question as it was sent. */
    readonly length: number
    readonly again?: true
  }

  type Prepare = (tx: Tx) => Promise<{ chatId: ChatId; question: MessageRow }>

  const begin = (request: Asker & QuestionOptions, answer: ToAnswer, prepare: Prepare): Promise<Asked> =>
    answers.beginning((expect) => beginExpected(request, answer, prepare, expect))

  async function beginExpected(
    request: Asker & QuestionOptions,
    { question, history, length, again }: ToAnswer,
    prepare: Prepare,
    expect: (id: MessageId) => void,
  ): Promise<Asked> {
    const { owner, requestId } = request
    const systemPrompt = request.systemPrompt ?? (await deps.systemPromptOf(owner)) ?? undefined
    const startedAt = clock.now().getTime()
    const model = source.model()
    const metadata: AnswerMetadata = {
      request_id: requestId,
      input_truncated: false,
      original_question_length: length,
      used_question_length: question.length,
    }
    const stored = await write(async (tx): Promise<{ of: StreamOf; begun: StoredEvent[] }> => {
      const { chatId, question: asked } = await prepare(tx)
      const answer = await repository.insertMessage(tx, {
        chatId,
        role: 'assistant',
        state: 'generating',
        replyTo: asked.id,
        model,
        metadata: { ...metadata },
        instance: deps.instances.id,
        now: now(),
      })
      expect(answer.id)
      const of = { chatId, questionId: asked.id, answerId: answer.id, requestId, model }
      const begun = asStored(firstEvents(of))
      await storeEvents(tx, answer.id, begun)
      return { of, begun }
    }).catch(refusal)

    const { of, begun } = stored
    const seconds = (): number => (clock.now().getTime() - startedAt) / 1000
    const live = answers.start({
      id: of.answerId,
      chatId: of.chatId,
      owner,
      begun,
      parts: (signal) =>
        source.answer(
          {
            owner,
            chatId: of.chatId,
            question,
            documents: request.documents,
            filter: request.filter,
            history,
            systemPrompt,
            context: request.context,
            webSearch: request.webSearch ?? false,
            webSettings: request.webSettings,
            topK: request.topK,
          },
          { signal },
        ),
      lastEvents: (end) => lastEvents(of, end, messageEnd(end, model, metadata, seconds())),
      async store(tx, end) {
        const message = messageEnd(end, model, metadata, seconds())
        // Another one, to which this process seemed dead, may have ended it.
        if (!(await repository.endMessage(tx, of.answerId, message))) return
        await repository.touchChat(tx, of.chatId, now())
        if (again === true && end.state === 'complete') {
          await repository.supersede(tx, of.chatId, of.questionId, of.answerId)
        }
        // One that was broken off names nothing itself.
        const documents =
          end.state === 'complete'
            ? documentsIn([message.sources, message.citations, message.metadata])
            : await documentsInEvents(tx, of.answerId)
        await linkMessage(tx, of.answerId, documents)
        const asked = { userId: owner, chatId: of.chatId, sessionId: request.sessionId, question, answer: end.content }
        await insertEntry(tx, { ...asked, ...entryDetails(message, seconds()) }, documents, now())
        await deps.forgetDeleted?.(tx, documents)
      },
    })
    void live.ended.then((end) => {
      if (end?.state === 'complete') deps.answered(seconds() * 1000)
      else
        logger.info({ message: of.answerId, state: end?.state, reason: endReason(end) }, 'An answer was not completed')
    })
    return { chatId: of.chatId, questionId: of.questionId, live }
  }

  async function existingChat(
    read: Parameters<typeof repository.findChat>[0],
    owner: UserId,
    id: ChatId,
  ): Promise<ChatRow> {
    const chat = await repository.findChat(read, owner, id)
    if (chat === undefined) throw noChat(id)
    return chat
  }

  return { ask, regenerate, existingChat: (owner: UserId, id: ChatId) => existingChat(database.read, owner, id) }
}

export const noChat = (id: ChatId): AppError => new AppError('not_found', `There is no chat ${id}.`)

/** What the database refused, in the words of the contract. */
function refusal(error: unknown): never {
  if (isUniqueViolation(error)) {
    throw new AppError('conflict', 'An answer is being made in this chat. Wait for it, or stop it first.', {
      cause: error,
    })
  }
  if (isForeignKeyViolation(error)) throw new AppError('not_found', 'The chat is gone.', { cause: error })
  throw error
}

export const storeEvents = (tx: Tx, id: MessageId, events: readonly StoredEvent[]) =>
  insertRows(
    tx,
    'answer_events',
    events.map(({ seq, event, json }) => ({ message_id: id, seq, event, data: json })),
  )

const lastEvents = (of: StreamOf, end: AnswerEnd, { model, tokens, metadata, citations }: MessageEnd): LastEvent[] =>
  end.state === 'complete'
    ? doneEvents(of, end.content, { model, tokens, metadata: metadata as unknown as AnswerMetadata, citations })
    : [errorEvent(of, end.error)]

function messageEnd(end: AnswerEnd, model: string, metadata: AnswerMetadata, seconds: number): MessageEnd {
  const timed = { ...metadata, processing_time_ms: Math.round(seconds * 1000) }
  if (end.state !== 'complete') {
    const error = { code: end.error.code, message: end.error.message }
    const { state, content, reason } = end
    const why = reason === undefined ? {} : { interrupted: reason }
    return { state, content, model, tokens: 0, metadata: { ...timed, error, ...why }, sources: [], citations: [] }
  }
  const { confidence, abstained, details, warnings, input_truncated, used_question_length } = end.answer
  return {
    state: 'complete',
    content: end.content,
    model: end.answer.model_used,
    tokens: end.answer.tokens_used,
    metadata: { ...details, ...timed, confidence, abstained, warnings, input_truncated, used_question_length },
    sources: end.answer.sources_used,
    citations: end.answer.citations,
  }
}

const entryDetails = ({ metadata, sources }: MessageEnd, seconds: number): EntryDetails => ({
  confidence: typeof metadata.confidence === 'number' ? metadata.confidence : 0,
  sources,
  reasoning: typeof metadata.reasoning === 'string' ? metadata.reasoning : '',
  seconds,
})

const endReason = (end: AnswerEnd | undefined): string =>
  end === undefined ? 'deleted' : end.state === 'complete' ? '' : (end.reason ?? end.error.code)

function storedOptions({
  documents,
  filter,
  context,
  systemPrompt,
  webSearch,
  webSettings,
}: QuestionOptions): Record<string, unknown> {
  return {
    ...(documents === undefined ? {} : { document_ids: documents }),
    ...(filter === undefined ? {} : { filters: sentFilter(filter) }),
    ...(context === undefined ? {} : { context }),
    ...(systemPrompt === undefined ? {} : { system_prompt: systemPrompt }),
    ...(webSearch === true ? { web_search_enabled: true } : {}),
    ...(webSettings === undefined ? {} : { web_search_settings: webSettings }),
  }
}

function givenOptions(question: MessageRow): QuestionOptions {
  const stored = JSON.parse(question.metadata) as Record<string, unknown>
  return {
    documents: stored.document_ids as readonly DocumentId[] | undefined,
    filter: documentFilter.parse(stored.filters),
    context: stored.context as string | undefined,
    systemPrompt: stored.system_prompt as string | undefined,
    webSearch: stored.web_search_enabled === true,
    webSettings: stored.web_search_settings as WebSettings | undefined,
  }
}

/** The options of a request that says something about them. */
function withoutUndefined(given: QuestionOptions): QuestionOptions {
  const { documents, filter, context, systemPrompt, webSearch, webSettings } = given
  const options = { documents, filter, context, systemPrompt, webSearch, webSettings }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
