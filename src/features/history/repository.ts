import type { UserId } from '../../core/ids.ts'
import type { AnsweredQuestion } from '../../core/ports/people.ts'
import type { Reader, Tx } from '../../database/database.ts'
import type { EntryDetails } from '../../database/question-history.ts'

export interface HistoryEntry extends Omit<AnsweredQuestion, 'userId'> {
  readonly at: string
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
    ...(JSON.parse(row.details) as EntryDetails),
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

/** The first user after this one, by id, who has a history. */
export async function nextUser(read: Reader, after: string): Promise<UserId | undefined> {
  const row = await read
    .selectFrom('question_history')
    .select('user_id')
    .where('user_id', '>', after as UserId)
    .orderBy('user_id')
    .limit(1)
    .executeTakeFirst()
  return row?.user_id
}

/** The newest entry that has so many newer ones. */
export async function entryBeyond(read: Reader, user: UserId, newer: number): Promise<number | undefined> {
  const row = await read
    .selectFrom('question_history')
    .select('id')
    .where('user_id', '=', user)
    .orderBy('id', 'desc')
    .limit(1)
    .offset(newer)
    .executeTakeFirst()
  return row?.id
}

/** The oldest entries up to and with this one. Gives how many; at most `limit`. */
export async function pruneEntries(tx: Tx, user: UserId, upTo: number, limit: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('question_history')
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom('question_history')
        .select('id')
        .where('user_id', '=', user)
        .where('id', '<=', upTo)
        .orderBy('id')
        .limit(limit),
    )
    .executeTakeFirst()
  return Number(numDeletedRows)
}
