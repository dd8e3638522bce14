import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { AppError } from '../../core/errors.ts'
import { networkOf } from '../../http/rate-limit.ts'

export interface LoginLimitOptions {
  /** Attempts that may fail within the window, for one account and from one address. */
  readonly perAccount: number
  readonly perAddress: number
  readonly windowSeconds: number
}

export const LOGIN_LIMITS: LoginLimitOptions = { perAccount: 10, perAddress: 50, windowSeconds: 300 }

export type LoginLimits = ReturnType<typeof createLoginLimits>

/**
 * Slows down whoever guesses passwords. An attempt counts before it is checked, so that many at once are no way around,
 * and is given back when it was right. Accounts that do not exist count like those that do.
 */
export function createLoginLimits({ perAccount, perAddress, windowSeconds: duration }: LoginLimitOptions) {
  const accounts = new RateLimiterMemory({ points: perAccount, duration, keyPrefix: 'account' })
  const addresses = new RateLimiterMemory({ points: perAddress, duration, keyPrefix: 'address' })
  const keyOf = (account: string): string => createHash('sha256').update(account).digest('base64url')

  async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
    try {
      await limiter.consume(key)
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
      throw new AppError('too_many_requests', 'Too many attempts failed. Wait a little before the next one.', {
        retryAfter,
      })
    }
  }

  return {
    /** Counts an attempt. @throws AppError `too_many_requests` with the time to wait */
    async attempt(address: string, account?: string): Promise<void> {
      await take(addresses, networkOf(address))
      if (account !== undefined) await take(accounts, keyOf(account))
    },
    /** The attempt was right. */
    async succeeded(address: string, account?: string): Promise<void> {
      await addresses.reward(networkOf(address))
      if (account !== undefined) await accounts.delete(keyOf(account))
    },
  }
}
