import { createHash } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import { newSnapshotId, type DocumentId, type UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import type { Retention } from '../../database/retention.ts'

/** A page of the web as it was read for an answer. */
export interface PageToKeep {
  readonly url: string
  readonly title: string
  /** Canonical, as the title. */
  readonly content: string
  /** ISO 639-1; null: it cannot be told. */
  readonly language: string | null
}

export interface Snapshot extends PageToKeep {
  readonly id: DocumentId
  /** ISO 8601: when it had this text for the first time. */
  readonly fetchedAt: string
}

/** A snapshot never changes, so there is one version of it. */
export const SNAPSHOT_VERSION = 1

/** An answer that is being made names its pages only when it is done; in milliseconds. */
const KEPT_UNCITED_MS = 86_400_000

export type WebSnapshots = ReturnType<typeof createWebSnapshots>

/**
 * Pages that answers were drawn from, as they were: what a citation of one is checked against. They are no documents:
 * nothing lists, finds or counts them.
 */
export function createWebSnapshots({ database, clock }: { readonly database: Database; readonly clock: Clock }) {
  return {
    /** The same page with the same text is there once for each owner. */
    async keep(owner: UserId, page: PageToKeep): Promise<DocumentId> {
      const now = clock.now().toISOString()
      const digest = digestOf(page)
      const row = { id: newSnapshotId(), owner_id: owner, digest, ...page, fetched_at: now, used_at: now }
      const { id } = await database
        .write((tx) =>
          tx
            .insertInto('web_snapshots')
            .values(row)
            .onConflict((conflict) => conflict.columns(['owner_id', 'digest']).doUpdateSet({ used_at: now }))
            .returning('id')
            .executeTakeFirstOrThrow(),
        )
        .catch(refuseGoneUser)
      return id
    },

    /** Whoever it is of; undefined: there is no such version of such a page. */
    async content(id: DocumentId, version: number): Promise<string | undefined> {
      if (version !== SNAPSHOT_VERSION) return undefined
      const row = await database.read
        .selectFrom('web_snapshots')
        .select('content')
        .where('id', '=', id)
        .executeTakeFirst()
      return row?.content
    },

    /** @throws AppError not_found */
    async read(owner: UserId, id: DocumentId, version = SNAPSHOT_VERSION): Promise<Snapshot> {
      const row = version === SNAPSHOT_VERSION ? await find(database.read, owner, id) : undefined
      if (row === undefined) throw new AppError('not_found', `There is no document ${id}.`)
      return row
    },
  }
}

/** Of the same text at two addresses each is a page of its own, as a citation names where it was read. */
const digestOf = ({ url, title, content }: PageToKeep): string =>
  createHash('sha256')
    .update(JSON.stringify([url, title, content]))
    .digest('hex')

const find = (read: Reader, owner: UserId, id: DocumentId): Promise<Snapshot | undefined> =>
  read
    .selectFrom('web_snapshots')
    .select(['id', 'url', 'title', 'content', 'language', 'fetched_at as fetchedAt'])
    .where('owner_id', '=', owner)
    .where('id', '=', id)
    .executeTakeFirst()

export const snapshotEstate = ({ database }: { readonly database: Database }): Estate => ({
  store: 'web pages',
  async remove(owner) {
    const removed = await database.write((tx) =>
      tx.deleteFrom('web_snapshots').where('owner_id', '=', owner).returning('id').execute(),
    )
    return removed.length
  },
  async transfer(from, to) {
    // Who takes them over may have read the same page: citations name each by its own id, so both stay.
    await database.write((tx) =>
      tx
        .updateTable('web_snapshots')
        .set(({ ref }) => ({ owner_id: to, digest: ref('id') }))
        .where('owner_id', '=', from)
        .execute(),
    )
  },
})

/** Pages that no answer names any more, some time after they were read. */
export const snapshotRetention = (database: Database, clock: Clock): Retention => ({
  what: 'pages of the web that no answer cites',
  remove(inSlices) {
    const before = new Date(clock.now().getTime() - KEPT_UNCITED_MS).toISOString()
    return inSlices((limit) => database.write((tx) => removeUncited(tx, before, limit)))
  },
})

async function removeUncited(tx: Tx, before: string, limit: number): Promise<number> {
  const uncited = await tx
    .selectFrom('web_snapshots')
    .select('id')
    .where('used_at', '<', before)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('message_documents')
            .select('message_id')
            .whereRef('message_documents.document_id', '=', 'web_snapshots.id'),
        ),
      ),
    )
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('history_documents')
            .select('entry_id')
            .whereRef('history_documents.document_id', '=', 'web_snapshots.id'),
        ),
      ),
    )
    .limit(limit)
    .execute()
  if (uncited.length === 0) return 0
  const ids = uncited.map(({ id }) => id)
  // What was read again meanwhile stays.
  const removed = await tx
    .deleteFrom('web_snapshots')
    .where('id', 'in', ids)
    .where('used_at', '<', before)
    .returning('id')
    .execute()
  return removed.length
}
