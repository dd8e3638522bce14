import type { CallOptions, ThreadModule } from './surroundings.ts'

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
