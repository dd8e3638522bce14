import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bootstrap, mulberry32 } from './bootstrap.ts'
import { mean, ndcg, percentile, recall, reciprocalRank } from './measures.ts'

const relevant = new Map([
  ['a', 3],
  ['b', 1],
  ['c', 2],
])

test('nDCG counts grades by place, and what is missing against the list', () => {
  assert.equal(ndcg(['a', 'c', 'b'], relevant, 10), 1)
  // (1/log2(3) + 3/log2(4)) / (3/log2(2) + 2/log2(3) + 1/log2(4))
  const expected = (1 / Math.log2(3) + 3 / 2) / (3 + 2 / Math.log2(3) + 1 / 2)
  assert.ok(Math.abs(ndcg(['x', 'b', 'a'], relevant, 10) - expected) < 1e-12)
  assert.equal(ndcg(['x', 'y'], relevant, 10), 0)
  assert.equal(ndcg([], relevant, 10), 0)
  // Beyond the depth nothing counts, neither in the list nor in the best one there could be.
  assert.equal(ndcg(['a', 'x', 'c'], relevant, 1), 1)
})

test('recall and reciprocal rank look as deep as they are told', () => {
  assert.equal(recall(['x', 'a', 'b'], relevant, 3), 2 / 3)
  assert.equal(recall(['x', 'a', 'b'], relevant, 2), 1 / 3)
  assert.equal(reciprocalRank(['x', 'y', 'b', 'a'], relevant, 10), 1 / 3)
  assert.equal(reciprocalRank(['x', 'y', 'b'], relevant, 2), 0)
})

test('mean and percentile', () => {
  assert.equal(mean([]), 0)
  assert.equal(mean([1, 2, 6]), 3)
  assert.equal(percentile([], 0.5), 0)
  const values = Array.from({ length: 100 }, (_, i) => 100 - i)
  assert.equal(percentile(values, 0.5), 51)
  assert.equal(percentile(values, 0.95), 96)
  assert.equal(percentile(values, 1), 100)
})

test('a bootstrap interval holds the mean, is the same each time, and is as wide as theory says', () => {
  const random = mulberry32(7)
  const values = Array.from({ length: 400 }, () => (random() < 0.3 ? 1 : 0))
  const found = bootstrap(values)
  assert.deepEqual(bootstrap(values), found)
  assert.equal(found.mean, mean(values))
  // Of a share p of n: p +- 1.96 sqrt(p (1 - p) / n).
  const half = 1.96 * Math.sqrt((found.mean * (1 - found.mean)) / values.length)
  assert.ok(Math.abs(found.mean - found.low - half) < 0.15 * half, JSON.stringify(found))
  assert.ok(Math.abs(found.high - found.mean - half) < 0.15 * half, JSON.stringify(found))
  assert.deepEqual(bootstrap([0.5, 0.5]), { mean: 0.5, low: 0.5, high: 0.5 })
  assert.deepEqual(bootstrap([]), { mean: 0, low: 0, high: 0 })
})

test('intervals hold the true mean about as often as they say', () => {
  const random = mulberry32(11)
  let holds = 0
  const rounds = 60
  for (let round = 0; round < rounds; round++) {
    const { low, high } = bootstrap(Array.from({ length: 60 }, () => random()))
    if (low <= 0.5 && high >= 0.5) holds++
  }
  assert.ok(holds >= 0.85 * rounds && holds < rounds, `${holds} of ${rounds}`)
})
