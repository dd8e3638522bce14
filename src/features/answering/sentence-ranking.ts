import type { Embedder, EmbedOptions, Logger } from '../../core/ports.ts'
import { cosineScale } from './encoder-scale.ts'
import { dotProduct, maxSim } from './max-sim.ts'
import { WEIGHTS, scoreOf, softmax } from './ranking.ts'
import type { Features, Tier, Weights } from './ranking.ts'
import type { Candidate } from './sentence-candidates.ts'

export interface RankedSentence extends Candidate {
  readonly score: number
  /** Share among the ranked candidates. */
  readonly probability: number
}

export interface SentenceRanking {
  readonly tier: Tier
  /** Best first. */
  readonly sentences: readonly RankedSentence[]
}

/** Sentences that get vectors: the word formula keeps the right one among eight. */
export const POOL = 8
/** A remote encoder that needs longer than this for eight sentences is done without, for this question. */
const VECTORS_DEADLINE_MS = 1500

const TOO_FEW_VECTORS = 'The embedder gave fewer vectors than texts'

const byScore = (a: { score: number }, b: { score: number }): number => b.score - a.score

/** Orders candidates by given weights; the shares are over all of them. */
export function rankWith(tier: Tier, weights: Weights, candidates: readonly Candidate[]): SentenceRanking {
  const scored = candidates
    .map((candidate) => ({ ...candidate, score: scoreOf(weights, candidate.features) }))
    .toSorted(byScore)
  const shares = softmax(scored.map(({ score }) => score))
  return { tier, sentences: scored.map((sentence, i) => ({ ...sentence, probability: shares[i] ?? 0 })) }
}

const rank = (tier: Tier, candidates: readonly Candidate[]): SentenceRanking =>
  rankWith(tier, WEIGHTS[tier], candidates)

/** The candidates that are worth a vector, best first by words. */
const choosePool = (candidates: readonly Candidate[]): Candidate[] =>
  rank('words', candidates)
    .sentences.slice(0, POOL)
    .map(({ score: _score, probability: _probability, ...candidate }) => candidate)

const withFeatures = (candidate: Candidate, features: Partial<Features>): Candidate => ({
  ...candidate,
  features: { ...candidate.features, ...features },
})

/** Gives the pool what an encoder knows of it, as far as the encoder can. */
export async function addVectorFeatures(
  question: string,
  pool: readonly Candidate[],
  embedder: Embedder,
  options: EmbedOptions = {},
): Promise<{ tier: Tier; pool: Candidate[] }> {
  const scale = cosineScale(embedder)
  const texts = pool.map((candidate) => candidate.encoderText)
  if (embedder.embedTokens === undefined) {
    const [[asked], vectors] = await Promise.all([
      embedder.embed([question], 'query', options),
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
    embedder.embedTokens([question], 'query', options),
    embedder.embedTokens(texts, 'document', options),
  ])
  const withVectors = pool.map((candidate, i) => {
    const sentence = read[i]
    if (asked === undefined || sentence === undefined) throw new Error(TOO_FEW_VECTORS)
    const { mean, weakest } = maxSim(asked.tokens, sentence.tokens, embedder.dimension)
    return withFeatures(candidate, {
      sentenceCosine: scale(dotProduct(asked.vector, sentence.vector)),
      tokenMatch: mean,
      weakestTokenMatch: weakest,
    })
  })
  return { tier: 'tokens', pool: withVectors }
}

/**
 * Orders the candidates by how well they answer the question. Without vectors (none to be had, too slow, or failed)
 * by words alone, over all of them.
 */
export async function rankSentences(
  question: string,
  candidates: readonly Candidate[],
  { embedder, logger }: { readonly embedder: Embedder | undefined; readonly logger: Logger },
  { signal, urgent }: EmbedOptions = {},
): Promise<SentenceRanking> {
  if (candidates.length === 0 || embedder === undefined) return rank('words', candidates)
  const deadline = AbortSignal.timeout(VECTORS_DEADLINE_MS)
  try {
    const both = signal === undefined ? deadline : AbortSignal.any([signal, deadline])
    const { tier, pool } = await addVectorFeatures(question, choosePool(candidates), embedder, { signal: both, urgent })
    return rank(tier, pool)
  } catch (error) {
    signal?.throwIfAborted()
    logger.warn({ err: error }, 'Sentences are ranked by words alone: their vectors were not to be had in time')
    return rank('words', candidates)
  }
}

/** Score of the best sentence, and how far it stands above the mean of the ranked ones. */
export function bestAndLift({ sentences }: SentenceRanking): { score: number; lift: number } {
  const score = sentences[0]?.score ?? 0
  const mean = sentences.reduce((sum, sentence) => sum + sentence.score, 0) / Math.max(1, sentences.length)
  return { score, lift: score - mean }
}
