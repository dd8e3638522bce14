import { isSnapshotId } from '../../core/ids.ts'
import type { Source } from './answer.ts'
import type { RankedPassage } from './passages.ts'

const unit = (value: number): number => Math.min(1, Math.max(0, value))

/** The documents of the passages, by the best passage of each; its scores are the document's. */
export function sourcesOf(passages: readonly RankedPassage[]): Source[] {
  const groups = Map.groupBy(passages, ({ documentId }) => documentId)
  return Array.from(groups, ([documentId, found], i): Source => {
    const cosines = found.map(({ cosine }) => cosine).filter((cosine) => !Number.isNaN(cosine))
    return {
      documentId,
      title: found[0]?.title ?? '',
      relevance: unit(Math.max(...found.map(({ relevance }) => relevance))),
      semantic: cosines.length === 0 ? null : unit(Math.max(...cosines)),
      keyword: unit(Math.max(...found.map(({ keyword }) => keyword))),
      rank: i + 1,
      url: found[0]?.url ?? null,
      isWeb: isSnapshotId(documentId),
    }
  })
}
