import type { UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'
import { networkOf } from '../../http/rate-limit.ts'

/** For so many milliseconds a network counts as one that the person logs in from: three log-ins of the usual length. */
export const NETWORK_KEPT_MS = 90 * 86_400_000
/** Of one person; the oldest ones go. */
const MOST = 20

const since = (now: Date): string => new Date(now.getTime() - NETWORK_KEPT_MS).toISOString()

/** Notes that the person has shown there who they are. */
export async function noteNetwork(tx: Tx, user: UserId, address: string, now: Date): Promise<void> {
  const last_at = now.toISOString()
  await tx
    .insertInto('login_networks')
    .values({ user_id: user, network: networkOf(address), last_at })
    .onConflict((conflict) => conflict.columns(['user_id', 'network']).doUpdateSet({ last_at }))
    .execute()
  await tx
    .deleteFrom('login_networks')
    .where('user_id', '=', user)
    .where(({ or, eb, selectFrom }) =>
      or([
        eb('last_at', '<', since(now)),
        eb(
          'network',
          'not in',
          selectFrom('login_networks as newest')
            .select('newest.network')
            .where('newest.user_id', '=', user)
            .orderBy('newest.last_at', 'desc')
            .orderBy('newest.network')
            .limit(MOST),
        ),
      ]),
    )
    .execute()
}

/** Takes the same step for a person who is nobody (null). */
export async function hasLoggedInFrom(read: Reader, user: UserId | null, address: string, now: Date): Promise<boolean> {
  const row = await read
    .selectFrom('login_networks')
    .select('network')
    .where('user_id', '=', user ?? ('' as UserId))
    .where('network', '=', networkOf(address))
    .where('last_at', '>=', since(now))
    .executeTakeFirst()
  return row !== undefined
}

/** Whoever knew an earlier password may have logged in from one of them. */
export const forgetNetworks = (tx: Tx, user: UserId) =>
  tx.deleteFrom('login_networks').where('user_id', '=', user).execute()
