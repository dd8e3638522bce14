import type { DocumentId, UserId } from '../../core/ids.ts'
import type { CallOptions, Evidence, EvidenceSentence } from '../../core/ports.ts'
import type { Span } from '../../core/sentences.ts'
import type { CitedPlace, Citation, Claim, Doubt, Verdict } from './answer.ts'
import { markedSentences } from './claims.ts'
import type { MarkedSentence } from './claims.ts'
import { placesIn } from './quote-place.ts'
import { contentOf, readClaim, readQuote, supportOf } from './support.ts'
import type { ReadQuote, Support, WordWeight } from './support.ts'
import { wordsOf } from './words.ts'
import type { Word } from './words.ts'

/** The canonical text of a stored version; undefined: there is no such version. */
export type ReadContent = (document: DocumentId, version: number, options?: CallOptions) => Promise<string | undefined>

export interface VerifyDependencies {
  /** The answer is made of sentences of the documents, not written. */
  readonly onlyQuotes?: boolean
  readonly content: ReadContent
  readonly words: { idf(owner: UserId, words: readonly string[], options?: CallOptions): Promise<Float64Array> }
}

interface Resolved extends Support {
  /** Into the document's content. */
  readonly start: number
  readonly end: number
}

/** A quote is at most this many sentences: longer ones hold the words of almost any claim. */
const LONGEST_QUOTE = 3
const ORDER: Readonly<Record<Verdict, number>> = { supported: 2, doubtful: 1, unsupported: 0 }

/** Names and words of these may be used by an answer besides those of the quote. */
function contextOf({ title, parts, start, text }: Evidence): string {
  const contexts = parts.flatMap((part) => {
    const firstLine = text.slice(part.start - start, part.end - start).split('\n', 1)[0] ?? ''
    return [part.context, firstLine.includes(' | ') ? firstLine : '']
  })
  return [title.replaceAll('_', ' '), ...contexts].join('\n')
}

const better = (a: Resolved, b: Resolved): boolean =>
  ORDER[a.verdict] > ORDER[b.verdict] || (a.verdict === b.verdict && a.coverage > b.coverage)

/** A passage as the sentences that cite it are compared with it: each part is read once. */
interface ReadEvidence {
  readonly evidence: Evidence
  readonly exactPlace: (sentence: string) => Span | undefined
  /** `length` sentences from the `i`th on. */
  quote(i: number, length: number): Span & { readonly read: ReadQuote }
}

function readEvidence(evidence: Evidence): ReadEvidence {
  const { sentences, text } = evidence
  let context: Word[] | undefined
  const quotes = new Map<string, ReturnType<ReadEvidence['quote']>>()
  return {
    evidence,
    exactPlace: placesIn(text),
    quote(i, length) {
      const key = `${i} ${length}`
      let quote = quotes.get(key)
      if (quote === undefined) {
        const start = sentences[i]?.start ?? evidence.start
        const end = sentences[i + length - 1]?.end ?? evidence.end
        context ??= wordsOf(contextOf(evidence))
        const read = readQuote(text.slice(start - evidence.start, end - evidence.start), context)
        quotes.set(key, (quote = { start, end, read }))
      }
      return quote
    },
  }
}

/** The smallest run of the passage's sentences that supports the sentence; else the one that comes nearest to it. */
function resolve(text: string, passage: ReadEvidence, weight: WordWeight): Resolved | undefined {
  const { evidence } = passage
  const exact = passage.exactPlace(text)
  if (exact !== undefined) {
    const [start, end] = [evidence.start + exact.start, evidence.start + exact.end]
    return { start, end, verdict: 'supported', doubt: null, coverage: 1 }
  }
  const claim = readClaim(text)
  let nearest: Resolved | undefined
  for (let length = 1; length <= LONGEST_QUOTE; length++) {
    let best: Resolved | undefined
    for (let i = 0; i + length <= evidence.sentences.length; i++) {
      const { start, end, read } = passage.quote(i, length)
      const here = { start, end, ...supportOf(claim, read, weight) }
      if (best === undefined || better(here, best)) best = here
    }
    if (best?.verdict === 'supported') return best
    if (best !== undefined && (nearest === undefined || ORDER[best.verdict] > ORDER[nearest.verdict])) nearest = best
  }
  return nearest
}

/** The quoted sentences' share among the candidates for the answer. */
const scoreOf = (sentences: readonly EvidenceSentence[], { start, end }: { start: number; end: number }): number =>
  sentences
    .filter((sentence) => sentence.start < end && sentence.end > start)
    .reduce((sum, { probability }) => sum + (probability ?? 0), 0)

/** A place of what was retrieved, within one part of it; the passage and the page are those where it begins. */
export function placeIn(evidence: Evidence, { start, end }: Span): CitedPlace {
  const { documentId, version, title, parts } = evidence
  const { chunkId, page } = parts.findLast((part) => part.start <= start) ?? parts[0]
  const quote = evidence.text.slice(start - evidence.start, end - evidence.start)
  return { documentId, version, chunkId, title, page, quote, start, end }
}

/** A place as it is stored now; undefined where the store says something else than was read. */
async function storedPlace(
  evidence: Evidence,
  span: Span,
  content: ReadContent,
  options: CallOptions,
): Promise<CitedPlace | undefined> {
  const { start, end } = span
  const stored = await content(evidence.documentId, evidence.version, options)
  if (stored === undefined || !saysAsRead(evidence, span, stored)) return undefined
  return { ...placeIn(evidence, span), quote: stored.slice(start, end) }
}

/** Between two parts of the evidence any white space may be stored: only its length was known. */
function saysAsRead({ parts, start, text }: Evidence, span: Span, stored: string): boolean {
  let at = span.start
  for (const part of parts) {
    const [from, to] = [Math.max(span.start, part.start), Math.min(span.end, part.end)]
    if (from >= to) continue
    if (stored.slice(at, from).trim() !== '' || stored.slice(from, to) !== text.slice(from - start, to - start))
      return false
    at = to
  }
  return at === span.end
}

/** One read a document, however often it is cited. */
function rememberingContent(content: ReadContent): ReadContent {
  const known = new Map<string, Promise<string | undefined>>()
  return (document, version, options) => {
    const key = `${document} ${version}`
    const read = known.get(key) ?? content(document, version, options)
    known.set(key, read)
    return read
  }
}

async function weigh(
  owner: UserId,
  sentences: readonly MarkedSentence[],
  words: VerifyDependencies['words'],
  options: CallOptions,
): Promise<WordWeight> {
  const distinct = [...new Map(sentences.flatMap(({ text }) => contentOf(text)).map((w) => [w.stem, w.text])).entries()]
  const idf = await words.idf(
    owner,
    distinct.map(([, text]) => text),
    options,
  )
  const weights = new Map(distinct.map(([stem], i) => [stem, idf[i] ?? 0]))
  return ({ stem }) => weights.get(stem) ?? 0
}

/**
 * An unmarked sentence that stands word for word in what the next one cites is part of the same quote, which the
 * sentence rules cut in two.
 */
function numbersOf(
  sentences: readonly MarkedSentence[],
  i: number,
  byNumber: ReadonlyMap<number, ReadEvidence>,
): number[] {
  const own = sentences[i]
  if (own === undefined || own.numbers.length > 0) return [...(own?.numbers ?? [])]
  return (sentences[i + 1]?.numbers ?? []).filter((number) => byNumber.get(number)?.exactPlace(own.text) !== undefined)
}

/** The claim stands if one of its citations carries it alone. */
function verdictOf(citations: readonly Citation[]): { verdict: Verdict; doubt: Doubt | null } {
  const best = citations.toSorted((a, b) => ORDER[b.verdict] - ORDER[a.verdict])[0]
  return best === undefined ? { verdict: 'unsupported', doubt: 'no_citation' } : best
}

/**
 * Ties each sentence of an answer to the exact characters that carry it. Works on any text with [n] marks, whoever
 * wrote it: a mark that names none of the evidence stays in the result without a place, and nothing is invented for it.
 */
export async function verifyAnswer(
  owner: UserId,
  answer: string,
  evidence: readonly Evidence[],
  { content, words, onlyQuotes }: VerifyDependencies,
  options: CallOptions = {},
): Promise<{ claims: Claim[]; citations: Citation[] }> {
  const sentences = markedSentences(answer, onlyQuotes)
  const byNumber = new Map(evidence.map((passage) => [passage.number, readEvidence(passage)]))
  const weight = await weigh(owner, sentences, words, options)
  const read = rememberingContent(content)

  const cite = async (text: string, number: number): Promise<Citation> => {
    const passage = byNumber.get(number)
    const unsupported = { number, place: null, score: 0, verdict: 'unsupported' } as const
    if (passage === undefined) return { ...unsupported, doubt: 'unknown_source' }
    const resolved = resolve(text, passage, weight)
    if (resolved === undefined) return { ...unsupported, doubt: 'coverage' }
    const place = await storedPlace(passage.evidence, resolved, read, options)
    if (place === undefined) return { ...unsupported, doubt: 'source_changed' }
    const score = Math.min(1, scoreOf(passage.evidence.sentences, resolved))
    return { number, place, score, verdict: resolved.verdict, doubt: resolved.doubt }
  }

  const citations: Citation[] = []
  const claims: Claim[] = []
  for (const [i, { start, end, text }] of sentences.entries()) {
    const own = await Promise.all(numbersOf(sentences, i, byNumber).map((number) => cite(text, number)))
    const { verdict, doubt } = verdictOf(own)
    claims.push({ start, end, text, citations: own.map((_, n) => citations.length + n), verdict, doubt })
    citations.push(...own)
  }
  return { claims, citations }
}
