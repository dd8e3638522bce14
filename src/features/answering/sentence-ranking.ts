import type { Embedder, EmbedOptions } from '../../core/ports/embedding.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { cosineScale } from './encoder-scale.ts'
import { FITTED } from './fitted-weights.ts'
import type { Fit } from './fitted-weights.ts'
import type { OverviewSignals } from './overview-confidence.ts'
import { dotProduct } from './row-products.ts'
import type { Question } from './question.ts'
import { scoreOf, softmax } from './ranking.ts'
import type { Features, Signals, Tier, Weights } from './ranking.ts'
import type { Candidate } from './sentence-candidates.ts'
import { tokenFeatures } from './token-features.ts'

export interface RankedSentence extends Candidate {
  readonly score: number
  /** Share among the ranked candidates. */
  readonly probability: number
}

export interface SentenceRanking {
  readonly fit: Fit
  readonly tier: Tier
  /** Best first. */
  readonly sentences: readonly RankedSentence[]
  readonly signals: Signals
  /**
   * The sentences were chosen to sum up their text, and answer no question: then the confidence rests on this, of the sentences
   * for who quotes, of all that is shown for who writes.
   */
  readonly overview?: { readonly quoted: OverviewSignals; readonly written: OverviewSignals } | undefined
}

/** Sentences that get vectors: the word formula keeps the right one among eight. */
export const POOL = 8
/** A remote encoder that needs longer than this for eight sentences is done without, for this question. */
const VECTORS_DEADLINE_MS = 1500

const TOO_FEW_VECTORS = 'The embedder gave fewer vectors than texts'

const byScore = (a: { score: number }, b: { score: number }): number => b.score - a.score

/** Orders candidates by given weights; the shares are over all of them. */
export function orderBy(weights: Weights, candidates: readonly Candidate[]): RankedSentence[] {
  const scored = candidates
    .map((candidate) => ({ ...candidate, score: scoreOf(weights, candidate.features) }))
    .toSorted(byScore)
  const shares = softmax(scored.map(({ score }) => score))
  return scored.map((sentence, i) => ({ ...sentence, probability: shares[i] ?? 0 }))
}

/** The candidates that are worth a vector, best first by words. */
export const choosePool = (weights: Weights, candidates: readonly Candidate[]): Candidate[] =>
  orderBy(weights, candidates)
    .slice(0, POOL)
    .map(({ score: _score, probability: _probability, ...candidate }) => candidate)

const withFeatures = (candidate: Candidate, features: Partial<Features>): Candidate => ({
  ...candidate,
  features: { ...candidate.features, ...features },
})

/** Gives the pool what an encoder knows of it, as far as the encoder can. */
export async function addVectorFeatures(
  question: Question,
  pool: readonly Candidate[],
  embedder: Embedder,
  options: EmbedOptions = {},
): Promise<{ tier: Tier; pool: Candidate[] }> {
  const scale = cosineScale(embedder)
  const texts = pool.map((candidate) => candidate.encoderText)
  if (embedder.embedTokens === undefined) {
    const [[asked], vectors] = await Promise.all([
      embedder.embed([question.text], 'query', options),
      embedder.embed(texts, 'document', options),
    ])
    const withVectors = pool.map((candidate, i) => {
      const sentence = vectors[i]
      if (asked === undefined || sentence === undefined) throw new Error(TOO_FEW_VECTORS)
      return withFeatures(candidate, { sentenceCosine: scale(dotProduct(asked, sentence)) })
    })
    return { tier: 'vector', pool: withVectors }
  }

  const [[asked], read] = await Promise.all([
    embedder.embedTokens([question.text], 'query', options),
    embedder.embedTokens(texts, 'document', options),
  ])
  if (asked === undefined || read.length < pool.length) throw new Error(TOO_FEW_VECTORS)
  const sentences = read.map((vectors, i) => ({ vectors, contextWords: pool[i]?.contextWords ?? 0 }))
  const ofTokens = tokenFeatures(question, asked, sentences, embedder.dimension)
  const withVectors = sentences.flatMap(({ vectors }, i) => {
    const candidate = pool[i]
    const sentenceCosine = scale(dotProduct(asked.vector, vectors.vector))
    return candidate === undefined ? [] : [withFeatures(candidate, { ...ofTokens[i], sentenceCosine })]
  })
  return { tier: 'tokens', pool: withVectors }
}

/**
 * Orders the candidates by how well they answer the question. Without vectors (none to be had, too slow, or failed)
 * by words alone, over all of them.
 */
export async function rankSentences(
  question: Question,
  candidates: readonly Candidate[],
  { embedder, fit, logger }: { readonly embedder: Embedder | undefined; readonly fit: Fit; readonly logger: Logger },
  { signal, urgent }: EmbedOptions = {},
): Promise<SentenceRanking> {
  const ranked = (tier: Tier, pool: readonly Candidate[]): SentenceRanking => {
    const sentences = orderBy(FITTED[fit][tier].weights, pool)
    return { fit, tier, sentences, signals: signalsOf(question, sentences, candidates) }
  }
  if (candidates.length === 0 || embedder === undefined) return ranked('words', candidates)
  const deadline = AbortSignal.timeout(VECTORS_DEADLINE_MS)
  try {
    const both = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    const worthy = choosePool(FITTED[fit].words.weights, candidates)
    const { tier, pool } = await addVectorFeatures(question, worthy, embedder, { signal: both, urgent })
    return ranked(tier, pool)
  } catch (error) {
    signal?.throwIfAborted()
    logger.warn({ err: error }, 'Sentences are ranked by words alone: their vectors were not to be had in time')
    return ranked('words', candidates)
  }
}

/** Of fewer passages one holds most sentences anyway. */
const COMPARED_PASSAGES = 3

/** @param candidates all of them, ranked or not: what their passages hold of the question */
export function signalsOf(
  question: Question,
  sentences: readonly RankedSentence[],
  candidates: readonly Candidate[],
): Signals {
  const best = sentences[0]
  if (best === undefined) return NO_SIGNALS
  const ofPassage = ({ passage }: Candidate): boolean => passage === best.passage
  const read = candidates.filter(ofPassage)
  const held = question.terms.map((_, term) => Math.max(...read.map(({ covers }) => covers[term] ?? 0)))
  const missing = question.terms.map(({ word, weight }, term) => {
    const isName = word.capital && word.offset > 0 && weight > 0
    return isName ? 1 - (held[term] ?? 0) / (weight / question.totalWeight) : 0
  })
  const mean = sentences.reduce((sum, { score }) => sum + score, 0) / sentences.length
  return {
    score: best.score,
    lift: best.score - mean,
    passageCoverage: held.reduce((sum, share) => sum + share, 0),
    concentration:
      new Set(candidates.map(({ passage }) => passage)).size < COMPARED_PASSAGES
        ? null
        : sentences.filter(ofPassage).length / sentences.length,
    missingName: Math.max(0, ...missing),
    weakestTokenMatch: Math.max(...sentences.map(({ features }) => features.weakestTokenMatch)),
  }
}

const NO_SIGNALS: Signals = {
  score: 0,
  lift: 0,
  passageCoverage: 0,
  concentration: null,
  missingName: 0,
  weakestTokenMatch: 0,
}

/** Of no sentence. */
export const UNRANKED: SentenceRanking = { fit: 'english', tier: 'words', sentences: [], signals: NO_SIGNALS }
