import type { Selectable } from 'kysely'
import { newChatId, type ChatId, type MessageId, type UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'
import type { ChatsTable, MessagesTable } from '../../database/schema/chats.ts'

export type ChatRow = Selectable<ChatsTable>
export type MessageRow = Selectable<MessagesTable>

export const findChat = (read: Reader | Tx, owner: UserId, id: ChatId): Promise<ChatRow | undefined> =>
  read.selectFrom('chats').selectAll().where('id', '=', id).where('user_id', '=', owner).executeTakeFirst()

export const insertChat = (tx: Tx, owner: UserId, title: string, now: string): Promise<ChatRow> =>
  tx
    .insertInto('chats')
    .values({ id: newChatId(), user_id: owner, title, created_at: now, updated_at: now })
    .returningAll()
    .executeTakeFirstOrThrow()

/** Newest first: by the last thing that happened in them. */
export async function listChats(
  read: Reader,
  owner: UserId,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ chats: ChatRow[]; total: number }> {
  const [chats, { total }] = await Promise.all([
    read
      .selectFrom('chats')
      .selectAll()
      .where('user_id', '=', owner)
      .orderBy('updated_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .offset(offset)
      .execute(),
    read
      .selectFrom('chats')
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .where('user_id', '=', owner)
      .executeTakeFirstOrThrow(),
  ])
  return { chats, total }
}

export const touchChat = (tx: Tx, id: ChatId, now: string) =>
  tx.updateTable('chats').set({ updated_at: now }).where('id', '=', id).execute()

export const setTitle = (tx: Tx, owner: UserId, id: ChatId, title: string, now: string): Promise<ChatRow | undefined> =>
  tx
    .updateTable('chats')
    .set({ title, updated_at: now })
    .where('id', '=', id)
    .where('user_id', '=', owner)
    .returningAll()
    .executeTakeFirst()

/** With its messages, their events, and what the history says of it. False where the owner has no such chat. */
export async function removeChat(tx: Tx, owner: UserId, id: ChatId): Promise<boolean> {
  const row = await tx
    .deleteFrom('chats')
    .where('id', '=', id)
    .where('user_id', '=', owner)
    .returning('id')
    .executeTakeFirst()
  if (row === undefined) return false
  await tx.deleteFrom('question_history').where('user_id', '=', owner).where('chat_id', '=', id).execute()
  return true
}

/** Gives how many chats there were. */
export async function removeChatsOf(tx: Tx, owner: UserId): Promise<number> {
  const removed = await tx.deleteFrom('chats').where('user_id', '=', owner).returning('id').execute()
  return removed.length
}

export async function transferChats(tx: Tx, from: UserId, to: UserId): Promise<void> {
  await tx.updateTable('chats').set({ user_id: to }).where('user_id', '=', from).execute()
}

// --- Messages ----------------------------------------------------------------------------------------------------

export interface NewMessage {
  readonly chatId: ChatId
  readonly role: 'user' | 'assistant'
  readonly state: MessageRow['state']
  readonly replyTo?: MessageId
  readonly model?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly content?: string
  /** Which one makes the answer. */
  readonly instance?: string
  readonly now: string
}

export const insertMessage = (tx: Tx, message: NewMessage): Promise<MessageRow> =>
  tx
    .insertInto('messages')
    .values({
      chat_id: message.chatId,
      role: message.role,
      state: message.state,
      reply_to: message.replyTo ?? null,
      model_used: message.model ?? null,
      tokens_used: 0,
      created_at: message.now,
      metadata: JSON.stringify(message.metadata ?? {}),
      sources: '[]',
      citations: '[]',
      content: message.content ?? '',
      instance: message.instance ?? null,
      read_at: null,
      stop_requested_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

export interface MessageEnd {
  readonly state: Exclude<MessageRow['state'], 'generating'>
  readonly content: string
  readonly model: string
  readonly tokens: number
  readonly metadata: Readonly<Record<string, unknown>>
  readonly sources: readonly object[]
  readonly citations: readonly object[]
}

/** False where the message is gone, or was ended by somebody else. */
export async function endMessage(tx: Tx, id: MessageId, end: MessageEnd): Promise<boolean> {
  const row = await tx
    .updateTable('messages')
    .set({
      state: end.state,
      content: end.content,
      model_used: end.model,
      tokens_used: end.tokens,
      metadata: JSON.stringify(end.metadata),
      sources: JSON.stringify(end.sources),
      citations: JSON.stringify(end.citations),
    })
    .where('id', '=', id)
    .where('state', '=', 'generating')
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

/** The earlier answers to the same question name the one that took their place. */
export async function supersede(tx: Tx, chatId: ChatId, question: MessageId, by: MessageId): Promise<void> {
  const earlier = await tx
    .selectFrom('messages')
    .select(['id', 'metadata'])
    .where('chat_id', '=', chatId)
    .where('id', '<', by)
    .where('id', '>', question)
    .where('reply_to', '=', question)
    .execute()
  for (const { id, metadata } of earlier) {
    const changed = { ...(JSON.parse(metadata) as object), superseded_by: by }
    await tx
      .updateTable('messages')
      .set({ metadata: JSON.stringify(changed) })
      .where('id', '=', id)
      .execute()
  }
}

/** A message in a chat of the owner. */
export const findMessage = (read: Reader, owner: UserId, id: MessageId): Promise<MessageRow | undefined> =>
  read
    .selectFrom('messages')
    .innerJoin('chats', 'chats.id', 'messages.chat_id')
    .selectAll('messages')
    .where('messages.id', '=', id)
    .where('chats.user_id', '=', owner)
    .executeTakeFirst()

export async function messageState(read: Reader, id: MessageId): Promise<MessageRow['state'] | undefined> {
  return (await read.selectFrom('messages').select('state').where('id', '=', id).executeTakeFirst())?.state
}

const messagesOf = (read: Reader, chatId: ChatId) => read.selectFrom('messages').where('chat_id', '=', chatId)

/** Oldest first. */
export const listMessages = (
  read: Reader,
  chatId: ChatId,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<MessageRow[]> => messagesOf(read, chatId).selectAll().orderBy('id').limit(limit).offset(offset).execute()

/** Oldest first, those after a message. */
export const messagesAfter = (
  read: Reader,
  chatId: ChatId,
  after: MessageId | 0,
  limit: number,
): Promise<MessageRow[]> =>
  messagesOf(read, chatId)
    .selectAll()
    .where('id', '>', after as MessageId)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Newest first, those before a message (undefined: from the newest on). */
export const messagesBefore = (
  read: Reader,
  chatId: ChatId,
  before: MessageId | undefined,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<MessageRow[]> =>
  messagesOf(read, chatId)
    .selectAll()
    .$if(before !== undefined, (query) => query.where('id', '<', before as MessageId))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()

/** @param from counts only that message and newer ones */
export async function countMessages(read: Reader, chatId: ChatId, from?: MessageId): Promise<number> {
  const row = await messagesOf(read, chatId)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .$if(from !== undefined, (query) => query.where('id', '>=', from as MessageId))
    .executeTakeFirstOrThrow()
  return row.count
}

export const firstQuestion = (read: Reader, chatId: ChatId): Promise<MessageRow | undefined> =>
  messagesOf(read, chatId).selectAll().where('role', '=', 'user').orderBy('id').limit(1).executeTakeFirst()

export const lastQuestion = (read: Reader | Tx, chatId: ChatId): Promise<MessageRow | undefined> =>
  messagesOf(read as Reader, chatId)
    .selectAll()
    .where('role', '=', 'user')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()

/**
 * Answers of one instance itself, and those whose instance is none of the living, if it is known which those are; oldest
 * first, after a message. What no instance is said of is another version's: dead if it was begun before `begunBefore`.
 */
export const perhapsAbandoned = (
  read: Reader,
  {
    own,
    living,
    begunBefore,
  }: { readonly own: string; readonly living: ReadonlySet<string> | undefined; readonly begunBefore: string },
  after: MessageId | 0,
  limit: number,
): Promise<MessageRow[]> =>
  read
    .selectFrom('messages')
    .selectAll()
    .where('state', '=', 'generating')
    .where((eb) =>
      eb.or([
        eb('instance', '=', own),
        ...(living === undefined
          ? []
          : [
              eb('instance', 'not in', [...living]),
              eb.and([eb('instance', 'is', null), eb('created_at', '<', begunBefore)]),
            ]),
      ]),
    )
    .where('id', '>', after as MessageId)
    .orderBy('id')
    .limit(limit)
    .execute()

/** Asks whichever instance makes an answer in the chat to stop it. Gives the answer; undefined: none is being made. */
export async function requestStop(tx: Tx, chatId: ChatId, now: string): Promise<MessageId | undefined> {
  const row = await tx
    .updateTable('messages')
    .set({ stop_requested_at: now })
    .where('chat_id', '=', chatId)
    .where('state', '=', 'generating')
    .returning('id')
    .executeTakeFirst()
  return row?.id
}

/** What other instances want of these answers; of one that is gone there is nothing. */
export async function wanted(
  read: Reader,
  ids: readonly MessageId[],
): Promise<Map<MessageId, Pick<MessageRow, 'read_at' | 'stop_requested_at'>>> {
  const rows = await read
    .selectFrom('messages')
    .select(['id', 'read_at', 'stop_requested_at'])
    .where('id', 'in', ids)
    .execute()
  return new Map(rows.map((row) => [row.id, row]))
}

/** Somebody reads it who is not where it is made. */
export const noteReader = (tx: Tx, id: MessageId, now: string) =>
  tx.updateTable('messages').set({ read_at: now }).where('id', '=', id).where('state', '=', 'generating').execute()

/** What an answer answers, and whose it is. */
export const questionOf = (
  tx: Tx,
  answer: MessageRow,
): Promise<{ readonly owner: UserId; readonly question: string } | undefined> =>
  tx
    .selectFrom('messages')
    .innerJoin('chats', 'chats.id', 'messages.chat_id')
    .select(['chats.user_id as owner', 'messages.content as question'])
    .where('messages.id', '=', answer.reply_to)
    .executeTakeFirst()
