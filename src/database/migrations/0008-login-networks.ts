import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** From where each person has logged in: guesses from elsewhere do not lock them out there. */
export async function loginNetworks(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text } = types
  await db.schema
    .createTable('login_networks')
    .addColumn('user_id', text, (c) => c.notNull().references('users.id').onDelete('cascade'))
    .addColumn('network', text, (c) => c.notNull())
    .addColumn('last_at', text, (c) => c.notNull())
    .addPrimaryKeyConstraint('login_networks_key', ['user_id', 'network'])
    .modifyEnd(types.tableEnd)
    .execute()
}
