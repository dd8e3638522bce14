import type { LexicalFeatures } from './sentence-features.ts'
import type { TokenFeatures } from './token-features.ts'

/** Everything that the ranking of sentences reads, cosines of texts on the scale of `encoder-scale.ts`. */
export interface Features extends Omit<LexicalFeatures, 'covers'>, TokenFeatures {
  readonly sentenceCosine: number
  readonly passageCosine: number
  /** Fused score of the passage minus that of the best passage: 0 or less. */
  readonly passageGap: number
}

export type FeatureName = keyof Features
export type Weights = Readonly<Partial<Record<FeatureName, number>>>

/** What is known of a sentence: its words; also its vector; also the vectors of its word pieces. */
export type Tier = 'words' | 'vector' | 'tokens'

/** What the confidence rests on. */
export interface Signals {
  /** Of the best sentence, and how far it stands above the mean of the ranked ones. */
  readonly score: number
  readonly lift: number
  /** Idf share of the question's words that the best sentence's passage holds. */
  readonly passageCoverage: number
  /** Share of the ranked sentences that are of that passage; null where too few passages were read for it to say anything. */
  readonly concentration: number | null
  /** How far the passage lacks a name of the question, by the one that it lacks most: 0 (all there, or none) to 1. */
  readonly missingName: number
  /** The greatest weakest token match among the ranked sentences. */
  readonly weakestTokenMatch: number
}

export type SignalName = keyof Signals

/** Logistic over the signals: the chance that the quoted text holds the answer. */
export interface Calibration {
  readonly intercept: number
  readonly weights: Readonly<Partial<Record<SignalName, number>>>
  /** Means over answerable questions. */
  readonly typical: { readonly score: number; readonly lift: number; readonly concentration: number }
  /**
   * From this confidence on 9 of 10 answers were right, by the lower bound of their share (one-sided 95 %), with the
   * answer cut out for about half of the questions. 1: no confidence is enough.
   */
  readonly high: number
}

/** A calibration belongs to its weights. */
export interface Fitted {
  readonly weights: Weights
  readonly calibration: Calibration
}

const weighed = <Name extends string>(
  weights: Readonly<Partial<Record<Name, number>>>,
  values: Readonly<Record<Name, number>>,
): number => {
  let sum = 0
  for (const name in weights) sum += (weights[name] ?? 0) * values[name]
  return sum
}

export const scoreOf = (weights: Weights, features: Features): number => weighed(weights, features)

/** 0 to 1. */
export function calibrated({ intercept, weights, typical }: Calibration, signals: Signals): number {
  const concentration = signals.concentration ?? typical.concentration
  return 1 / (1 + Math.exp(-intercept - weighed(weights, { ...signals, concentration })))
}

/** Shares that add up to 1; shifting all scores changes nothing. */
export function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - top))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
