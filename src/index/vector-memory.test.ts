import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VectorMemory, type Found } from './vector-memory.ts'

/** The same numbers in every run, and nothing like a round one. */
function* noise(): Generator<number> {
  for (let state = 1; ;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state / 2 ** 31 - 1
  }
}

function vectorsOf(dimension: number, rows: number): Float32Array[] {
  const values = noise()
  return Array.from({ length: rows }, () => {
    const vector = Float32Array.from({ length: dimension }, () => values.next().value as number)
    const length = Math.hypot(...vector)
    return vector.map((value) => value / length)
  })
}

/** What was found, by row. */
const byRow = ({ rows, scores, count }: Found): [row: number, score: number][] =>
  Array.from({ length: count }, (_, i): [number, number] => [rows[2 * i] as number, scores[2 * i + 1] as number]).sort(
    ([a], [b]) => a - b,
  )

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)

for (const dimension of [1, 6, 16, 100, 384, 1024]) {
  test(`both builds score ${dimension} numbers alike, near the exact product`, () => {
    const rows = vectorsOf(dimension, 300)
    const query = rows[7] as Float32Array
    const scores = (['relaxed', 'plain'] as const).map((build) => {
      const memory = new VectorMemory(dimension, build)
      const block = memory.allocate(512)
      rows.forEach((row, i) => memory.encode(row, block, i))
      const asked = memory.ask(query)
      const found = memory.scan(block, rows.length, asked, -Infinity)
      assert.deepEqual(
        byRow(found).map(([row]) => row),
        rows.map((_, row) => row),
      )
      return byRow(found).map(([, score]) => score * asked.unit)
    })
    assert.deepEqual(scores[0], scores[1])
    rows.forEach((row, i) => {
      assert.ok(Math.abs((scores[0]?.[i] ?? 9) - dot(row, query)) < 0.02, `row ${i}`)
    })
  })
}

test('only what is above the threshold and not erased is found, by scanning as by picking rows', () => {
  const memory = new VectorMemory(8)
  const block = memory.allocate(64)
  const rows = vectorsOf(8, 64)
  rows.forEach((row, i) => memory.encode(row, block, i))
  memory.erase(block, 3)
  const asked = memory.ask(rows[3] as Float32Array)
  const whole = new Map(byRow(memory.scan(block, 64, asked, -Infinity)))
  assert.equal(whole.size, 63)
  assert.equal(whole.has(3), false)

  // Any number of them: four are scored at a time.
  const wanted = [1, 3, 5, 40, 41, 63]
  for (let length = 0; length <= wanted.length; length++) {
    const some = wanted.slice(0, length)
    assert.deepEqual(
      byRow(memory.gather(block, some, asked, -Infinity)),
      some.filter((row) => row !== 3).map((row) => [row, whole.get(row)]),
    )
    assert.deepEqual(
      byRow(memory.scan(block, length, asked, -Infinity)),
      [...whole].filter(([row]) => row < length),
    )
  }

  const middle = [...whole.values()].toSorted((a, b) => b - a)[20] as number
  assert.equal(memory.scan(block, 64, asked, middle).count, 20)
})

test('what is freed is erased and used again, and growing moves nothing', () => {
  const memory = new VectorMemory(384)
  const first = memory.allocate(64)
  memory.encode(vectorsOf(384, 1)[0] as Float32Array, first, 0)
  const kept = first.codes.slice(0, 384)
  const { bytes } = memory
  const blocks = Array.from({ length: 5 }, () => memory.allocate(4096))
  assert.deepEqual(first.codes.slice(0, 384), kept)
  for (const block of blocks) memory.free(block)
  assert.equal(memory.bytes, bytes)
  const again = memory.allocate(4096)
  assert.ok(blocks.some(({ at }) => at === again.at))
  memory.free(first)
  assert.ok(first.codes.every((code) => code === 0))
})
