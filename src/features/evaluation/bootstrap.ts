import { mean } from './measures.ts'

/** A mean over queries, and between what it lies in 95 of 100 cases. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 10_000
const SEED = 20_250_101
const OUTSIDE = 0.05

/**
 * The mean with its 95 % interval by the percentile bootstrap (Efron and Tibshirani 1993, chapter 13): the values are
 * drawn anew, with repetition, 10,000 times. Given the differences of pairs it is the paired bootstrap of their mean. The
 * draws are the same in each call, so that the same values give the same interval.
 */
export function bootstrap(values: readonly number[]): Estimate {
  const { length } = values
  const random = mulberry32(SEED)
  const means = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0
    for (let i = 0; i < length; i++) sum += values[Math.floor(random() * length)] as number
    return sum / Math.max(1, length)
  }).sort()
  const at = (share: number): number => means[Math.round(share * (RESAMPLES - 1))] as number
  return { mean: mean(values), low: at(OUTSIDE / 2), high: at(1 - OUTSIDE / 2) }
}

const GROUP_RESAMPLES = 1000

/**
 * Several figures of the same items with their 95 % intervals, by the percentile bootstrap: groups of items that hang
 * together, such as what became of one question, are drawn anew 1,000 times. `figures` gives undefined for what cannot be
 * told of a draw; a figure that cannot be told of all items is left out. The same draws each time.
 */
export function bootstrapGroups<Item>(
  groups: readonly (readonly Item[])[],
  figures: (items: readonly Item[]) => Readonly<Record<string, number | undefined>>,
): Record<string, Estimate> {
  const random = mulberry32(SEED)
  const drawn = new Map<string, number[]>()
  for (let i = 0; i < GROUP_RESAMPLES; i++) {
    const items = groups.flatMap(() => groups[Math.floor(random() * groups.length)] ?? [])
    for (const [name, value] of Object.entries(figures(items))) {
      if (value === undefined) continue
      const values = drawn.get(name)
      if (values === undefined) drawn.set(name, [value])
      else values.push(value)
    }
  }
  return Object.fromEntries(
    Object.entries(figures(groups.flat())).flatMap(([name, value]) => {
      if (value === undefined) return []
      const values = Float64Array.from(drawn.get(name) ?? [value]).sort()
      const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? value
      return [[name, { mean: value, low: at(OUTSIDE / 2), high: at(1 - OUTSIDE / 2) }]]
    }),
  )
}

/** Numbers from 0 to below 1 with a period of 2^32 (Tommy Ettinger's Mulberry32). */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
