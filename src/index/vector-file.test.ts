import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { temporaryFolder } from './temporary-index.fixture.ts'
import { CACHE_BYTES, MOST_TOGETHER, VectorFile } from './vector-file.ts'

let folder: string
before(async () => {
  folder = await temporaryFolder()
})
after(() => rm(folder, { recursive: true, force: true }))

/** Vectors of 1,024 numbers that the cache has places for. */
const CACHED_OF_1024 = CACHE_BYTES / (1024 * Float32Array.BYTES_PER_ELEMENT)

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0)
const vectorOf = (dimension: number, seed: number): Float32Array =>
  Float32Array.from({ length: dimension }, (_, i) => Math.sin(seed * 7.1 + i * 1.3) / Math.sqrt(dimension))

function assertAmong(products: Float32Array, vectors: readonly Float32Array[]): void {
  vectors.forEach((vector, i) => {
    vectors.slice(0, i).forEach((other, j) => {
      const product = products[i * vectors.length + j] as number
      assert.ok(Math.abs(product - dot(vector, other)) < 1e-6, `rows ${i} and ${j}: ${product}`)
    })
  })
}

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
    assertAmong(
      file.productsAmong([2, 0, 5]),
      [2, 0, 5].map((row) => vectors[row] as Float32Array),
    )
    file.close()
  })
}

test('rows that share a place in the cache are each themselves', () => {
  const file = new VectorFile(1024, join(folder, 'sharing'))
  const first = file.allocate(3 * CACHED_OF_1024)
  const rows = [0, 1, 2].flatMap((times) => [0, 7].map((row) => first + times * CACHED_OF_1024 + row))
  const vectors = rows.map((row) => vectorOf(1024, row))
  rows.forEach((row, i) => file.write(row, vectors[i] as Float32Array))
  const query = vectorOf(1024, 0.5)
  for (let round = 0; round < 2; round++) {
    file.products(query, rows).forEach((product, i) => {
      assert.ok(Math.abs(product - dot(query, vectors[i] as Float32Array)) < 1e-6, `row ${i}: ${product}`)
    })
    assertAmong(file.productsAmong(rows), vectors)
  }
  file.close()
})

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
