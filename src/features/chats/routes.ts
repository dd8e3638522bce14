import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import type { Audit } from '../../core/ports/people.ts'
import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { sendJsonList } from '../../http/json-stream.ts'
import { originOf } from '../../http/origin.ts'
import { markdownOf } from './export.ts'
import { chatView, messageView } from './presenters.ts'
import type { ChatRow, MessageRow } from './repository.ts'
import * as schemas from './schemas.ts'
import type { ChatsService } from './service.ts'

export interface ChatRoutesDeps {
  readonly chats: ChatsService
  readonly now: () => Date
  readonly audit: Audit
}

/** Chats and their messages; how questions get in stands in ask-routes.ts. */
export function chatRoutes(app: App, { chats, now, audit }: ChatRoutesDeps): void {
  const tags = ['Chats']
  const view = (row: MessageRow) => messageView(row, chats.written(row.id))

  app.get(
    '/api/chats',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'List chats, the newest first',
        querystring: schemas.page,
        response: { 200: schemas.chatList },
      },
    },
    async (request) => {
      const { limit, offset, user_id } = request.query
      const { chats: found, total } = await chats.list(ownerOf(request, user_id), { limit, offset })
      return { items: found.map(chatView), total, limit, offset }
    },
  )

  app.get(
    '/api/my/chats',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'List your own chats, the newest first',
        querystring: schemas.page.omit({ user_id: true }),
        response: { 200: schemas.ownChatList },
      },
    },
    async (request) => {
      const { userId } = request.caller
      const { limit, offset } = request.query
      const { chats: found, total } = await chats.list(userId, { limit, offset })
      return { items: found.map(chatView), total, limit, offset, user_id: userId }
    },
  )

  app.get(
    '/api/chat/:id/messages',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Messages of a chat, the oldest first',
        params: schemas.byId,
        querystring: schemas.page,
        response: { 200: schemas.messageList },
      },
    },
    async (request) => {
      const { id } = request.params
      const { limit, offset, user_id } = request.query
      const messages = await chats.messages(ownerOf(request, user_id), id, { limit, offset })
      return { chat_id: id, messages: messages.map(view), count: messages.length, total: await chats.count(id) }
    },
  )

  app.get(
    '/api/chat/:id/messages/paged',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Messages of a chat, the newest first: before a message, or by page',
        params: schemas.byId,
        querystring: schemas.messagePage,
        response: { 200: schemas.messagePageView },
      },
    },
    async (request) => {
      const { id } = request.params
      const { user_id, before_id: before, page, size } = request.query
      const found = await chats.messagePage(ownerOf(request, user_id), id, { before, page, size })
      return {
        chat_id: id,
        messages: found.messages.map(view),
        count: found.messages.length,
        next_before_id: found.hasMore ? (found.messages.at(-1)?.id ?? null) : null,
        has_more: found.hasMore,
        pagination: { page: found.page, page_size: size, total: found.total },
      }
    },
  )

  app.delete(
    '/api/chat/:id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Delete a chat; an answer being made in it is stopped',
        params: schemas.byId,
        querystring: schemas.ofUser,
        response: { 200: schemas.deletion },
      },
    },
    async (request) => {
      const { id } = request.params
      await chats.remove(ownerOf(request, request.query.user_id), id)
      await audit.record({ ...originOf(request), action: 'chat.delete', target: id, outcome: 'success' })
      return { deleted: true as const, chat_id: id }
    },
  )

  app.post(
    '/api/chat/:id/auto-title',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Title a chat by its first question',
        params: schemas.byId,
        querystring: schemas.ofUser,
        response: { 200: schemas.titled },
      },
    },
    async (request) => {
      const { id } = request.params
      const { title } = await chats.autoTitle(ownerOf(request, request.query.user_id), id)
      return { chat_id: id, title }
    },
  )

  app.post(
    '/api/chat/:id/title',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Title a chat',
        params: schemas.byId,
        querystring: schemas.ofUser,
        body: schemas.titleRequest,
        response: { 200: schemas.titled },
      },
    },
    async (request) => {
      const { id } = request.params
      const { title } = await chats.rename(ownerOf(request, request.query.user_id), id, request.body.title)
      return { chat_id: id, title }
    },
  )

  app.get(
    '/api/chat/:id/export',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'A chat as a download: JSON, or Markdown',
        params: schemas.byId,
        querystring: schemas.exportQuery,
        response: { 200: schemas.exported },
      },
    },
    async (request, reply) => {
      const chat = await chats.chat(ownerOf(request, request.query.user_id), request.params.id)
      return request.query.format === 'markdown' ? sendMarkdown(reply, chat) : sendJson(reply, chat)
    },
  )

  async function sendJson(reply: FastifyReply, chat: ChatRow): Promise<FastifyReply> {
    let count = 0
    async function* items() {
      for await (const message of chats.allMessages(chat.id)) {
        count++
        yield view(message)
      }
    }
    const rest = {
      chat: chatView(chat),
      // Known when all of them are written.
      get count() {
        return count
      },
      exported_at: now().toISOString(),
    }
    return sendJsonList(asDownload(reply, chat, 'json'), { field: 'messages', items: items(), rest })
  }

  async function sendMarkdown(reply: FastifyReply, chat: ChatRow): Promise<FastifyReply> {
    const body = reply.request.method === 'HEAD' ? [] : markdownOf(chat, chats.allMessages(chat.id))
    return asDownload(reply, chat, 'md')
      .type('text/markdown; charset=utf-8')
      .send(Readable.from(body, { objectMode: false }))
  }
}

const asDownload = (reply: FastifyReply, chat: ChatRow, extension: string): FastifyReply =>
  reply.header('content-disposition', `attachment; filename="chat-${chat.id}.${extension}"`)
