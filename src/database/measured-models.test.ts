import assert from 'node:assert/strict'
import { addDocument, forEachDatabase } from '../../test/databases.ts'
import { LOCAL_USER, type DocumentId } from '../core/ids.ts'
import type { Database } from './database.ts'
import { measuredModel, randomVectors, rememberModel } from './measured-models.ts'

/** Passages, each with a vector whose first number is its place among them. */
async function addVectors(database: Database, document: DocumentId, model: string, count: number): Promise<void> {
  const passages = Array.from({ length: count }, (_, ordinal) => ({
    document_id: document,
    version: 1,
    ordinal,
    owner_id: LOCAL_USER,
    start_char: 0,
    end_char: 1,
    page: null,
    headings: '[]',
    context: '',
    text: 'x',
    tokens: 1,
  }))
  await database.write(async (tx) => {
    const chunks = await tx.insertInto('chunks').values(passages).returning('id').execute()
    const rows = chunks.map(({ id }, i) => ({
      chunk_id: id,
      model,
      document_id: document,
      owner_id: LOCAL_USER,
      text_hash: null,
      vector: new Uint8Array(new Float32Array([i, model === 'm' ? 0.5 : 0.25]).buffer),
    }))
    await tx.insertInto('vectors').values(rows).execute()
  })
}

forEachDatabase('What is remembered of a model of another service', (on) => {
  on.test('is what was measured last', async (database) => {
    assert.equal(await measuredModel(database.read, 'm'), undefined)
    const first = { dimension: 384, sigma: 0.0625, passages: 0 }
    await database.write((tx) => rememberModel(tx, 'm', first))
    assert.deepEqual(await measuredModel(database.read, 'm'), first)
    await database.write((tx) => rememberModel(tx, 'm', { ...first, sigma: 0.1, passages: 400 }))
    assert.deepEqual(await measuredModel(database.read, 'm'), { dimension: 384, sigma: 0.1, passages: 400 })
  })

  on.test('is learned from vectors of its own, each drawn once, where there are enough', async (database) => {
    const [one, other, last] = [await addDocument(database), await addDocument(database), await addDocument(database)]
    // Those of the other model lie between them.
    await addVectors(database, one, 'm', 20)
    await addVectors(database, other, 'n', 5)
    await addVectors(database, last, 'm', 20)
    const drawn = await randomVectors(database.read, 'm', 30)
    assert.ok(drawn.length >= 15 && drawn.length <= 30, String(drawn.length))
    assert.ok(drawn.every((vector) => vector.length === 2 && vector[1] === 0.5))
    const counts = Map.groupBy(drawn, ([place]) => place)
    assert.ok([...counts.values()].every(({ length }) => length <= 2))
    assert.ok(counts.size > 5, String(counts.size))
    assert.deepEqual(await randomVectors(database.read, 'm', 41), [])
    assert.deepEqual(await randomVectors(database.read, 'none', 1), [])
    assert.equal((await randomVectors(database.read, 'n', 5)).length <= 5, true)
  })
})
