import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { Database, Tx } from '../../database/database.ts'
import { isForeignKeyViolation } from '../../database/errors.ts'
import type { Origin } from '../../http/origin.ts'
import type { AuditLog } from './audit.ts'
import { forgetNetworks } from './login-networks.ts'
import type { Passwords } from './passwords.ts'
import type { Registration } from './registration.ts'
import * as repository from './repository.ts'
import type { Account } from './repository.ts'
import * as tokens from './token-repository.ts'

export interface AdministrationDeps {
  readonly database: Database
  readonly audit: AuditLog
  readonly passwords: Passwords
  readonly registration: Registration
  readonly estates: readonly Estate[]
}

export interface NewUser {
  readonly name: string
  readonly email: string
  readonly description: string
  readonly role: Account['role']
  /** undefined: signs in with Google, or when an administrator has set one. */
  readonly password: string | undefined
}

export interface UserChange {
  readonly role?: Account['role'] | undefined
  readonly disabled?: boolean | undefined
  readonly password?: string | undefined
}

export type Administration = ReturnType<typeof createAdministration>

/** What administrators do with the accounts of others. The built-in local user is none of them. */
export function createAdministration({ database, audit, passwords, registration, estates }: AdministrationDeps) {
  async function create({ password, role, ...person }: NewUser, origin: Origin): Promise<Account> {
    const passwordHash = password === undefined ? null : await passwords.hash(password)
    return registration.add(
      { ...person, passwordHash, googleSubject: null, picture: null },
      role,
      origin,
      'user.create',
    )
  }

  async function existing(tx: Tx, id: UserId): Promise<Account> {
    const account = id === LOCAL_USER ? undefined : await repository.findUser(tx, id)
    if (account === undefined) throw noSuchUser(id)
    return account
  }

  /** Whoever is locked out then could not be let in again. */
  async function keepAnAdministrator(tx: Tx, account: Account): Promise<void> {
    if (account.role !== 'admin' || account.disabled !== 0) return
    await repository.lockAdministrators(tx, database.dialect)
    if (await repository.hasOtherAdministrator(tx, account.id)) return
    throw new AppError('conflict', 'This is the last administrator: make another one first.')
  }

  async function change(id: UserId, { role, disabled, password }: UserChange, origin: Origin): Promise<Account> {
    const passwordHash = password === undefined ? undefined : await passwords.hash(password)
    const changed = await database.write(async (tx) => {
      const before = await existing(tx, id)
      if (role === 'user' || disabled === true) await keepAnAdministrator(tx, before)
      if (passwordHash !== undefined) {
        await tokens.removeTokens(tx, id)
        await forgetNetworks(tx, id)
      }
      const after = await repository.changeAccount(tx, id, {
        ...(role === undefined ? {} : { role }),
        ...(disabled === undefined ? {} : { disabled }),
        ...(passwordHash === undefined ? {} : { passwordHash }),
        // Who is let in again logs in again.
        endSessions: passwordHash !== undefined || disabled === true,
      })
      if (after === undefined) throw noSuchUser(id)
      const actions = [
        ...(role === undefined || role === before.role ? [] : [`user.role.${role}`]),
        ...(disabled === undefined ? [] : [disabled ? 'user.disable' : 'user.enable']),
        ...(passwordHash === undefined ? [] : ['user.password']),
      ]
      for (const action of actions) await audit.write(tx, { ...origin, action, target: id, outcome: 'success' })
      return after
    })
    if (changed.role === 'admin') await registration.takeOver()
    return changed
  }

  /** Everything that the user owns goes with the account. Gives the stores in which there was something. */
  async function remove(id: UserId, origin: Origin): Promise<string[]> {
    await database.write(async (tx) => {
      const account = await existing(tx, id)
      await keepAnAdministrator(tx, account)
      // Nothing new comes while the rest goes.
      await repository.changeAccount(tx, id, { disabled: true, endSessions: true })
    })
    const emptied = new Set<string>()
    for (let tries = 0; ; tries++) {
      for (const estate of estates) if ((await estate.remove(id)) > 0) emptied.add(estate.store)
      try {
        await database.write(async (tx) => {
          await repository.removeAccount(tx, id)
          await audit.write(tx, { ...origin, action: 'user.delete', target: id, outcome: 'success' })
        })
        return [...emptied, 'users']
      } catch (error) {
        // A request of this user that had begun before stored something in between.
        if (!isForeignKeyViolation(error) || tries >= TRIES) throw error
      }
    }
  }

  return {
    create,
    change,
    remove,
    list: (page: { readonly limit: number; readonly offset: number }) => repository.listAccounts(database.read, page),
    /** @throws AppError `not_found` */
    async get(id: UserId): Promise<Account> {
      const account = id === LOCAL_USER ? undefined : await repository.findUser(database.read, id)
      if (account === undefined) throw noSuchUser(id)
      return account
    },
  }
}

const TRIES = 5

const noSuchUser = (id: UserId) => new AppError('not_found', `There is no user ${id}.`)
