import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import * as fc from 'fast-check'
import type { ChunkId } from '../core/ids.ts'
import { temporaryFolder } from './temporary-index.fixture.ts'
import { VectorFile } from './vector-file.ts'
import { VectorMemory } from './vector-memory.ts'
import { OwnerVectors } from './vectors.ts'

const DIMENSION = 6

let folder: string
const files: VectorFile[] = []
before(async () => {
  folder = await temporaryFolder()
})
after(() => rm(folder, { recursive: true, force: true }))

function emptyIndex(dimension: number): OwnerVectors {
  const file = new VectorFile(dimension, join(folder, 'vectors'))
  files.push(file)
  return new OwnerVectors(dimension, new VectorMemory(dimension), file)
}

afterEach(() => {
  for (const file of files.splice(0)) file.close()
})

/** Documents by their ordinals. */
type Oracle = Map<number, Map<number, readonly number[]>>

const vector = fc
  .array(fc.integer({ min: -4, max: 4 }), { minLength: DIMENSION, maxLength: DIMENSION })
  .map((values) => values.map((value) => value / 4))
const change = fc.record({ document: fc.nat(4), rows: fc.array(vector, { maxLength: 40 }) })

/** Quarters are exact in binary, so the slow sum gives the very same number. */
const slowDot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)

function put(
  index: OwnerVectors,
  oracle: Oracle,
  document: number,
  rows: readonly (readonly number[])[],
  first: number,
) {
  const chunks = rows.map((_, i) => (first + i) as ChunkId)
  index.replaceDocument(document, chunks, Float32Array.from(rows.flat()))
  oracle.delete(document)
  if (rows.length > 0) oracle.set(document, new Map(rows.map((row, i) => [first + i, row])))
}

function check(
  index: OwnerVectors,
  oracle: Oracle,
  query: readonly number[],
  limit: number,
  documents?: readonly number[],
) {
  const scored = [...oracle]
    .filter(([document]) => documents?.includes(document) ?? true)
    .flatMap(([, rows]) => [...rows].map(([chunk, row]) => ({ chunk, score: slowDot(query, row) })))
  scored.sort((a, b) => b.score - a.score || a.chunk - b.chunk)
  const scope = documents && Uint8Array.from({ length: 9 }, (_, ordinal) => (documents.includes(ordinal) ? 1 : 0))
  const found = index.search(scope, Float32Array.from(query), limit)
  assert.deepEqual(
    [...found.chunks].map((chunk, i) => ({ chunk, score: found.scores[i] })),
    scored.slice(0, limit),
  )
  const all = [...oracle.values()].flatMap((rows) => [...rows.keys()])
  const exact = index.score(scope, Float32Array.from(query), Float64Array.from([...all, 99_999]))
  const expected = new Map(scored.map(({ chunk, score }) => [chunk, score]))
  assert.deepEqual(
    [...exact],
    [...all, 99_999].map((chunk) => expected.get(chunk) ?? Number.NaN),
  )
}

test('search, scores and filters equal sorting everything, through replacing and deleting', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 14 }),
      vector,
      fc.nat(20),
      fc.option(fc.subarray([0, 1, 8]), { nil: undefined }),
      (changes, query, limit, documents) => {
        const index = emptyIndex(DIMENSION)
        const oracle: Oracle = new Map()
        let chunk = 1
        for (const { document, rows } of changes) {
          put(index, oracle, document, rows, chunk)
          chunk += rows.length
        }
        check(index, oracle, query, limit, documents)
        assert.equal(
          index.count,
          [...oracle.values()].reduce((sum, rows) => sum + rows.size, 0),
        )
      },
    ),
    { numRuns: 300 },
  )
})

test('neighbours are the others with the highest cosines, of those that are in the scope', () => {
  const index = emptyIndex(2)
  const at = (degrees: number): [number, number] => [
    Math.cos((degrees * Math.PI) / 180),
    Math.sin((degrees * Math.PI) / 180),
  ]
  index.replaceDocument(0, [1, 2, 3] as ChunkId[], Float32Array.from([at(0), at(10), at(40)].flat()))
  index.replaceDocument(1, [4] as ChunkId[], Float32Array.from(at(12)))
  const chunks = Float64Array.of(1, 2, 3, 4, 99)
  assert.deepEqual([...index.neighbours(undefined, chunks, 2)], [1, 3, 3, 0, 3, 1, 1, 0, -1, -1])
  assert.deepEqual([...index.neighbours(Uint8Array.of(1, 0), chunks, 2)], [1, 2, 0, 2, 1, 0, -1, -1, -1, -1])
  assert.deepEqual([...index.neighbours(undefined, Float64Array.of(1), 2)], [-1, -1])
})

test('rows are found in every block, and rows of the deleted are used again', () => {
  const index = emptyIndex(2)
  const rows = 20_000
  const chunks = Array.from({ length: rows }, (_, i) => (i + 1) as ChunkId)
  const values = Float32Array.from({ length: rows * 2 }, (_, i) => (i % 2 === 0 ? i / 2 / rows : 1))
  index.replaceDocument(0, chunks, values)
  const ask = Float64Array.from(chunks)
  const found = index.score(undefined, Float32Array.of(1, 0), ask)
  found.forEach((score, i) => assert.equal(score, Math.fround(i / rows)))
  assert.deepEqual([...index.search(undefined, Float32Array.of(1, 0), 2).chunks], [rows, rows - 1])
  const { bytes } = index
  index.replaceDocument(0, chunks, values)
  assert.equal(index.bytes, bytes)
})

test('NaN is not found', () => {
  const index = emptyIndex(2)
  index.replaceDocument(0, [1, 2] as ChunkId[], Float32Array.of(Number.NaN, 1, 0, 1))
  assert.deepEqual([...index.search(undefined, Float32Array.of(0, 1), 5).chunks], [2])
})

test('a query of zeros finds what there is, by chunk id', () => {
  const index = emptyIndex(2)
  index.replaceDocument(0, [3, 1, 2] as ChunkId[], Float32Array.of(1, 0, 0, 1, 1, 1))
  assert.deepEqual([...index.search(undefined, new Float32Array(2), 2).chunks], [1, 2])
})
