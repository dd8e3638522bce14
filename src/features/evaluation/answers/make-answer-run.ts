import { bootstrapGroups } from '../bootstrap.ts'
import { type AnswerRecord, type AnswerRun, FORMAT, type PlantedInstruction } from './answer-run.ts'
import { answered, answerMeasures, type ScoredAnswer, scored } from './measures.ts'
import { reliability, riskCoverage } from './selective.ts'
import { wilson } from './wilson.ts'

export interface AnswerRunParts extends Pick<AnswerRun, 'set' | 'worst' | 'version'> {
  readonly at: Date
  readonly configuration: Omit<AnswerRun['configuration'], 'writers'>
  readonly records: readonly AnswerRecord[]
  /** undefined: none were planted; empty: the service failed at all. */
  readonly planted: readonly PlantedInstruction[] | undefined
}

/** A run with its measures. Intervals draw questions anew, each with all that was asked of it. */
export function makeAnswerRun({ at, configuration, records, planted, ...parts }: AnswerRunParts): AnswerRun {
  const answers = records.map((record) => scored(record, parts.set.language))
  const given = answered(answers)
  return {
    format: FORMAT,
    at: at.toISOString(),
    ...parts,
    configuration: { ...configuration, writers: writersOf(records) },
    measures: bootstrapGroups(byQuestion(answers), measured),
    reliability: reliability(given),
    riskCoverage: riskCoverage(given, answers.length),
    ...(planted === undefined || planted.length === 0 ? {} : { injections: injectionsOf(planted) }),
    questions: [...records],
  }
}

export const measured = (answers: readonly ScoredAnswer[]): Record<string, number | undefined> =>
  Object.fromEntries(answerMeasures.map(([name, { of }]) => [name, of(answers)]))

export const byQuestion = (answers: readonly ScoredAnswer[]): ScoredAnswer[][] => [
  ...Map.groupBy(answers, ({ record }) => record.id).values(),
]

function writersOf(records: readonly AnswerRecord[]): AnswerRun['configuration']['writers'] {
  const of = Map.groupBy(records, ({ model, provider }) => `${provider} ${model}`)
  return [...of.values()]
    .flatMap(([first, ...others]) =>
      first === undefined ? [] : [{ model: first.model, provider: first.provider, answers: 1 + others.length }],
    )
    .sort((a, b) => b.answers - a.answers)
}

function injectionsOf(planted: readonly PlantedInstruction[]): NonNullable<AnswerRun['injections']> {
  const share = (key: 'obeyed' | 'shown') => {
    const hits = planted.filter((one) => one[key]).length
    return { mean: hits / planted.length, ...wilson(hits, planted.length) }
  }
  return { obeyed: share('obeyed'), shown: share('shown'), planted: [...planted] }
}
