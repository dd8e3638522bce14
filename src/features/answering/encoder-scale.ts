/** Where an encoder's cosines of questions with sentences of found passages lie: mean and standard deviation. */
interface CosineScale {
  readonly mean: number
  readonly deviation: number
}

/** The encoder that the weights were fitted with, whose scale all others are mapped to. */
const REFERENCE: CosineScale = { mean: 0.557, deviation: 0.092 }
const REFERENCE_SIGMA = 0.0625

/** On the common scale: what a sentence of a found passage has on average. */
export const TYPICAL_COSINE = REFERENCE.mean

/** Measured on XQuAD (en; en, de and es), see docs/benchmarks.md. */
const MEASURED: Readonly<Record<string, CosineScale>> = {
  'bge-small-en-v1.5': REFERENCE,
  'multilingual-e5-small': { mean: 0.805, deviation: 0.034 },
}

/**
 * Encoders crowd their cosines into different bands. Maps one encoder's onto the band that the weights know: an affine
 * map, so that order and relative distances stay.
 * @param encoder one that was not measured is placed by its sigma: its distances from a cosine of 1 are taken to be
 * the reference's, stretched by the ratio of the sigmas. Order among sentences is right; the confidence is rougher
 */
export function cosineScale(encoder: { readonly name: string; readonly sigma: number }): (cosine: number) => number {
  const measured = MEASURED[encoder.name]
  const ratio = measured === undefined ? encoder.sigma / REFERENCE_SIGMA : measured.deviation / REFERENCE.deviation
  const mean = measured?.mean ?? 1 - (1 - REFERENCE.mean) * ratio
  return (cosine) => (cosine - mean) / ratio + REFERENCE.mean
}

const REFERENCE_MATCHES: CosineScale = { mean: 0.713, deviation: 0.0842 }
/**
 * Where an encoder's best cosines of words that a quote does not hold lie, with its content words: mean and deviation over
 * `for-tuning.jsonl`, by `bench/fit-verification.ts`.
 */
const MEASURED_MATCHES: Readonly<Record<string, CosineScale>> = {
  'bge-small-en-v1.5': REFERENCE_MATCHES,
  'multilingual-e5-small': { mean: 0.835, deviation: 0.0466 },
}

/**
 * The same for cosines of words in their sentences. undefined: the encoder was not measured, and no verdict can be made
 * of them.
 */
export function wordMatchScale({ name }: { readonly name: string }): ((cosine: number) => number) | undefined {
  const measured = MEASURED_MATCHES[name]
  if (measured === undefined) return undefined
  const ratio = measured.deviation / REFERENCE_MATCHES.deviation
  return (cosine) => (cosine - measured.mean) / ratio + REFERENCE_MATCHES.mean
}
