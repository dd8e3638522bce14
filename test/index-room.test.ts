import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startService } from './service.ts'

test('a document for which the index has no room is refused in plain words, and what is there is found', async (t) => {
  const service = await startService(t, { env: { MAX_INDEX_MEMORY: '1048576' } })
  const long = (words: number): string =>
    Array.from({ length: words }, (_, i) => `The lighthouse of part ${i} is kept by nobody.`).join('\n\n')
  assert.equal((await service.upload('small.txt', long(20))).status, 200)
  const before = (await service.json('GET', '/api/v1/stats')).body.detailed_stats.index_bytes
  assert.ok(before > 1000 && before < 1_048_576, `${before} bytes`)

  const refused = await service.upload('large.txt', long(40_000))
  assert.equal(refused.status, 507)
  assert.equal(refused.body.code, 'index_full')
  assert.match(refused.body.detail, /may have 1\.0\. Delete documents, or raise MAX_INDEX_MEMORY/)
  const found = await service.json('POST', '/api/v1/search', { query: 'lighthouse', search_type: 'keyword' })
  assert.deepEqual(
    found.body.results.map(({ title }: { title: string }) => title),
    ['small'],
  )
})
