import type { Evidence } from '../../core/ports/language-models.ts'
import type { Span } from '../../core/sentences.ts'
import { placesIn } from './quote-place.ts'
import { readText } from './read-text.ts'
import type { ReadText } from './read-text.ts'
import { readClaim, readQuote } from './read-claim.ts'
import { isBetterVerdict, jointSupportOf, supportOf } from './support.ts'
import type { ReadClaim, ReadQuote } from './read-claim.ts'
import type { Support, WordWeight } from './support.ts'
import { readableTitle } from './words.ts'

/** A place of a passage with what it says to a claim; offsets into the document's content. */
export interface Place extends Support, Span {}

export interface Resolved extends Place {
  /** Longer ones that hold clearly more of a claim that too little of is found to be sure. */
  readonly wider?: readonly Place[]
}

/** A quote is at most this many sentences: longer ones hold the words of almost any claim. */
const LONGEST_QUOTE = 3
const LONGEST_TOGETHER = 4
/** Of a claim's words, by weight: so much more must a longer quote hold to be looked at besides the nearest. */
const WIDER = 0.1

/** Names and words of these may be used by an answer besides those of the quote. */
function contextOf({ title, parts, start, text }: Evidence): string {
  const contexts = parts.flatMap((part) => {
    const firstLine = text.slice(part.start - start, part.end - start).split('\n', 1)[0] ?? ''
    return [part.context, firstLine.includes(' | ') ? firstLine : '']
  })
  return [readableTitle(title), ...contexts].join('\n')
}

type Quote = Span & { readonly read: ReadQuote }

/** A passage as the sentences that cite it are compared with it: each part is read once. */
export interface ReadEvidence {
  readonly evidence: Evidence
  readonly exactPlace: (sentence: string) => Span | undefined
  /** `length` sentences from the `i`th on. */
  quote(i: number, length: number): Quote
  context(): ReadText
}

export function readEvidence(evidence: Evidence): ReadEvidence {
  const { sentences, text } = evidence
  let context: ReadText | undefined
  const quotes = new Map<string, Quote>()
  const readContext = (): ReadText => (context ??= readText(contextOf(evidence)))
  return {
    evidence,
    exactPlace: placesIn(text),
    context: readContext,
    quote(i, length) {
      const key = `${i} ${length}`
      let quote = quotes.get(key)
      if (quote === undefined) {
        const start = sentences[i]?.start ?? evidence.start
        const end = sentences[i + length - 1]?.end ?? evidence.end
        const read = readQuote(text.slice(start - evidence.start, end - evidence.start), readContext())
        quotes.set(key, (quote = { start, end, read }))
      }
      return quote
    },
  }
}

const isBetter = (a: Support, b: Support): boolean =>
  isBetterVerdict(a.verdict, b.verdict) || (a.verdict === b.verdict && a.coverage > b.coverage)

/** The sentences that a place lies in; undefined: it is made of whole ones. */
function around({ evidence, quote }: ReadEvidence, { start, end }: Span): Quote | undefined {
  const first = evidence.sentences.findIndex((sentence) => sentence.end > start)
  const last = evidence.sentences.findLastIndex((sentence) => sentence.start < end)
  if (first === -1 || last < first) return undefined
  const whole = quote(first, last - first + 1)
  return whole.start >= start && whole.end <= end ? undefined : whole
}

/**
 * The smallest run of the passage's sentences that supports the claim; else the one that comes nearest to it. undefined:
 * the passage has none.
 * @param isQuoted the claim is made of the documents' own sentences, however they were cut: word for word is enough
 */
export function resolve(
  text: string,
  passage: ReadEvidence,
  weight: WordWeight,
  isQuoted = false,
): Resolved | undefined {
  const exact = passage.exactPlace(text)
  const claim = readClaim(text)
  if (exact !== undefined) {
    const [start, end] = [passage.evidence.start + exact.start, passage.evidence.start + exact.end]
    const whole = isQuoted ? undefined : around(passage, { start, end })
    if (whole === undefined) return { start, end, verdict: 'supported', doubt: null, coverage: 1 }
    // A part of a sentence may leave out what denies it.
    const support = supportOf(claim, whole.read, weight)
    return support.verdict === 'supported'
      ? { start, end, ...support }
      : { start: whole.start, end: whole.end, ...support }
  }
  return searched(claim, passage, weight)
}

function searched(claim: ReadClaim, passage: ReadEvidence, weight: WordWeight): Resolved | undefined {
  const count = passage.evidence.sentences.length
  const singles: Place[] = []
  for (let i = 0; i < count; i++) {
    const { start, end, read } = passage.quote(i, 1)
    singles.push({ start, end, ...supportOf(claim, read, weight) })
  }
  const best = (found: readonly Place[]): Place | undefined =>
    found.reduce<Place | undefined>((top, one) => (top === undefined || isBetter(one, top) ? one : top), undefined)
  let nearest = best(singles)
  if (nearest === undefined || nearest.verdict === 'supported') return nearest
  // What one sentence says of others, or in another order, more of them do not mend.
  if (nearest.doubt === 'order' || nearest.doubt === 'binding') return nearest

  const wider: Place[] = []
  for (let length = 2; length <= LONGEST_QUOTE; length++) {
    const runs: Place[] = []
    for (let i = 0; i + length <= count; i++) {
      const { start, end, read } = passage.quote(i, length)
      const main = singles
        .slice(i, i + length)
        .reduce((at, one, n, all) => (one.coverage > (all[at]?.coverage ?? 0) ? n : at), 0)
      runs.push({ start, end, ...jointSupportOf(claim, read, passage.quote(i + main, 1).read, weight) })
    }
    const top = best(runs)
    if (top?.verdict === 'supported') return top
    if (top === undefined) continue
    if (isBetterVerdict(top.verdict, nearest.verdict)) nearest = top
    else if (top.doubt === 'coverage' && top.coverage >= nearest.coverage + WIDER) wider.push(top)
  }
  return wider.length === 0 ? nearest : { ...nearest, wider }
}

/** A place of one passage among several that are cited for the same sentence. */
interface Part {
  readonly passage: ReadEvidence
  readonly resolved: Place
}

/** Whether places of several passages carry a sentence together; they are of a few sentences in all. */
export function carryTogether(text: string, parts: readonly Part[], weight: WordWeight): boolean {
  const reads = parts.map(({ passage, resolved: { start, end } }) => {
    const { sentences, text: whole, start: from } = passage.evidence
    const count = sentences.filter((sentence) => sentence.start < end && sentence.end > start).length
    return { text: whole.slice(start - from, end - from), context: passage.context().text, count, passage }
  })
  if (reads.reduce((sum, { count }) => sum + count, 0) > LONGEST_TOGETHER) return false
  const main = parts.reduce((best, part) => (part.resolved.coverage > best.resolved.coverage ? part : best))
  const { start, end, passage } = { ...main.resolved, passage: main.passage }
  const mainText = passage.evidence.text.slice(start - passage.evidence.start, end - passage.evidence.start)
  const context = readText([...new Set(reads.map((read) => read.context))].join('\n'))
  const joined = readQuote(reads.map((read) => read.text).join('\n'), context)
  return jointSupportOf(readClaim(text), joined, readQuote(mainText, context), weight).verdict === 'supported'
}
