import type { ChunkId, DocumentId } from '../../core/ids.ts'

/** A passage that was found, before its text is read. */
export interface Candidate {
  readonly chunkId: ChunkId
  readonly documentId: DocumentId
  /** By this the candidates are ordered, best first. */
  readonly fused: number
  /** The same in 0-1. */
  readonly relevance: number
}

export interface SelectionRules {
  /** Most passages in all, and most documents. */
  readonly passages: number
  readonly documents: number
  /** Least relevance of a document's best passage, 0 to 1. */
  readonly threshold: number
  readonly perDocument: number
  /**
   * How much better than the next of other documents a passage must be to be one more than `perDocument`, in the unit of
   * fused scores; Infinity: none is.
   */
  readonly handicap: number
}

export interface Selection<T extends Candidate> {
  /** Best first. */
  readonly kept: readonly T[]
  /** What was left out as it says the same, by what it stands behind, best first. */
  readonly duplicates: ReadonlyMap<ChunkId, readonly T[]>
  /** Of `kept`, those whose text is not read yet: they may turn out to be copies. */
  readonly unread: readonly T[]
}

/**
 * What is shown of a ranked list: from the best on, each that says something new, as far as its document may have one
 * more. This is greedy, as the choice for diversity of Carbonell and Goldstein ("The use of MMR", 1998), with likeness as a
 * condition in the place of a weight.
 * @param candidates best first
 * @param read those whose text is known
 * @param isNearDuplicate of passages that are read; absent: copies are shown
 */
export function select<T extends Candidate>(
  candidates: readonly T[],
  rules: SelectionRules,
  read: { has(chunk: ChunkId): boolean },
  isNearDuplicate?: (better: ChunkId, worse: ChunkId) => boolean,
): Selection<T> {
  const kept: T[] = []
  const unread: T[] = []
  const duplicates = new Map<ChunkId, T[]>()
  const counts = new Map<DocumentId, number>()
  /** Beyond what their document may have, best first: they wait until nothing of others is about as good. */
  const waiting: T[] = []

  const take = (candidate: T): void => {
    if (read.has(candidate.chunkId)) {
      const said = kept.find(
        ({ chunkId }) => read.has(chunkId) && isNearDuplicate?.(chunkId, candidate.chunkId) === true,
      )
      if (said !== undefined) {
        const behind = duplicates.get(said.chunkId)
        if (behind === undefined) duplicates.set(said.chunkId, [candidate])
        else behind.push(candidate)
        return
      }
    } else {
      unread.push(candidate)
    }
    kept.push(candidate)
    counts.set(candidate.documentId, (counts.get(candidate.documentId) ?? 0) + 1)
  }

  let next = 0
  while (kept.length < rules.passages) {
    const candidate = candidates[next]
    const [waits] = waiting
    if (waits !== undefined && (candidate === undefined || waits.fused - rules.handicap > candidate.fused)) {
      waiting.shift()
      take(waits)
      continue
    }
    if (candidate === undefined) break
    next++
    const own = counts.get(candidate.documentId) ?? 0
    if (own === 0 && (counts.size === rules.documents || candidate.relevance < rules.threshold)) continue
    if (own < rules.perDocument) take(candidate)
    else if (rules.handicap !== Infinity) waiting.push(candidate)
  }
  const chosen = new Set(kept)
  return { kept: candidates.filter((candidate) => chosen.has(candidate)), duplicates, unread }
}
