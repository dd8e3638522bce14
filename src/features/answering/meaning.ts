import type { Verdict } from './answer.ts'
import type { WordFeatures } from './word-features.ts'
import type { WordMatch } from './word-matches.ts'

/** How alike a sentence and a quote are by their vectors, on the scales of `encoder-scale.ts`. */
export interface Likeness {
  readonly cosine: number
  /** For each word that was asked for what comes nearest to it in the quote; absent: the encoder gives none. */
  readonly words?: readonly WordMatch[]
}

/** What words and vectors make of a sentence and a quote between which nothing else speaks. */
export interface MeaningFeatures {
  /** Idf share of the sentence's words that the quote or its context holds. */
  readonly coverage: number
  /** Of both, with the title before each. */
  readonly cosine: number
  /** Absent: the encoder gives no vectors of words. */
  readonly words?: WordFeatures | undefined
}

/** Logistic weights, fitted on even articles and `for-tuning.jsonl` by `bench/fit-verification.ts`. All rise. */
const MEANING_WEIGHTS = {
  intercept: -25.7,
  cosine: 14.4,
  ownCoverage: 1.39,
  anchors: 0.442,
  unheldMatch: 14.7,
  mutual: 3.2,
  together: 1.77,
}

/** Chosen with one article left out at a time: what they refuse and catch stands in docs/verification.md. */
const SUPPORTED = 0.85
const DOUBTFUL = 0.6

/** Without matches of words: the cosine plus a share of the coverage. Chosen on even articles. */
const COVERAGE_SHARE = 0.2
const SUPPORTED_BY_COSINE = 0.99
const DOUBTFUL_BY_COSINE = 0.975

/** How sure it is that the quote says what the sentence says, 0 to 1; of likenesses without words their order only. */
export function meaningScore({ coverage, cosine, words }: MeaningFeatures): number {
  if (words === undefined) return cosine + COVERAGE_SHARE * coverage
  const weights = MEANING_WEIGHTS
  const sum =
    weights.intercept +
    weights.cosine * cosine +
    weights.ownCoverage * words.ownCoverage +
    weights.anchors * words.anchors +
    weights.unheldMatch * words.unheldMatch +
    weights.mutual * words.mutual +
    weights.together * words.together
  return 1 / (1 + Math.exp(-sum))
}

/** The verdict where too few words are there to be sure by them, and nothing is there that differs. */
export function verdictByMeaning(features: MeaningFeatures): Verdict {
  const score = meaningScore(features)
  const [supported, doubtful] =
    features.words === undefined ? [SUPPORTED_BY_COSINE, DOUBTFUL_BY_COSINE] : [SUPPORTED, DOUBTFUL]
  return score >= supported ? 'supported' : score >= doubtful ? 'doubtful' : 'unsupported'
}
