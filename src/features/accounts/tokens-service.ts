import { AppError } from '../../core/errors.ts'
import type { ApiTokenId, UserId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import { makeApiToken } from './api-tokens.ts'
import type { Origin } from '../../http/origin.ts'
import type { AuditLog } from './audit.ts'
import * as repository from './token-repository.ts'
import type { ApiTokenRow } from './token-repository.ts'

/** Of one person: enough for every program, and a bound. */
const MOST = 100
const DAY_MS = 86_400_000

export interface TokenRequest {
  readonly name: string
  readonly scope: ApiTokenRow['scope']
  readonly days: number | undefined
}

export type TokensService = ReturnType<typeof createTokens>

/** Named API tokens: what programs use in a person's name. */
export function createTokens({ database, clock, audit }: { database: Database; clock: Clock; audit: AuditLog }) {
  /** The token itself is only in this answer. */
  async function create(
    user: { readonly id: UserId; readonly role: 'admin' | 'user' },
    { name, scope, days }: TokenRequest,
    origin: Origin,
  ): Promise<{ row: ApiTokenRow; token: string }> {
    if (scope === 'admin' && user.role !== 'admin') {
      throw new AppError('forbidden', 'Only an administrator makes tokens with scope admin.')
    }
    const { token, sha256, hint } = makeApiToken()
    const now = clock.now()
    const row = await database
      .write(async (tx) => {
        if ((await repository.countTokens(tx, user.id)) >= MOST) {
          throw new AppError('conflict', `You have ${MOST} tokens, which is the most: delete one first.`)
        }
        const inserted = await repository.insertToken(tx, {
          user: user.id,
          name,
          scope,
          sha256,
          hint,
          now: now.toISOString(),
          expiresAt: days === undefined ? null : new Date(now.getTime() + days * DAY_MS).toISOString(),
        })
        await audit.write(tx, { ...origin, action: 'token.create', target: inserted.id, outcome: 'success' })
        return inserted
      })
      .catch(refuseGoneUser)
    return { row, token }
  }

  async function remove(user: UserId, id: ApiTokenId, origin: Origin): Promise<void> {
    const removed = await database.write(async (tx) => {
      const found = await repository.removeToken(tx, user, id)
      if (found) await audit.write(tx, { ...origin, action: 'token.delete', target: id, outcome: 'success' })
      return found
    })
    if (!removed) throw new AppError('not_found', `There is no token ${id}.`)
  }

  return {
    create,
    remove,
    list: (user: UserId, page: { readonly limit: number; readonly offset: number }) =>
      repository.listTokens(database.read, user, page),
  }
}
