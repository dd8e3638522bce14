import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addUser, temporaryDatabase } from '../../../test/databases.ts'
import { quickEmbedder, startIngestion } from '../../../test/ingestion.ts'
import { LOCAL_USER, type DocumentId } from '../../core/ids.ts'
import { createLibrary } from './library.ts'

test('a library lists what can be read of a scope, newest first, and reads on where it is told', async (t) => {
  const database = await temporaryDatabase(t)
  const { add } = await startIngestion(database, t, quickEmbedder())
  const paragraph = 'The keeper lit the lamp of the lighthouse every evening and wrote it into his book. '
  const long = await add(Array.from({ length: 40 }, (_, n) => `Night ${n}. ${paragraph.repeat(4)}`).join('\n\n'))
  const short = await add('Nobody kept the second lighthouse.')
  const other = await addUser(database, 'other')
  const library = createLibrary({ database })
  const owner = LOCAL_USER

  const all = await library.list({ owner }, 10)
  assert.deepEqual(
    all.documents.map(({ documentId }) => documentId),
    [short, long],
  )
  assert.equal(all.more, false)
  assert.deepEqual((await library.list({ owner }, 1)).more, true)
  assert.deepEqual((await library.list({ owner: other }, 10)).documents, [])
  await assert.rejects(library.list({ owner: other, documents: [long] }, 10), { code: 'not_found' })
  assert.deepEqual((await library.list({ owner, documents: [] }, 10)).documents, [])
  const one = await library.list({ owner, documents: [long] }, 10)
  assert.deepEqual(
    one.documents.map(({ documentId }) => documentId),
    [long],
  )
  const filtered = (filter: object) => library.list({ owner, filter }, 10).then(({ documents }) => documents.length)
  assert.deepEqual(
    await Promise.all([
      filtered({ createdFrom: 0 }),
      filtered({ createdBefore: 1 }),
      filtered({ fileTypes: ['application/pdf'] }),
      filtered({ chats: ['none'] }),
      filtered({ metadata: { kind: 'letter' } }),
    ]),
    [2, 0, 0, 0, 0],
  )

  const total = one.documents[0]?.passages ?? 0
  assert.ok(total > 4)
  const read = await library.read(owner, long, 2, 2)
  assert.deepEqual(
    read.passages.map(({ ordinal }) => ordinal),
    [2, 3],
  )
  assert.equal(read.total, total)
  assert.ok(read.passages.every(({ cosine }) => Number.isNaN(cosine)))
  assert.deepEqual((await library.read(owner, long, total, 2)).passages, [])
  assert.deepEqual((await library.read(other, long, 0, 2)).passages, [])
  assert.deepEqual((await library.read(owner, 'none' as DocumentId, 0, 2)).passages, [])
})
