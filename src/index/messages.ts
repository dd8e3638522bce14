import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type {
  Candidates,
  DocumentAttributes,
  IndexedPassage,
  QueryTerms,
  RankQuery,
  Scope,
  WeighedTerms,
  WordScores,
} from '../core/ports/search.ts'
import type { Ranked } from './best.ts'

export interface WordDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly passages: readonly IndexedPassage[]
}

export interface VectorDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly chunks: readonly ChunkId[]
}

export interface AttributedDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly attributes: DocumentAttributes
}

export interface IndexMemory {
  /** All of the index: what its arrays and maps take, without the JavaScript around them. */
  readonly bytes: number
  /** What filters see of documents. */
  readonly documentBytes: number
  readonly wordBytes: number
  readonly vectorBytes: number
  /** What the index's thread has in use on its JavaScript heap (maps are counted here and in `bytes`). */
  readonly heapBytes: number
}

/** A change by its number, and by what no other history has at that number. */
export interface Position {
  readonly position: number
  readonly change: string
}

/** What the index began with. */
export type Restored =
  | Position
  /** Why it began empty: says of the snapshot what is wrong with it. */
  | { readonly reason: string }

/** What the main thread may ask of the index's thread, and what it gets. */
export interface Operations {
  replaceWords: { request: { documents: readonly WordDocument[] }; result: null }
  /** `values` holds the rows of all documents, in their order. */
  replaceVectors: { request: { documents: readonly VectorDocument[]; values: Float32Array }; result: null }
  /** What filters see of documents that are there. */
  describe: { request: { documents: readonly AttributedDocument[] }; result: null }
  deleteWords: { request: { owner: UserId; documents: readonly DocumentId[] }; result: null }
  deleteVectors: { request: { owner: UserId; documents: readonly DocumentId[] }; result: null }
  /** The words stay. */
  dropVectors: { request: { contents: string | undefined }; result: null }
  rank: { request: { scope: Scope; query: RankQuery }; result: Candidates }
  searchWords: { request: { scope: Scope; query: string; limit: number }; result: Ranked & { query: QueryTerms } }
  scoreWords: { request: { scope: Scope; query: string; chunks: Float64Array }; result: WordScores }
  idf: { request: { owner: UserId; words: readonly string[] }; result: Float64Array }
  queryTerms: { request: { owner: UserId; query: string }; result: WeighedTerms | undefined }
  passageTerms: { request: { passages: readonly IndexedPassage[] }; result: readonly WeighedTerms[] }
  countWords: { request: { owner: UserId | undefined }; result: number }
  searchVectors: { request: { scope: Scope; query: Float32Array; limit: number }; result: Ranked }
  scoreVectors: { request: { scope: Scope; query: Float32Array; chunks: Float64Array }; result: Float64Array }
  neighbours: { request: { scope: Scope; chunks: Float64Array; count: number }; result: Int32Array }
  countVectors: { request: { owner: UserId | undefined }; result: number }
  memory: { request: null; result: IndexMemory }
  restored: { request: null; result: Restored }
  clear: { request: null; result: null }
  save: { request: Position; result: null }
}

export type Operation = keyof Operations

export type Request = {
  [O in Operation]: { readonly id: number; readonly operation: O; readonly request: Operations[O]['request'] }
}[Operation]

export type Reply =
  | { readonly id: number; readonly ok: true; readonly result: Operations[Operation]['result'] }
  | { readonly id: number; readonly ok: false; readonly error: unknown }

export interface ThreadOptions {
  readonly dimension: number
  /** Of the index's own files; made where it does not exist, in a folder that does. */
  readonly folder: string
  /** Names what the index is made of, beside its analyzer; absent: it begins empty. */
  readonly contents?: string | undefined
}
