import type { ChatId, UserId } from '../../core/ids.ts'
import type { AnsweredQuestion } from '../../core/ports.ts'
import type { Reader, Tx } from '../../database/database.ts'

type Details = Pick<AnsweredQuestion, 'confidence' | 'sources' | 'reasoning' | 'seconds'>

export interface HistoryEntry extends Omit<AnsweredQuestion, 'userId'> {
  readonly at: string
}

export async function insertEntry(tx: Tx, asked: AnsweredQuestion, now: string): Promise<void> {
  const { confidence, sources, reasoning, seconds } = asked
  const details: Details = { confidence, sources, reasoning, seconds }
  await tx
    .insertInto('question_history')
    .values({
      user_id: asked.userId,
      chat_id: asked.chatId as ChatId | null,
      session_id: asked.sessionId,
      created_at: now,
      question: asked.question,
      answer: asked.answer,
      details: JSON.stringify(details),
    })
    .execute()
}

/** Newest first. */
export async function listEntries(read: Reader, user: UserId, limit: number, offset: number): Promise<HistoryEntry[]> {
  const rows = await read
    .selectFrom('question_history')
    .selectAll()
    .where('user_id', '=', user)
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute()
  return rows.map((row) => ({
    ...(JSON.parse(row.details) as Details),
    chatId: row.chat_id,
    sessionId: row.session_id,
    question: row.question,
    answer: row.answer,
    at: row.created_at,
  }))
}

export async function countEntries(read: Reader, user: UserId): Promise<number> {
  const row = await read
    .selectFrom('question_history')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', user)
    .executeTakeFirstOrThrow()
  return row.count
}

export async function userExists(read: Reader, user: UserId): Promise<boolean> {
  return (await read.selectFrom('users').select('id').where('id', '=', user).executeTakeFirst()) !== undefined
}

/** Gives how many there were. */
export async function removeEntries(tx: Tx, user: UserId): Promise<number> {
  const { numDeletedRows } = await tx.deleteFrom('question_history').where('user_id', '=', user).executeTakeFirst()
  return Number(numDeletedRows)
}

export async function moveEntries(tx: Tx, from: UserId, to: UserId): Promise<void> {
  await tx.updateTable('question_history').set({ user_id: to }).where('user_id', '=', from).execute()
}
