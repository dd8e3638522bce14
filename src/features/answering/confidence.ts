import type { Claim, ConfidenceFactors, ConfidenceLevel } from './answer.ts'
import type { RankedPassage } from './passages.ts'
import { FITTED } from './fitted-weights.ts'
import { overviewConfidence } from './overview-confidence.ts'
import { calibrated } from './ranking.ts'
import type { Calibration } from './ranking.ts'
import type { ReadPassage } from './sentence-candidates.ts'
import type { RankedSentence, SentenceRanking } from './sentence-ranking.ts'
import { wordsOf } from './words.ts'

/** Below it the system abstains, unless CONFIDENCE_THRESHOLD says otherwise. */
export const DEFAULT_THRESHOLD = 0.4

const squash = (x: number): number => 1 / (1 + Math.exp(-x))

const calibrationOf = ({ fit, tier }: Pick<SentenceRanking, 'fit' | 'tier'>): Calibration =>
  FITTED[fit][tier].calibration

/**
 * The chance (0 to 1) that the best sentences hold the answer, before an answer is written. 0: there are none.
 * @param writes whether the answer is written, and not quoted: of a summary that is another chance
 */
export function evidenceConfidence(ranking: SentenceRanking, { writes }: { readonly writes: boolean }): number {
  if (ranking.sentences.length === 0) return 0
  const { overview } = ranking
  if (overview !== undefined) return overviewConfidence(writes ? overview.written : overview.quoted)
  return calibrated(calibrationOf(ranking), ranking.signals)
}

/** An answer is worth no more than the share of it that its sources carry. A doubtful sentence counts half. */
export function verifiedShare(claims: readonly Claim[]): number {
  const worth = claims.reduce(
    (sum, { verdict }) => sum + (verdict === 'supported' ? 1 : verdict === 'doubtful' ? 0.5 : 0),
    0,
  )
  return claims.length === 0 ? 0 : worth / claims.length
}

/** Low below the threshold; high from where 9 of 10 answers were right on the open sets, which no summaries were. */
export function levelOf(
  confidence: number,
  threshold: number,
  ranking: Pick<SentenceRanking, 'fit' | 'tier' | 'overview'>,
): ConfidenceLevel {
  if (confidence < threshold) return 'low'
  if (ranking.overview !== undefined) return 'medium'
  return confidence >= calibrationOf(ranking).high ? 'high' : 'medium'
}

/** Dice coefficient of the content words of the best sentence and of the best one of another passage. */
function agreement(read: readonly ReadPassage[], sentences: readonly RankedSentence[]): number {
  const stemsOf = (sentence: RankedSentence | undefined): Set<string> => {
    const text = sentence === undefined ? '' : (read[sentence.passage]?.pieces[sentence.piece]?.text ?? '')
    return new Set(wordsOf(text).flatMap((word) => (word.stop ? [] : [word.stem])))
  }
  const best = sentences[0]
  const own = stemsOf(best)
  const other = stemsOf(sentences.find((sentence) => sentence.passage !== best?.passage))
  if (own.size === 0 || other.size === 0) return 0
  return (2 * own.intersection(other).size) / (own.size + other.size)
}

/** Idf share of the question that the best sentences, as many as an answer may show, hold together. */
export function questionCoverage(sentences: readonly RankedSentence[]): number {
  const shown = sentences.slice(0, 3)
  const terms = shown[0]?.covers.length ?? 0
  let share = 0
  for (let term = 0; term < terms; term++) share += Math.max(...shown.map(({ covers }) => covers[term] ?? 0))
  return Math.min(1, share)
}

export function confidenceFactors(
  passages: readonly RankedPassage[],
  read: readonly ReadPassage[],
  ranking: SentenceRanking,
  claims: readonly Claim[],
): ConfidenceFactors {
  const [first, second] = passages
  const gap = first === undefined ? 0 : first.fused - (second?.fused ?? 0)
  const { weights, typical } = calibrationOf(ranking)
  const { score, lift } = ranking.signals
  const found = ranking.sentences.length > 0 && ranking.overview === undefined
  return {
    retrievalMargin: 1 - Math.exp(-Math.max(0, gap)),
    questionCoverage: questionCoverage(ranking.sentences),
    sourceAgreement: agreement(read, ranking.sentences),
    verifiedCitations: verifiedShare(claims),
    sentenceScore: found ? squash((weights.score ?? 0) * (score - typical.score)) : 0,
    sentenceLift: found ? squash((weights.lift ?? 0) * (lift - typical.lift)) : 0,
  }
}
