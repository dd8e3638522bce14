import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, startService, type TestService } from './service.ts'

const long = (words: number): string =>
  Array.from({ length: words }, (_, i) => `Sentence ${i} tells of the river and of stone number ${i}.`).join(' ')

async function startedUpload(service: TestService, text: string): Promise<{ id: string; job: string }> {
  const { status, body } = await service.upload('long.txt', text)
  assert.equal(status, 202)
  return { id: body.id, job: body.job_id }
}

const searchable = async (service: TestService, id: string) =>
  eventually(
    async () => (await service.json('GET', `/api/v1/documents/${id}/content`)).body,
    (document) => document.searchable !== 'no',
  )

test('what a person changes while the file is being read is kept', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  const { id } = await startedUpload(service, long(4000))
  const changed = await service.json('PATCH', `/api/v1/documents/${id}`, { title: 'My title', summary: 'My summary' })
  assert.equal(changed.status, 200)
  const document = await searchable(service, id)
  assert.equal(document.title, 'My title')
  assert.equal(document.summary, 'My summary')
})

test('cancelling a second reading takes nothing away', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  const text = long(3000)
  const { id } = await startedUpload(service, text)
  await searchable(service, id)
  const { body: again } = await service.json('POST', `/api/v1/documents/${id}/reprocess`)
  await service.json('POST', `/api/v1/jobs/${again.job_id}/cancel`)
  const uploaded = await service.upload('long.txt', text)
  assert.equal(uploaded.body.id, id)
  const { status, body } = await service.json('GET', `/api/v1/documents/${id}/content`)
  assert.equal(status, 200)
  assert.equal(body.content, text)
  const found = await service.json('POST', '/api/v1/search', { query: 'stone number 17', search_type: 'keyword' })
  assert.equal(found.body.results[0].document_id, id)
})

test('reading a document again while its upload waits ends in the document, not in its removal', async (t) => {
  const service = await startService(t)
  const upload = service.upload('long.txt', long(30_000))
  const id = await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents[0]?.id as string | undefined,
    (found) => found !== undefined,
  )
  await service.json('POST', `/api/v1/documents/${id}/reprocess`)
  const { status } = await upload
  assert.ok(status === 200 || status === 202, String(status))
  assert.equal((await service.json('GET', `/api/v1/documents/${id}/content`)).status, 200)
})

test('fields are canonical, and what is nested too deep or empty is refused', async (t) => {
  const service = await startService(t)
  const { body } = await service.upload('a\u0000b.txt', 'Some words in a file.', { title: 'T\u0000itle\r\n' })
  assert.equal(body.title, 'Title')
  const path = `/api/v1/documents/${body.id}`
  assert.equal((await service.json('PATCH', path, { title: '\u0000' })).status, 422)
  const changed = await service.json('PATCH', path, { summary: 's\u0000s', metadata: { 'k\u0000': ['\ud800'] } })
  assert.equal(changed.body.summary, 'ss')
  assert.deepEqual(changed.body.metadata.k, ['\ufffd'])
  const deep = `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`
  assert.equal((await service.upload('b.txt', 'Other words.', { metadata: deep })).status, 422)
  assert.equal((await service.json('GET', '/api/v1/documents/%00/content')).status, 404)
  assert.equal((await service.upload(' .txt', 'More words again.')).body.title, '.txt')
})

test('routes of later versions say that they are not there yet', async (t) => {
  const service = await startService(t)
  for (const [method, path] of [['GET', '/metrics']] as const) {
    const { status, body } = await service.json(method, path)
    assert.deepEqual([status, body.code], [501, 'not_available'])
  }
})
