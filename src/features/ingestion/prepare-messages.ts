import type { Block, ChunkDraft, StoredBlock } from '../../core/documents.ts'
import type { ErrorCode } from '../../core/errors.ts'
import type { ThreadModule } from '../../core/ports/surroundings.ts'

/** What a parser yielded, or a text that came as it is. */
export type PrepareInput =
  | { readonly title: string; readonly blocks: readonly Block[] }
  | { readonly title: string; readonly content: string }

export interface Prepared {
  /** Canonical. */
  readonly content: string
  readonly blocks: readonly StoredBlock[]
  /** None where the content has no text. */
  readonly chunks: readonly ChunkDraft[]
  /** ISO 639-1; null where it is not clear. */
  readonly language: string | null
}

export interface PrepareThreadData {
  readonly tokenCounter: ThreadModule
  readonly maxTokens: number
  readonly maxChunks: number
}

export interface ToPrepareThread {
  readonly input: PrepareInput
}

export type FromPrepareThread =
  | { readonly type: 'prepared'; readonly prepared: Prepared }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string }
