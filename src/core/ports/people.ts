import type { UserId } from '../ids.ts'

/** What a feature keeps for its users, all of it. */
export interface Estate {
  /** Names it for people, in the plural: `documents`, `chats`. */
  readonly store: string
  /** Removes everything of a user who goes; when it resolves, no result shows it. Gives how many things there were. */
  remove(user: UserId): Promise<number>
  /** Makes everything of `from` the things of `to`: what was made without accounts, for the first administrator. */
  transfer(from: UserId, to: UserId): Promise<void>
}

/** A question that was answered, as a person's history keeps it. */
export interface AnsweredQuestion {
  readonly userId: UserId
  readonly chatId: string | null
  /** Of the log-in that asked. */
  readonly sessionId: string | null
  readonly question: string
  readonly answer: string
  /** 0 to 1. */
  readonly confidence: number
  /** As the contract shapes them. */
  readonly sources: readonly object[]
  readonly reasoning: string
  readonly seconds: number
}

export interface AuditEntry {
  /** null: nobody who is known. */
  readonly actor: UserId | null
  /** A stable word, such as `login` or `user.delete`. */
  readonly action: string
  /** The id of what it was done to. */
  readonly target?: string | null
  readonly outcome: 'success' | 'failure'
  /** Where the request came from. */
  readonly address: string | null
  readonly requestId: string | null
}

/** The record of sign-ins, administration and deletions. No texts of documents or questions, no secrets. */
export interface Audit {
  /** Resolves when it is durable. */
  record(entry: AuditEntry): Promise<void>
}
