import { mean, percentile } from '../measures.ts'
import type { AnswerRecord } from './answer-run.ts'
import { citationMeasures } from './citations.ts'
import { areaUnderRisk, auroc, calibrationError, type Judged, reliability, riskAt, riskCoverage } from './selective.ts'
import { type AnswerLanguage, containsGold, tokenF1 } from './token-match.ts'

/** An answer with what it is worth. */
export interface ScoredAnswer {
  readonly record: AnswerRecord
  /** Whether the documents that were in reach answer it. */
  readonly isAnswerable: boolean
  /** Answered, and a gold answer stands in it. */
  readonly right: boolean
  readonly first: boolean
  readonly f1: number
  readonly recall: number | undefined
  readonly precision: number | undefined
}

const MARK = /\s*\[\d+\]/g

export function scored(record: AnswerRecord, language: AnswerLanguage): ScoredAnswer {
  const isAnswerable = record.situation === 'own' && record.gold.length > 0
  const isJudged = isAnswerable && !record.abstained
  const text = record.answer.replace(MARK, '')
  return {
    record,
    isAnswerable,
    right: isJudged && containsGold(text, record.gold, language),
    first: isJudged && containsGold(record.sentences[0]?.text ?? '', record.gold, language),
    f1: isJudged ? tokenF1(text, record.gold, language) : 0,
    ...(record.abstained ? { recall: undefined, precision: undefined } : citationMeasures(record)),
  }
}

export interface Measure {
  readonly label: string
  /** One sentence for the report. */
  readonly means: string
  readonly better: 'more' | 'less' | 'neither'
  readonly unit: 'share' | 'count' | 'milliseconds'
  /** Over all answers; undefined: there is nothing to measure. */
  readonly of: (answers: readonly ScoredAnswer[]) => number | undefined
  /** Of one answer, where the measure is the mean of that. */
  readonly each?: (answer: ScoredAnswer) => number | undefined
}

type Described = Omit<Measure, 'of' | 'each'>

/** The mean over the answers that it is defined for. */
const averaged = (described: Described, each: (answer: ScoredAnswer) => number | undefined): Measure => ({
  ...described,
  each,
  of(answers) {
    const values = answers.flatMap((answer) => each(answer) ?? [])
    return values.length === 0 ? undefined : mean(values)
  },
})

const ofAnswerable = (value: (answer: ScoredAnswer) => boolean | number) => (answer: ScoredAnswer) =>
  answer.isAnswerable ? Number(value(answer)) : undefined

const ofAnswered = (value: (answer: ScoredAnswer) => boolean | number) => (answer: ScoredAnswer) =>
  answer.record.abstained ? undefined : Number(value(answer))

/** Of questions that the service did not fail at: a failure says nothing of what the documents hold. */
const ofDone = (each: (answer: ScoredAnswer) => number | undefined) => (answer: ScoredAnswer) =>
  answer.record.failure === undefined ? each(answer) : undefined

const judged = ({ record: { confidence }, right }: ScoredAnswer): Judged => ({ confidence, right })
export const answered = (answers: readonly ScoredAnswer[]): Judged[] =>
  answers.filter(({ record }) => !record.abstained).map(judged)

const curveOf = (answers: readonly ScoredAnswer[]) => riskCoverage(answered(answers), answers.length)

function riskOfAnswerable(answers: readonly ScoredAnswer[], coverage: number): number | undefined {
  const own = answers.filter(({ isAnswerable }) => isAnswerable)
  return riskAt(curveOf(own), own.length, coverage)
}

/** Times are of questions as they are usually asked, over all documents. */
const times = (key: 'firstWord' | 'whole', share: number) => (answers: readonly ScoredAnswer[]) => {
  const found = answers.flatMap(({ record }) =>
    record.situation === 'own' && record.failure === undefined ? record[key] : [],
  )
  return found.length === 0 ? undefined : percentile(found, share)
}

const share = (label: string, means: string, better: Measure['better'] = 'more') =>
  ({ label, means, better, unit: 'share' }) as const
const milliseconds = (label: string, means: string) => ({ label, means, better: 'less', unit: 'milliseconds' }) as const

/** What is measured of a run, in the order in which it is shown. */
export const ANSWER_MEASURES = {
  contains: averaged(
    share(
      'gold in the answer',
      'Answerable questions whose answer holds a gold answer; an abstention counts as a miss.',
    ),
    ofAnswerable(({ right }) => right),
  ),
  first: averaged(
    share('gold in its first sentence', 'The same, of the first sentence alone.'),
    ofAnswerable(({ first }) => first),
  ),
  rightAmongAnswered: averaged(
    share('right among answered', 'Answerable questions that were answered and whose answer holds a gold answer.'),
    (answer) => (answer.isAnswerable && !answer.record.abstained ? Number(answer.right) : undefined),
  ),
  f1: averaged(
    share(
      'token F1',
      'Tokens that the answer and the best gold answer share; whole sentences never reach 1 against a word.',
    ),
    ofAnswerable(({ f1 }) => f1),
  ),
  citationRecall: averaged(
    share('citation recall', 'Sentences of an answer that what they cite supports.'),
    ({ recall }) => recall,
  ),
  citationPrecision: averaged(
    share('citation precision', 'Citations of an answer that its sentence needs and that support it.'),
    ({ precision }) => precision,
  ),
  abstainedWrongly: averaged(
    share(
      'abstained though answerable',
      'Answerable questions whose answer was withheld; failures of the service left out.',
      'less',
    ),
    ofDone(ofAnswerable(({ record }) => record.abstained)),
  ),
  abstainedRightly: averaged(
    share(
      'abstained where nothing answers',
      'Questions that nothing answers and whose answer was withheld; failures of the service left out.',
    ),
    ofDone(({ isAnswerable, record }) => (isAnswerable ? undefined : Number(record.abstained))),
  ),
  auroc: {
    ...share(
      'AUROC of confidence',
      'Chance that an answerable question is surer than one that nothing answers; failures of the service left out.',
    ),
    of: (answers) => {
      const done = answers.filter(({ record }) => record.failure === undefined)
      const confidences = Map.groupBy(done, ({ isAnswerable }) => isAnswerable)
      const of = (isAnswerable: boolean) => (confidences.get(isAnswerable) ?? []).map(({ record }) => record.confidence)
      return auroc(of(true), of(false))
    },
  },
  risk: averaged(
    share('risk', 'Answers that are wrong, among all that were given; one where nothing answers is wrong.', 'less'),
    ofAnswered(({ right }) => !right),
  ),
  riskAt80: {
    ...share('risk at 80 % coverage', 'The same where the surest four of five questions are answered.', 'less'),
    of: (answers) => riskAt(curveOf(answers), answers.length, 0.8),
  },
  riskAt90: {
    ...share('risk at 90 % coverage', 'The same where the surest nine of ten questions are answered.', 'less'),
    of: (answers) => riskAt(curveOf(answers), answers.length, 0.9),
  },
  answerableRiskAt80: {
    ...share(
      'risk at 80 % of the answerable',
      'Of the answerable questions alone, where the surest four of five are answered.',
      'less',
    ),
    of: (answers) => riskOfAnswerable(answers, 0.8),
  },
  answerableRiskAt90: {
    ...share(
      'risk at 90 % of the answerable',
      'Of the answerable questions alone, where the surest nine of ten are answered.',
      'less',
    ),
    of: (answers) => riskOfAnswerable(answers, 0.9),
  },
  aurc: {
    ...share('AURC', 'Mean risk over all coverages up to that of the run.', 'less'),
    of: (answers) => areaUnderRisk(curveOf(answers), answers.length),
  },
  calibrationError: {
    ...share(
      'expected calibration error',
      'How far confidence and share of right answers lie apart, in ten bins.',
      'less',
    ),
    of: (answers) => calibrationError(reliability(answered(answers))),
  },
  sentences: averaged(
    {
      label: 'sentences',
      means: 'Sentences of an answer to an answerable question.',
      better: 'neither',
      unit: 'count',
    },
    ({ isAnswerable, record }) => (isAnswerable && !record.abstained ? record.sentences.length : undefined),
  ),
  tokens: averaged(
    {
      label: 'tokens',
      means: 'Tokens of prompt and answer, as the provider counts them.',
      better: 'less',
      unit: 'count',
    },
    ofDone(({ record }) => record.tokens),
  ),
  firstWord50: {
    ...milliseconds('first word, p50', 'Time to the first piece of the answer, median.'),
    of: times('firstWord', 0.5),
  },
  firstWord95: {
    ...milliseconds('first word, p95', 'Time to the first piece of the answer, 19 of 20.'),
    of: times('firstWord', 0.95),
  },
  whole50: { ...milliseconds('whole answer, p50', 'Time to the end of the answer, median.'), of: times('whole', 0.5) },
  whole95: {
    ...milliseconds('whole answer, p95', 'Time to the end of the answer, 19 of 20.'),
    of: times('whole', 0.95),
  },
} as const satisfies Record<string, Measure>

export type MeasureName = keyof typeof ANSWER_MEASURES
export const answerMeasures: readonly (readonly [MeasureName, Measure])[] = Object.entries(ANSWER_MEASURES) as [
  MeasureName,
  Measure,
][]

/** A value as a person reads it. */
export function formatted(value: number, unit: Measure['unit']): string {
  if (unit === 'share') return value.toFixed(3)
  if (unit === 'count') return value.toFixed(value < 100 ? 2 : 0)
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`
}

export const formattedDifference = (value: number, unit: Measure['unit']): string =>
  `${value < 0 ? '-' : '+'}${formatted(Math.abs(value), unit)}`
