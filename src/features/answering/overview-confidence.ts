/** What the confidence of a summary rests on. */
export interface OverviewSignals {
  /** How much of what the text says the chosen sentences say: the cosine of both, 0 to 1. */
  readonly similarity: number
  /** Of the text. */
  readonly sentences: number
}

/** Logistic, by `bench/summaries.ts --tuning`. */
const INTERCEPT = -3.99
const OF_SIMILARITY = 6.27
const OF_LENGTH = 0.31

/** The chance that the sentences of a summary hold at least half of the words that its writer made a title of. 0: there are none. */
export const overviewConfidence = ({ similarity, sentences }: OverviewSignals): number =>
  similarity === 0 ? 0 : 1 / (1 + Math.exp(-INTERCEPT - OF_SIMILARITY * similarity - OF_LENGTH * Math.log(sentences)))
