import type { Tx } from '../../database/database.ts'

const NEVER = ''

/** Gives whether it is the holder's: nobody has the turn, the last one ended before `endedBefore`, and no hold lasts. */
export async function takeTurn(
  tx: Tx,
  {
    host,
    holder,
    now,
    endedBefore,
    until,
  }: {
    readonly host: string
    readonly holder: string
    readonly now: string
    readonly endedBefore: string
    readonly until: string
  },
): Promise<boolean> {
  const taken = await tx
    .insertInto('crawl_turns')
    .values({ host, holder, leased_until: until, ended_at: NEVER, held_until: NEVER })
    .onConflict((conflict) =>
      conflict
        .column('host')
        .doUpdateSet({ holder, leased_until: until })
        .where('crawl_turns.leased_until', '<', now)
        .where('crawl_turns.ended_at', '<=', endedBefore)
        .where('crawl_turns.held_until', '<=', now),
    )
    .returning('host')
    .executeTakeFirst()
  return taken !== undefined
}

/** Does nothing where it ran out, and another one has it. */
export const endTurn = (tx: Tx, host: string, holder: string, now: string) =>
  tx
    .updateTable('crawl_turns')
    .set({ leased_until: NEVER, ended_at: now })
    .where('host', '=', host)
    .where('holder', '=', holder)
    .execute()

export const holdHost = (tx: Tx, host: string, until: string) =>
  tx
    .insertInto('crawl_turns')
    .values({ host, holder: NEVER, leased_until: NEVER, ended_at: NEVER, held_until: until })
    .onConflict((conflict) =>
      conflict.column('host').doUpdateSet({ held_until: until }).where('crawl_turns.held_until', '<', until),
    )
    .execute()

/** Hosts that nobody has asked since then. */
export const dropTurns = (tx: Tx, before: string) =>
  tx
    .deleteFrom('crawl_turns')
    .where('ended_at', '<', before)
    .where('leased_until', '<', before)
    .where('held_until', '<', before)
    .execute()
