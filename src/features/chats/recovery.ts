import type { MessageId } from '../../core/ids.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import { linkMessage } from '../../database/cited-documents.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import type { Instances } from '../../database/instances.ts'
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

export interface RecoveryDeps {
  readonly database: Database
  readonly instances: Instances
  /** Whether this process makes an answer, or is about to begin it. */
  readonly isMadeHere: (id: MessageId) => boolean
  readonly clock: Clock
  readonly forgetDeleted?: Forgetting['forgetDeleted'] | undefined
  readonly logger: Logger
}

/**
 * Ends the answers that nobody makes: those that an instance died over, and those of this one that were stored and never
 * begun, as the database went away before it had said so. Each message gets the text that was stored of it, and
 * its stream a last event, once, whoever else does the same at this moment. Gives how many there were.
 */
export async function endInterrupted(deps: RecoveryDeps): Promise<number> {
  const { database, instances, isMadeHere, logger } = deps
  const patience = instances.alone ? 0 : UNSAID_MS
  const begunBefore = new Date(instances.clock.now().getTime() - patience).toISOString()
  let ended = 0
  for (let after: MessageId | 0 = 0; ;) {
    const of = { own: instances.id, living: await instances.living(), begunBefore }
    const rows: MessageRow[] = await repository.perhapsAbandoned(database.read, of, after, SLICE)
    const last = rows.at(-1)
    if (last === undefined) break
    after = last.id
    for (const row of rows) {
      // Asked after it was read: what is stored is known here from before its commit until it has ended.
      if (row.instance === instances.id && isMadeHere(row.id)) continue
      const end = (tx: Tx) => endOne(tx, row, deps)
      // Its instance was not dead, and has written meanwhile: then it ends it by itself, or is looked at again.
      if (
        await database.write(end).catch((error: unknown) => {
          if (isUniqueViolation(error)) return false
          throw error
        })
      )
        ended++
    }
  }
  if (ended > 0) logger.info({ answers: ended }, 'Answers that nobody makes any more are marked as interrupted')
  return ended
}

/** The same from time to time, where the database may go away and other instances may die. */
export function startRecovery(deps: RecoveryDeps, everyMs = RECOVERY_MS): { close(): Promise<void> } {
  let running: Promise<unknown> | undefined
  const look = (): void => {
    running ??= endInterrupted(deps)
      .catch((error: unknown) =>
        deps.logger.warn({ err: error }, 'Answers that nobody makes any more could not be ended'),
      )
      .finally(() => (running = undefined))
  }
  const timer = deps.instances.alone ? undefined : setInterval(look, everyMs).unref()
  return {
    async close() {
      clearInterval(timer)
      await running
    },
  }
}

const RECOVERY_MS = 2000
/** An answer of a version that did not say who makes it takes less than this, in milliseconds. */
const UNSAID_MS = 3_600_000

/** False where it has ended meanwhile, or its instance has shown that it lives: one that began after the living were read. */
async function endOne(tx: Tx, row: MessageRow, { instances, clock, forgetDeleted }: RecoveryDeps): Promise<boolean> {
  const { instance } = row
  if (instance !== null && instance !== instances.id && (await instances.isAlive(tx, instance))) return false
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
  if (!ended) return false
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
  if (asked === undefined) return true
  const unknown = { sessionId: null, confidence: 0, sources: [], reasoning: '', seconds: 0 }
  const { owner: userId, question } = asked
  const entry = { ...unknown, userId, chatId: row.chat_id, question, answer: content }
  await insertEntry(tx, entry, documents, clock.now().toISOString())
  // One may have been deleted while the answer was made from it, and then the process died.
  await forgetDeleted?.(tx, documents)
  return true
}

/** The events of old answers. */
export const eventRetention = (database: Database, clock: Clock): Retention => ({
  what: 'events of old answers',
  remove(inSlices) {
    const before = new Date(clock.now().getTime() - EVENTS_KEPT_MS).toISOString()
    return inSlices((limit) => database.write((tx) => pruneEvents(tx, before, limit)))
  },
})
