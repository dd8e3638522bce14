import assert from 'node:assert/strict'
import { addDocument, forEachDatabase } from '../../test/databases.ts'
import { documentRanges, within } from './document-ranges.ts'

forEachDatabase('Ranges of documents', (on) => {
  on.test('hold each document once, whatever their size', async (database) => {
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push(await addDocument(database))
    ids.sort()
    for (const size of [1, 2, 4, 5, 6]) {
      const parts: string[][] = []
      for await (const range of documentRanges(database.read, size)) {
        const rows = await within(range, database.read.selectFrom('documents')).select('id').orderBy('id').execute()
        parts.push(rows.map(({ id }) => id))
      }
      assert.deepEqual(parts.flat(), ids)
      assert.ok(parts.every(({ length }) => length <= size))
    }
  })

  on.test('of no documents are one, which is empty', async (database) => {
    const ranges: unknown[] = []
    for await (const range of documentRanges(database.read)) ranges.push(range)
    assert.deepEqual(ranges, [{ after: undefined, upTo: undefined }])
  })
})
