import type { ChunkId } from '../../core/ids.ts'
import { type Fingerprint, fingerprint, isNearDuplicate } from './near-duplicates.ts'
import type { RankedCandidate, RankedPassage } from './ranked-passage.ts'
import type { StoredPassage } from './repository.ts'
import { select, type SelectionRules } from './selection.ts'

/** The texts of these passages; those that have gone are missing. */
export type ReadPassages = (chunks: readonly ChunkId[]) => Promise<ReadonlyMap<ChunkId, StoredPassage>>

/**
 * The selection with its texts. Of the candidates only those are read that are shown, and of copies as many as are
 * compared until the page is full: the others are not named.
 */
export async function readSelection(
  ranked: readonly RankedCandidate[],
  rules: SelectionRules,
  read: ReadPassages,
  hidesNearDuplicates: boolean,
): Promise<{
  /** Best first. */
  readonly passages: RankedPassage[]
  /** Whether one was gone that would have been shown. */
  readonly gone: boolean
}> {
  const texts = new Map<ChunkId, StoredPassage>()
  const isSame = hidesNearDuplicates ? comparison(texts) : undefined
  let present = ranked
  for (;;) {
    const { kept, duplicates, unread } = select(present, rules, texts, isSame)
    if (unread.length === 0) {
      const passages = kept.flatMap((candidate): RankedPassage[] => {
        const text = texts.get(candidate.chunkId)
        const copies = (duplicates.get(candidate.chunkId) ?? []).flatMap(({ chunkId }) => texts.get(chunkId) ?? [])
        const named = copies.map(({ documentId, chunkId, title }) => ({ documentId, chunkId, title }))
        return text === undefined ? [] : [{ ...text, ...candidate, duplicates: named }]
      })
      return { passages, gone: present.length < ranked.length }
    }
    // Where some were copies more may be. As many again are read at once, so that a hundred copies take few rounds.
    const copies = [...duplicates.values()].flat().length
    const ahead = { ...rules, passages: rules.passages + copies, documents: rules.documents + copies }
    const wanted = copies === 0 ? unread : select(present, ahead, texts, isSame).unread
    const found = await read(wanted.map(({ chunkId }) => chunkId))
    for (const [chunk, text] of found) texts.set(chunk, text)
    const gone = new Set(wanted.map(({ chunkId }) => chunkId).filter((chunk) => !found.has(chunk)))
    if (gone.size > 0) present = present.filter(({ chunkId }) => !gone.has(chunkId))
  }
}

function comparison(texts: ReadonlyMap<ChunkId, StoredPassage>): (better: ChunkId, worse: ChunkId) => boolean {
  const prints = new Map<ChunkId, Fingerprint | undefined>()
  const printOf = (chunk: ChunkId): Fingerprint | undefined => {
    if (!prints.has(chunk)) {
      const passage = texts.get(chunk)
      prints.set(chunk, passage && fingerprint(passage))
    }
    return prints.get(chunk)
  }
  return (better, worse) => {
    const [a, b] = [printOf(better), printOf(worse)]
    return a !== undefined && b !== undefined && isNearDuplicate(a, b)
  }
}
