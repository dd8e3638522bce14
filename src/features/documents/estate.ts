import type { DocumentId, UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import { appendChange } from '../../database/change-log.ts'
import type { Database, Tx } from '../../database/database.ts'
import * as repository from './repository.ts'
import type { Ingestion } from './service.ts'

/** Documents in one transaction, which every other writer waits for. */
const AT_ONCE = 20

/** All documents of a user: they go, or become another's, and the index follows. */
export function documentEstate({ database, ingestion }: { database: Database; ingestion: Ingestion }): Estate {
  /** Does `work` with some documents of the owner at a time until there is none; gives how many there were. */
  async function forAll(owner: UserId, work: (tx: Tx, ids: readonly DocumentId[]) => Promise<void>): Promise<number> {
    let total = 0
    for (;;) {
      const count = await database.write(async (tx) => {
        const ids = await repository.someIds(tx, owner, AT_ONCE)
        if (ids.length > 0) await work(tx, ids)
        return ids.length
      })
      if (count > 0) ingestion.wake()
      total += count
      if (count < AT_ONCE) break
    }
    if (total > 0) await ingestion.indexed()
    return total
  }

  return {
    store: 'documents',
    remove: (owner) =>
      forAll(owner, async (tx, ids) => {
        for (const id of ids) {
          await ingestion.cancelAll(tx, id)
          await repository.removeDocument(tx, database.dialect, owner, id)
        }
      }),
    async transfer(from, to) {
      await forAll(from, async (tx, ids) => {
        const moved = await repository.changeOwner(tx, ids, to)
        for (const { id, version } of moved) {
          // Of `from` it is gone, to `to` it is new.
          await appendChange(tx, { owner: from, document: id, version })
          await appendChange(tx, { owner: to, document: id, version })
        }
      })
    },
  }
}
