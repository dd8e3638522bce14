import { AppError } from '../../core/errors.ts'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'

export interface ReadQuery {
  /** undefined: the query is searched for by its words. */
  readonly vector: Float32Array | undefined
  /** A sentence: why there is no vector. */
  readonly failure?: string
}

/**
 * The vector of a query, or why there is none: a search goes on by words where the embedding model is away, or takes longer
 * than `milliseconds`. Rejects only once the caller's signal has aborted.
 */
export async function readQuery(
  query: string,
  { embedder, logger, milliseconds }: { embedder: Embedder; logger: Logger; milliseconds: number },
  { signal }: CallOptions,
): Promise<ReadQuery> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(new Error(`No vector within ${milliseconds} ms`)), milliseconds)
  try {
    const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
    const [vector] = await embedder.embed([query], 'query', { signal: either })
    if (vector === undefined) throw new Error('The embedder gave no vector for a text')
    return { vector }
  } catch (error) {
    signal?.throwIfAborted()
    logger.warn({ err: error, model: embedder.name }, 'A query could not be embedded; it is searched for by its words')
    const reason = error instanceof AppError ? ` ${error.message}` : ''
    return { vector: undefined, failure: `The query was searched for by its words only.${reason}` }
  } finally {
    clearTimeout(timer)
  }
}
