/**
 * What the check of a sentence against its quote makes of true and false pairs: those made by rule of XQuAD's English
 * paragraphs (odd articles; `--half even` for tuning) and those written by hand, per kind, with 95 % intervals (Wilson).
 * `--words-only` without vectors. Nothing may be tuned on the second set or the odd articles. Writes
 * .bench/verification.json.
 */
import { parseArgs } from 'node:util'
import type { Doubt, Verdict } from '../src/features/answering/answer.ts'
import { createSimilarity } from '../src/features/answering/similarity.ts'
import type { Similarity } from '../src/features/answering/similarity.ts'
import { settled } from '../src/features/answering/settled.ts'
import { readEvidence, resolve } from '../src/features/answering/support-place.ts'
import { hasDocuments, readHandWritten } from '../test/large/verification/by-hand.ts'
import { readForTuning } from '../test/large/verification/for-tuning.ts'
import { generatePairs } from '../test/large/verification/generated.ts'
import { median, report } from './report.ts'
import type { Row } from './report.ts'
import { evidenceOf, weightOver } from './verified-pairs.ts'
import { wilson } from './wilson.ts'
import { QUIET, openEmbedder } from './xquad.ts'

interface Checked {
  readonly kind: string
  readonly label: boolean
  readonly headline: boolean
  readonly sentence: string
  readonly quote: string
  readonly title: string
}

interface Outcome extends Checked {
  readonly verdict: Verdict
  readonly doubt: Doubt | null
}

const { values } = parseArgs({
  options: {
    half: { type: 'string', default: 'odd' },
    'words-only': { type: 'boolean', default: false },
    /** Prints pairs of the even articles that are judged wrongly, of one kind. */
    show: { type: 'string' },
  },
})

let [compared, milliseconds]: [number, number[]] = [0, []]

async function check(pairs: readonly Checked[], similarity: Similarity | undefined): Promise<Outcome[]> {
  const weight = weightOver(new Set(pairs.map(({ quote }) => quote)))
  const counted: Similarity | undefined =
    similarity === undefined
      ? undefined
      : (...texts) => {
          compared++
          return similarity(...texts)
        }
  const outcomes: Outcome[] = []
  for (const pair of pairs) {
    const started = performance.now()
    const passage = readEvidence(evidenceOf(pair.quote, pair.title))
    const resolved = resolve(pair.sentence, passage, weight)
    milliseconds.push(performance.now() - started)
    if (resolved === undefined) throw new Error(`No sentence in “${pair.quote}”`)
    const { verdict, doubt } = await settled(pair.sentence, passage, resolved, counted, weight, {})
    outcomes.push({ ...pair, verdict, doubt })
  }
  return outcomes
}

interface Counts {
  readonly n: number
  readonly unsupported: number
  readonly doubtful: number
}

function count(outcomes: readonly Outcome[]): Counts {
  const of = (verdict: Verdict): number => outcomes.filter((outcome) => outcome.verdict === verdict).length
  return { n: outcomes.length, unsupported: of('unsupported'), doubtful: of('doubtful') }
}

function figure({ n, unsupported, doubtful }: Counts): string {
  return `${String(n).padStart(5)}  unsupported ${wilson(unsupported, n)}, with doubtful ${((unsupported + doubtful) / n).toFixed(3)}`
}

function table(outcomes: readonly Outcome[]): { rows: Row[]; figures: Record<string, Counts> } {
  const figures: Record<string, Counts> = {}
  const of = (name: string, chosen: readonly Outcome[]): void => {
    if (chosen.length > 0) figures[name] = count(chosen)
  }
  for (const label of [false, true]) {
    const same = outcomes.filter((outcome) => outcome.label === label)
    for (const kind of new Set(same.map((outcome) => outcome.kind)))
      of(
        `${label ? 'true' : 'false'}: ${kind}`,
        same.filter((outcome) => outcome.kind === kind),
      )
  }
  of(
    'caught: number, name, negation, wrong quote together',
    outcomes.filter(({ label, headline }) => !label && headline),
  )
  of(
    'caught: all false ones',
    outcomes.filter(({ label }) => !label),
  )
  of(
    'false alarms: all true ones',
    outcomes.filter(({ label }) => label),
  )
  return { rows: Object.entries(figures).map(([name, counts]): Row => [name, figure(counts)]), figures }
}

/** Kinds of the hand-written set as the headline counts them. */
const HEADLINE = new Set(['number', 'date', 'name', 'negation', 'wrong quote'])

const embedder = values['words-only'] ? undefined : await openEmbedder()
const similarity = embedder === undefined ? undefined : createSimilarity(embedder, QUIET, 60_000)
const half = values.half === 'even' || values.show !== undefined ? 'even' : 'odd'
const generated = await check(
  generatePairs().filter(({ even }) => even === (half === 'even')),
  similarity,
)
const free = half === 'even' ? await check(await readForTuning(), similarity) : []
if (values.show !== undefined) {
  for (const { kind, label, verdict, doubt, sentence, quote, title } of [...generated, ...free]) {
    if (!kind.includes(values.show) || (label ? verdict === 'supported' : verdict === 'unsupported')) continue
    console.log(`\n${kind}: ${verdict} ${doubt}\n  S ${sentence}\n  Q [${title}] ${quote}`)
  }
}
const perPair = {
  p50: median(milliseconds),
  p95: milliseconds.toSorted((a, b) => a - b)[Math.floor(0.95 * milliseconds.length)] ?? 0,
}
const rule = table(generated)
const rows: Row[] = [
  [`by rule, ${half} articles`, ''],
  ...rule.rows,
  ['a pair, without vectors', `p50 ${perPair.p50.toFixed(2)} ms, p95 ${perPair.p95.toFixed(2)} ms`],
  ['pairs compared by vectors', `${compared} of ${generated.length}`],
]
if (free.length > 0) rows.push(['free words, even articles', ''], ...table(free).rows)
let hand: ReturnType<typeof table> | undefined
if (half === 'odd' && hasDocuments) {
  const sentences = await readHandWritten()
  ;[compared, milliseconds] = [0, []]
  hand = table(
    await check(
      sentences.map((one) => ({ ...one, headline: HEADLINE.has(one.kind) })),
      similarity,
    ),
  )
  rows.push(['written by hand', ''], ...hand.rows, ['compared by vectors', `${compared} of ${sentences.length}`])
}
await embedder?.close()
await report('verification', rows, { half, perPair, generated: rule.figures, byHand: hand?.figures })
