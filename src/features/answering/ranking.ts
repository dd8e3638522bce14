/** Everything that the ranking of sentences reads, cosines on the scale of `encoder-scale.ts`. */
export interface Features {
  readonly sentenceCosine: number
  readonly passageCosine: number
  /** Fused score of the passage minus that of the best passage: 0 or less. */
  readonly passageGap: number
  readonly coverage: number
  readonly coverageInContext: number
  readonly coverageBefore: number
  readonly typed: number
  readonly typedNear: number
  readonly tokenMatch: number
  readonly weakestTokenMatch: number
}

export type FeatureName = keyof Features
export type Weights = Readonly<Partial<Record<FeatureName, number>>>

/** What is known of a sentence: its words; also its vector; also the vectors of its word pieces. */
export type Tier = 'words' | 'vector' | 'tokens'

/** Logistic over `score` and `lift` of the best sentence: the chance that the quoted text holds the answer. */
export interface Calibration {
  readonly intercept: number
  readonly score: number
  readonly lift: number
  /** Means of score and lift over answerable questions. */
  readonly typical: { readonly score: number; readonly lift: number }
  /**
   * From this confidence on 9 of 10 answers were right, by the lower bound of their share (one-sided 95 %), with the
   * answer cut out for about half of the questions. 1: no confidence is enough.
   */
  readonly high: number
}

/**
 * Fitted by `bench/fit-answers.ts` on the even articles of XQuAD (English) and bge-small-en-v1.5; the odd articles
 * report. A calibration belongs to its weights.
 */
export const WEIGHTS: Readonly<Record<Tier, Weights>> = {
  words: {
    passageCosine: 11.2,
    typedNear: 4.47,
    coverageInContext: 3.8,
    coverage: 3.17,
    passageGap: 0.588,
    typed: 0.561,
    coverageBefore: 0.599,
  },
  vector: {
    sentenceCosine: 13.1,
    passageCosine: 3.98,
    coverageInContext: 4.19,
    typedNear: 3.63,
    typed: 0.629,
    passageGap: 0.481,
  },
  tokens: {
    sentenceCosine: 5.41,
    passageCosine: 3.73,
    coverageInContext: 3.52,
    weakestTokenMatch: 5.34,
    typedNear: 2.86,
    typed: 0.876,
    tokenMatch: 4.26,
    passageGap: 0.472,
  },
}

export const CALIBRATION: Readonly<Record<Tier, Calibration>> = {
  words: { intercept: -6.45, score: 0.425, lift: 0.157, typical: { score: 14.3, lift: 7.41 }, high: 1 },
  vector: { intercept: -8.7, score: 0.495, lift: 0.254, typical: { score: 17, lift: 4.53 }, high: 0.884 },
  tokens: { intercept: -8.8, score: 0.508, lift: 0.246, typical: { score: 16.9, lift: 4.63 }, high: 0.881 },
}

const FEATURE_NAMES = [
  'sentenceCosine',
  'passageCosine',
  'passageGap',
  'coverage',
  'coverageInContext',
  'coverageBefore',
  'typed',
  'typedNear',
  'tokenMatch',
  'weakestTokenMatch',
] as const satisfies readonly FeatureName[]

export function scoreOf(weights: Weights, features: Features): number {
  return FEATURE_NAMES.reduce((sum, name) => sum + (weights[name] ?? 0) * features[name], 0)
}

/** Shares that add up to 1; shifting all scores changes nothing. */
export function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - top))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
