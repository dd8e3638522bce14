import type { DocumentId, MessageId } from '../../core/ids.ts'
import { documentsIn } from '../../database/cited-documents.ts'
import type { Reader, Tx } from '../../database/database.ts'

export type EventName = 'saved' | 'start' | 'meta' | 'delta' | 'done' | 'error'

/** One event of an answer's stream as it is stored and sent. */
export interface StoredEvent {
  /** From 1, without gaps. */
  readonly seq: number
  readonly event: EventName
  readonly json: string
}

export const isLast = ({ event }: StoredEvent): boolean => event === 'done' || event === 'error'

export async function eventsAfter(
  read: Reader | Tx,
  id: MessageId,
  after: number,
  limit: number,
): Promise<StoredEvent[]> {
  const rows = await (read as Reader)
    .selectFrom('answer_events')
    .select(['seq', 'event', 'data'])
    .where('message_id', '=', id)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(({ seq, event, data }) => ({ seq, event: event as EventName, json: data }))
}

/** The documents that the stages of an answer name: what it was being drawn from, whatever became of it. */
export async function documentsInEvents(tx: Tx, id: MessageId): Promise<Set<DocumentId>> {
  const rows = await tx
    .selectFrom('answer_events')
    .select('data')
    .where('message_id', '=', id)
    .where('event', '=', 'meta')
    .execute()
  return documentsIn(rows.map(({ data }): unknown => JSON.parse(data)))
}

/** Whether the stream of an answer is still stored. */
export async function hasEvents(read: Reader, id: MessageId): Promise<boolean> {
  const row = await read.selectFrom('answer_events').select('seq').where('message_id', '=', id).executeTakeFirst()
  return row !== undefined
}

/** Forgets the streams of answers that were asked for before a time. Gives how many; at most `limit`. */
export async function pruneEvents(tx: Tx, before: string, limit: number): Promise<number> {
  const old = await tx
    .selectFrom('answer_events')
    .innerJoin('messages', 'messages.id', 'answer_events.message_id')
    .select('answer_events.message_id')
    .distinct()
    .where('messages.created_at', '<', before)
    .where('messages.state', '<>', 'generating')
    .limit(limit)
    .execute()
  const ids = old.map(({ message_id }) => message_id)
  if (ids.length > 0) await tx.deleteFrom('answer_events').where('message_id', 'in', ids).execute()
  return ids.length
}
