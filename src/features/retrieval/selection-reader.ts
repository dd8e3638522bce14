import type { ChunkId, DocumentId } from '../../core/ids.ts'
import { type Fingerprint, fingerprint, isNearDuplicate } from './near-duplicates.ts'
import type { RankedCandidate, RankedPassage } from './ranked-passage.ts'
import type { StoredPassage } from './repository.ts'
import { select, type SelectionRules } from './selection.ts'

/** The texts of these passages; those that have gone are missing. */
export type ReadPassages = (chunks: readonly ChunkId[]) => Promise<ReadonlyMap<ChunkId, StoredPassage>>

/** Whether two passages say the same. It need not hold of a first and a third what holds of both and a second. */
export type SaysTheSame = (better: StoredPassage, worse: StoredPassage) => boolean

export interface ReadSelection {
  /** Best first. */
  readonly passages: readonly RankedPassage[]
  /** Of all that were asked about so far, those that would have been shown and are gone. */
  readonly gone: ReadonlySet<ChunkId>
}

/**
 * Selects with the texts, for one search: what is read stays known from one selection to the next. Of the candidates only
 * those are read that are shown, and of copies as many as are compared until the page is full: the others are not named.
 * @param saysTheSame absent: copies are shown
 */
export function createSelectionReader(read: ReadPassages, saysTheSame?: SaysTheSame) {
  const texts = new Map<ChunkId, StoredPassage>()
  const gone = new Set<ChunkId>()
  /** Of a document of which one passage is gone all mostly are: the others are read at once. */
  const doubtful = new Set<DocumentId>()
  const isSame =
    saysTheSame &&
    ((better: ChunkId, worse: ChunkId): boolean => {
      const [a, b] = [texts.get(better), texts.get(worse)]
      return a !== undefined && b !== undefined && saysTheSame(a, b)
    })

  return async (ranked: readonly RankedCandidate[], rules: SelectionRules): Promise<ReadSelection> => {
    let present = without(gone, ranked)
    for (;;) {
      const { kept, duplicates, unread } = select(present, rules, texts, isSame)
      if (unread.length === 0) {
        const passages = kept.flatMap((candidate): RankedPassage[] => {
          const text = texts.get(candidate.chunkId)
          const copies = (duplicates.get(candidate.chunkId) ?? []).flatMap(({ chunkId }) => texts.get(chunkId) ?? [])
          const named = copies.map(({ documentId, chunkId, title }) => ({ documentId, chunkId, title }))
          return text === undefined ? [] : [{ ...text, ...candidate, duplicates: named }]
        })
        return { passages, gone }
      }
      // Where some were copies more may be. As many again are read at once, so that a hundred copies take few rounds.
      // With room for more, others may be kept than without: those that are kept without are read too, or nothing may be.
      const copies = [...duplicates.values()].flat().length
      const ahead = { ...rules, passages: rules.passages + copies, documents: rules.documents + copies }
      const more = copies === 0 ? [] : select(present, ahead, texts, isSame).unread
      const others = present.filter(({ chunkId, documentId }) => doubtful.has(documentId) && !texts.has(chunkId))
      const wanted = new Map([...unread, ...more, ...others].map(({ chunkId, documentId }) => [chunkId, documentId]))
      const found = await read([...wanted.keys()])
      for (const [chunk, text] of found) texts.set(chunk, text)
      for (const chunk of found.keys()) wanted.delete(chunk)
      for (const [chunk, document] of wanted) {
        gone.add(chunk)
        doubtful.add(document)
      }
      present = without(gone, present)
    }
  }
}

const without = (gone: ReadonlySet<ChunkId>, candidates: readonly RankedCandidate[]): readonly RankedCandidate[] =>
  gone.size === 0 ? candidates : candidates.filter(({ chunkId }) => !gone.has(chunkId))

/** As `isNearDuplicate`, with the words of each passage parted once and each two compared once. */
export function nearDuplicates(): SaysTheSame {
  const prints = new Map<StoredPassage, Fingerprint>()
  const answers = new Map<StoredPassage, Map<StoredPassage, boolean>>()
  return (better, worse) => {
    const known = kept(answers, better, () => new Map<StoredPassage, boolean>())
    return kept(known, worse, () =>
      isNearDuplicate(
        kept(prints, better, () => fingerprint(better)),
        kept(prints, worse, () => fingerprint(worse)),
      ),
    )
  }
}

function kept<K, V>(values: Map<K, V>, key: K, make: () => V): V {
  const known = values.get(key)
  if (known !== undefined) return known
  const made = make()
  values.set(key, made)
  return made
}
