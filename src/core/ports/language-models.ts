import type { ChunkId, DocumentId } from '../ids.ts'
import type { CallOptions } from './surroundings.ts'

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
  /** For a model that quotes: the best few sentences (undefined), or all that have a score, in the order of the evidence. */
  readonly quote?: 'all' | undefined
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
