import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dotProduct, rowProducts } from './row-products.ts'

/** Numbers between -1 and 1, the same at each run. */
function rows(count: number, dimension: number, seed: number): Float32Array {
  let state = seed
  return Float32Array.from({ length: count * dimension }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 30 - 1
  })
}

test('products of rows are those of each pair, whatever the dimension and however many there are', () => {
  // The largest of these does not fit into the memory that the first ones needed.
  for (const [count, others, dimension] of [
    [1, 1, 16],
    [3, 5, 384],
    [300, 40, 384],
    [2, 3, 384],
    [4, 3, 7],
  ] as const) {
    const a = rows(count, dimension, 1)
    const b = rows(others, dimension, 2)
    const products = rowProducts(a, b, dimension)
    assert.equal(products.length, count * others)
    products.forEach((product, i) => {
      const row = Math.floor(i / others) * dimension
      const other = (i % others) * dimension
      const expected = dotProduct(a.subarray(row, row + dimension), b.subarray(other, other + dimension))
      assert.ok(
        Math.abs(product - expected) < 1e-4,
        `${count} x ${others} of ${dimension}, ${i}: ${product}, ${expected}`,
      )
    })
  }
})

test('nothing on either side gives no products', () => {
  assert.equal(rowProducts(new Float32Array(0), rows(2, 16, 1), 16).length, 0)
  assert.equal(rowProducts(rows(2, 16, 1), new Float32Array(0), 16).length, 0)
})
