import type { StoredPassage } from './repository.ts'
import type { Candidate } from './selection.ts'

/** What a query finds of a passage, before its text is read. */
export interface RankedCandidate extends Candidate {
  /** Cosine with the query; NaN while the passage has no vector, or where the search did not look at vectors. */
  readonly cosine: number
  readonly bm25: number
  /** The score that orders the list; comparable between queries of one embedding model. */
  readonly fused: number
  /** The same in 0-1. */
  readonly relevance: number
  /** The word score as a share of the best that this query reaches, 0-1. */
  readonly keyword: number
}

/** A passage with its scores for one query. */
export interface RankedPassage extends StoredPassage, RankedCandidate {
  /** Passages that say the same, of this or of other documents, and are not shown; best first. */
  readonly duplicates: readonly Duplicate[]
}

export type Duplicate = Pick<StoredPassage, 'documentId' | 'chunkId' | 'title'>
