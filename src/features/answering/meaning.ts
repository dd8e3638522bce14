import type { Verdict } from './answer.ts'
import type { WordMatch } from './word-matches.ts'

/** How alike a sentence and a quote are by their vectors, on the scales of `encoder-scale.ts`. */
export interface Likeness {
  readonly cosine: number
  /** For each word that was asked for what comes nearest to it in the quote; absent: the encoder gives none. */
  readonly words?: readonly WordMatch[]
}

/** What words and vectors make of a sentence and a quote between which nothing else speaks. */
export interface MeaningFeatures {
  /** Idf share of the sentence's words that the quote holds. */
  readonly coverage: number
  /** Of both, with the title before each. */
  readonly cosine: number
  /** Natural logarithm of the sentence's length by the quote's: a longer one says more than its quote can. */
  readonly lengthRatio: number
  /** Mean of the best matches of the words that the quote does not hold, by idf; absent: the encoder gives none. */
  readonly unheldMatch?: number | undefined
}

/** The mean that stands for a sentence of which the quote holds each word. */
export const ALL_HELD = 0.9

/**
 * Logistic weights, fitted on even articles and `for-tuning.jsonl` by `bench/fit-verification.ts`. All rise but that of the
 * length.
 */
const MEANING_WEIGHTS = { intercept: -26.5, coverage: 3.66, cosine: 15.6, unheldMatch: 17.4, lengthRatio: -0.65 }
/** A sentence is seldom longer, and then by what stands around it. */
const LONGEST_RATIO = 1.5

/** Chosen with one article left out at a time: what they refuse and catch stands in docs/verification.md. */
const SUPPORTED = 0.85
const DOUBTFUL = 0.75

/** Without matches of words: the cosine plus a share of the coverage. Chosen on even articles. */
const COVERAGE_SHARE = 0.2
const SUPPORTED_BY_COSINE = 0.99
const DOUBTFUL_BY_COSINE = 0.975

/** How sure it is that the quote says what the sentence says, 0 to 1. */
export function meaningScore({ unheldMatch = ALL_HELD, ...features }: MeaningFeatures): number {
  const weights = MEANING_WEIGHTS
  const sum =
    weights.intercept +
    weights.coverage * features.coverage +
    weights.cosine * features.cosine +
    weights.unheldMatch * unheldMatch +
    weights.lengthRatio * Math.min(LONGEST_RATIO, features.lengthRatio)
  return 1 / (1 + Math.exp(-sum))
}

/** The verdict where too few words are there to be sure by them, and nothing is there that differs. */
export function verdictByMeaning(features: MeaningFeatures): Verdict {
  const [score, supported, doubtful] =
    features.unheldMatch === undefined
      ? [features.cosine + COVERAGE_SHARE * features.coverage, SUPPORTED_BY_COSINE, DOUBTFUL_BY_COSINE]
      : [meaningScore(features), SUPPORTED, DOUBTFUL]
  return score >= supported ? 'supported' : score >= doubtful ? 'doubtful' : 'unsupported'
}
