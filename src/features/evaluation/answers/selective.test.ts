import assert from 'node:assert/strict'
import { test } from 'node:test'
import { areaUnderRisk, auroc, calibrationError, type Judged, reliability, riskAt, riskCoverage } from './selective.ts'

const near = (found: number | undefined, expected: number): void =>
  assert.ok(found !== undefined && Math.abs(found - expected) < 1e-12, `${found} is not ${expected}`)

const answers = (...pairs: readonly (readonly [number, boolean])[]): Judged[] =>
  pairs.map(([confidence, right]) => ({ confidence, right }))

test('AUROC is the share of pairs in the right order, ties half', () => {
  const above = [0.9, 0.8, 0.5, 0.5]
  const below = [0.5, 0.1, 0.85]
  let pairs = 0
  for (const a of above) for (const b of below) pairs += a > b ? 1 : a === b ? 0.5 : 0
  near(auroc(above, below), pairs / 12)
  assert.equal(auroc([1], [0]), 1)
  assert.equal(auroc([0], [1]), 0)
  assert.equal(auroc([], [1]), undefined)
})

test('risk rises with coverage, and what was not answered is not covered', () => {
  const given = answers([0.9, true], [0.8, false], [0.7, true], [0.6, false])
  const curve = riskCoverage(given, 5)
  assert.deepEqual(
    curve.map(({ coverage, risk }) => [coverage, risk]),
    [
      [1 / 5, 0],
      [2 / 5, 1 / 2],
      [3 / 5, 1 / 3],
      [4 / 5, 1 / 2],
    ],
  )
  near(riskAt(curve, 5, 0.6), 1 / 3)
  near(riskAt(curve, 5, 0.8), 1 / 2)
  assert.equal(riskAt(curve, 5, 0.9), undefined)
  near(areaUnderRisk(curve, 5), (0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
  assert.equal(areaUnderRisk([], 5), undefined)
})

test('equally sure answers have no order among themselves', () => {
  const given = answers([0.9, true], [0.5, false], [0.5, true], [0.5, true], [0.5, false])
  for (const order of [given, given.toReversed()]) {
    const curve = riskCoverage(order, 5)
    assert.equal(curve.length, 2)
    // Of the three that come after the first, half are wrong wherever one stops.
    near(riskAt(curve, 5, 0.6), 1 / 3)
    near(areaUnderRisk(curve, 5), (0 + 0.5 / 2 + 1 / 3 + 1.5 / 4 + 2 / 5) / 5)
  }
})

test('calibration error weighs each bin by its answers; confidence 1 is in the last', () => {
  const given = answers([1, true], [0.95, true], [0.95, false], [0.05, false])
  const bins = reliability(given)
  assert.deepEqual(
    bins.map(({ from, count, right }) => [from, count, right]),
    [
      [0, 1, 0],
      [0.9, 3, 2 / 3],
    ],
  )
  near(calibrationError(bins), (1 * 0.05 + 3 * Math.abs(2.9 / 3 - 2 / 3)) / 4)
  assert.equal(calibrationError([]), undefined)
  for (const { low, right, high } of bins) assert.ok(low <= right + 1e-12 && right <= high + 1e-12 && high <= 1)
  // Wilson's interval of 0 in 1, by hand: to z²/(1+z²).
  near(bins[0]?.high, 1.959964 ** 2 / (1 + 1.959964 ** 2))
})
