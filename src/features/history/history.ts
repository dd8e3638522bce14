import type { UserId } from '../../core/ids.ts'
import type { AnsweredQuestion, Clock, Estate } from '../../core/ports.ts'
import type { Database } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import * as repository from './repository.ts'
import type { HistoryEntry } from './repository.ts'

export interface HistoryPage {
  readonly entries: readonly HistoryEntry[]
  readonly total: number
}

export type QuestionHistory = ReturnType<typeof createHistory>

/** Every question that a person asked, with its answer, wherever it was asked. */
export function createHistory({ database, clock }: { database: Database; clock: Clock }) {
  return {
    record: (question: AnsweredQuestion): Promise<void> =>
      database.write((tx) => repository.insertEntry(tx, question, clock.now().toISOString())).catch(refuseGoneUser),

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
