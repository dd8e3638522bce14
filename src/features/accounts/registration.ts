import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import type { Origin } from '../../http/origin.ts'
import type { AuditLog } from './audit.ts'
import * as repository from './repository.ts'
import type { Account, NewAccount } from './repository.ts'

export interface RegistrationDeps {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  readonly audit: AuditLog
  /** Everything that users own, account apart, in the order in which it may be removed. */
  readonly estates: readonly Estate[]
  readonly openMode: boolean
  /** Whether only this machine reaches the service: its first person is then its administrator. */
  readonly loopback: boolean
}

export type Draft = Omit<NewAccount, 'now' | 'role'>

export type Registration = ReturnType<typeof createRegistration>

/** How accounts come into being, and who the first administrator is. */
export function createRegistration(deps: RegistrationDeps) {
  const { database, clock, audit, estates, openMode, loopback, logger } = deps
  const setupToken = randomBytes(24).toString('base64url')

  /** Of somebody who signs up: an ordinary user, but for the first one, if that may be done here and in this way. */
  async function roleOf(tx: Tx, given: string | undefined, { foreign }: Origin): Promise<Account['role']> {
    if (openMode) return 'user'
    await repository.lockAdministrators(tx, database.dialect)
    if ((await repository.firstAdministrator(tx)) !== undefined) return 'user'
    // A proxy in front of a loopback address brings everybody here, and a page may be anybody's.
    if (loopback && foreign === undefined) return 'admin'
    if (!loopback && given !== undefined && isSame(given, setupToken)) return 'admin'
    if (loopback) {
      throw new AppError(
        'signup_closed',
        'Sign-up is closed until there is an administrator: run "evident admin create", or sign up on the machine itself.',
      )
    }
    throw new AppError(
      'signup_closed',
      'Sign-up is closed until there is an administrator: run "evident admin create", or send the setup_token that the server printed at its start.',
    )
  }

  async function add(
    draft: Draft,
    role: Account['role'] | { readonly setupToken: string | undefined },
    origin: Origin,
    action: string,
  ): Promise<Account> {
    const account = await database.write(async (tx) => {
      const decided = typeof role === 'string' ? role : await roleOf(tx, role.setupToken, origin)
      const inserted = await repository.insertAccount(tx, { ...draft, role: decided, now: clock.now().toISOString() })
      if (inserted !== undefined) {
        const actor = origin.actor ?? inserted.id
        await audit.write(tx, { ...origin, actor, action, target: inserted.id, outcome: 'success' })
      }
      return inserted
    })
    if (account === undefined) throw emailTaken()
    if (account.role === 'admin') await takeOver()
    return account
  }

  /** What was made without accounts becomes the first administrator's. Where there is nothing, nothing happens. */
  async function takeOver(): Promise<void> {
    if (openMode) return
    const administrator = await repository.firstAdministrator(database.read)
    if (administrator === undefined) return
    for (const estate of estates) await estate.transfer(LOCAL_USER, administrator)
    logger.debug({ administrator }, 'What was made without accounts is the first administrator’s')
  }

  return {
    add,
    takeOver,
    /** With which the first administrator signs up; undefined where that is not needed, or not any more. */
    async setupToken(): Promise<string | undefined> {
      if (openMode || loopback) return undefined
      return (await repository.firstAdministrator(database.read)) === undefined ? setupToken : undefined
    },
  }
}

export const emailTaken = () =>
  new AppError('email_taken', 'There is an account with this e-mail address. Log in instead.')

function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}
