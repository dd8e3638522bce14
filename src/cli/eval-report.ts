import type { Writable } from 'node:stream'
import type { Comparison, MeasureComparison, TypeComparison } from '../features/evaluation/comparison.ts'
import { MEASURES, type Measure, measureNames, type Run, typesOf } from '../features/evaluation/run.ts'
import { printable, printLine } from './terminal.ts'

type Estimate = MeasureComparison['difference']

const digits = (value: number): string => value.toFixed(3)
const signed = (value: number): string => `${value < 0 ? '-' : '+'}${digits(Math.abs(value))}`
const between = ({ low, high }: Estimate, form: (value: number) => string): string => `[${form(low)}, ${form(high)}]`
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** What was measured, a line for each way of searching. */
export function printRun(run: Run, out: Writable): void {
  const { set, configuration } = run
  printLine(
    out,
    `${printable(set.name)}: ${counted(set.documents, 'document')} in ${counted(configuration.passages, 'passage')}, ` +
      `${counted(set.queries, 'query', 'queries')}; ingested in ${run.ingestSeconds.toFixed(1)} s`,
  )
  printLine(out, `Evident ${run.version}, ${configuration.model}, ${configuration.analyzer}`)
  if (set.blank > 0) printLine(out, `Without any text, and left out: ${counted(set.blank, 'document')}`)
  if (set.unjudged > 0) {
    printLine(out, `Without a relevant document, and not asked: ${counted(set.unjudged, 'query', 'queries')}`)
  }
  const types = typesOf(run)
  const measures = measureNames.filter((name) => types.some((type) => run.results[type]?.[name] !== undefined))
  printTable(out, [
    ['', ...measures.map((name) => MEASURES[name]), 'p50', 'p95'],
    ...types.map((type) => {
      const result = run.results[type]
      const cells = measures.map((name) => {
        const estimate = result?.[name]
        return estimate === undefined ? '' : `${digits(estimate.mean)} ${between(estimate, digits)}`
      })
      return [type, ...cells, milliseconds(result?.latency.p50), milliseconds(result?.latency.p95)]
    }),
  ])
}

const milliseconds = (value = Number.NaN): string => `${value.toFixed(1)} ms`

/** What is different from the earlier run, and at which queries. */
export function printComparison(comparison: Comparison, out: Writable): void {
  const { baseline, sameSet, queries, unpaired, types } = comparison
  const { model, analyzer } = baseline.configuration
  printLine(
    out,
    `\nAgainst the run of ${printable(baseline.at)} (Evident ${printable(baseline.version)}, ${printable(model)}, ${printable(analyzer)}),`,
  )
  printLine(out, `new minus old, over the ${counted(queries, 'query', 'queries')} of both:`)
  if (!sameSet) printLine(out, 'Note: that run was over other documents, queries or grades, so this says little.')
  if (unpaired > 0) printLine(out, `Note: asked by one run only: ${counted(unpaired, 'query', 'queries')}`)
  if (types.length === 0) printLine(out, 'Note: the two runs have no way of searching in common.')
  const rows = types.flatMap(({ type, measures }) =>
    measureNames.flatMap((name: Measure) => {
      const found = measures[name]
      return found === undefined ? [] : [[type, MEASURES[name], ...comparisonCells(found)]]
    }),
  )
  if (rows.length > 0) printTable(out, [['', '', 'difference', 'wins', 'losses', 'ties'], ...rows])
  for (const type of types) printChanges(type, out)
}

function comparisonCells({ difference, wins, losses, ties }: MeasureComparison): string[] {
  return [`${signed(difference.mean)} ${between(difference, signed)}`, String(wins), String(losses), String(ties)]
}

function printChanges({ type, changed }: TypeComparison, out: Writable): void {
  if (changed.length === 0) return
  printLine(out, `\nChanged most, nDCG@10 ${type}:`)
  for (const { id, text, before, after } of changed) {
    const shown = printable(text)
    const short = shown.length > LONGEST ? `${shown.slice(0, LONGEST).toWellFormed()} …` : shown
    printLine(out, `  ${digits(before)} -> ${digits(after)}  ${printable(id)}  ${short}`)
  }
}

const LONGEST = 80

/** Columns of equal width; the first row names them. */
export function printTable(out: Writable, rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)))
  printLine(out, '')
  for (const row of rows) {
    printLine(
      out,
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
  }
}
