import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { quietLogger } from '../../test/databases.ts'
import { LOCAL_USER, type ChunkId, type DocumentId } from '../core/ids.ts'
import { createEmbeddedIndex } from './embedded-index.ts'

test('a snapshot of words alone is none of words and vectors', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-index-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const open = (contents: string) => createEmbeddedIndex({ dimension: 2, folder, contents, logger: quietLogger })
  const first = await open('all')
  const document = 'd' as DocumentId
  const chunk = 1 as ChunkId
  const passages = [{ chunk, title: '', context: '', text: 'granite' }]
  const vectors = [{ chunk, vector: Float32Array.of(1, 0) }]
  await first.load([{ owner: LOCAL_USER, document, passages, vectors }])
  await first.dropVectors('words')
  await first.snapshot({ position: 7, change: 'c' })
  await first.close()

  const words = await open('words')
  assert.deepEqual(await words.restored(), { position: 7, change: 'c' })
  assert.deepEqual([await words.words.count(), await words.vectors.count()], [1, 0])
  await words.close()
  const all = await open('all')
  assert.ok('reason' in (await all.restored()))
  assert.equal(await all.words.count(), 0)
  await all.close()
})
