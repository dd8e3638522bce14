import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

export type Reader = Kysely<Schema>
export type Tx = Transaction<Schema>

/** The one truth. Texts are sliced in JavaScript only: SQL counts code points, offsets are UTF-16 code units. */
export interface Database {
  readonly dialect: 'sqlite' | 'postgres'
  /** For reading outside a transaction; sees everything that was committed before the call. */
  readonly read: Reader
  /**
   * Runs `work` in one transaction and resolves once it is durable. On SQLite units that wait share one commit
   * (a failing one is undone alone). `work` must wait for nothing but its own statements: on SQLite all writers
   * wait with it. It may run again after a deadlock on PostgreSQL, so its effects belong into the transaction.
   */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /**
   * How many writes have ended so far, where nobody else writes to the database; undefined: others may. Counted before
   * who asked for a write hears of its end.
   */
  readonly writes: (() => number) | undefined
  /**
   * A connection that nobody else is given, for what must not wait until the others are free: it fails within five seconds,
   * and nothing is sent again. Undefined on SQLite, where there are none to wait for.
   */
  readonly apart: Reader | undefined
  /** What the processes that share the database tell each other; undefined: nobody shares it. */
  readonly signals: Signals | undefined
  /** Cheap statement that shows the database answers. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** `changes`: the change log has grown (the database says so by itself); `answers`: somebody stopped one. */
export type Topic = 'changes' | 'answers'

/** A hint to look, never the only word: one may get lost with its connection, so whoever listens also looks now and then. */
export interface Signals {
  /** All who listen hear of it with the commit. */
  send(tx: Tx, topic: Topic): Promise<void>
  /** Also calls `listener` when some may have been missed. Gives the function that ends it. */
  on(topic: Topic, listener: () => void): () => void
}
