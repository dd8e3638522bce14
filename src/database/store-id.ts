import { randomInt } from 'node:crypto'
import type { Database } from './database.ts'

const NAME = 'store_id'
const MOST = 2 ** 48 - 1

/** A number that this database has had since its first start, and most likely no other: what lies beside it names it. */
export async function storeId(database: Database): Promise<number> {
  const known = await read(database)
  if (known !== undefined) return known
  await database.write((tx) =>
    tx
      .insertInto('counters')
      .values({ name: NAME, value: randomInt(1, MOST) })
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute(),
  )
  return (await read(database)) as number
}

async function read(database: Database): Promise<number | undefined> {
  const row = await database.read.selectFrom('counters').select('value').where('name', '=', NAME).executeTakeFirst()
  return row?.value
}
