import type { CallOptions, Embedder, Logger } from '../../core/ports.ts'
import type { Verdict } from './answer.ts'
import { cosineScale } from './encoder-scale.ts'
import { dotProduct } from './max-sim.ts'

/** How alike two texts are by their vectors, on the scale of `encoder-scale.ts`; undefined: no vectors could be made. */
export type Similarity = (a: string, b: string, options?: CallOptions) => Promise<number | undefined>

/**
 * What vectors and words together make of a sentence and its quote where nothing else speaks against them: the cosine,
 * with the title before both, plus a share of the coverage. Chosen on even articles.
 */
const COVERAGE_SHARE = 0.2
const SUPPORTED = 0.99
const DOUBTFUL = 0.975

/** @param coverage idf share of the sentence's words that the quote holds */
export function verdictByMeaning(similarity: number, coverage: number): Verdict {
  const score = similarity + COVERAGE_SHARE * coverage
  return score >= SUPPORTED ? 'supported' : score >= DOUBTFUL ? 'doubtful' : 'unsupported'
}

/** Longer nobody waits: the sentence stays doubtful. */
const DEADLINE_MS = 1000

/** Embeds two short texts a call. Without vectors in time, or at all, the doubt stays: an answer goes on without them. */
export function createSimilarity(embedder: Embedder, logger: Logger, deadlineMs = DEADLINE_MS): Similarity {
  const onScale = cosineScale(embedder)
  return async (a, b, options) => {
    const deadline = AbortSignal.timeout(deadlineMs)
    const signal = options?.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    try {
      const [first, second] = await embedder.embed([a, b], 'document', { signal })
      return first === undefined || second === undefined ? undefined : onScale(dotProduct(first, second))
    } catch (error) {
      options?.signal?.throwIfAborted()
      logger.warn({ err: error }, 'A sentence could not be compared with its quote by vectors; it stays doubtful')
      return undefined
    }
  }
}
