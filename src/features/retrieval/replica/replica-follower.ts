import type { VectorReplica } from '../../../core/ports/search.ts'
import type { ReplicaState } from '../../../database/schema/documents.ts'
import type { Comparison } from './comparison.ts'

export interface ReplicaStatus {
  readonly name: string | null
  /** `away`: the server does not answer. */
  readonly state: ReplicaState | 'away'
  /** Of the server; null before its first answer. */
  readonly version: string | null
  /** Whether words are looked for there as well; null before its first answer. */
  readonly fullText: boolean | null
  /** Changes that it does not show yet; null while it is being filled. */
  readonly behind: number | null
  readonly comparison: (Comparison & { readonly at: string }) | null
}

export interface ReplicaFollower {
  /** Resolves once the server was looked at for the first time, or after five seconds. */
  start(): Promise<void>
  /** Something was committed. */
  poke(): void
  /** Whether the server answers, as far as is known. */
  connected(): boolean
  /** The one to search, while it shows what was committed more than an interval ago; else undefined. */
  usable(): VectorReplica | undefined
  /** The one that answers, whatever it shows. */
  reachable(): VectorReplica | undefined
  /** The number of the last change that it shows, as far as this process knows; -1 while it is not to be trusted. */
  position(): number
  /** A search has failed: the server is looked at again before the next one, where it is not away already. */
  failed(error: unknown): void
  /** Whether all that was committed before the call is shown, as soon as it is, or in `ms` milliseconds. */
  caughtUp(ms: number): Promise<boolean>
  status(): Promise<ReplicaStatus>
  /** Has it compared with the database, by whichever process writes it, and made equal. Rejects when `signal` aborts. */
  compare(signal: AbortSignal): Promise<ReplicaStatus>
  close(): Promise<void>
}
