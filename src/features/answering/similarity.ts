import type { CallOptions, Embedder, Logger } from '../../core/ports.ts'
import { cosineScale } from './encoder-scale.ts'
import { dotProduct } from './max-sim.ts'

/** How alike two texts are by their vectors, on the scale of `encoder-scale.ts`; undefined: no vectors could be made. */
export type Similarity = (a: string, b: string, options?: CallOptions) => Promise<number | undefined>

/** From here on a sentence and its quote say the same, if their words, names and numbers speak for it. */
export const SAME_MEANING = 0.85

/** Longer nobody waits: the sentence stays doubtful. */
const DEADLINE_MS = 1000

/** Embeds two short texts a call. Without vectors in time, or at all, the doubt stays: an answer goes on without them. */
export function createSimilarity(embedder: Embedder, logger: Logger): Similarity {
  const onScale = cosineScale(embedder)
  return async (a, b, options) => {
    const deadline = AbortSignal.timeout(DEADLINE_MS)
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
