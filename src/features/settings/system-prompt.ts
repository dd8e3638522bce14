import type { UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import * as repository from './repository.ts'
import type { Setting } from './repository.ts'

const NAME = 'system_prompt'

export type SystemPrompts = ReturnType<typeof createSystemPrompts>

/** What each user tells the language model before every question. */
export function createSystemPrompts({ database, clock }: { database: Database; clock: Clock }) {
  return {
    /** null: none is set. */
    async of(user: UserId): Promise<string | null> {
      return (await repository.findSetting(database.read, user, NAME))?.value ?? null
    },
    get: (user: UserId): Promise<Setting | undefined> => repository.findSetting(database.read, user, NAME),
    async set(user: UserId, prompt: string): Promise<Setting> {
      const setting = { value: prompt, updatedAt: clock.now().toISOString() }
      await database.write((tx) => repository.putSetting(tx, user, NAME, setting)).catch(refuseGoneUser)
      return setting
    },
    /** False where there was none. */
    remove: (user: UserId): Promise<boolean> => database.write((tx) => repository.removeSetting(tx, user, NAME)),
  }
}

/** The settings of a user. One that the new owner has too is theirs. */
export const settingEstate = ({ database }: { database: Database }): Estate => ({
  store: 'settings',
  remove: (user) => database.write((tx) => repository.removeSettings(tx, user)),
  async transfer(from, to) {
    await database.write((tx) => repository.moveSettings(tx, from, to))
  },
})
