import type { Evidence, EvidencePart, EvidenceSentence } from '../../core/ports/language-models.ts'
import { breaksOff, goesOn } from '../../core/sentences.ts'
import type { Fragment, RankedPassage } from './passages.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import type { SentenceRanking } from './sentence-ranking.ts'

/** More white space between two passages parts them. In UTF-16 code units. */
const WIDEST_GAP = 200

/**
 * The evidence ledger: all that an answer may cite, numbered from `first` in the order of retrieval, with its sentences as
 * places of the document and with the score that ranking gave them. Passages that follow each other in a document are read as
 * one, in their order: what the second says often rests on the first, and one number stands for both.
 */
export function buildLedger(
  passages: readonly RankedPassage[],
  read: readonly ReadPassage[],
  ranking: SentenceRanking,
  first = 1,
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
  return runsOf(passages).map((run, i): Evidence => {
    const { documentId, version, title } = run[0].passage
    const [head, ...rest] = piecesOf(run, sentencesOf)
    const { start } = head.part
    let { end } = head.part
    let text = head.text
    let sentences = head.sentences
    for (const next of rest) {
      sentences =
        breaksOff(text) && goesOn(next.text) ? joined(sentences, next.sentences) : [...sentences, ...next.sentences]
      text += '\n'.repeat(next.part.start - end) + next.text
      end = next.part.end
    }
    const parts: Evidence['parts'] = [head.part, ...rest.map(({ part }) => part)]
    return { number: first + i, documentId, version, title, parts, start, end, text, sentences }
  })
}

interface Placed {
  readonly passage: RankedPassage
  readonly rank: number
}
type Run = [Placed, ...Placed[]]

interface Piece {
  readonly part: EvidencePart
  readonly text: string
  readonly sentences: readonly EvidenceSentence[]
}

/** A run's passages, between what completes its first and its last sentence. */
function piecesOf(
  run: Run,
  sentencesOf: (rank: number, passage: RankedPassage) => readonly EvidenceSentence[],
): [Piece, ...Piece[]] {
  const fragment = (of: Fragment | undefined, rank: number): Piece[] => {
    if (of === undefined) return []
    const { start, end, text } = of
    const sentence = { start, end, text, score: null, probability: null, covers: [] }
    return [{ part: partOf(of, rank + 0.5), text, sentences: [sentence] }]
  }
  const whole = ({ passage, rank }: Placed): Piece => ({
    part: partOf(passage, rank),
    text: passage.text,
    sentences: sentencesOf(rank, passage),
  })
  const [first, ...rest] = run
  const last = rest.at(-1) ?? first
  const [begins, ...goes] = [...fragment(first.passage.before, first.rank), whole(first)]
  return [begins ?? whole(first), ...goes, ...rest.map(whole), ...fragment(last.passage.after, last.rank)]
}

/** A border cuts the last sentence of one and the first of the other: they are one, as good as its better half. */
function joined(before: readonly EvidenceSentence[], after: readonly EvidenceSentence[]): EvidenceSentence[] {
  const [head, tail] = [before.at(-1), after[0]]
  if (head === undefined || tail === undefined) return [...before, ...after]
  const better = (tail.score ?? -Infinity) > (head.score ?? -Infinity) ? tail : head
  const whole = { ...better, start: head.start, end: tail.end, text: `${head.text} ${tail.text}` }
  return [...before.slice(0, -1), whole, ...after.slice(1)]
}

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

const partOf = ({ chunkId, context, page, url, start, end }: Fragment, rank: number): EvidencePart => ({
  chunkId,
  context,
  page,
  url,
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
