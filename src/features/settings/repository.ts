import type { UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'

export interface Setting {
  readonly value: string
  readonly updatedAt: string
}

export async function findSetting(read: Reader, user: UserId, name: string): Promise<Setting | undefined> {
  const row = await read
    .selectFrom('user_settings')
    .select(['value', 'updated_at'])
    .where('user_id', '=', user)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && { value: row.value, updatedAt: row.updated_at }
}

export async function putSetting(tx: Tx, user: UserId, name: string, { value, updatedAt }: Setting): Promise<void> {
  await tx
    .insertInto('user_settings')
    .values({ user_id: user, name, value, updated_at: updatedAt })
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doUpdateSet({ value, updated_at: updatedAt }))
    .execute()
}

export async function removeSetting(tx: Tx, user: UserId, name: string): Promise<boolean> {
  const row = await tx
    .deleteFrom('user_settings')
    .where('user_id', '=', user)
    .where('name', '=', name)
    .returning('name')
    .executeTakeFirst()
  return row !== undefined
}

/** Gives how many there were. */
export async function removeSettings(tx: Tx, user: UserId): Promise<number> {
  const rows = await tx.deleteFrom('user_settings').where('user_id', '=', user).returning('name').execute()
  return rows.length
}

export async function moveSettings(tx: Tx, from: UserId, to: UserId): Promise<void> {
  const rows = await tx.deleteFrom('user_settings').where('user_id', '=', from).returningAll().execute()
  if (rows.length === 0) return
  await tx
    .insertInto('user_settings')
    .values(rows.map((row) => ({ ...row, user_id: to })))
    .onConflict((conflict) => conflict.columns(['user_id', 'name']).doNothing())
    .execute()
}
