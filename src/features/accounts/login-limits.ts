import { createHash } from 'node:crypto'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import { AppError } from '../../core/errors.ts'
import { networkOf } from '../../http/rate-limit.ts'

export interface LoginLimitOptions {
  /** Attempts that may fail within the window: at one account from one network, from one network at all accounts. */
  readonly perAccountAndNetwork: number
  readonly perNetwork: number
  /** At one account from all networks; beyond it attempts are let through one at a time. */
  readonly perAccount: number
  readonly windowSeconds: number
  /** Between two of those. */
  readonly slowSeconds: number
}

export const LOGIN_LIMITS: LoginLimitOptions = {
  perAccountAndNetwork: 10,
  perNetwork: 50,
  perAccount: 100,
  windowSeconds: 300,
  slowSeconds: 15,
}

export type LoginLimits = ReturnType<typeof createLoginLimits>

/**
 * Slows down whoever guesses passwords, and locks nobody else out: what fails from one network counts there, and what
 * fails at an account from everywhere slows down those networks that its person has not logged in from. An attempt counts
 * before it is checked, so that many at once are no way around, and is given back when it was right. Accounts that do not
 * exist count like those that do.
 */
export function createLoginLimits(options: LoginLimitOptions) {
  const { perAccountAndNetwork, perNetwork, perAccount, windowSeconds: duration, slowSeconds } = options
  const pairs = new RateLimiterMemory({ points: perAccountAndNetwork, duration, keyPrefix: 'pair' })
  const networks = new RateLimiterMemory({ points: perNetwork, duration, keyPrefix: 'network' })
  const accounts = new RateLimiterMemory({ points: perAccount, duration, keyPrefix: 'account' })
  const slow = new RateLimiterMemory({ points: 1, duration: slowSeconds, keyPrefix: 'slow' })
  const keyOf = (account: string): string => createHash('sha256').update(account).digest('base64url')
  const pairOf = (address: string, account: string): string => `${keyOf(account)} ${networkOf(address)}`

  /** undefined: it may go on. */
  async function refusal(limiter: RateLimiterMemory, key: string): Promise<AppError | undefined> {
    try {
      await limiter.consume(key)
      return undefined
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error
      const retryAfter = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
      return new AppError('too_many_requests', 'Too many attempts failed. Wait a little before the next one.', {
        retryAfter,
      })
    }
  }

  async function take(limiter: RateLimiterMemory, key: string): Promise<void> {
    const refused = await refusal(limiter, key)
    if (refused !== undefined) throw refused
  }

  return {
    /**
     * Counts an attempt. Where it gives an error, too many failed at the account from everywhere: check the attempt all
     * the same, and let in only who is right and has logged in from this network before; everybody else gets that error.
     * @throws AppError `too_many_requests` with the time to wait
     */
    async attempt(address: string, account?: string): Promise<AppError | undefined> {
      await take(networks, networkOf(address))
      if (account === undefined) return undefined
      await take(pairs, pairOf(address, account))
      const key = keyOf(account)
      return (await refusal(accounts, key)) && refusal(slow, key)
    },
    /** The attempt was right. */
    async succeeded(address: string, account?: string): Promise<void> {
      await networks.reward(networkOf(address))
      if (account === undefined) return
      await pairs.delete(pairOf(address, account))
      await accounts.reward(keyOf(account))
    },
  }
}
