import type { AnswerRecord } from './answer-run.ts'

/**
 * Citation recall and precision of one answer, after ALCE (Gao et al. 2023, section 3), where the service's own check of a
 * sentence stands in the place of their entailment model:
 *
 * - recall: the share of sentences that what they cite, together, supports. A sentence without a citation has none.
 * - precision: the share of citations that are not beside the point. One is beside the point where its sentence is not
 *   supported, or where it does not support the sentence by itself while the others do without it.
 *
 * A doubtful sentence counts as not supported. Where several citations carry a sentence only together, each counts as
 * needed: the service does not say which of more than two could be spared. undefined: the answer has no sentence, or no
 * citation.
 */
export function citationMeasures({ sentences }: Pick<AnswerRecord, 'sentences'>): {
  readonly recall: number | undefined
  readonly precision: number | undefined
} {
  const supported = sentences.filter(({ verdict }) => verdict === 'supported')
  const cited = sentences.reduce((sum, { citations }) => sum + citations.length, 0)
  const needed = supported.reduce((sum, { citations }) => {
    const alone = citations.filter(({ verdict }) => verdict === 'supported').length
    return sum + (alone > 0 ? alone : citations.filter(({ reason }) => reason === 'partial').length)
  }, 0)
  return {
    recall: sentences.length === 0 ? undefined : supported.length / sentences.length,
    precision: cited === 0 ? undefined : needed / cited,
  }
}
