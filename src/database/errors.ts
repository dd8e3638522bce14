import { AppError } from '../core/errors.ts'
import { RESULT } from './sqlite/messages.ts'

/** A statement that SQLite refused. `resultCode` is its extended result code. */
export class SqliteError extends Error {
  readonly resultCode: number
  readonly transactionLost: boolean

  constructor(message: string, resultCode: number, transactionLost = false) {
    super(message)
    this.name = 'SqliteError'
    this.resultCode = resultCode
    this.transactionLost = transactionLost
  }
}

/** The database could not be opened; the message is one line that says what a person can do. */
export class DatabaseOpenError extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options)
    this.name = 'DatabaseOpenError'
  }
}

/** SQLSTATE of an error of PostgreSQL, whose driver gives it as `code`. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * Whether a row was refused because its key is taken, on either database. On PostgreSQL the transaction is
 * lost with it: inside one, prefer `on conflict do nothing`.
 */
export const isUniqueViolation = (error: unknown): boolean =>
  error instanceof SqliteError
    ? error.resultCode === RESULT.unique || error.resultCode === RESULT.primaryKey
    : sqlState(error) === '23505'

/** Whether a row was refused because the row that it names does not exist (or is still named by others). */
export const isForeignKeyViolation = (error: unknown): boolean =>
  error instanceof SqliteError ? error.resultCode === RESULT.foreignKey : sqlState(error) === '23503'

/**
 * Whether the database was away: what was asked of it was not done, or nobody knows whether it was. What else is asked of it
 * now has to wait as long.
 */
export const isAway = (error: unknown): boolean => error instanceof AppError && error.code === 'not_ready'

/**
 * For the `catch` of what is stored in a user's name. Whose account is deleted while a request is under way is nobody
 * when it ends, as they would be at the next one.
 */
export function refuseGoneUser(error: unknown): never {
  if (!isForeignKeyViolation(error)) throw error
  throw new AppError('unauthorized', 'This account does not exist any more.', { cause: error })
}
