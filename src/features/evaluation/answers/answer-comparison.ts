import { bootstrapGroups, type Estimate } from '../bootstrap.ts'
import type { AnswerRun } from './answer-run.ts'
import { measured } from './make-answer-run.ts'
import { answerMeasures, type MeasureName, type ScoredAnswer, scored } from './measures.ts'

export interface AnswerMeasureComparison {
  /** New minus old over the questions of both; a difference whose interval holds 0 is no difference. */
  readonly difference: Estimate
  /** Answers that are better, worse and the same; absent where the measure is none of single answers, or neither way is better. */
  readonly moved?: { readonly wins: number; readonly losses: number; readonly ties: number }
}

export interface AnswerComparison {
  readonly baseline: Pick<AnswerRun, 'at' | 'version' | 'set' | 'configuration'>
  /** False where documents, questions, gold answers or language are others: then the differences say little. */
  readonly sameSet: boolean
  /** Answers to the same question, asked in the same way, in both runs. */
  readonly pairs: number
  readonly unpaired: number
  readonly measures: Partial<Record<MeasureName, AnswerMeasureComparison>>
}

interface Pair {
  readonly now: ScoredAnswer
  readonly before: ScoredAnswer
}

/** Below this a difference is rounding. */
const EPSILON = 1e-9

/** Compares two runs over the questions that both asked, paired by question. */
export function compareAnswers(run: AnswerRun, baseline: AnswerRun): AnswerComparison {
  const keyOf = ({ record: { id, situation } }: ScoredAnswer): string => `${situation} ${id}`
  const before = new Map(
    baseline.questions.map((record) => scored(record, baseline.set.language)).map((answer) => [keyOf(answer), answer]),
  )
  const pairs = run.questions.flatMap((record): Pair[] => {
    const now = scored(record, run.set.language)
    const old = before.get(keyOf(now))
    return old === undefined ? [] : [{ now, before: old }]
  })
  const differences = bootstrapGroups([...Map.groupBy(pairs, ({ now }) => now.record.id).values()], (drawn) => {
    const now = measured(drawn.map((pair) => pair.now))
    const then = measured(drawn.map((pair) => pair.before))
    return Object.fromEntries(
      Object.entries(now).map(([name, value]) => {
        const old = then[name]
        return [name, value === undefined || old === undefined ? undefined : value - old]
      }),
    )
  })
  const { at, version, set, configuration } = baseline
  return {
    baseline: { at, version, set, configuration },
    sameSet: set.fingerprint === run.set.fingerprint && set.language === run.set.language,
    pairs: pairs.length,
    unpaired: run.questions.length + baseline.questions.length - 2 * pairs.length,
    measures: Object.fromEntries(
      answerMeasures.flatMap(([name, measure]) => {
        const difference = differences[name]
        if (difference === undefined) return []
        const { each, better } = measure
        if (each === undefined || better === 'neither') return [[name, { difference }]]
        return [[name, { difference, moved: movedOf(pairs, each, better === 'less' ? -1 : 1) }]]
      }),
    ),
  }
}

function movedOf(pairs: readonly Pair[], each: (answer: ScoredAnswer) => number | undefined, sign: 1 | -1) {
  const counts = { wins: 0, losses: 0, ties: 0 }
  for (const { now, before } of pairs) {
    const after = each(now)
    const was = each(before)
    if (after === undefined || was === undefined) continue
    const gain = sign * (after - was)
    if (gain > EPSILON) counts.wins++
    else if (gain < -EPSILON) counts.losses++
    else counts.ties++
  }
  return counts
}
