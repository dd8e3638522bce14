import type { Evidence, EvidencePart, EvidenceSentence } from '../../core/ports.ts'
import type { RankedPassage } from './passages.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import type { SentenceRanking } from './sentence-ranking.ts'

/** More white space between two passages parts them. In UTF-16 code units. */
const WIDEST_GAP = 200

/**
 * The evidence ledger: all that an answer may cite, numbered from 1 in the order of retrieval, with its sentences as places
 * of the document and with the score that ranking gave them. Passages that follow each other in a document are read as
 * one, in their order: what the second says often rests on the first, and one number stands for both.
 */
export function buildLedger(
  passages: readonly RankedPassage[],
  read: readonly ReadPassage[],
  ranking: SentenceRanking,
): Evidence[] {
  const ranked = new Map(ranking.sentences.map((sentence) => [`${sentence.passage} ${sentence.piece}`, sentence]))
  const sentencesOf = (rank: number, { start: from }: RankedPassage): EvidenceSentence[] =>
    (read[rank]?.pieces ?? []).map(({ start, end, text }, i) => {
      const scored = ranked.get(`${rank} ${i}`)
      return {
        start: from + start,
        end: from + end,
        text,
        score: scored?.score ?? null,
        probability: scored?.probability ?? null,
        covers: scored?.covers ?? [],
      }
    })
  return runsOf(passages).map(([first, ...rest], i): Evidence => {
    const { documentId, version, title, start } = first.passage
    let { end, text } = first.passage
    for (const { passage } of rest) {
      text += '\n'.repeat(passage.start - end) + passage.text
      end = passage.end
    }
    const sentences = [first, ...rest].flatMap(({ rank, passage }) => sentencesOf(rank, passage))
    const parts: Evidence['parts'] = [partOf(first), ...rest.map(partOf)]
    return { number: i + 1, documentId, version, title, parts, start, end, text, sentences }
  })
}

interface Placed {
  readonly passage: RankedPassage
  readonly rank: number
}
type Run = [Placed, ...Placed[]]

/** Passages that follow each other, in reading order; the run with the best passage first. */
function runsOf(passages: readonly RankedPassage[]): Run[] {
  const placed = passages.map((passage, rank): Placed => ({ passage, rank }))
  const runs: Run[] = []
  for (const own of Map.groupBy(placed, ({ passage }) => `${passage.documentId} ${passage.version}`).values()) {
    let before: Placed | undefined
    for (const next of own.toSorted((a, b) => a.passage.start - b.passage.start)) {
      if (before !== undefined && follows(before.passage, next.passage)) runs.at(-1)?.push(next)
      else runs.push([next])
      before = next
    }
  }
  const bestOf = (run: Run): number => Math.min(...run.map(({ rank }) => rank))
  return runs.toSorted((a, b) => bestOf(a) - bestOf(b))
}

function follows(before: RankedPassage, next: RankedPassage): boolean {
  const gap = next.start - before.end
  return next.ordinal === before.ordinal + 1 && gap >= 0 && gap <= WIDEST_GAP
}

const partOf = ({ passage: { chunkId, context, page, start, end }, rank }: Placed): EvidencePart => ({
  chunkId,
  context,
  page,
  start,
  end,
  rank,
})

/**
 * The evidence with the parts that `isWanted` alone, as far as they follow each other from the best of them on; undefined:
 * it wants none.
 */
export function narrowed(evidence: Evidence, isWanted: (part: EvidencePart) => boolean): Evidence | undefined {
  const wanted = evidence.parts.filter(isWanted)
  if (wanted.length === evidence.parts.length) return evidence
  const best = wanted.toSorted((a, b) => a.rank - b.rank)[0]
  if (best === undefined) return undefined
  const at = evidence.parts.indexOf(best)
  const before = evidence.parts.slice(0, at)
  const after = evidence.parts.slice(at + 1)
  const from = before.findLastIndex((part) => !isWanted(part)) + 1
  const until = after.findIndex((part) => !isWanted(part))
  const [first, ...rest] = [...before.slice(from), best, ...(until === -1 ? after : after.slice(0, until))]
  if (first === undefined) return undefined
  const { start } = first
  const end = rest.at(-1)?.end ?? first.end
  return {
    ...evidence,
    parts: [first, ...rest],
    start,
    end,
    text: evidence.text.slice(start - evidence.start, end - evidence.start),
    sentences: evidence.sentences.filter((sentence) => sentence.start >= start && sentence.end <= end),
  }
}
