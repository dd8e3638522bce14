import type { Embedder, TokenVectors } from '../../core/ports/embedding.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { cosineScale, wordMatchScale } from './encoder-scale.ts'
import { dotProduct } from './row-products.ts'
import type { Likeness } from './meaning.ts'
import { bestWordMatches } from './word-matches.ts'

export interface ComparedText {
  readonly text: string
  /** Those that are matched with words of the other text: parted by white space, counted from 0. */
  readonly words: readonly number[]
}

/** How alike one text is to each of others by their vectors, in order; undefined: no vectors could be made. */
export type Similarity = (
  own: ComparedText,
  others: readonly ComparedText[],
  options?: CallOptions,
) => Promise<readonly Likeness[] | undefined>

/** Longer nobody waits: the sentence stays doubtful. */
const DEADLINE_MS = 1000

/**
 * Embeds a few short texts in one call, with their word pieces where the encoder gives them and its scale is known.
 * Without vectors in time, or at all, the doubt stays: an answer goes on without them.
 */
export function createSimilarity(embedder: Embedder, logger: Logger, deadlineMs = DEADLINE_MS): Similarity {
  const onScale = cosineScale(embedder)
  const onMatchScale = wordMatchScale(embedder)

  async function byTokens(
    own: ComparedText,
    others: readonly ComparedText[],
    onMatches: (cosine: number) => number,
    options: CallOptions,
  ): Promise<Likeness[] | undefined> {
    const texts = [own, ...others].map(({ text }) => text)
    const [first, ...read] = (await embedder.embedTokens?.(texts, 'document', options)) ?? []
    if (first === undefined || read.length < others.length) return undefined
    return read.map((vectors: TokenVectors, i): Likeness => {
      const wanted = { vectors: first, words: own.words }
      const matches = bestWordMatches(wanted, { vectors, words: others[i]?.words ?? [] }, embedder.dimension)
      return {
        cosine: onScale(dotProduct(first.vector, vectors.vector)),
        words: matches.map((match) => ({ ...match, cosine: onMatches(match.cosine) })),
      }
    })
  }

  async function byTexts(texts: readonly string[], options: CallOptions): Promise<Likeness[] | undefined> {
    const [own, ...others] = await embedder.embed(texts, 'document', options)
    if (own === undefined || others.length < texts.length - 1) return undefined
    return others.map((other): Likeness => ({ cosine: onScale(dotProduct(own, other)) }))
  }

  return async (own, others, options) => {
    const deadline = AbortSignal.timeout(deadlineMs)
    const signal = options?.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    try {
      if (embedder.embedTokens !== undefined && onMatchScale !== undefined)
        return await byTokens(own, others, onMatchScale, { signal })
      const texts = [own, ...others].map(({ text }) => text)
      return await byTexts(texts, { signal })
    } catch (error) {
      options?.signal?.throwIfAborted()
      logger.warn({ err: error }, 'A sentence could not be compared with its quote by vectors; it stays doubtful')
      return undefined
    }
  }
}
