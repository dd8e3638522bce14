import type { ChatId, MessageId } from '../../core/ids.ts'
import type { Reader } from '../../database/database.ts'
import type { Turn } from './answer-source.ts'
import { messagesBefore, type MessageRow } from './repository.ts'

/** Messages that are looked at: a model is given no more of a chat than this, and as much of it as fits. */
const MAX_MESSAGES = 40

/** What was said before a question of a chat, oldest first: each question with the answer that counts. */
export async function historyBefore(read: Reader, chatId: ChatId, before: MessageId | undefined): Promise<Turn[]> {
  const rows = await messagesBefore(read, chatId, before, { limit: MAX_MESSAGES, offset: 0 })
  return conversation(rows.reverse())
}

/** Of several answers to a question the newest that says something; a question without one is left out. */
export function conversation(rows: readonly MessageRow[]): Turn[] {
  const answers = new Map<MessageId, string>()
  for (const { role, state, reply_to, content } of rows) {
    const says = role === 'assistant' && (state === 'complete' || state === 'interrupted') && content.trim() !== ''
    if (says && reply_to !== null) answers.set(reply_to, content)
  }
  return rows.flatMap(({ id, role, content }): Turn[] => {
    const answer = role === 'user' ? answers.get(id) : undefined
    if (answer === undefined) return []
    return [
      { role: 'user', content },
      { role: 'assistant', content: answer },
    ]
  })
}
