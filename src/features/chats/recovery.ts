import type { DocumentId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import { linkMessage } from '../../database/cited-documents.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Retention } from '../../database/retention.ts'
import { insertEntry } from '../../database/question-history.ts'
import { storeEvents } from './asking.ts'
import { documentsInEvents, eventsAfter, isLast, pruneEvents } from './events-repository.ts'
import type { Forgetting } from './forget.ts'
import type { AnswerMetadata } from './presenters.ts'
import * as repository from './repository.ts'
import type { MessageRow } from './repository.ts'
import { asStored, errorEvent } from './stream-events.ts'

/** How long the events of an answer are kept, in milliseconds: so long can a reader come back to where it was. */
export const EVENTS_KEPT_MS = 86_400_000

const SLICE = 50
const ALL = Number.MAX_SAFE_INTEGER
const ERROR = { code: 'interrupted', message: 'The service stopped before the answer was done.' }

/**
 * Ends the answers that a process died over: each message gets the text that was stored of it, and its stream a last
 * event. Before anything is asked. Gives how many there were.
 */
export async function endInterrupted(
  database: Database,
  clock: Clock,
  forgetDeleted?: Forgetting['forgetDeleted'],
): Promise<number> {
  for (let ended = 0; ;) {
    const rows = await repository.generating(database.read, SLICE)
    if (rows.length === 0) return ended
    await database.write(async (tx) => {
      for (const row of rows) {
        const documents = await endOne(tx, row, clock)
        // One may have been deleted while the answer was made from it, and then the process died.
        await forgetDeleted?.(tx, documents)
      }
    })
    ended += rows.length
  }
}

/** Gives the documents that the answer was being made from. */
async function endOne(tx: Tx, row: MessageRow, clock: Clock): Promise<Set<DocumentId>> {
  const events = await eventsAfter(tx, row.id, 0, ALL)
  const content = events
    .filter(({ event }) => event === 'delta')
    .map(({ json }) => (JSON.parse(json) as { content: string }).content)
    .join('')
  const metadata = JSON.parse(row.metadata) as AnswerMetadata
  const model = row.model_used ?? ''
  const ended = await repository.endMessage(tx, row.id, {
    state: 'interrupted',
    content,
    model,
    tokens: 0,
    metadata: { ...metadata, error: ERROR, interrupted: 'crash' },
    sources: [],
    citations: [],
  })
  if (!ended) return new Set()
  const last = events.at(-1)
  const of = {
    chatId: row.chat_id,
    questionId: row.reply_to ?? row.id,
    answerId: row.id,
    requestId: metadata.request_id,
    model,
  }
  if (last === undefined || !isLast(last)) {
    await storeEvents(tx, row.id, asStored([errorEvent(of, ERROR)], (last?.seq ?? 0) + 1))
  }
  const documents = await documentsInEvents(tx, row.id)
  await linkMessage(tx, row.id, documents)
  const asked = await repository.questionOf(tx, row)
  if (asked === undefined) return documents
  const unknown = { sessionId: null, confidence: 0, sources: [], reasoning: '', seconds: 0 }
  const { owner: userId, question } = asked
  const entry = { ...unknown, userId, chatId: row.chat_id, question, answer: content }
  await insertEntry(tx, entry, documents, clock.now().toISOString())
  return documents
}

/** The events of old answers. */
export const eventRetention = (database: Database, clock: Clock): Retention => ({
  what: 'events of old answers',
  remove(inSlices) {
    const before = new Date(clock.now().getTime() - EVENTS_KEPT_MS).toISOString()
    return inSlices((limit) => database.write((tx) => pruneEvents(tx, before, limit)))
  },
})
