import type { ChatId, DocumentId } from '../core/ids.ts'
import type { AnsweredQuestion } from '../core/ports/people.ts'
import { linkEntry } from './cited-documents.ts'
import type { Tx } from './database.ts'

/** What an entry of the history keeps beside question and answer, as JSON. */
export type EntryDetails = Pick<AnsweredQuestion, 'confidence' | 'sources' | 'reasoning' | 'seconds'>

/**
 * Every question that a person asked stays in their history, whatever became of its answer.
 * @param documents what the answer may have been drawn from: all that is forgotten with a document that is deleted
 */
export async function insertEntry(
  tx: Tx,
  asked: AnsweredQuestion,
  documents: Iterable<DocumentId>,
  now: string,
): Promise<void> {
  const { confidence, sources, reasoning, seconds } = asked
  const details: EntryDetails = { confidence, sources, reasoning, seconds }
  const { id } = await tx
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
    .returning('id')
    .executeTakeFirstOrThrow()
  await linkEntry(tx, id, documents)
}
