import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { AppError } from '../core/errors.ts'
import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { createEmbeddedIndex } from './embedded-index.ts'
import { temporaryFolder } from './temporary-index.fixture.ts'

const logger: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger }
const owner = 'owner' as UserId
const DIMENSION = 16
const ROWS = 40

const vector = (i: number): Float32Array => {
  const numbers = Float32Array.from({ length: DIMENSION }, (_, k) => Math.sin(i * 7 + k * k))
  const length = Math.hypot(...numbers)
  return numbers.map((number) => number / length)
}

for (const [name, bytes] of Object.entries({
  'other numbers': Buffer.alloc(ROWS * DIMENSION * 4, Buffer.from(Float32Array.of(0.7).buffer)),
  'nothing but zeros': Buffer.alloc(ROWS * DIMENSION * 4),
  'too few rows': Buffer.alloc(8),
})) {
  test(`a file of vectors with ${name} is noticed: no result comes of it, and the index begins anew`, async (t) => {
    const folder = await temporaryFolder()
    const crashed = Promise.withResolvers<Error>()
    const index = await createEmbeddedIndex({
      dimension: DIMENSION,
      folder,
      contents: 'test',
      logger,
      onCrash: crashed.resolve,
    })
    t.after(async () => {
      await index.close()
      await rm(folder, { recursive: true, force: true })
    })
    const chunks = Array.from({ length: ROWS }, (_, i) => (i + 1) as ChunkId)
    const vectors = chunks.map((chunk) => ({ chunk, vector: vector(chunk) }))
    const fill = () => index.vectors.replaceDocument(owner, 'd' as DocumentId, vectors)
    await fill()
    await index.snapshot({ position: 1, change: '' })
    await writeFile(join(folder, 'vectors.f32'), bytes)
    await assert.rejects(
      index.vectors.search({ owner }, vector(3), 5),
      (error) => error instanceof AppError && error.code === 'not_ready',
    )
    assert.match((await crashed.promise).message, /file of vectors/i)
    assert.deepEqual(await index.restored(), { reason: 'there is none' })
    assert.equal(existsSync(join(folder, 'index.snapshot')), false)
    await fill()
    assert.equal((await index.vectors.search({ owner }, vector(3), 5))[0]?.chunk, 3)
  })
}
