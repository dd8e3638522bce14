import type { ChunkId, DocumentId, UserId } from '../ids.ts'
import type { CallOptions } from './surroundings.ts'

/** What may be found. `documents` absent: all of the owner's; empty: none. */
export interface Scope {
  readonly owner: UserId
  readonly documents?: readonly DocumentId[] | undefined
  /** Besides: what the documents must be like. */
  readonly filter?: DocumentFilter | undefined
}

/** A value that documents can be filtered by; 1, '1' and true are three of them. */
export type MetadataValue = string | number | boolean

/** A document meets it that meets all of its conditions; one that is absent is none. Of a list any value does, and an
 * empty one lets nothing through. */
export interface DocumentFilter {
  /** The chats that it was added in. */
  readonly chats?: readonly string[] | undefined
  /** Media types, lower case. */
  readonly fileTypes?: readonly string[] | undefined
  /** Milliseconds since 1970. */
  readonly createdFrom?: number | undefined
  /** The moment itself is no longer within. */
  readonly createdBefore?: number | undefined
  /** Each key's value in the document's own metadata. */
  readonly metadata?: Readonly<Record<string, MetadataValue>> | undefined
}

/** What filters see of a document. */
export interface DocumentAttributes {
  readonly chat: string | null
  /** Media type, lower case. */
  readonly fileType: string | null
  /** Milliseconds since 1970. */
  readonly created: number
  /** What of the outermost level of its metadata is a value, and no list or object. */
  readonly metadata: Readonly<Record<string, MetadataValue>>
}

export interface DescribedDocument {
  readonly document: DocumentId
  readonly attributes: DocumentAttributes
}

/** By what an index narrows a search while it looks, so that it finds as many as are asked for where there are as many. */
export type FilterOp = 'owner' | 'documents' | 'chats' | 'fileTypes' | 'created' | 'metadata'

export interface ScoredChunk {
  readonly chunk: ChunkId
  readonly score: number
}

export interface IndexedVector {
  readonly chunk: ChunkId
  readonly vector: Float32Array
}

export interface IndexedPassage {
  readonly chunk: ChunkId
  readonly title: string
  readonly context: string
  readonly text: string
}

export interface VectorStore {
  readonly supports: { readonly filterOps: readonly FilterOp[]; readonly atomicReplace: boolean }
  /** Puts the rows in the place of everything known of the document; no rows: the document is gone. */
  replaceDocument(
    owner: UserId,
    document: DocumentId,
    rows: readonly IndexedVector[],
    options?: CallOptions,
  ): Promise<void>
  /**
   * What filters see of documents from here on; of one that is not there nothing is kept. Replacing a document does not
   * change it, and a document of which nothing was said meets no condition.
   */
  describeDocuments(owner: UserId, documents: readonly DescribedDocument[], options?: CallOptions): Promise<void>
  deleteDocuments(owner: UserId, documents: readonly DocumentId[], options?: CallOptions): Promise<void>
  /** The best `limit` by cosine, best first, ties by chunk id. */
  search(scope: Scope, query: Float32Array, limit: number, options?: CallOptions): Promise<ScoredChunk[]>
  /** The exact cosine of each chunk; NaN for one that has no vector in the scope. */
  score(scope: Scope, query: Float32Array, chunks: readonly ChunkId[], options?: CallOptions): Promise<Float64Array>
  /**
   * For each chunk the places in `chunks` of the `count` others that are nearest to it by cosine, nearest first, ties by
   * place; row-major, -1 where there are no more or a vector is missing.
   */
  neighbours(scope: Scope, chunks: readonly ChunkId[], count: number, options?: CallOptions): Promise<Int32Array>
  count(owner?: UserId): Promise<number>
  close(): Promise<void>
}

export interface ReplicatedRow extends IndexedVector {
  /** Of `Terms.ofPassages`; absent: nobody looks for words there. */
  readonly terms?: WeighedTerms | undefined
}

/** Terms as numbers, distinct and ascending, from 1 to 2^32 - 2, with what each is worth. */
export interface WeighedTerms {
  readonly ids: Uint32Array
  readonly weights: Float32Array
}

/** A document as a replica takes it: all that is to be found of it. */
export interface ReplicatedDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly rows: readonly ReplicatedRow[]
  readonly attributes: DocumentAttributes
}

/** A vector store of another process, which holds what the database holds, once it has caught up with it. */
export interface VectorReplica extends VectorStore {
  /** `fullText`: the server looks for words as well, which is known once it has answered. */
  readonly supports: VectorStore['supports'] & { readonly fullText: boolean }
  /** Whether rows need their terms: also where the server, which keeps them, refuses to look for words. */
  readonly takesTerms: boolean
  /**
   * Of what it is kept in, there: another model's vectors, and another database's, have another, and so has a server that
   * looks for words. undefined: it has not answered yet.
   */
  readonly name: string | undefined
  /**
   * The server's version, once a search of no owner has gone through all that a search goes through; and whether this process
   * has had to make what the rows are kept in since it was asked last: then nothing was there.
   */
  probe(options?: CallOptions): Promise<{ readonly version: string; readonly isNew: boolean }>
  /**
   * Makes each document be there as given, whatever is there of it; rows that are there already are left as they are. Ids of
   * passages are never given twice, so that a row of one id has one vector. Some hundred documents at a time.
   * @returns how many rows were written
   */
  putDocuments(documents: readonly ReplicatedDocument[], options?: CallOptions): Promise<{ readonly added: number }>
  /**
   * The best `limit` by the products of their terms' weights with the query's, of those where that is more than 0, and the
   * best `limit` by cosine where there is a vector, together, in no order. Of a server with full text alone.
   * @param terms as of `Terms.ofQuery`
   */
  candidates(
    scope: Scope,
    query: { readonly vector?: Float32Array | undefined; readonly terms: WeighedTerms },
    limit: number,
    options?: CallOptions,
  ): Promise<ChunkId[]>
  /** The vectors of those chunks that are in the scope. */
  vectors(scope: Scope, chunks: readonly ChunkId[], options?: CallOptions): Promise<Map<ChunkId, ArrayLike<number>>>
  /**
   * The ids from `from` on and below `below` that are there, of all owners, and how many rows have one of them: more, where
   * one is there twice. `below` is 16,384 more at most, or Infinity: then only the first so many ids are told, and no more is
   * counted than they are.
   */
  inventory(from: number, below: number, options?: CallOptions): Promise<{ chunks: ChunkId[]; rows: number }>
  removeChunks(chunks: readonly ChunkId[], options?: CallOptions): Promise<void>
  /** Has much that was written lately put into the index that is to be searched; where there is little, does nothing. */
  seal(options?: CallOptions): Promise<void>
  /** Another process has written to it: reads must see that from now on. */
  changed(): void
  /**
   * Forgets what is kept under that name, which is one that a replica of an earlier time had; false: it is none that this one
   * would make, and is left alone.
   */
  drop(name: string, options?: CallOptions): Promise<boolean>
}

/** Whose server has answered. */
export type NamedReplica = VectorReplica & { readonly name: string }

export const isNamed = (replica: VectorReplica): replica is NamedReplica => replica.name !== undefined

/** What the word index made of a query; ranking needs it beside the scores. */
export interface QueryTerms {
  /** Distinct content terms as indexed (stop words removed). */
  readonly terms: readonly string[]
  /** Sum of the idf of the query's content terms, repeats counted; a term that the owner's index lacks has df 0. */
  readonly idfSum: number
  /** idf of each of `terms`. */
  readonly idf: readonly number[]
}

export interface WordHits {
  readonly hits: readonly ScoredChunk[]
  readonly query: QueryTerms
}

export interface WordScores {
  readonly bm25: Float64Array
  /** BM25 over the pairs of neighbouring query terms, their frequencies counted among the given chunks. */
  readonly phrase: Float64Array
}

export interface WordIndex {
  readonly supports: { readonly filterOps: readonly FilterOp[]; readonly atomicReplace: boolean }
  replaceDocument(
    owner: UserId,
    document: DocumentId,
    passages: readonly IndexedPassage[],
    options?: CallOptions,
  ): Promise<void>
  /**
   * What filters see of documents from here on; of one that is not there nothing is kept. Replacing a document does not
   * change it, and a document of which nothing was said meets no condition.
   */
  describeDocuments(owner: UserId, documents: readonly DescribedDocument[], options?: CallOptions): Promise<void>
  deleteDocuments(owner: UserId, documents: readonly DocumentId[], options?: CallOptions): Promise<void>
  /** The best `limit` by BM25 among chunks that hold a term of the query, best first, ties by chunk id. */
  search(scope: Scope, query: string, limit: number, options?: CallOptions): Promise<WordHits>
  /** Of each chunk, exactly: 0 where no term matches, NaN for one that is not in the scope. */
  score(scope: Scope, query: string, chunks: readonly ChunkId[], options?: CallOptions): Promise<WordScores>
  /** idf of each word as the owner's index sees it (after analysis), for weighing words elsewhere. */
  idf(owner: UserId, words: readonly string[], options?: CallOptions): Promise<Float64Array>
  count(owner?: UserId): Promise<number>
  close(): Promise<void>
}

/** What the word index makes of texts, for another store that looks for words as it does: products of weights are BM25. */
export interface Terms {
  /** Names how they are made: those of another name do not meet these. */
  readonly id: string
  /**
   * Of a query, those that passages of the owner hold, by how rare they are among these. Undefined where only the index can
   * look for it: the query has conditions, or there are passages of the owner that have no vector yet.
   */
  ofQuery(owner: UserId, query: string, options?: CallOptions): Promise<WeighedTerms | undefined>
  /** Of each passage, by how often it holds them. */
  ofPassages(passages: readonly IndexedPassage[], options?: CallOptions): Promise<readonly WeighedTerms[]>
}

export type SearchType = 'hybrid' | 'semantic' | 'keyword'

export interface RankQuery {
  readonly type: SearchType
  readonly text: string
  /** Of length 1. Absent: there is none, as for a search by words. */
  readonly vector?: Float32Array | undefined
  /** Of the embedder that made the vector. */
  readonly sigma: number
  /** How many of the best of each leg become candidates. */
  readonly depth: number
  /** What another store found nearest to the vector; absent: the index looks itself. */
  readonly nearest?: GivenNearest | undefined
  /** What another store found by words, and nearest to the vector where there is one; absent: the index looks itself. */
  readonly candidates?: Float64Array | undefined
}

/** Chunks with their cosines, best first. */
export interface GivenNearest {
  readonly chunks: Float64Array
  readonly scores: Float64Array
  /** Row by row, of all passages that may become candidates; absent: the index has them. */
  readonly vectors?: { readonly chunks: Float64Array; readonly values: Float32Array } | undefined
}

/** Row by row the candidates of a query, in no order. */
export interface Candidates {
  readonly chunks: Float64Array
  /** Whose each passage is, as far as the index knows. */
  readonly documents: readonly DocumentId[]
  /** Cosine with the query; NaN where there is no vector. */
  readonly cos: Float64Array
  readonly bm25: Float64Array
  /** What the words say, 0-1. */
  readonly rel: Float64Array
  /** By this they are ordered, best first, ties by chunk id. */
  readonly fused: Float64Array
  readonly query: QueryTerms
  /** Documents of the scope that hold anything to be found. */
  readonly searched: number
  /** Who looked for the nearest vectors, and perhaps for the words as well; absent: the index. */
  readonly engine?: EngineName
}

/** Who looked for the nearest vectors, and perhaps for the words as well. */
export type EngineName = 'embedded' | 'milvus'

/** Words and vectors together. */
export interface HybridIndex {
  /** The best by the words and the best by the vector, each scored by both. */
  rank(scope: Scope, query: RankQuery, options?: CallOptions): Promise<Candidates>
}

/** Reads a query and each passage together, which tells better than their vectors how well one answers the other. */
export interface Reranker {
  /** Names service and model. */
  readonly id: string
  /** How relevant each passage is, 0 to 1, in order. Rejects with `not_ready` or `upstream_failed`. */
  rerank(query: string, passages: readonly string[], options?: CallOptions): Promise<Float64Array>
}
