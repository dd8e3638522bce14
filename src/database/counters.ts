import { sql } from 'kysely'
import type { Reader, Tx } from './database.ts'

/** Adds to named totals (whole numbers; a total stays below 2^53). A total that is not there yet starts at 0. */
export async function addToCounters(tx: Tx, deltas: Readonly<Record<string, number>>): Promise<void> {
  // In one order everywhere: two transactions that lock the same rows then never wait for each other.
  const rows = Object.entries(deltas)
    .filter(([, delta]) => delta !== 0)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  if (rows.length === 0) return
  await tx
    .insertInto('counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet({ value: sql<number>`counters.value + excluded.value` }),
    )
    .execute()
}

/** All totals, or those whose name begins with `prefix`. */
export async function readCounters(read: Reader | Tx, prefix = ''): Promise<Map<string, number>> {
  let query = read.selectFrom('counters').select(['name', 'value']).orderBy('name')
  if (prefix !== '')
    query = query.where('name', '>=', prefix).where(sql<string>`substr(name, 1, ${prefix.length})`, '=', prefix)
  return new Map((await query.execute()).map((row) => [row.name, row.value]))
}
