import type { DocumentId, UserId } from '../../core/ids.ts'
import type { AnsweredQuestion, Estate } from '../../core/ports/people.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import { documentsIn } from '../../database/cited-documents.ts'
import type { Database, Tx } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import type { Retention } from '../../database/retention.ts'
import { insertEntry } from '../../database/question-history.ts'
import * as repository from './repository.ts'
import type { HistoryEntry } from './repository.ts'

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[]
  readonly total: number
}

export interface HistoryDeps {
  readonly database: Database
  readonly clock: Clock
  /** Takes out what came from documents that were deleted while the answer was made. Absent: answers keep their quotes. */
  readonly forgetDeleted?: ((tx: Tx, documents: Iterable<DocumentId>) => Promise<void>) | undefined
}

export type QuestionHistory = ReturnType<typeof createHistory>

/** Every question that a person asked, with its answer, wherever it was asked. */
export function createHistory({ database, clock, forgetDeleted }: HistoryDeps) {
  return {
    /** @param others what the answer may have been drawn from, besides its sources */
    async record(question: AnsweredQuestion, others: Iterable<DocumentId> = []): Promise<void> {
      const documents = documentsIn(question.sources).union(new Set(others))
      const now = clock.now().toISOString()
      await database
        .write(async (tx) => {
          await insertEntry(tx, question, documents, now)
          await forgetDeleted?.(tx, documents)
        })
        .catch(refuseGoneUser)
    },

    /** Newest first; undefined when there is no such user. */
    async list(user: UserId, limit: number, offset: number): Promise<HistoryPage | undefined> {
      const [entries, total, known] = await Promise.all([
        repository.listEntries(database.read, user, limit, offset),
        repository.countEntries(database.read, user),
        repository.userExists(database.read, user),
      ])
      return known ? { entries, total } : undefined
    },
  }
}

export const historyEstate = ({ database }: { database: Database }): Estate => ({
  store: 'history',
  remove: (user) => database.write((tx) => repository.removeEntries(tx, user)),
  async transfer(from, to) {
    await database.write((tx) => repository.moveEntries(tx, from, to))
  },
})

/** Of each person the entries beyond so many newest. */
export const historyRetention = (database: Database, most: number): Retention => ({
  what: 'old entries of histories',
  async remove(inSlices) {
    for (let after = ''; ;) {
      const user = await repository.nextUser(database.read, after)
      if (user === undefined) return
      after = user
      const oldest = await repository.entryBeyond(database.read, user, most)
      if (oldest === undefined) continue
      await inSlices((limit) => database.write((tx) => repository.pruneEntries(tx, user, oldest, limit)))
    }
  },
})
