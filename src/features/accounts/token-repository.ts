import type { Selectable } from 'kysely'
import { newApiTokenId, type ApiTokenId, type UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'
import type { ApiTokensTable } from '../../database/schema/people.ts'

/** All SQL of named API tokens. */

export type ApiTokenRow = Selectable<ApiTokensTable>

export interface NewApiToken {
  readonly user: UserId
  readonly name: string
  readonly scope: ApiTokenRow['scope']
  readonly sha256: string
  readonly hint: string
  readonly now: string
  readonly expiresAt: string | null
}

export const insertToken = (tx: Tx, token: NewApiToken): Promise<ApiTokenRow> =>
  tx
    .insertInto('api_tokens')
    .values({
      id: newApiTokenId(),
      user_id: token.user,
      name: token.name,
      secret_sha256: token.sha256,
      hint: token.hint,
      scope: token.scope,
      created_at: token.now,
      expires_at: token.expiresAt,
      last_used_at: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow()

export async function listTokens(
  read: Reader,
  user: UserId,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ tokens: ApiTokenRow[]; total: number }> {
  const [tokens, total] = await Promise.all([
    read
      .selectFrom('api_tokens')
      .selectAll()
      .where('user_id', '=', user)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit)
      .offset(page.offset)
      .execute(),
    countTokens(read, user),
  ])
  return { tokens, total }
}

export async function countTokens(read: Reader | Tx, user: UserId): Promise<number> {
  const row = await read
    .selectFrom('api_tokens')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('user_id', '=', user)
    .executeTakeFirstOrThrow()
  return row.count
}

export async function removeToken(tx: Tx, user: UserId, id: ApiTokenId): Promise<boolean> {
  const row = await tx
    .deleteFrom('api_tokens')
    .where('user_id', '=', user)
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export async function removeTokens(tx: Tx, user: UserId): Promise<number> {
  const rows = await tx.deleteFrom('api_tokens').where('user_id', '=', user).returning('id').execute()
  return rows.length
}

/** The token with what its user may do now. */
export const tokenState = (read: Reader, sha256: string) =>
  read
    .selectFrom('api_tokens')
    .innerJoin('users', 'users.id', 'api_tokens.user_id')
    .select(['api_tokens.id', 'api_tokens.user_id', 'api_tokens.scope', 'api_tokens.expires_at'])
    .select(['users.role', 'users.disabled'])
    .where('api_tokens.secret_sha256', '=', sha256)
    .executeTakeFirst()

export async function markUsed(tx: Tx, id: ApiTokenId, now: string): Promise<void> {
  await tx.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', id).execute()
}
