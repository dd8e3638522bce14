import { passageText } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { ChunkId } from '../../core/ids.ts'
import type { Reranker } from '../../core/ports/search.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { RankedCandidate } from './ranked-passage.ts'
import type { ReadPassages } from './selection-reader.ts'

export interface Reranked {
  /** Best first. */
  readonly best: readonly RankedCandidate[]
  /** A sentence: why they have the order that they had. */
  readonly failure?: string
}

/** So many of the best are read again: rerankers are paid by passage, and take some milliseconds for each. */
const READ_AGAIN = 50

/**
 * Orders the best candidates by what a reranker says. Its scores become their `relevance`, and what is behind them stays
 * below. Their fused scores are dealt out anew in the new order, so that distances in the list mean what they did. Where
 * the reranker fails all stay as they are.
 * @param best best first
 */
export async function reranked(
  query: string,
  best: readonly RankedCandidate[],
  { reranker, read, logger }: { readonly reranker: Reranker; readonly read: ReadPassages; readonly logger: Logger },
  { signal }: CallOptions,
): Promise<Reranked> {
  const texts = await read(best.slice(0, READ_AGAIN).map(({ chunkId }) => chunkId))
  const again = best.slice(0, READ_AGAIN).filter(({ chunkId }) => texts.has(chunkId))
  if (again.length === 0) return { best }
  let scores: Float64Array
  try {
    scores = await reranker.rerank(
      query,
      again.map(({ chunkId }) => textOf(texts, chunkId)),
      { signal },
    )
  } catch (error) {
    signal?.throwIfAborted()
    logger.warn({ err: error, reranker: reranker.id }, 'The results could not be ordered anew; they stay as they were')
    const reason = error instanceof AppError ? ` ${error.message}` : ''
    return { best, failure: `The results were not ordered anew.${reason}` }
  }
  const fused = again.map((candidate) => candidate.fused)
  const order = Array.from(again.keys()).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b)
  const first = order.flatMap((from, at): RankedCandidate[] => {
    const [candidate, relevance = 0] = [again[from], scores[from]]
    return candidate === undefined ? [] : [{ ...candidate, fused: fused[at] ?? candidate.fused, relevance }]
  })
  const least = first.at(-1)?.relevance ?? 0
  const readAgain = new Set(again.map(({ chunkId }) => chunkId))
  const others = best
    .filter(({ chunkId }) => !readAgain.has(chunkId))
    .map((candidate) => ({
      ...candidate,
      // A passage that is gone may have stood before others; it is left out where it would be shown.
      fused: Math.min(candidate.fused, first.at(-1)?.fused ?? candidate.fused),
      relevance: Math.min(candidate.relevance, least),
    }))
  return { best: [...first, ...others] }
}

function textOf(texts: Awaited<ReturnType<ReadPassages>>, chunk: ChunkId): string {
  const passage = texts.get(chunk)
  return passage === undefined ? '' : passageText(passage.title, passage.context, passage.text)
}
