/** What the main thread and a database thread say to each other. Everything survives a structured clone. */

export type SqlValue = string | number | bigint | null | Uint8Array

export interface ThreadData {
  readonly path: string
  readonly role: 'writer' | 'reader'
}

export type Request =
  /** Opens the file; the first request. */
  | { readonly id: number; readonly type: 'open' }
  /** One statement. It is refused where the connection is not in (or not out of) a transaction as it says. */
  | {
      readonly id: number
      readonly type: 'run'
      readonly sql: string
      readonly parameters: readonly SqlValue[]
      readonly inTransaction: boolean
    }
  /** Commits; when that fails everything since BEGIN is undone. */
  | { readonly id: number; readonly type: 'commit' }
  /** Undoes the open transaction, if the engine has not done so already. */
  | { readonly id: number; readonly type: 'rollback' }
  | { readonly id: number; readonly type: 'close' }

/** What came up together goes together: waking a thread costs more than most statements. */
export type Requests = readonly Request[]
export type Replies = readonly Reply[]

export interface RunResult {
  readonly rows: readonly unknown[]
  /** Rows changed; absent for a statement that gives rows and changes none. */
  readonly changes?: number
}

export interface Failure {
  readonly message: string
  /** SQLite's extended result code; 0 where the error is not SQLite's. */
  readonly resultCode: number
  /** The engine itself undid the open transaction (disk full, out of memory, I/O error). */
  readonly transactionLost: boolean
}

export type Reply =
  | { readonly id: number; readonly result: RunResult }
  | { readonly id: number; readonly failure: Failure }

/** SQLite's primary result codes that are told apart; an extended code carries one in its low byte. */
export const RESULT = {
  busy: 5,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  foreignKey: 787,
  primaryKey: 1555,
  unique: 2067,
} as const
