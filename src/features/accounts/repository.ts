import { sql, type Selectable } from 'kysely'
import { LOCAL_USER, newUserId, type UserId } from '../../core/ids.ts'
import { forgetLastChangeOf } from '../../database/change-log.ts'
import type { Database, Reader, Tx } from '../../database/database.ts'
import type { UsersTable } from '../../database/schema/people.ts'

/** An account as it is stored. The built-in local user is none: it has no e-mail address and nobody manages it. */
export type Account = Selectable<UsersTable>

export interface NewAccount {
  readonly name: string
  /** Lower case. */
  readonly email: string
  readonly description: string
  readonly role: 'admin' | 'user'
  readonly passwordHash: string | null
  readonly googleSubject: string | null
  readonly picture: string | null
  readonly now: string
}

/**
 * Until the transaction ends nobody else decides by who the administrators are: two may not both be the first, nor
 * the last two remove each other. SQLite has one writer, so nothing comes between there.
 */
export async function lockAdministrators(tx: Tx, dialect: Database['dialect']): Promise<void> {
  if (dialect === 'postgres') await sql`select pg_advisory_xact_lock(hashtextextended('administrators', 0))`.execute(tx)
}

/** undefined when the e-mail address, or the person at Google, has an account already. */
export const insertAccount = (tx: Tx, account: NewAccount): Promise<Account | undefined> =>
  tx
    .insertInto('users')
    .values({
      id: newUserId(),
      name: account.name,
      email: account.email,
      description: account.description,
      role: account.role,
      password_hash: account.passwordHash,
      google_subject: account.googleSubject,
      picture: account.picture,
      created_at: account.now,
      last_active: account.now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst()

/** Any user, the local one too. */
export const findUser = (read: Reader | Tx, id: UserId): Promise<Account | undefined> =>
  read.selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()

export const findByEmail = (read: Reader | Tx, email: string): Promise<Account | undefined> =>
  read.selectFrom('users').selectAll().where('email', '=', email).executeTakeFirst()

export const findByGoogle = (read: Reader | Tx, subject: string): Promise<Account | undefined> =>
  read.selectFrom('users').selectAll().where('google_subject', '=', subject).executeTakeFirst()

const accounts = (read: Reader | Tx) => read.selectFrom('users').where('id', '!=', LOCAL_USER)

const administrators = (read: Reader | Tx) => accounts(read).where('role', '=', 'admin').where('disabled', '=', 0)

/** The one who has been administrator for longest; undefined where there is none. */
export async function firstAdministrator(read: Reader | Tx): Promise<UserId | undefined> {
  const row = await administrators(read).select('id').orderBy('created_at').orderBy('id').limit(1).executeTakeFirst()
  return row?.id
}

/** Whether there is an administrator besides this one. */
export async function hasOtherAdministrator(tx: Tx, id: UserId): Promise<boolean> {
  return (await administrators(tx).select('id').where('id', '!=', id).limit(1).executeTakeFirst()) !== undefined
}

/** Newest first; ids are time-ordered, so they break ties. */
export async function listAccounts(read: Reader, page: { readonly limit: number; readonly offset: number }) {
  const [rows, { total }] = await Promise.all([
    accounts(read)
      .selectAll()
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(page.limit)
      .offset(page.offset)
      .execute(),
    accounts(read)
      .select((eb) => eb.fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow(),
  ])
  return { accounts: rows, total }
}

export interface AccountChange {
  readonly name?: string
  readonly email?: string
  readonly description?: string
  readonly picture?: string | null
  readonly role?: 'admin' | 'user'
  readonly disabled?: boolean
  readonly passwordHash?: string
  readonly googleSubject?: string
  /** All sessions end. */
  readonly endSessions?: boolean
}

/** undefined when there is no such user. Throws a unique violation when the e-mail address is another's. */
export const changeAccount = (tx: Tx, id: UserId, change: AccountChange): Promise<Account | undefined> =>
  tx
    .updateTable('users')
    .set((eb) => ({
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.email === undefined ? {} : { email: change.email }),
      ...(change.description === undefined ? {} : { description: change.description }),
      ...(change.picture === undefined ? {} : { picture: change.picture }),
      ...(change.role === undefined ? {} : { role: change.role }),
      ...(change.disabled === undefined ? {} : { disabled: change.disabled ? 1 : 0 }),
      ...(change.passwordHash === undefined ? {} : { password_hash: change.passwordHash }),
      ...(change.googleSubject === undefined ? {} : { google_subject: change.googleSubject }),
      token_generation: eb('token_generation', '+', change.endSessions === true ? 1 : 0),
    }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()

/** Better hashing of the same password: no session ends. Another password that came between stays. */
export async function replaceHash(tx: Tx, id: UserId, before: string, after: string): Promise<void> {
  await tx
    .updateTable('users')
    .set({ password_hash: after })
    .where('id', '=', id)
    .where('password_hash', '=', before)
    .execute()
}

export async function touch(tx: Tx, id: UserId, now: string): Promise<void> {
  await tx.updateTable('users').set({ last_active: now }).where('id', '=', id).execute()
}

/** The account with what hangs on it alone: tokens, sessions, networks, picture. Throws while it owns something else. */
export async function removeAccount(tx: Tx, id: UserId): Promise<void> {
  await tx.deleteFrom('users').where('id', '=', id).execute()
  await forgetLastChangeOf(tx, id)
}

/** What a session may do now; undefined when its user is gone. */
export async function sessionState(read: Reader, id: UserId, sessionId: string) {
  const row = await read
    .selectFrom('users')
    .select(({ exists, selectFrom }) => [
      'role',
      'disabled',
      'token_generation',
      exists(selectFrom('revoked_sessions').select('id').where('id', '=', sessionId)).as('revoked'),
    ])
    .where('id', '=', id)
    .executeTakeFirst()
  // SQLite answers 0 and 1, PostgreSQL a truth value.
  return row && { ...row, revoked: Boolean(row.revoked) }
}

/** Forgets ended sessions too: a token that has expired needs no revocation. */
export async function revokeSession(
  tx: Tx,
  session: { readonly id: string; readonly user: UserId; readonly expiresAt: string; readonly now: string },
): Promise<void> {
  await tx.deleteFrom('revoked_sessions').where('expires_at', '<', session.now).execute()
  await tx
    .insertInto('revoked_sessions')
    .values({ id: session.id, user_id: session.user, expires_at: session.expiresAt })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute()
}
