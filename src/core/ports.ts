import type { Block, ChunkDraft, DocumentProperties, PageFacts } from './documents.ts'
import type { ChunkId, DocumentId, UserId } from './ids.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
}

/** A module that another thread imports by itself: its `create(options)` makes what the port's doc says. */
export interface ThreadModule {
  readonly href: string
  /** Survives a structured clone. */
  readonly options: unknown
}

// --- Embedding ---------------------------------------------------------------------------------------------------

export type EmbedKind = 'query' | 'document'

export interface EmbedOptions extends CallOptions {
  /** Whether somebody waits: then it goes before everything else. Default: for a query. */
  readonly urgent?: boolean | undefined
}

/** One text's vector, and one vector a word piece (row-major, `tokens x dimension`), all of length 1. */
export interface TokenVectors {
  readonly vector: Float32Array
  readonly tokens: Float32Array
  /** Which of the text's words, parted by white space and counted from 0, each word piece is of. */
  readonly words: Uint16Array
}

export interface Embedder {
  /** Name and checksum of the weights: vectors of two ids are never compared. */
  readonly id: string
  readonly name: string
  /** Of a remote model that has never answered 0, till it does; `id` and `sigma` follow it. */
  readonly dimension: number
  /** Texts that one call should have at the most. */
  readonly maxBatch: number
  /** The window in the model's own tokens, special tokens included. Longer texts are cut. */
  readonly maxTokens: number
  /** Standard deviation of the cosines between random passages: the unit in which ranking reads a cosine. */
  readonly sigma: number
  /** Languages (ISO 639-1) that the model reads, or 'many'. */
  readonly languages: readonly string[] | 'many'
  /** `create(options)` gives `(text: string) => number`, the text's length in tokens without special ones. */
  readonly tokenCounter: ThreadModule
  /**
   * Vectors of length 1, one a text, in order. A query goes before documents that wait. Rejects with `not_ready` where the
   * model cannot be had now (`retryAfter`: before so many seconds it is not asked again), `upstream_failed` where it refuses
   * these texts.
   */
  embed(texts: readonly string[], kind: EmbedKind, options?: EmbedOptions): Promise<Float32Array[]>
  /** The same with the vectors of the word pieces (no special tokens); absent where the model does not give them. */
  embedTokens?(texts: readonly string[], kind: EmbedKind, options?: EmbedOptions): Promise<TokenVectors[]>
  close(): Promise<void>
}

// --- Search ------------------------------------------------------------------------------------------------------

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
}

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

// --- Documents in ------------------------------------------------------------------------------------------------

export type ParseEvent =
  | Block
  /** `page` of HTML alone. */
  | { readonly kind: 'properties'; readonly properties: DocumentProperties; readonly page?: PageFacts }
  /** A sentence for the person about something that was left out. */
  | { readonly kind: 'warning'; readonly message: string }

export interface DocumentParser {
  readonly id: string
  readonly mediaTypes: readonly string[]
  /** Lower case, with the dot. */
  readonly extensions: readonly string[]
  /** Throws an AppError `document_*` or `unsupported_media_type` whose message says what the person can do. */
  parse(bytes: Uint8Array, filename: string, options?: CallOptions): AsyncIterable<ParseEvent>
}

export interface ParsedDocument {
  readonly parser: string
  readonly mediaType: string
  readonly properties: DocumentProperties
  /** Of an HTML page. */
  readonly page?: PageFacts | undefined
  readonly blocks: readonly Block[]
  /** Sentences for the person: what was left out and why (an image without text, a sheet cut at a limit). */
  readonly warnings: readonly string[]
}

/** Detects the type and parses, outside the main thread, within limits of time, memory and output. */
export interface DocumentReader {
  read(bytes: Uint8Array, filename: string, options?: CallOptions): Promise<ParsedDocument>
  close(): Promise<void>
}

// --- Language models ---------------------------------------------------------------------------------------------

/** What a model asks to have done before it goes on. */
export interface ToolCall {
  /** Of this call, as the provider calls it or the adapter does. */
  readonly id: string
  readonly name: string
  /** As the model wrote them: JSON of an object, or what was meant to be. */
  readonly arguments: string
  /** What its provider wants to see again beside the call. Only the adapter that made it reads it; it is handed back as it is. */
  readonly state?: string | undefined
}

export interface Tool {
  /** Letters, digits and `_`, at most 64. */
  readonly name: string
  readonly description: string
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>
}

export type ModelMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] | undefined }
  /** What came of a call; one for each, directly behind the message that asked for them. */
  | { readonly role: 'tool'; readonly callId: string; readonly name: string; readonly content: string }

/** A sentence of a passage, scored for one question. Offsets are into the document's canonical text. */
export interface EvidenceSentence {
  readonly start: number
  readonly end: number
  readonly text: string
  /** How well it answers the question: raw score, and its share (softmax) among the candidates; null: not a candidate. */
  readonly score: number | null
  readonly probability: number | null
  /** idf share of each of the question's words that it covers. */
  readonly covers: readonly number[]
}

/** A stored passage as a part of the evidence; places are of the document's content. */
export interface EvidencePart {
  readonly chunkId: ChunkId
  /** What the passage is read under: its headings, the header rows of its table. */
  readonly context: string
  readonly page: number | null
  /** Of the page of the web that it is of. */
  readonly url?: string | undefined
  readonly start: number
  readonly end: number
  /** Its place among the passages that were found, from 0, the best first; with .5 a piece that completes its sentence. */
  readonly rank: number
}

/** One numbered stretch of a document that an answer may cite: a passage, or several that follow each other. */
export interface Evidence {
  /** The [n] of the answer. */
  readonly number: number
  readonly documentId: DocumentId
  readonly version: number
  readonly title: string
  /** In reading order, at least one; between two of them the document has nothing but white space. */
  readonly parts: readonly [EvidencePart, ...EvidencePart[]]
  readonly start: number
  readonly end: number
  /** The document's content from `start` to `end`; for what lies between two parts stand line ends, as many. */
  readonly text: string
  readonly sentences: readonly EvidenceSentence[]
}

export interface ModelRequest {
  readonly messages: readonly ModelMessage[]
  /** The passages that the messages show, for a model that quotes instead of writing. */
  readonly question: string
  readonly evidence: readonly Evidence[]
  /** What the model may ask for. Only for one that `supports.tools`; others do not see them. */
  readonly tools?: readonly Tool[] | undefined
  /**
   * The text is JSON of this schema, whose objects require all of their properties and allow no others
   * (`additionalProperties: false`), as providers want it. Only for a model that `supports.jsonSchema`.
   */
  readonly output?: { readonly name: string; readonly schema: Readonly<Record<string, unknown>> } | undefined
  /** Most tokens of what is written; undefined: as the provider has it. */
  readonly maxTokens?: number | undefined
}

/** `tools`: it waits for what comes of its calls; `length`: cut where the window or the provider's limit ended; `filtered`: withheld by the provider's filter. */
export type FinishReason = 'stop' | 'tools' | 'length' | 'filtered' | 'abstain'

export type ModelEvent =
  /** Who writes what follows: before anything else where several models stand behind one, and again when it changes. */
  | { readonly type: 'model'; readonly provider: string; readonly id: string; readonly failed?: string | undefined }
  | { readonly type: 'text-delta'; readonly text: string }
  /** Whole, before `finish`. */
  | { readonly type: 'tool-call'; readonly call: ToolCall }
  /** `tokens` of prompt and answer together, as the provider counted them; null: it did not say. */
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly tokens: number | null }

export interface LanguageModel {
  /** As the provider calls it. */
  readonly id: string
  /** As LLM_PROVIDER calls it. */
  readonly provider: string
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number
  /** As far as is known: a server that refuses what it was offered (ProviderFailure `tools`, `schema`) is not offered it again. */
  readonly supports: { readonly tools: boolean; readonly jsonSchema: boolean }
  /** Whether it reads the messages and writes. One that does not quotes the evidence, and cannot leave it. */
  readonly writes: boolean
  /** Ends with `finish`, or throws a ProviderFailure (`upstream_failed` or `not_ready`) for people to read. */
  stream(request: ModelRequest, options?: CallOptions): AsyncIterable<ModelEvent>
  /** Rejects like `stream` where no answer could be written now. Free of charge. */
  probe(options?: CallOptions): Promise<void>
}

// --- The network -------------------------------------------------------------------------------------------------

/**
 * As the standard's `fetch`, but to one configured service and nowhere else: the door out (src/egress) makes one for each.
 * Redirects are not followed.
 */
export type ServiceFetch = (address: string, init?: RequestInit) => Promise<Response>

// --- The web -----------------------------------------------------------------------------------------------------

/** What a search engine says of a page: text of others, and an address that nobody has looked at. */
export interface WebResult {
  /** http or https, without user and fragment; it may be of any host. */
  readonly url: string
  /** Plain text of one line, not empty. */
  readonly title: string
  /** Plain text of one line; may be empty. */
  readonly snippet: string
  /** The day on which the page is said to have been published: YYYY-MM-DD. */
  readonly published?: string | undefined
}

export interface WebSearchOptions extends CallOptions {
  /** At least 1. The provider may give fewer, also where there are more. */
  readonly limit: number
  /** ISO 639-1: pages in it are asked for, where the provider can. */
  readonly language?: string | undefined
}

/** What a person may say of a search of the web. */
export interface WebSettings {
  /** Pages that are read of what it finds; 1 to 8. */
  readonly maxResults?: number | undefined
  /** ISO 639-1. */
  readonly language?: string | undefined
}

export interface WebSearch {
  /** As WEB_SEARCH_PROVIDER calls it. */
  readonly provider: string
  /**
   * Best first, each page once. No page is opened.
   * @throws AppError `upstream_failed`, or `not_ready` where it takes no more for a while (`retryAfter`), for people to
   * read; `invalid_request` for a query without a word; the signal's reason
   */
  search(query: string, options: WebSearchOptions): Promise<readonly WebResult[]>
}

/** A page that was read and not stored. */
export interface ReadPage {
  /** Where redirects led to. */
  readonly url: string
  /** Canonical, of one line. */
  readonly title: string
  /** Canonical: the main text; of a very long page its beginning. */
  readonly text: string
  /** The passages of the text; none where it has no words. */
  readonly passages: readonly ChunkDraft[]
  readonly mediaType: string
  /** ISO 639-1: that of most of the text; null: it cannot be told. */
  readonly language: string | null
  /** ISO 8601, as the page says. */
  readonly published?: string | undefined
}

/** Reads a page that a person or a search result names, through the door out, and stores nothing. */
export interface PageReader {
  /**
   * A URL without a scheme gets https. @throws AppError `blocked_address`, `upstream_failed`, `payload_too_large`,
   * `unsupported_media_type`, `invalid_request` (no address, or a log-in is asked for), `document_*`
   */
  readPage(url: string, options?: CallOptions): Promise<ReadPage>
}

// --- People ------------------------------------------------------------------------------------------------------

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

// --- Shared state ------------------------------------------------------------------------------------------------

export interface RateLimitState {
  readonly allowed: boolean
  /** Requests of a key in a window, and how many of them are left. */
  readonly limit: number
  readonly remaining: number
  /** Milliseconds until the window ends. */
  readonly resetMs: number
}

/** Counts requests by key in windows of time. */
export interface RateLimiter {
  /** Counts one more. */
  take(key: string): Promise<RateLimitState>
}

// --- Surroundings ------------------------------------------------------------------------------------------------

export interface Clock {
  now(): Date
}

/** The part of pino that the code uses. Never pass texts of documents or questions, nor secrets. */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  child(fields: object): Logger
}
