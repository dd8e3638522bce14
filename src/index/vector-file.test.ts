import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { temporaryFolder } from './temporary-index.fixture.ts'
import { MOST_TOGETHER, VectorFile } from './vector-file.ts'

let folder: string
before(async () => {
  folder = await temporaryFolder()
})
after(() => rm(folder, { recursive: true, force: true }))

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
const vectorOf = (dimension: number, seed: number): Float32Array =>
  Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 7.1 + i * 1.3) / Math.sqrt(dimension))

for (const dimension of [1, 6, 16, 100, 384, 1024]) {
  test(`products of ${dimension} numbers are those of the floats, for one query and among rows`, () => {
    const file = new VectorFile(dimension, join(folder, 'products'))
    const vectors = Array.from({ length: 2 * MOST_TOGETHER + 3 }, (_, i) => vectorOf(dimension, i))
    const first = file.allocate(vectors.length)
    vectors.forEach((vector, i) => file.write(first + i, vector))
    const rows = vectors.map((_, i) => first + i).reverse()
    const query = vectorOf(dimension, 0.5)
    file.products(query, rows).forEach((product, i) => {
      const expected = dot(query, vectors[(rows[i] as number) - first] as Float32Array)
      assert.ok(Math.abs(product - expected) < 1e-6, `row ${i}: ${product}, ${expected}`)
    })
    file.productsAmong([2, 0, 5]).forEach((products, i) => {
      const some = [2, 0, 5].map((row) => vectors[row] as Float32Array)
      assert.equal(products.length, i)
      products.forEach((product, j) => {
        assert.ok(Math.abs(product - dot(some[i] as Float32Array, some[j] as Float32Array)) < 1e-6)
      })
    })
    file.close()
  })
}

test('what is erased leaves the file, and freed stretches are used again', async () => {
  const path = join(folder, 'erased')
  const file = new VectorFile(4, path)
  const first = file.allocate(64)
  const second = file.allocate(128)
  file.write(second, Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8))
  file.erase(second)
  const floats = new Float32Array(new Uint8Array(await readFile(path)).buffer)
  assert.deepEqual([...floats.subarray(4 * second)], [0, 0, 0, 0, 5, 6, 7, 8])
  file.free(first, 64)
  assert.notEqual(file.allocate(128), first)
  assert.equal(file.allocate(64), first)
  file.close()
})

test('a row that the file does not hold is an error, not zeros', () => {
  const file = new VectorFile(4, join(folder, 'short'))
  file.allocate(64)
  assert.throws(() => file.products(new Float32Array(4), [3]), /ends within row 3/)
  assert.throws(() => file.productsAmong(new Int32Array(MOST_TOGETHER + 1)), RangeError)
  file.close()
})
