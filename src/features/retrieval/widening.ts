import { breaksOff, goesOn, sentences } from '../../core/sentences.ts'
import type { RankedPassage } from './ranked-passage.ts'
import type { Position, StoredPassage } from './repository.ts'

/** The end of the passage before, or the beginning of the next one; places are of the document's content. */
export type Fragment = Pick<StoredPassage, 'chunkId' | 'context' | 'page' | 'url' | 'start' | 'end' | 'text'>

export interface WidenedPassage extends RankedPassage {
  /** The rest of the sentence that the passage begins within; absent: it begins with one, or the passage before is there. */
  readonly before?: Fragment | undefined
  /** The rest of its last sentence, likewise. */
  readonly after?: Fragment | undefined
}

/** Longer rests are none: nothing ends a sentence there, as in code. In UTF-16 code units. */
const LONGEST_REST = 600
/** One word may be all that is missing. */
const SHORTEST_REST = 1
/** White space beyond this parts two texts. */
const WIDEST_GAP = 200

/**
 * Completes sentences that a passage's border cuts, as where a page ends within one. Of neighbours that are found
 * themselves nothing is added.
 * @param read the passages at these places; those that have gone are missing
 */
export async function widened(
  passages: readonly RankedPassage[],
  read: (positions: readonly Position[]) => Promise<readonly StoredPassage[]>,
): Promise<WidenedPassage[]> {
  const found = new Set(passages.map(keyOf))
  const missing = (passage: RankedPassage, step: number): Position[] => {
    const { documentId, version, ordinal } = passage
    const position = { documentId, version, ordinal: ordinal + step }
    return position.ordinal < 0 || found.has(keyOf(position)) ? [] : [position]
  }
  const wanted = passages.flatMap((passage) => [
    ...(goesOn(passage.text) ? missing(passage, -1) : []),
    ...(breaksOff(passage.text) ? missing(passage, 1) : []),
  ])
  if (wanted.length === 0) return [...passages]
  const neighbours = new Map((await read(wanted)).map((passage) => [keyOf(passage), passage]))
  const at = (passage: RankedPassage, step: number): StoredPassage | undefined =>
    missing(passage, step).flatMap((position) => neighbours.get(keyOf(position)) ?? [])[0]
  return passages.map((passage): WidenedPassage => {
    const [previous, next] = [at(passage, -1), at(passage, 1)]
    const before = previous !== undefined && isCut(previous, passage) ? endOf(previous) : undefined
    const after = next !== undefined && isCut(passage, next) ? beginningOf(next) : undefined
    return { ...passage, before, after }
  })
}

const keyOf = ({ documentId, version, ordinal }: Position): string => `${documentId} ${version} ${ordinal}`

const isCut = (before: StoredPassage, after: StoredPassage): boolean =>
  after.start - before.end <= WIDEST_GAP && breaksOff(before.text) && goesOn(after.text)

function beginningOf(passage: StoredPassage): Fragment | undefined {
  const [first] = sentences(passage.text.slice(0, LONGEST_REST + 1), passage.language ?? undefined, SHORTEST_REST)
  return first === undefined ? undefined : fragmentOf(passage, 0, first.end)
}

function endOf(passage: StoredPassage): Fragment | undefined {
  const from = Math.max(0, passage.text.length - LONGEST_REST - 1)
  const last = sentences(passage.text.slice(from), passage.language ?? undefined, SHORTEST_REST).at(-1)
  return last === undefined ? undefined : fragmentOf(passage, from + last.start, passage.text.length)
}

function fragmentOf(
  { chunkId, context, page, url, start, text }: StoredPassage,
  from: number,
  to: number,
): Fragment | undefined {
  if (to - from > LONGEST_REST) return undefined
  return { chunkId, context, page, url, start: start + from, end: start + to, text: text.slice(from, to) }
}
