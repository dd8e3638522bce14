import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { MessageId, UserId } from '../../core/ids.ts'
import { eventStream } from '../../http/api-docs.ts'
import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { sendEvents, type ServerEvent } from '../../http/sse.ts'
import type { Asked, Asker, QuestionOptions } from './asking.ts'
import type { StoredEvent } from './events-repository.ts'
import { answerFields, answerParts, messageView } from './presenters.ts'
import * as schemas from './schemas.ts'
import type { ChatsService, StreamPlace } from './service.ts'

type Options = NonNullable<z.output<typeof schemas.regenerateRequest>>

/** How questions get into chats, and the streams of their answers. */
export function chatAskRoutes(app: App, { chats }: { readonly chats: ChatsService }): void {
  const tags = ['Chats']
  // An answer takes its model's time; how many are made at once has a bound of its own.
  const config = { access: 'user', uncounted: true } as const

  app.post(
    '/api/chat/ask',
    {
      config,
      schema: {
        tags,
        summary: 'Ask in a chat',
        body: schemas.askRequest,
        response: { 200: schemas.askResponse },
      },
    },
    async (request) => {
      const owner = ownerOf(request, request.body.user_id)
      return answered(await ask(askerOf(request, owner), request.body), owner, request.signal)
    },
  )

  app.post(
    '/api/chat/ask/stream',
    {
      config,
      schema: {
        tags,
        summary: 'Ask in a chat; the answer comes as server-sent events',
        description:
          'With Last-Event-ID nothing is asked: the rest of that answer comes, wherever its stream was broken off.',
        body: schemas.askRequest,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const owner = ownerOf(request, request.body.user_id)
      const place = placeOf(request)
      if (place !== undefined) return sendRest(reply, owner, place)
      return sendLive(reply, await ask(askerOf(request, owner), request.body))
    },
  )

  app.post(
    '/api/chat/:id/regenerate',
    {
      config,
      schema: {
        tags,
        summary: 'Answer the last question again; as server-sent events where the request accepts those only',
        params: schemas.byId,
        body: schemas.regenerateRequest,
        response: { 200: schemas.askResponseOrStream },
      },
    },
    async (request, reply) => {
      const body = request.body ?? {}
      const owner = ownerOf(request, body.user_id)
      const streamed = /^\s*text\/event-stream\s*(;|$)/i.test(request.headers.accept ?? '')
      const place = streamed ? placeOf(request) : undefined
      if (place !== undefined) return sendRest(reply, owner, place)
      const asked = await chats.regenerate({
        ...askerOf(request, owner),
        ...questionOptions(body),
        chatId: request.params.id,
      })
      return streamed ? sendLive(reply, asked) : answered(asked, owner, request.signal)
    },
  )

  app.post(
    '/api/chat/:id/stop',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Stop the answer being made; what is written stays',
        params: schemas.byId,
        querystring: schemas.ofUser,
        response: { 200: schemas.stopResponse },
      },
    },
    async (request) => {
      const { id } = request.params
      const stopped = await chats.stop(ownerOf(request, request.query.user_id), id)
      return {
        chat_id: id,
        stopped: stopped !== undefined,
        answer_message: stopped === undefined ? null : messageView(stopped),
      }
    },
  )

  app.get(
    '/api/chat/stream/:answer_message_id',
    {
      config,
      schema: {
        tags,
        summary: 'The events of an answer, being made or made; after Last-Event-ID where that is sent',
        params: schemas.byAnswer,
        querystring: schemas.ofUser,
        response: { 200: eventStream },
      },
    },
    async (request, reply) => {
      const answerId = request.params.answer_message_id
      const place = placeOf(request)
      if (place !== undefined && place.answerId !== answerId) {
        throw new AppError('malformed_request', 'Last-Event-ID is of another answer than the one that is asked for.')
      }
      return sendRest(reply, ownerOf(request, request.query.user_id), { answerId, seq: place?.seq })
    },
  )

  const ask = (asker: Asker, body: z.output<typeof schemas.askRequest>): Promise<Asked> =>
    chats.ask({ ...asker, ...questionOptions(body), question: body.question, chatId: body.chat_id })

  async function answered(asked: Asked, owner: UserId, signal: AbortSignal) {
    const { question, answer } = await chats.completed(asked, owner, signal)
    return {
      chat_id: asked.chatId,
      question_message: messageView(question),
      answer_message: messageView(answer),
      ...answerFields(answerParts(answer)),
    } as z.input<typeof schemas.askResponse>
  }

  const sendLive = (reply: FastifyReply, { live }: Asked): Promise<FastifyReply> =>
    sendEvents(reply, (signal) => wire(live.id, live.read(0, signal)), { endsItself: true })

  async function sendRest(
    reply: FastifyReply,
    owner: UserId,
    { answerId, seq }: { readonly answerId: MessageId; readonly seq: number | undefined },
  ): Promise<FastifyReply> {
    // Refused before the stream begins, while there is a status to refuse with.
    const events = await chats.stream(owner, answerId, seq)
    return sendEvents(reply, (signal) => wire(answerId, events(signal)), { endsItself: true })
  }
}

async function* wire(id: MessageId, events: AsyncIterable<StoredEvent>): AsyncGenerator<ServerEvent> {
  for await (const { seq, event, json } of events) yield { id: `${id}-${seq}`, event, json }
}

const askerOf = ({ caller, id }: FastifyRequest, owner: UserId): Asker => ({
  owner,
  by: caller,
  sessionId: caller.sessionId ?? null,
  requestId: id,
})

const questionOptions = (options: Options): QuestionOptions => ({
  documents: options.document_ids,
  filter: options.filters,
  context: options.context,
  systemPrompt: options.system_prompt,
  webSearch: options.web_search_enabled,
  webSettings: options.web_search_settings && {
    maxResults: options.web_search_settings.max_results,
    language: options.web_search_settings.language,
  },
})

/** Where the client's stream broke off; undefined: it says nothing of one. @throws AppError malformed_request */
function placeOf({ headers }: FastifyRequest): StreamPlace | undefined {
  const header = headers['last-event-id']
  if (header === undefined || header === '') return undefined
  const match = /^([1-9]\d{0,15})-(\d{1,15})$/.exec(String(header))
  if (match === null || !Number.isSafeInteger(Number(match[1]))) {
    throw new AppError('malformed_request', 'Last-Event-ID is no id of an event of an answer.')
  }
  return { answerId: Number(match[1]) as MessageId, seq: Number(match[2]) }
}
