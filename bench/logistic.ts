/** Small fits for the answering weights: gradient ascent with Adam over standardised features; nothing random. */

interface Scaling {
  readonly mean: Float64Array
  readonly deviation: Float64Array
}

function scalingOf(rows: readonly (readonly number[])[], width: number): Scaling {
  const mean = new Float64Array(width)
  const deviation = new Float64Array(width)
  for (const row of rows) row.forEach((value, i) => (mean[i] = (mean[i] ?? 0) + value / rows.length))
  for (const row of rows) {
    row.forEach((value, i) => (deviation[i] = (deviation[i] ?? 0) + (value - (mean[i] ?? 0)) ** 2 / rows.length))
  }
  return { mean, deviation: deviation.map((variance) => Math.sqrt(variance) || 1) }
}

const standardise = (row: readonly number[], { mean, deviation }: Scaling): Float64Array =>
  Float64Array.from(row, (value, i) => (value - (mean[i] ?? 0)) / (deviation[i] ?? 1))

/** @param gradient writes the gradient of the mean log likelihood at `weights` into `into` */
function ascend(
  width: number,
  ridge: (i: number) => number,
  steps: number,
  gradient: (weights: Float64Array, into: Float64Array) => void,
): Float64Array {
  const weights = new Float64Array(width)
  const first = new Float64Array(width)
  const second = new Float64Array(width)
  for (let step = 1; step <= steps; step++) {
    const slope = new Float64Array(width)
    gradient(weights, slope)
    for (let i = 0; i < width; i++) {
      const g = (slope[i] ?? 0) - ridge(i) * (weights[i] ?? 0)
      const m = (first[i] = 0.9 * (first[i] ?? 0) + 0.1 * g)
      const v = (second[i] = 0.99 * (second[i] ?? 0) + 0.01 * g * g)
      const move = (0.05 * (m / (1 - 0.9 ** step))) / (Math.sqrt(v / (1 - 0.99 ** step)) + 1e-8)
      weights[i] = (weights[i] ?? 0) + move
    }
  }
  return weights
}

const dot = (a: Float64Array, b: Float64Array): number => b.reduce((sum, value, i) => sum + value * (a[i] ?? 0), 0)

export interface Choice {
  readonly rows: readonly (readonly number[])[]
  readonly right: readonly boolean[]
}

/** Conditional logit: the right rows of each choice against its others. Gives weights of the raw features. */
export function fitChoice(choices: readonly Choice[], width: number, ridge = 0.02, steps = 600): number[] {
  const usable = choices.filter(({ right }) => right.includes(true))
  const scaling = scalingOf(
    usable.flatMap(({ rows }) => rows),
    width,
  )
  const standard = usable.map(({ rows, right }) => ({ rows: rows.map((row) => standardise(row, scaling)), right }))
  const weights = ascend(
    width,
    () => ridge,
    steps,
    (current, into) => {
      for (const { rows, right } of standard) {
        const scores = rows.map((row) => dot(current, row))
        const top = Math.max(...scores)
        const powers = scores.map((score) => Math.exp(score - top))
        const all = powers.reduce((sum, power) => sum + power, 0)
        const good = powers.reduce((sum, power, i) => sum + (right[i] === true ? power : 0), 0)
        rows.forEach((row, r) => {
          const share = powers[r] ?? 0
          const d = ((right[r] === true ? share / good : 0) - share / all) / standard.length
          row.forEach((value, i) => (into[i] = (into[i] ?? 0) + d * value))
        })
      }
    },
  )
  return Array.from(weights, (weight, i) => weight / (scaling.deviation[i] ?? 1))
}

/** Logistic regression. Gives the intercept, then the weights of the raw features. */
export function fitLogistic(
  rows: readonly (readonly number[])[],
  labels: readonly boolean[],
  width: number,
  ridge = 0.002,
  steps = 800,
): number[] {
  const scaling = scalingOf(rows, width)
  const standard = rows.map((row) => Float64Array.from([1, ...standardise(row, scaling)]))
  const weights = ascend(
    width + 1,
    (i) => (i === 0 ? 0 : ridge),
    steps,
    (current, into) => {
      standard.forEach((row, r) => {
        const d = (labels[r] === true ? 1 : 0) - 1 / (1 + Math.exp(-dot(current, row)))
        row.forEach((value, i) => (into[i] = (into[i] ?? 0) + (d * value) / standard.length))
      })
    },
  )
  const [intercept = 0, ...slopes] = weights
  const raw = slopes.map((weight, i) => weight / (scaling.deviation[i] ?? 1))
  return [raw.reduce((sum, weight, i) => sum - weight * (scaling.mean[i] ?? 0), intercept), ...raw]
}

/** Chance that a positive stands above a negative; ties count half. */
export function auroc(positives: readonly number[], negatives: readonly number[]): number {
  const all = [...positives.map((p) => [p, 1] as const), ...negatives.map((p) => [p, 0] as const)]
  all.sort((a, b) => a[0] - b[0])
  let ranks = 0
  for (let i = 0; i < all.length;) {
    let j = i
    while (j < all.length && all[j]?.[0] === all[i]?.[0]) j++
    for (let k = i; k < j; k++) if (all[k]?.[1] === 1) ranks += (i + j + 1) / 2
    i = j
  }
  return (ranks - (positives.length * (positives.length + 1)) / 2) / (positives.length * negatives.length)
}

export interface Bin {
  readonly said: number
  readonly right: number
  readonly count: number
}

/** Reliability in ten bins, and the expected calibration error. */
export function reliability(said: readonly number[], right: readonly boolean[]): { bins: Bin[]; error: number } {
  const sums = Array.from({ length: 10 }, () => ({ said: 0, right: 0, count: 0 }))
  said.forEach((p, i) => {
    const bin = sums[Math.min(9, Math.floor(p * 10))]
    if (bin === undefined) return
    bin.said += p
    bin.right += right[i] === true ? 1 : 0
    bin.count++
  })
  const error = sums.reduce((total, bin) => total + Math.abs(bin.said - bin.right), 0) / Math.max(1, said.length)
  const bins = sums.map(({ said: s, right: r, count }) => ({ said: s / count, right: r / count, count }))
  return { bins: bins.filter(({ count }) => count > 0), error }
}
