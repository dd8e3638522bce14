import type { DocumentId, UserId } from '../core/ids.ts'
import type { Database, Reader, Tx } from './database.ts'

/**
 * The committed changes of documents, in the order of their commits: whoever has seen up to number n misses
 * nothing when it reads on from n. A sequence cannot promise that (its numbers become visible out of order), so
 * a number is taken from one row that the writing transaction keeps locked until it ends.
 */
const COUNTER = 'change_log'

export interface Change {
  readonly seq: number
  readonly owner: UserId
  readonly document: DocumentId
  /** The document's current version at that time; a follower reads the present state anyway. */
  readonly version: number
}

/**
 * Notes that a document was made, changed or deleted; gives its number. Call it last in the transaction: from
 * here on every other writer of documents waits for this one.
 */
export async function appendChange(tx: Tx, change: Omit<Change, 'seq'>): Promise<number> {
  const { value: seq } = await tx
    .updateTable('counters')
    .set((eb) => ({ value: eb('value', '+', 1) }))
    .where('name', '=', COUNTER)
    .returning('value')
    .executeTakeFirstOrThrow()
  await tx
    .insertInto('change_log')
    .values({
      seq,
      owner_id: change.owner,
      document_id: change.document,
      version: change.version,
      at: new Date().toISOString(),
    })
    .execute()
  const name = lastOf(change.owner)
  await tx
    .insertInto('counters')
    .values({ name, value: seq })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: seq }))
    .execute()
  return seq
}

/** The log itself is pruned, so each owner's last number is kept apart. */
const lastOf = (owner: UserId): string => `${COUNTER}.${owner}`

/** The number of the last change to a document of the owner; 0: there was none. Every change makes it larger. */
export async function lastChangeOf(read: Reader | Tx, owner: UserId): Promise<number> {
  const row = await read.selectFrom('counters').select('value').where('name', '=', lastOf(owner)).executeTakeFirst()
  return row?.value ?? 0
}

/** The same, read again only where something was written since, as far as the database knows of all that is written. */
export function lastChanges({ read, writes }: Database): (owner: UserId) => Promise<number> {
  let known = new Map<UserId, number>()
  let at = -1
  return async (owner) => {
    if (writes === undefined) return lastChangeOf(read, owner)
    const now = writes()
    if (now !== at) {
      known = new Map()
      at = now
    }
    const last = known.get(owner) ?? (await lastChangeOf(read, owner))
    // Of before this call, or of a write since: then it is not what is looked up next.
    if (at === now) known.set(owner, last)
    return last
  }
}

/** For an owner who goes, after the last of the documents. */
export const forgetLastChangeOf = (tx: Tx, owner: UserId) =>
  tx.deleteFrom('counters').where('name', '=', lastOf(owner)).execute()

/** The changes after number `after`, oldest first. */
export async function readChanges(read: Reader | Tx, after: number, limit: number): Promise<Change[]> {
  const rows = await read
    .selectFrom('change_log')
    .select(['seq', 'owner_id', 'document_id', 'version'])
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ seq: row.seq, owner: row.owner_id, document: row.document_id, version: row.version }))
}

/** Says what change a number was given to, and when: two histories of a database differ in it. Empty: it is not known. */
export async function changeAt(read: Reader | Tx, seq: number): Promise<string> {
  const row = await read
    .selectFrom('change_log')
    .select(['document_id', 'at'])
    .where('seq', '=', seq)
    .executeTakeFirst()
  return row === undefined ? '' : `${row.document_id} ${row.at}`
}

/** Forgets the changes up to and including number `upTo`. */
export async function pruneChanges(tx: Tx, upTo: number): Promise<void> {
  await tx.deleteFrom('change_log').where('seq', '<=', upTo).execute()
}

/** The number last given out; 0 before the first change. */
export async function lastChange(read: Reader | Tx): Promise<number> {
  const row = await read.selectFrom('counters').select('value').where('name', '=', COUNTER).executeTakeFirstOrThrow()
  return row.value
}

/**
 * The number up to which changes were pruned. A follower that has seen less cannot catch up from the log and
 * has to start anew.
 */
export async function prunedUpTo(read: Reader | Tx): Promise<number> {
  const row = await read
    .selectFrom('change_log')
    .select((eb) => eb.fn.min('seq').as('oldest'))
    .executeTakeFirst()
  const oldest: number | null | undefined = row?.oldest
  return oldest === null || oldest === undefined ? lastChange(read) : oldest - 1
}
