import { scaleLinear, scaleLog } from 'd3-scale'
import { line } from 'd3-shape'
import type { AnswerRun } from '../answer-run.ts'
import type { ScoredAnswer } from '../measures.ts'
import { markup, type Markup } from './markup.ts'
import { at, type Axis, drawn, FRAME, percent } from './plot.ts'

const across = [FRAME.left, FRAME.right] as const
const upwards = [FRAME.bottom, FRAME.top] as const

/** Two places of the drawing a point. */
const path = line<readonly [number, number]>(
  ([x]) => at(x),
  ([, y]) => at(y),
)
const drawnLine = (className: string, points: readonly (readonly [number, number])[]): Markup =>
  markup`<path class="${className}" d="${path(points) ?? ''}" />`

function shareAxis(
  range: readonly [number, number],
  label: string,
  to = 1,
): Axis & { scale: (value: number) => number } {
  const scale = scaleLinear()
    .domain([0, to])
    .range([...range])
  return { scale, ticks: scale.ticks(5), label, format: percent }
}

/** Share of right answers over confidence, one point a bin, as large as its answers are many. */
export function reliabilityChart({ reliability, measures }: AnswerRun): Markup {
  const x = shareAxis(across, 'confidence of the answer')
  const y = shareAxis(upwards, 'right answers')
  const total = reliability.reduce((sum, { count }) => sum + count, 0)
  const error = measures['calibrationError']?.mean
  const said = reliability.map(
    ({ confidence, right, count }) => `${percent(confidence)}: ${percent(right)} of ${count}`,
  )
  return drawn({
    id: 'reliability',
    title: 'Reliability',
    text: `Confidence: share of right answers. ${said.join('; ')}. Calibration error ${error?.toFixed(3) ?? 'unknown'}.`,
    x,
    y,
    marks: [
      drawnLine('ideal', [
        [x.scale(0), y.scale(0)],
        [x.scale(1), y.scale(1)],
      ]),
      ...reliability.map(({ confidence, right, low, high, count }) => {
        const place = at(x.scale(confidence))
        return markup`<line
            class="interval"
            x1="${place}"
            x2="${place}"
            y1="${at(y.scale(low))}"
            y2="${at(y.scale(high))}"
          />
          <circle class="point" cx="${place}" cy="${at(y.scale(right))}" r="${at(3 + 8 * Math.sqrt(count / total))}"
            ><title>${count} answers, confidence ${confidence.toFixed(2)}, right ${right.toFixed(2)}</title></circle
          >`
      }),
    ],
  })
}

const COVERAGES = [0.8, 0.9]

/** Share of wrong answers over the share of questions that are answered, the surest first. */
export function riskChart({ riskCoverage, measures, questions: { length: total } }: AnswerRun): Markup {
  const last = riskCoverage.at(-1)
  const highest = Math.max(0.05, ...riskCoverage.map(({ risk }) => risk))
  const x = shareAxis(across, 'questions answered, the surest first')
  const y = shareAxis(upwards, 'wrong answers among them', highest)
  const marked = [measures['riskAt80'], measures['riskAt90']].flatMap((found, i) =>
    found === undefined ? [] : [{ coverage: Math.ceil((COVERAGES[i] ?? 0) * total) / total, risk: found.mean }],
  )
  const said = [...marked, ...(last === undefined ? [] : [last])].map(
    ({ coverage, risk }) => `${percent(coverage)} answered: ${(risk * 100).toFixed(1)} % wrong`,
  )
  return drawn({
    id: 'risk',
    title: 'Risk and coverage',
    text: `${said.join('; ')}.`,
    x,
    y,
    marks: [
      drawnLine(
        'first',
        riskCoverage.map(({ coverage, risk }) => [x.scale(coverage), y.scale(risk)]),
      ),
      ...marked.map(
        ({ coverage, risk }) =>
          markup`<circle class="point" cx="${at(x.scale(coverage))}" cy="${at(y.scale(risk))}" r="4" />
            <text
              class="note"
              x="${at(x.scale(coverage) - 8)}"
              y="${at(Math.max(FRAME.top + 10, y.scale(risk) - 8))}"
              text-anchor="end"
              >${(risk * 100).toFixed(1)} %</text
            >`,
      ),
    ],
  })
}

const BINS = 20

/** How many answers have which confidence: above the line where the documents answer, below where nothing does. */
export function confidenceChart(answers: readonly ScoredAnswer[]): Markup {
  const counts = Array.from({ length: BINS }, () => ({ right: 0, other: 0, nothing: 0 }))
  for (const { isAnswerable, right, record } of answers) {
    const bin = counts[Math.min(BINS - 1, Math.floor(record.confidence * BINS))]
    if (bin !== undefined) bin[isAnswerable ? (right ? 'right' : 'other') : 'nothing']++
  }
  const most = Math.max(1, ...counts.map(({ right, other }) => right + other))
  const below = Math.max(0, ...counts.map(({ nothing }) => nothing))
  const x = shareAxis(across, 'confidence')
  const scale = scaleLinear()
    .domain([-below, most])
    .nice()
    .range([...upwards])
  const y: Axis = {
    scale,
    ticks: scale.ticks(6).filter(Number.isInteger),
    label: 'questions',
    format: (v) => String(Math.abs(v)),
  }
  const bar = (className: string, i: number, from: number, to: number): Markup[] => {
    const left = x.scale(i / BINS) + 1
    const ends = [scale(from), scale(to)].toSorted((a, b) => a - b)
    const [top = 0, bottom = 0] = ends
    return from === to
      ? []
      : [
          markup`<rect
            class="${className}"
            x="${at(left)}"
            width="${at(x.scale((i + 1) / BINS) - left - 1)}"
            y="${at(top)}"
            height="${at(bottom - top)}"
          />`,
        ]
  }
  const sum = (name: 'right' | 'other' | 'nothing'): number => counts.reduce((total, bin) => total + bin[name], 0)
  return drawn({
    id: 'confidence',
    title: 'Confidence',
    text: `${sum('right')} right answers, ${sum('other')} wrong or withheld where the documents answer, ${sum('nothing')} questions that nothing answers, by confidence.`,
    x,
    y,
    marks: [
      ...counts.flatMap(({ right, other, nothing }, i) => [
        ...bar('good', i, 0, right),
        ...bar('poor', i, right, right + other),
        ...bar('nothing', i, 0, -nothing),
      ]),
      markup`<line class="axis" x1="${FRAME.left}" x2="${FRAME.right}" y1="${at(scale(0))}" y2="${at(scale(0))}" />`,
    ],
  })
}

/** Share of answers that were there within a time: their first word, and all of them. */
export function latencyChart(answers: readonly ScoredAnswer[]): Markup {
  const measuredOf = (key: 'firstWord' | 'whole'): number[] =>
    answers
      .flatMap(({ record }) =>
        record.situation === 'own' && record.failure === undefined ? Math.max(1, record[key]) : [],
      )
      .toSorted((a, b) => a - b)
  const firsts = measuredOf('firstWord')
  const wholes = measuredOf('whole')
  const scale = scaleLog()
    .domain([firsts[0] ?? 1, Math.max((firsts[0] ?? 1) * 2, wholes.at(-1) ?? 10)])
    .range([...across])
  const x: Axis = { scale, ticks: roundTimes(scale.domain()), label: 'time, on a scale of powers', format: duration }
  const y = shareAxis(upwards, 'answers within that time')
  const steps = (times: readonly number[]) =>
    times.map((time, i) => [scale(time), y.scale((i + 1) / times.length)] as const)
  const middle = (times: readonly number[]): string => duration(times[Math.floor(times.length / 2)] ?? 0)
  return drawn({
    id: 'latency',
    title: 'Time',
    text: `Half of the answers have their first word within ${middle(firsts)} and end within ${middle(wholes)}.`,
    x,
    y,
    marks: [drawnLine('first', steps(firsts)), drawnLine('second', steps(wholes))],
  })
}

/** 1, 2 and 5 with noughts, of a narrow range all digits; at the most six of them. */
function roundTimes([from = 1, to = 10]: readonly number[]): number[] {
  const powers = Array.from({ length: 8 }, (_, power) => 10 ** power)
  const inside = (digits: readonly number[]): number[] =>
    powers.flatMap((power) => digits.map((digit) => digit * power)).filter((time) => time >= from && time <= to)
  const few = inside([1, 2, 5])
  const times = few.length < 3 ? inside([1, 2, 3, 4, 5, 6, 7, 8, 9]) : few
  const every = Math.ceil(times.length / 6)
  return times.filter((_, i) => i % every === 0)
}

const duration = (milliseconds: number): string =>
  milliseconds >= 1000
    ? `${Number((milliseconds / 1000).toPrecision(2))} s`
    : `${Number(milliseconds.toPrecision(2))} ms`
