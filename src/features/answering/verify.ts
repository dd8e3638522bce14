import type { UserId } from '../../core/ids.ts'
import type { Evidence, EvidenceSentence } from '../../core/ports/language-models.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { Citation, Claim, Contradiction, Doubt, Verdict } from './answer.ts'
import { rememberingContent, storedPlace } from './cited-place.ts'
import type { ReadContent } from './cited-place.ts'
import { markedSentences } from './claims.ts'
import type { MarkedSentence } from './claims.ts'
import { contradictionsOf } from './contradictions.ts'
import { contentOf } from './read-text.ts'
import type { Similarity } from './similarity.ts'
import { settled } from './settled.ts'
import { carryTogether, readEvidence, resolve } from './support-place.ts'
import type { Place, ReadEvidence } from './support-place.ts'
import { isBetterVerdict } from './support.ts'
import type { WordWeight } from './support.ts'

export interface VerifyDependencies {
  /** The answer is made of sentences of the documents, not written. */
  readonly onlyQuotes?: boolean
  readonly content: ReadContent
  readonly words: { idf(owner: UserId, words: readonly string[], options?: CallOptions): Promise<Float64Array> }
  /** Decides where words alone leave a doubt; undefined: the doubt stays. */
  readonly similarity?: Similarity | undefined
}

/** The quoted sentences' share among the candidates for the answer. */
const scoreOf = (sentences: readonly EvidenceSentence[], { start, end }: { start: number; end: number }): number =>
  sentences
    .filter((sentence) => sentence.start < end && sentence.end > start)
    .reduce((sum, { probability }) => sum + (probability ?? 0), 0)

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
  const [first, ...others] = citations
  if (first === undefined) return { verdict: 'unsupported', doubt: 'no_citation' }
  return others.reduce((best, one) => (isBetterVerdict(one.verdict, best.verdict) ? one : best), first)
}

/** A citation with what it was made from. */
interface Cited {
  readonly citation: Citation
  readonly passage?: ReadEvidence
  readonly resolved?: Place
}

/** Where no citation carries the sentence alone, those that do it together are each a part of what carries it. */
function withPartners(text: string, cited: readonly Cited[], weight: WordWeight): readonly Cited[] | undefined {
  if (cited.length < 2 || cited.some(({ citation }) => citation.verdict === 'supported')) return undefined
  const parts = cited.flatMap(({ citation, passage, resolved }) =>
    citation.place === null || passage === undefined || resolved === undefined ? [] : { passage, resolved },
  )
  if (parts.length < 2 || !carryTogether(text, parts, weight)) return undefined
  return cited.map((one) =>
    one.citation.place === null
      ? one
      : { ...one, citation: { ...one.citation, verdict: 'doubtful', doubt: 'partial' } },
  )
}

/**
 * Ties each sentence of an answer to the exact characters that carry it. Works on any text with [n] marks, whoever
 * wrote it: a mark that names none of the evidence stays in the result without a place, and nothing is invented for it.
 * Where other evidence says something else than a sentence that is carried, its place is given with it.
 */
export async function verifyAnswer(
  owner: UserId,
  answer: string,
  evidence: readonly Evidence[],
  { content, words, onlyQuotes, similarity }: VerifyDependencies,
  options: CallOptions = {},
): Promise<{ claims: Claim[]; citations: Citation[] }> {
  const sentences = markedSentences(answer, onlyQuotes)
  const byNumber = new Map(evidence.map((passage) => [passage.number, readEvidence(passage)]))
  const weight = await weigh(owner, sentences, words, options)
  const read = rememberingContent(content)

  const cite = async (text: string, number: number): Promise<Cited> => {
    const passage = byNumber.get(number)
    const unsupported = { number, place: null, score: 0, verdict: 'unsupported' } as const
    if (passage === undefined) return { citation: { ...unsupported, doubt: 'unknown_source' } }
    const found = resolve(text, passage, weight, onlyQuotes)
    if (found === undefined) return { citation: { ...unsupported, doubt: 'coverage' } }
    const resolved = await settled(text, passage, found, similarity, weight, options)
    const place = await storedPlace(passage.evidence, resolved, read, options)
    if (place === undefined) return { citation: { ...unsupported, doubt: 'source_changed' } }
    const score = Math.min(1, scoreOf(passage.evidence.sentences, resolved))
    const { verdict, doubt } = resolved
    return { citation: { number, place, score, verdict, doubt }, passage, resolved }
  }

  const contradict = async (text: string, cited: readonly Cited[]): Promise<Contradiction[]> => {
    const carrying = cited.find(({ citation }) => citation.verdict === 'supported')
    if (carrying?.passage === undefined || carrying.resolved === undefined) return []
    const found = contradictionsOf(text, { ...carrying.resolved, passage: carrying.passage }, byNumber.values(), weight)
    const stored = found.map(async ({ passage, span, doubt }): Promise<Contradiction[]> => {
      const place = await storedPlace(passage.evidence, span, read, options)
      return place === undefined ? [] : [{ number: passage.evidence.number, place, doubt }]
    })
    return (await Promise.all(stored)).flat()
  }

  const citations: Citation[] = []
  const claims: Claim[] = []
  for (const [i, { start, end, text }] of sentences.entries()) {
    const alone = await Promise.all(numbersOf(sentences, i, byNumber).map((number) => cite(text, number)))
    const together = withPartners(text, alone, weight)
    const own = (together ?? alone).map(({ citation }) => citation)
    const { verdict, doubt } = together === undefined ? verdictOf(own) : { verdict: 'supported' as const, doubt: null }
    const contradictedBy = await contradict(text, alone)
    claims.push({
      start,
      end,
      text,
      citations: own.map((_, n) => citations.length + n),
      verdict,
      doubt,
      contradictedBy,
    })
    citations.push(...own)
  }
  return { claims, citations }
}
