import { isSnapshotId, type ChunkId, type DocumentId } from '../../core/ids.ts'
import type { Evidence } from '../../core/ports/language-models.ts'
import type { Gathered } from './gathering.ts'
import type { RankedPassage } from './passages.ts'

/**
 * All that one answer may cite: what each of its searches brought, numbered on from the one before. A passage that was
 * found again keeps its first number.
 */
export interface Ledger {
  readonly searches: readonly Gathered[]
  /** As many of them were made for the question itself. */
  readonly first: number
  /** By their numbers, the first of them 1. */
  readonly evidence: readonly Evidence[]
  readonly nextNumber: number
  /** Notes what the model was shown. */
  show(evidence: readonly Evidence[]): void
  /** Those that it was not shown yet, in their order. */
  fresh(passages: readonly RankedPassage[]): RankedPassage[]
  /** The numbers under which it was shown these, in their order. */
  numbersOf(passages: readonly RankedPassage[]): number[]
  /** All evidence, but for what was entered without being shown and then shown under another number. */
  distinct(): Evidence[]
  add(search: Gathered): void
  /** Such as `D2`, of a page of the web `W1`: what a model calls it by. It is given one where it has none. */
  handleOf(document: DocumentId): string
  /** undefined: no document was ever called so. */
  documentOf(handle: string): DocumentId | undefined
  /** Its place among its document's passages, from 1; undefined: it is not in here. */
  placeOf(chunk: ChunkId): number | undefined
}

/** @param first what was found for the question, or for each of its parts */
export function createLedger(first: readonly Gathered[]): Ledger {
  const searches: Gathered[] = []
  const evidence: Evidence[] = []
  const numbers = new Map<ChunkId, number>()
  const places = new Map<ChunkId, number>()
  const handles = new Map<DocumentId, string>()
  const add = (search: Gathered): void => {
    searches.push(search)
    evidence.push(...search.evidence)
    for (const { chunkId, ordinal } of search.passages) places.set(chunkId, ordinal + 1)
  }
  first.forEach(add)
  return {
    searches,
    first: first.length,
    evidence,
    get nextNumber() {
      return (evidence.at(-1)?.number ?? 0) + 1
    },
    show(shown) {
      for (const { number, parts } of shown) {
        // What only completes a sentence of its neighbour was not shown itself.
        for (const { chunkId, rank } of parts) if (Number.isInteger(rank)) numbers.set(chunkId, number)
      }
    },
    fresh: (passages) => passages.filter(({ chunkId }) => !numbers.has(chunkId)),
    numbersOf: (passages) => [...new Set(passages.flatMap(({ chunkId }) => numbers.get(chunkId) ?? []))],
    distinct: () =>
      evidence.filter(({ number, parts }) => {
        const shown = parts.flatMap(({ chunkId }) => numbers.get(chunkId) ?? [])
        return shown.length === 0 || shown.includes(number)
      }),
    add,
    handleOf(document) {
      const known = handles.get(document)
      if (known !== undefined) return known
      const isWeb = isSnapshotId(document)
      const before = Array.from(handles.keys()).filter((id) => isSnapshotId(id) === isWeb)
      const handle = `${isWeb ? 'W' : 'D'}${before.length + 1}`
      handles.set(document, handle)
      return handle
    },
    documentOf(handle) {
      const wanted = handle.trim().toUpperCase()
      return Array.from(handles).find(([, name]) => name === wanted)?.[0]
    },
    placeOf: (chunk) => places.get(chunk),
  }
}
