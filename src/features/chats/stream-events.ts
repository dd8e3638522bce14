import { ERRORS, isErrorCode } from '../../core/errors.ts'
import type { ChatId, MessageId } from '../../core/ids.ts'
import type { StoredEvent } from './events-repository.ts'
import type { LastEvent } from './journal.ts'
import { answerFields, answerParts, type AnswerParts } from './presenters.ts'
import type { MessageRow } from './repository.ts'

// The events of an answer's stream around its stages and pieces, as the contract has them.

export interface StreamOf {
  readonly chatId: ChatId
  readonly questionId: MessageId
  readonly answerId: MessageId
  readonly requestId: string
  readonly model: string | null
}

export const firstEvents = ({ chatId, questionId, answerId, requestId, model }: StreamOf): LastEvent[] => [
  { event: 'saved', data: { question_message_id: questionId } },
  {
    event: 'start',
    data: {
      chat_id: chatId,
      request_id: requestId,
      answer_message_id: answerId,
      ...(model === null ? {} : { model_used: model }),
    },
  },
]

export const doneEvents = (of: StreamOf, content: string, parts: AnswerParts): LastEvent[] => [
  { event: 'saved', data: { answer_message_id: of.answerId } },
  {
    event: 'done',
    data: {
      chat_id: of.chatId,
      request_id: of.requestId,
      answer_message_id: of.answerId,
      full_content_len: content.length,
      ...answerFields(parts),
    },
  },
]

export const errorEvent = (of: StreamOf, { code, message }: { code: string; message: string }): LastEvent => ({
  event: 'error',
  data: {
    message,
    code,
    ...(isErrorCode(code) ? { status_code: ERRORS[code].status } : {}),
    chat_id: of.chatId,
    request_id: of.requestId,
    answer_message_id: of.answerId,
  },
})

export const asStored = (events: readonly LastEvent[], from = 1): StoredEvent[] =>
  events.map(({ event, data }, i) => ({ seq: from + i, event, json: JSON.stringify(data) }))

/** The stream of an answer whose events are forgotten, from its message: without stages, the text in one piece. */
export function replay(row: MessageRow): StoredEvent[] {
  const parts = answerParts(row)
  const of: StreamOf = {
    chatId: row.chat_id,
    questionId: row.reply_to ?? row.id,
    answerId: row.id,
    requestId: parts.metadata.request_id,
    model: row.model_used,
  }
  const { error } = parts.metadata
  return asStored([
    ...firstEvents(of),
    ...(row.content === '' ? [] : [{ event: 'delta' as const, data: { content: row.content } }]),
    ...(error === undefined ? doneEvents(of, row.content, parts) : [errorEvent(of, error)]),
  ])
}
