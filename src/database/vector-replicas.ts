import type { Selectable } from 'kysely'
import type { Database, Reader, Tx } from './database.ts'
import type { ReplicaState, VectorReplicasTable } from './schema/documents.ts'

export type ReplicaRow = Selectable<VectorReplicasTable>

/** What is known of the replica; it is written down first where nothing is. */
export async function replicaRow({ read, write }: Pick<Database, 'read' | 'write'>, name: string): Promise<ReplicaRow> {
  const find = (from: Reader | Tx) =>
    from.selectFrom('vector_replicas').selectAll().where('name', '=', name).executeTakeFirst()
  return (
    (await find(read)) ??
    (await write(async (tx) => {
      await tx
        .insertInto('vector_replicas')
        .values({ name, state: 'filling', position: 0, writer: '', beat: 0, comparison_wanted: 0, comparison: null })
        .onConflict((conflict) => conflict.column('name').doNothing())
        .execute()
      const row = await find(tx)
      if (row === undefined) throw new Error(`The replica ${name} is gone again`)
      return row
    }))
  )
}

/**
 * Makes `me` the writer, or says that it still is; false: another has taken its place since `seen`. No clock is asked: who sees
 * the same beat for long enough knows that the writer is gone.
 */
export async function takeReplica(tx: Tx, seen: ReplicaRow, me: string): Promise<boolean> {
  const taken = await tx
    .updateTable('vector_replicas')
    .set((eb) => ({ writer: me, beat: eb('beat', '+', 1) }))
    .where('name', '=', seen.name)
    .where((eb) => eb.or([eb('writer', '=', me), eb.and([eb('writer', '=', seen.writer), eb('beat', '=', seen.beat)])]))
    .executeTakeFirst()
  return taken.numUpdatedRows > 0n
}

/** By the writer alone. @returns false: another is the writer now, and nothing was written down */
export async function noteReplica(
  tx: Tx,
  { name, writer }: { readonly name: string; readonly writer: string },
  next: { readonly state?: ReplicaState; readonly position?: number; readonly comparison?: string },
): Promise<boolean> {
  const noted = await tx
    .updateTable('vector_replicas')
    .set((eb) => ({ ...next, beat: eb('beat', '+', 1) }))
    .where('name', '=', name)
    .where('writer', '=', writer)
    .executeTakeFirst()
  return noted.numUpdatedRows > 0n
}

export const wishComparison = (tx: Tx, name: string) =>
  tx
    .updateTable('vector_replicas')
    .set((eb) => ({ comparison_wanted: eb('comparison_wanted', '+', 1) }))
    .where('name', '=', name)
    .execute()

/** Those that were wished for before it began; one that came meanwhile is still to be done. */
export const fulfilComparison = (tx: Tx, { name, comparison_wanted }: ReplicaRow) =>
  tx
    .updateTable('vector_replicas')
    .set({ comparison_wanted: 0 })
    .where('name', '=', name)
    .where('comparison_wanted', '=', comparison_wanted)
    .execute()

/** The others, of other models or settings. */
export const otherReplicas = (read: Reader, name: string): Promise<ReplicaRow[]> =>
  read.selectFrom('vector_replicas').selectAll().where('name', '!=', name).execute()

export const forgetReplica = (tx: Tx, name: string) =>
  tx.deleteFrom('vector_replicas').where('name', '=', name).execute()

/** The change that the slowest replica shows; undefined: there is none. */
export async function slowestReplica(read: Reader | Tx): Promise<number | undefined> {
  const row = await read
    .selectFrom('vector_replicas')
    .select((eb) => eb.fn.min('position').as('position'))
    .executeTakeFirst()
  const slowest: number | null | undefined = row?.position
  return slowest ?? undefined
}
