import { wilson } from './wilson.ts'

/** How sure an answer was, 0 to 1, and whether it was right. */
export interface Judged {
  readonly confidence: number
  readonly right: boolean
}

/**
 * Area under the ROC curve: the chance that one of `above` is surer than one of `below`, ties counted half (the
 * Mann-Whitney statistic). undefined where one of them is empty.
 */
export function auroc(above: readonly number[], below: readonly number[]): number | undefined {
  if (above.length === 0 || below.length === 0) return undefined
  const all = [...above.map((value) => ({ value, up: 1 })), ...below.map((value) => ({ value, up: 0 }))]
  all.sort((a, b) => a.value - b.value)
  let ranks = 0
  for (let from = 0; from < all.length;) {
    let to = from
    let up = 0
    while (to < all.length && all[to]?.value === all[from]?.value) up += all[to++]?.up ?? 0
    // Those that are equal share the mean of their ranks, which begin with 1.
    ranks += up * ((from + 1 + to) / 2)
    from = to
  }
  return (ranks - (above.length * (above.length + 1)) / 2) / (above.length * below.length)
}

export interface CurvePoint {
  /** Share of all questions that are answered, the surest first. */
  readonly coverage: number
  /** Share of wrong answers among these. */
  readonly risk: number
  /** The least sure of them. */
  readonly confidence: number
}

/**
 * The risk-coverage curve (El-Yaniv and Wiener 2010): what share of answers is wrong where only the surest are given. One
 * point for each confidence that occurs. Questions that were not answered count as not covered.
 * @param total all questions
 */
export function riskCoverage(answered: readonly Judged[], total: number): CurvePoint[] {
  const groups = [...Map.groupBy(answered, ({ confidence }) => confidence)].sort(([a], [b]) => b - a)
  let covered = 0
  let wrong = 0
  return groups.map(([confidence, group]) => {
    covered += group.length
    wrong += group.filter(({ right }) => !right).length
    return { confidence, coverage: covered / total, risk: wrong / covered }
  })
}

/** Wrong answers among the surest `count`; of equally sure ones that do not all fit, as many as are to be expected. */
function wrongAmong(curve: readonly CurvePoint[], total: number, count: number): number | undefined {
  let covered = 0
  let wrong = 0
  for (const { coverage, risk } of curve) {
    const to = Math.round(coverage * total)
    const wrongTo = risk * to
    if (count <= to) return wrong + ((wrongTo - wrong) * (count - covered)) / (to - covered)
    covered = to
    wrong = wrongTo
  }
  return undefined
}

/** The risk where that share of all questions is answered; undefined: so many were not. */
export function riskAt(curve: readonly CurvePoint[], total: number, coverage: number): number | undefined {
  const count = Math.ceil(coverage * total - 1e-9)
  const wrong = count === 0 ? undefined : wrongAmong(curve, total, count)
  return wrong === undefined ? undefined : wrong / count
}

/** Area under the risk-coverage curve: the mean risk over each number of answers (Geifman et al. 2019). */
export function areaUnderRisk(curve: readonly CurvePoint[], total: number): number | undefined {
  let sum = 0
  let count = 0
  let wrong = 0
  for (const { coverage, risk } of curve) {
    const from = count
    const to = Math.round(coverage * total)
    const step = (risk * to - wrong) / (to - from)
    while (count < to) {
      count++
      sum += (wrong + step * (count - from)) / count
    }
    wrong = risk * to
  }
  return count === 0 ? undefined : sum / count
}

export interface ReliabilityBin {
  /** Confidence from, and to below; the last one holds 1 too. */
  readonly from: number
  readonly to: number
  readonly count: number
  readonly confidence: number
  readonly right: number
  /** 95 % interval of `right` (Wilson 1927). */
  readonly low: number
  readonly high: number
}

const BINS = 10

/** Answers by how sure they were, in ten bins of the same width; empty ones are left out. */
export function reliability(answered: readonly Judged[]): ReliabilityBin[] {
  const bins = Map.groupBy(answered, ({ confidence }) => Math.min(BINS - 1, Math.floor(confidence * BINS)))
  return [...bins]
    .sort(([a], [b]) => a - b)
    .map(([bin, group]) => {
      const right = group.filter((one) => one.right).length
      const confidence = group.reduce((sum, one) => sum + one.confidence, 0) / group.length
      const place = { from: bin / BINS, to: (bin + 1) / BINS, count: group.length, confidence }
      return { ...place, right: right / group.length, ...wilson(right, group.length) }
    })
}

/** Expected calibration error (Naeini et al. 2015): how far confidence and share of right answers lie apart, by bin. */
export function calibrationError(bins: readonly ReliabilityBin[]): number | undefined {
  const total = bins.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return undefined
  return bins.reduce((sum, { count, confidence, right }) => sum + count * Math.abs(confidence - right), 0) / total
}
