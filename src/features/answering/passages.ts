import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { Scope } from '../../core/ports/search.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'

/** A passage as retrieval found it. `text` is the document's content from `start` to `end`. */
export interface RankedPassage {
  readonly chunkId: ChunkId
  readonly documentId: DocumentId
  readonly version: number
  readonly title: string
  /** What the passage is read under: its headings, the header rows of its table. */
  readonly context: string
  readonly text: string
  /** Passages of a version are counted from 0 in reading order. */
  readonly ordinal: number
  readonly start: number
  readonly end: number
  readonly page: number | null
  /** Of the page of the web that it is of. */
  readonly url?: string | undefined
  /** What its border cuts off its first and its last sentence. */
  readonly before?: Fragment | undefined
  readonly after?: Fragment | undefined
  /** BCP 47, where the document's language is known. */
  readonly language: string | null
  /** With the question; NaN while the passage has no vector, or where the question could not be embedded. */
  readonly cosine: number
  readonly bm25: number
  /** What the passages are ordered by, in units of the embedder's sigma. */
  readonly fused: number
  /** The same in 0 to 1. */
  readonly relevance: number
  /** The word score as a share of the best that this question reaches, 0 to 1. */
  readonly keyword: number
}

/** A piece of the passage before or behind. `text` is the document's content from `start` to `end`. */
export type Fragment = Pick<RankedPassage, 'chunkId' | 'context' | 'page' | 'url' | 'text' | 'start' | 'end'>

export interface RetrieveOptions extends CallOptions {
  readonly limit: number
  /** The chat whose documents go before others that are about as good. */
  readonly preferChat?: string | undefined
}

export interface Retrieved {
  /** Best first. */
  readonly passages: readonly RankedPassage[]
  readonly engine: string
  /** What was done without; sentences. */
  readonly failures?: readonly { readonly part: 'embeddings' | 'reranking'; readonly message: string }[]
}

/** How far the documents that a question may be answered from are read. */
export interface Reading {
  readonly documents: number
  /** Waiting to be read, or with vectors still being made. */
  readonly pending: number
  /** Could not be read. */
  readonly failed: number
}

/** The best passages of what the scope allows. Throws `not_found` for a document that is not the owner's. */
export type Retrieve = (scope: Scope, question: string, options: RetrieveOptions) => Promise<Retrieved>

export interface ListedDocument {
  readonly documentId: DocumentId
  readonly title: string
  readonly passages: number
  /** ISO 8601. */
  readonly createdAt: string
}

/** Documents to look around in and to read on in, beside what a search finds of them. */
export interface Library {
  /** Those of the scope that can be read, newest first; `more`: there are others. Throws as `Retrieve` does. */
  list(scope: Scope, limit: number): Promise<{ documents: readonly ListedDocument[]; more: boolean }>
  /** Up to `count` passages of a document of the owner from the one at `ordinal` on; `total`: as many as it has. */
  read(
    owner: UserId,
    document: DocumentId,
    ordinal: number,
    count: number,
  ): Promise<{ passages: readonly RankedPassage[]; total: number }>
}
