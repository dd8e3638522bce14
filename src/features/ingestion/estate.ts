import type { Estate } from '../../core/ports/people.ts'
import type { Database } from '../../database/database.ts'

/** The jobs of a user. One that is at work loses its row with its lease, and stops. */
export const jobEstate = ({ database }: { database: Database }): Estate => ({
  store: 'jobs',
  async remove(owner) {
    const removed = await database.write((tx) =>
      tx.deleteFrom('jobs').where('owner_id', '=', owner).returning('id').execute(),
    )
    return removed.length
  },
  async transfer(from, to) {
    await database.write((tx) => tx.updateTable('jobs').set({ owner_id: to }).where('owner_id', '=', from).execute())
  },
})
