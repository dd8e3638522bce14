import { AppError } from '../../core/errors.ts'
import type { UserId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isUniqueViolation, refuseGoneUser } from '../../database/errors.ts'
import type { Origin } from '../../http/origin.ts'
import type { AuditLog } from './audit.ts'
import * as avatars from './avatars.ts'
import type { Avatar } from './avatars.ts'
import type { Google } from './google.ts'
import type { LoginLimits } from './login-limits.ts'
import { forgetNetworks, hasLoggedInFrom, noteNetwork } from './login-networks.ts'
import type { Passwords } from './passwords.ts'
import { emailTaken, type Registration } from './registration.ts'
import * as repository from './repository.ts'
import type { Account } from './repository.ts'
import type { NewSession, Sessions } from './sessions.ts'
import * as tokens from './token-repository.ts'

export interface AccountsDeps {
  readonly database: Database
  readonly clock: Clock
  readonly audit: AuditLog
  readonly passwords: Passwords
  readonly sessions: Sessions
  readonly google: Google
  readonly limits: LoginLimits
  readonly registration: Registration
}

export interface SignUp {
  readonly name: string
  readonly email: string
  readonly password: string
  readonly description: string
  readonly setupToken: string | undefined
}

export interface Profile {
  readonly name: string
  /** Empty for the local user only. */
  readonly email: string
  readonly description: string | undefined
  /** null: none. */
  readonly picture: string | null | undefined
}

export interface LoggedIn {
  readonly account: Account
  readonly session: NewSession
}

export type AccountsService = ReturnType<typeof createAccountsService>

/** What people do with their own accounts. */
export function createAccountsService(deps: AccountsDeps) {
  const { database, clock, audit, passwords, sessions, google, limits, registration } = deps
  const now = (): string => clock.now().toISOString()

  async function withSession(account: Account): Promise<LoggedIn> {
    return { account, session: await sessions.issue(account.id, account.token_generation) }
  }

  async function signUp({ password, setupToken, ...person }: SignUp, origin: Origin): Promise<LoggedIn> {
    await limits.attempt(origin.address)
    const passwordHash = await passwords.hash(password)
    const draft = { ...person, passwordHash, googleSubject: null, picture: null }
    const account = await registration.add(draft, { setupToken }, origin, 'signup')
    await limits.succeeded(origin.address)
    await database.write((tx) => noteNetwork(tx, account.id, origin.address, clock.now())).catch(refuseGoneUser)
    return withSession(account)
  }

  /** Takes the same steps whether or not there is such an account, so that neither answer nor time tells. */
  async function logIn({ email, password }: { email: string; password: string }, origin: Origin): Promise<LoggedIn> {
    const slowed = await limits.attempt(origin.address, email)
    const account = await repository.findByEmail(database.read, email)
    const stored = account?.password_hash ?? null
    const { known, usual } = await proof({ id: account?.id ?? null, password, stored }, origin)
    const right = known && account !== undefined && account.disabled === 0
    const refused = slowed !== undefined && !(right && usual)
    if (refused || !right) {
      await audit.record({ ...origin, actor: account?.id ?? null, action: 'login', outcome: 'failure' })
      if (refused) throw slowed
      throw new AppError('unauthorized', 'The e-mail address or the password is not right.')
    }
    await limits.succeeded(origin.address, email)
    if (stored !== null && passwords.isOutdated(stored)) {
      const better = await passwords.hash(password)
      await database.write((tx) => repository.replaceHash(tx, account.id, stored, better))
    }
    return entered(account, origin, 'login')
  }

  /** Whether the password is the stored one, and whether its person has logged in from there before. */
  async function proof(
    { id, password, stored }: { id: UserId | null; password: string; stored: string | null },
    { address }: Origin,
  ): Promise<{ known: boolean; usual: boolean }> {
    const [known, usual] = await Promise.all([
      passwords.verify(password, stored),
      hasLoggedInFrom(database.read, id, address, clock.now()),
    ])
    return { known, usual }
  }

  async function entered(account: Account, origin: Origin, action: string): Promise<LoggedIn> {
    await database
      .write(async (tx) => {
        await repository.touch(tx, account.id, now())
        await noteNetwork(tx, account.id, origin.address, clock.now())
        await audit.write(tx, { ...origin, actor: account.id, action, target: account.id, outcome: 'success' })
      })
      .catch(refuseGoneUser)
    return withSession(account)
  }

  async function signInWithGoogle(token: string, origin: Origin): Promise<LoggedIn> {
    await limits.attempt(origin.address)
    const { subject, email, name, picture } = await google.identify(token)
    await limits.succeeded(origin.address)
    const account =
      (await repository.findByGoogle(database.read, subject)) ??
      (await linkedToGoogle(subject, email)) ??
      (await registration.add(
        {
          name: name ?? email,
          email,
          description: '',
          passwordHash: null,
          googleSubject: subject,
          picture: picture ?? null,
        },
        { setupToken: undefined },
        origin,
        'signup.google',
      ))
    if (account.disabled !== 0) throw new AppError('unauthorized', 'This account is suspended. Ask an administrator.')
    return entered(account, origin, 'login.google')
  }

  /**
   * An account that an administrator made without a password becomes the person's. One with a password does not: nobody
   * has checked that whoever chose the password also has the e-mail address.
   */
  async function linkedToGoogle(subject: string, email: string): Promise<Account | undefined> {
    const account = await repository.findByEmail(database.read, email)
    if (account === undefined) return undefined
    if (account.password_hash !== null || account.google_subject !== null) {
      throw new AppError('conflict', 'There is an account with this e-mail address and a password: log in with that.')
    }
    return database.write((tx) => repository.changeAccount(tx, account.id, { googleSubject: subject }))
  }

  async function account(id: UserId): Promise<Account> {
    const found = await repository.findUser(database.read, id)
    if (found === undefined) throw gone()
    return found
  }

  /** `edit` runs in the transaction of the change, and may refuse it. */
  async function change(
    id: UserId,
    edit: (tx: Tx, before: Account) => Promise<repository.AccountChange>,
  ): Promise<Account> {
    try {
      return await database.write(async (tx) => {
        const before = await repository.findUser(tx, id)
        const after = before && (await repository.changeAccount(tx, id, await edit(tx, before)))
        if (after === undefined) throw gone()
        return after
      })
    } catch (error) {
      throw isUniqueViolation(error) ? emailTaken() : error
    }
  }

  const changeProfile = (id: UserId, { name, email, description, picture }: Profile): Promise<Account> =>
    change(id, async (tx, before) => {
      if ((email === '') !== (before.email === null)) {
        throw new AppError('conflict', 'The local administrator has no e-mail address; every account has one.')
      }
      if (picture !== undefined && picture !== before.picture) {
        if (picture !== null && avatars.isAvatarPath(picture)) {
          throw new AppError('invalid_request', 'A picture of this server must be one that you uploaded.')
        }
        await avatars.removeAvatar(tx, id)
      }
      return {
        name,
        ...(email === '' ? {} : { email }),
        ...(description === undefined ? {} : { description }),
        ...(picture === undefined ? {} : { picture }),
      }
    })

  async function changePassword(
    id: UserId,
    { current, next }: { current: string; next: string },
    origin: Origin,
  ): Promise<LoggedIn> {
    const { email, password_hash: stored } = await account(id)
    if (email === null) throw new AppError('conflict', 'The local administrator has no password.')
    const slowed = await limits.attempt(origin.address, email)
    const { known, usual } = await proof({ id, password: current, stored }, origin)
    if (slowed !== undefined && !(known && usual)) throw slowed
    if (!known) {
      await audit.record({ ...origin, action: 'password.change', target: id, outcome: 'failure' })
      throw new AppError('wrong_password', 'The current password is not right.')
    }
    await limits.succeeded(origin.address, email)
    const passwordHash = await passwords.hash(next)
    const changed = await change(id, async (tx, before) => {
      if (before.password_hash !== stored) throw new AppError('conflict', 'The password was changed meanwhile.')
      await tokens.removeTokens(tx, id)
      await forgetNetworks(tx, id)
      await noteNetwork(tx, id, origin.address, clock.now())
      await audit.write(tx, { ...origin, action: 'password.change', target: id, outcome: 'success' })
      return { passwordHash, endSessions: true }
    })
    return withSession(changed)
  }

  const uploadAvatar = (id: UserId, avatar: Avatar): Promise<Account> =>
    change(id, async (tx) => ({ picture: await avatars.storeAvatar(tx, id, avatar, now()) }))

  async function avatar(id: string): Promise<Avatar> {
    const found = await avatars.findAvatar(database.read, id)
    if (found === undefined) throw new AppError('not_found', 'There is no such picture.')
    return found
  }

  /** Ends the session of this token; false where it is none. */
  async function logOut(token: string | undefined, origin: Origin): Promise<boolean> {
    const claims = token === undefined ? undefined : await sessions.verify(token)
    if (claims === undefined) return false
    await database.write(async (tx) => {
      await repository.revokeSession(tx, {
        id: claims.sessionId,
        user: claims.userId,
        expiresAt: claims.expiresAt.toISOString(),
        now: now(),
      })
      await audit.write(tx, { ...origin, action: 'logout', target: claims.userId, outcome: 'success' })
    })
    return true
  }

  return { signUp, logIn, signInWithGoogle, account, changeProfile, changePassword, uploadAvatar, avatar, logOut }
}

/** Deleted while the request was under way. */
const gone = () => new AppError('unauthorized', 'This account does not exist any more.')
