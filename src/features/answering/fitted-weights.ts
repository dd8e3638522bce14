import type { Embedder } from '../../core/ports/embedding.ts'
import type { Fitted, Tier } from './ranking.ts'

/** Which encoder the weights were fitted with: one of English, or one of many languages. */
export type Fit = 'english' | 'multilingual'

export const fitFor = ({ languages }: Pick<Embedder, 'languages'>): Fit =>
  languages === 'many' ? 'multilingual' : 'english'

/**
 * Fitted by `bench/fit-answers.ts` on the even articles of XQuAD; the odd ones report (docs/benchmarks.md).
 * `english`: English and bge-small-en-v1.5. `multilingual`: German and Spanish together and multilingual-e5-small.
 */
export const FITTED: Readonly<Record<Fit, Readonly<Record<Tier, Fitted>>>> = {
  english: {
    words: {
      weights: {
        passageCosine: 11.2,
        typedNear: 4.45,
        coverageInContext: 3.8,
        coverage: 3.18,
        passageGap: 0.589,
        typed: 0.564,
        coverageBefore: 0.604,
      },
      calibration: {
        intercept: -6.96,
        weights: { score: 0.335, lift: 0.248, passageCoverage: 1.45, concentration: 2.3, missingName: -0.81 },
        typical: { score: 14.3, lift: 7.42, concentration: 0.204 },
        high: 1,
      },
    },
    vector: {
      weights: {
        sentenceCosine: 13.5,
        passageCosine: 3.81,
        coverageInContext: 3.92,
        typedNear: 4.24,
        typed: 0.47,
        passageGap: 0.472,
        coverageBefore: 0.611,
      },
      calibration: {
        intercept: -9.34,
        weights: { score: 0.42, lift: 0.357, passageCoverage: 1.39, concentration: 1.54, missingName: -0.904 },
        typical: { score: 17.2, lift: 4.55, concentration: 0.56 },
        high: 0.932,
      },
    },
    tokens: {
      weights: {
        passageCosine: 3.11,
        passageGap: 0.424,
        coverageInContext: 1.94,
        coverageBefore: 1.82,
        typedNear: 3.85,
        typed: 0.683,
        askedMatch: 9.03,
        bestShare: 2.8,
        strongestTokenMatch: -3.62,
      },
      calibration: {
        intercept: -9.17,
        weights: {
          score: 0.0644,
          lift: 0.407,
          passageCoverage: 2.44,
          concentration: 1.69,
          missingName: -0.909,
          weakestTokenMatch: 8.24,
        },
        typical: { score: 10.9, lift: 4.58, concentration: 0.559 },
        high: 0.907,
      },
    },
  },
  multilingual: {
    words: {
      weights: {
        passageCosine: 13.6,
        typedNear: 4.07,
        coverageInContext: 4.75,
        coverage: 4.71,
        passageGap: 0.613,
        coverageBefore: 0.827,
      },
      calibration: {
        intercept: -6.23,
        weights: { score: 0.235, lift: 0.267, passageCoverage: 2.02, concentration: 1.47, missingName: -0.193 },
        typical: { score: 15.9, lift: 7.5, concentration: 0.194 },
        high: 1,
      },
    },
    vector: {
      weights: {
        sentenceCosine: 9.34,
        passageCosine: 7.47,
        coverageInContext: 5.57,
        typedNear: 4.14,
        passageGap: 0.513,
        coverageBefore: 0.328,
      },
      calibration: {
        intercept: -8.38,
        weights: { score: 0.36, lift: 0.418, passageCoverage: 1.6, concentration: 1.51, missingName: -0.204 },
        typical: { score: 16.8, lift: 4.06, concentration: 0.596 },
        high: 0.985,
      },
    },
    tokens: {
      weights: {
        passageCosine: 6.53,
        passageGap: 0.485,
        coverageInContext: 3.65,
        coverageBefore: 1.48,
        typedNear: 3.83,
        askedMatch: 12.5,
        bestShare: 3.39,
        strongestTokenMatch: -9.06,
      },
      calibration: {
        intercept: -10.9,
        weights: {
          score: 0.171,
          lift: 0.544,
          passageCoverage: 2.51,
          concentration: 1.76,
          missingName: -0.176,
          weakestTokenMatch: 6.79,
        },
        typical: { score: 12.6, lift: 4.12, concentration: 0.595 },
        high: 0.959,
      },
    },
  },
}
