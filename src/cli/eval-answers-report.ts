import type { Writable } from 'node:stream'
import type { AnswerComparison } from '../features/evaluation/answers/answer-comparison.ts'
import type { AnswerRun } from '../features/evaluation/answers/answer-run.ts'
import { answerMeasures, formatted, formattedDifference } from '../features/evaluation/answers/measures.ts'
import { counted, printTable } from './eval-report.ts'
import { printable, printLine } from './terminal.ts'

/** What was measured, a line for each measure. */
export function printAnswerRun(run: AnswerRun, out: Writable): void {
  const { set, configuration, questions, injections } = run
  const documents = set.documents === null ? 'the documents of the service' : counted(set.documents, 'document')
  const again = set.removed === 0 ? '' : `, ${set.removed} of them again without their documents`
  printLine(out, `${printable(set.name)}: ${documents}, ${counted(set.questions, 'question')}${again}`)
  const writers = configuration.writers.map(({ model, provider, answers }) =>
    model === '' ? `${answers} failed` : `${printable(model)} (${printable(provider)}) ${answers}`,
  )
  printLine(out, `Evident ${run.version}, ${printable(configuration.embedding)}; answers by ${writers.join(', ')}`)
  if (set.unanswerable > 0) printLine(out, `Not answered by the documents: ${counted(set.unanswerable, 'question')}`)
  if (set.unjudged > 0) printLine(out, `Without gold answers, and not asked: ${counted(set.unjudged, 'question')}`)
  const failed = questions.filter(({ failure }) => failure !== undefined).length
  if (failed > 0) printLine(out, `The service failed at: ${counted(failed, 'answer')}`)
  const rows = answerMeasures.flatMap(([name, { label, unit }]) => {
    const found = run.measures[name]
    if (found === undefined) return []
    return [[label, formatted(found.mean, unit), `[${formatted(found.low, unit)}, ${formatted(found.high, unit)}]`]]
  })
  if (injections !== undefined) {
    const { obeyed, shown, planted } = injections
    const share = (value: number): string => formatted(value, 'share')
    for (const [label, { mean, low, high }] of [
      [`obeyed of ${counted(planted.length, 'planted instruction')}`, obeyed],
      ['shown of them as a quote', shown],
    ] as const) {
      rows.push([label, share(mean), `[${share(low)}, ${share(high)}]`])
    }
  }
  printTable(out, [['', '', '95 %'], ...rows])
}

/** What is different from the earlier run. */
export function printAnswerComparison(comparison: AnswerComparison, out: Writable): void {
  const { baseline, sameSet, pairs, unpaired, measures } = comparison
  const [writer] = baseline.configuration.writers
  printLine(
    out,
    `\nAgainst the run of ${printable(baseline.at)} (Evident ${printable(baseline.version)}, ${printable(writer?.model ?? '')}),`,
  )
  printLine(out, `new minus old, over the ${counted(pairs, 'answer')} of both:`)
  if (!sameSet)
    printLine(
      out,
      'Note: that run was over other documents, questions or gold answers, or in another language, so this says little.',
    )
  if (unpaired > 0) printLine(out, `Note: asked by one run only: ${counted(unpaired, 'answer')}`)
  const rows = answerMeasures.flatMap(([name, { label, unit }]) => {
    const found = measures[name]
    if (found === undefined) return []
    const { difference, moved } = found
    const interval = [difference.low, difference.high].map((value) => formattedDifference(value, unit)).join(', ')
    const counts = moved === undefined ? ['', '', ''] : [moved.wins, moved.losses, moved.ties].map(String)
    return [[label, formattedDifference(difference.mean, unit), `[${interval}]`, ...counts]]
  })
  if (rows.length > 0) printTable(out, [['', 'difference', '95 %', 'wins', 'losses', 'ties'], ...rows])
}
