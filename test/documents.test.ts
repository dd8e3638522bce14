import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { compose } from '../src/compose.ts'
import { loadConfig } from '../src/config/load.ts'
import { databaseSettings } from './chosen-database.ts'
import { quietLogger } from './databases.ts'
import { eventually, startService } from './service.ts'

const HEDGEHOGS = `# Hedgehogs

The hedgehog sleeps through the winter from November to March. It eats beetles, caterpillars and earthworms.

A grown hedgehog carries between 5,000 and 7,000 spines. Each spine is about 2 centimetres long.`

test('a file goes in, a question comes back answered with the characters it came from', async (t) => {
  const service = await startService(t)
  const uploaded = await service.upload('hedgehogs.md', HEDGEHOGS)
  assert.equal(uploaded.status, 200)
  assert.equal(uploaded.body.success, true)
  assert.equal(uploaded.body.metadata.originalFileName, 'hedgehogs.md')
  assert.equal(uploaded.body.embedding_dimensions, 384)
  assert.notEqual(uploaded.body.searchable, 'no')

  const id: string = uploaded.body.document_id
  const done = await eventually(
    async () => (await service.json('GET', `/api/v1/documents/${id}/content`)).body,
    (document) => document.searchable === 'full',
  )
  assert.match(done.content, /5,000 and 7,000 spines/)

  const { status, body: answer } = await service.json('POST', '/api/v1/ask', {
    question: 'How many spines does a grown hedgehog have?',
  })
  assert.equal(status, 200)
  assert.equal(answer.abstained, false)
  assert.match(answer.answer, /between 5,000 and 7,000 spines/)
  assert.match(answer.answer, /\[1\]/)
  const [citation] = answer.citations
  assert.equal(citation.doc_id, id)
  assert.equal(citation.verdict, 'supported')
  assert.equal(done.content.slice(citation.start_char, citation.end_char), citation.quote)
  assert.equal(answer.model_used, 'extractive')
  assert.ok(answer.confidence > 0.4 && answer.confidence <= 1)

  const stats = (await service.json('GET', '/api/v1/stats')).body
  assert.equal(stats.total_questions_processed, 1)
  assert.equal(stats.documents_count, 1)
  assert.equal(stats.documents_uploaded, 1)
  assert.ok(stats.average_response_time_ms > 0)
})

test('a question that no document answers is not answered', async (t) => {
  const service = await startService(t)
  const { body: uploaded } = await service.upload('hedgehogs.md', HEDGEHOGS)
  await eventually(
    async () => (await service.json('GET', `/api/v1/documents/${uploaded.id}/content`)).body,
    (document) => document.searchable === 'full',
  )
  const { body } = await service.json('POST', '/api/v1/ask', { question: 'Who invented the telephone?' })
  assert.equal(body.abstained, true)
  assert.equal(body.confidence_level, 'low')
  assert.deepEqual(body.citations, [])
  assert.match(body.answer, /telephone/)
})

test('with no documents at all a question and a search say so', async (t) => {
  const service = await startService(t)
  const asked = await service.json('POST', '/api/v1/ask', { question: 'What is a hedgehog?' })
  assert.equal(asked.status, 200)
  assert.equal(asked.body.abstained, true)
  assert.match(asked.body.answer, /no document yet .* Add some/)
  const found = await service.json('POST', '/api/v1/search', { query: 'hedgehog' })
  assert.deepEqual(found.body.results, [])
  assert.match(found.body.message, /no documents/)
})

test('while documents are being read, a question that finds nothing says so', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  const short = await service.upload('hedgehogs.md', HEDGEHOGS)
  await eventually(
    async () => (await service.json('GET', `/api/v1/documents/${short.body.id}/content`)).body,
    (document) => document.searchable === 'full',
  )
  const text = Array.from({ length: 20_000 }, (_, i) => `Stone ${i} lies by the river.`).join(' ')
  const { body: long } = await service.upload('long.txt', text)
  const ask = async (document_ids?: string[]) =>
    (await service.json('POST', '/api/v1/ask', { question: 'Who invented the telephone?', document_ids })).body.answer
  assert.match(await ask(), /clearly enough\. 1 of 2 documents is still being read: ask again in a moment\.$/)
  assert.match(await ask([long.id]), /^I found nothing .* The document is still being read: ask again in a moment\.$/)
  assert.match(await ask([short.body.id]), /clearly enough\.$/)
})

test('search finds by words and by meaning, with scores in 0 to 1 and offsets that hold', async (t) => {
  const service = await startService(t)
  const { body: uploaded } = await service.upload('hedgehogs.md', HEDGEHOGS)
  await service.json('POST', '/api/documents', {
    Document_Title: 'Bridges',
    Content: 'A suspension bridge hangs its deck from cables. The towers carry the load.',
  })
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents) => documents.every((document: { searchable: string }) => document.searchable === 'full'),
  )
  const content = (await service.json('GET', `/api/v1/documents/${uploaded.id}/content`)).body.content
  for (const search_type of ['hybrid', 'semantic', 'keyword']) {
    const { status, body } = await service.json('POST', '/api/v1/search', {
      query: 'what do hedgehogs eat',
      search_type,
    })
    assert.equal(status, 200)
    assert.equal(body.results[0].document_id, uploaded.id, search_type)
    assert.equal(body.search_type, search_type)
    for (const result of body.results) {
      for (const chunk of result.chunk_analysis.top_chunks) {
        if (result.document_id === uploaded.id) {
          assert.equal(content.slice(chunk.start_char, chunk.end_char), chunk.content)
        }
        assert.ok(chunk.similarity_score >= 0 && chunk.similarity_score <= 1)
        for (const { start, end } of chunk.highlights)
          assert.match(chunk.content.slice(start, end), /^(hedgehogs?|eat\w*)$/i)
      }
      if (result.document_id === uploaded.id) assert.ok(result.highlights.length > 0)
    }
  }
  const short = await service.json('POST', '/api/v1/search', { query: 'hedgehog spines', chunk_size: 60 })
  const [chunk] = short.body.results[0].chunk_analysis.top_chunks
  assert.ok(chunk.content.length <= 60)
  assert.equal(content.slice(chunk.start_char, chunk.end_char), chunk.content)
  assert.match(chunk.content, /spine/)
})

test('the same bytes again are the document that is there', async (t) => {
  const service = await startService(t)
  const first = await service.upload('a.txt', 'The same words twice.')
  const second = await service.upload('b.txt', 'The same words twice.')
  assert.equal(second.body.id, first.body.id)
  assert.equal(second.body.duplicate, true)
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 1)
})

test('what cannot be read is refused with its own error and leaves nothing behind', async (t) => {
  const service = await startService(t)
  const refusals = [
    ['empty.txt', '', 422, 'document_empty'],
    ['blank.txt', ' \n\t\n', 422, 'document_empty'],
    ['broken.pdf', '%PDF-1.7\nnot really', 422, 'document_corrupt'],
    ['program.exe', 'MZ\u0090\u0000\u0003\u0000\u0000\u0000\u0004\u0000', 415, 'unsupported_media_type'],
  ] as const
  for (const [name, bytes, status, code] of refusals) {
    const refused = await service.upload(name, Buffer.from(bytes, 'latin1'))
    assert.equal(refused.status, status, `${name}: ${JSON.stringify(refused.body)}`)
    assert.equal(refused.body.code, code, name)
    assert.ok(refused.body.detail.length > 20)
    assert.ok(refused.body.request_id)
  }
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 0)
})

test('a deleted document is in no result from that moment', async (t) => {
  const service = await startService(t)
  const { body: uploaded } = await service.upload('hedgehogs.md', HEDGEHOGS)
  const deleted = await service.json('DELETE', `/api/v1/documents/${uploaded.id}`)
  assert.equal(deleted.body.status, 'success')
  assert.deepEqual((await service.json('POST', '/api/v1/search', { query: 'hedgehog' })).body.results, [])
  assert.equal((await service.json('GET', `/api/v1/documents/${uploaded.id}/content`)).status, 404)
  assert.equal((await service.json('GET', `/api/v1/documents/${uploaded.id}/file`)).status, 404)
  const again = await service.json('DELETE', `/api/v1/documents/${uploaded.id}`)
  assert.equal(again.status, 404)
  const { request_id, ...nothing } = again.body
  assert.ok(request_id)
  const detail = `There is no document ${uploaded.id}.`
  assert.deepEqual(nothing, {
    detail,
    code: 'not_found',
    status: 'not_found',
    message: detail,
    deleted_from: [],
    document_id: uploaded.id,
  })
  // The bytes are free to come again.
  assert.equal((await service.upload('hedgehogs.md', HEDGEHOGS)).body.duplicate, false)
})

test('the original file comes back byte for byte', async (t) => {
  const service = await startService(t)
  const bytes = Buffer.from(
    'Ein Gr\u00fc\u00dfle aus M\u00fcnchen, in Latin 1, und noch einiges an Text dazu.',
    'latin1',
  )
  const { body } = await service.upload('gru\u00df "1".txt', bytes)
  const response = await service.app.inject({
    url: `/api/v1/documents/${body.id}/file`,
    headers: { host: '127.0.0.1:8000' },
  })
  assert.deepEqual(response.rawPayload, bytes)
  assert.match(String(response.headers['content-disposition']), /^attachment; .*filename\*=UTF-8''gru%C3%9F/)
  assert.equal(response.headers['content-type'], 'application/octet-stream')
})

test('a new title is found at once, the version stays', async (t) => {
  const service = await startService(t)
  const { body } = await service.json('POST', '/api/documents', {
    document_title: 'Notes',
    content: 'It grows in wet places and flowers in May.',
  })
  const path = `/api/v1/documents/${body.document_id}`
  const changed = await service.json('PATCH', path, { title: 'Marsh marigold', metadata: { source: 'walk' } })
  assert.equal(changed.body.title, 'Marsh marigold')
  assert.deepEqual(changed.body.metadata, { source: 'walk' })
  const found = await service.json('POST', '/api/v1/search', { query: 'marigold', search_type: 'keyword' })
  assert.equal(found.body.results[0].document_id, body.document_id)
  const content = await eventually(
    async () => (await service.json('GET', `${path}/content`)).body,
    (document) => document.searchable === 'full',
  )
  assert.equal(content.version, 1)
})

test('everything is there after a restart, and work that was left goes on', async (t) => {
  const service = await startService(t, { unmanaged: true, env: { UPLOAD_WAIT: '0' } })
  const ids: string[] = []
  for (let i = 0; i < 12; i++) {
    const { status, body } = await service.upload(
      `note-${i}.txt`,
      `Note number ${i} speaks of the word unique${i}word.`,
    )
    assert.ok(status === 200 || status === 202)
    ids.push(body.id)
  }
  await service.close()

  const again = await startService(t, { folder: service.folder })
  const documents = await eventually(
    async () => (await again.json('GET', '/api/v1/documents')).body.documents,
    (list) => list.every((document: { status: string }) => document.status === 'processed'),
  )
  assert.deepEqual(new Set(documents.map((document: { id: string }) => document.id)), new Set(ids))
  for (const [i, id] of ids.entries()) {
    const { body } = await again.json('POST', '/api/v1/search', { query: `unique${i}word`, search_type: 'keyword' })
    assert.equal(body.results.length, 1)
    assert.equal(body.results[0].document_id, id)
  }
})

test('only documents that are named are searched and answered from', async (t) => {
  const service = await startService(t)
  const hedgehogs = (await service.upload('hedgehogs.md', HEDGEHOGS)).body.id
  const other = (await service.upload('other.txt', 'Bees live in hives and make honey.')).body.id
  const search = (document_ids: string[]) =>
    service.json('POST', '/api/v1/search', { query: 'hedgehog spines', document_ids })
  assert.deepEqual(
    (await search([other])).body.results
      .map((result: { document_id: string }) => result.document_id)
      .includes(hedgehogs),
    false,
  )
  assert.deepEqual((await search([])).body.results, [])
  assert.equal((await search(['no-such-document'])).status, 404)
  const asked = await service.json('POST', '/api/v1/ask', { question: 'How many spines?', document_ids: [] })
  assert.equal(asked.body.abstained, true)
  assert.equal((await service.json('POST', '/api/v1/ask', { question: 'How?', document_ids: ['x'] })).status, 404)
})

test('wrong requests are refused with the path of what is wrong', async (t) => {
  const service = await startService(t)
  const empty = await service.json('POST', '/api/v1/ask', { question: '  ' })
  assert.deepEqual([empty.status, empty.body.code], [400, 'empty_question'])
  const long = await service.json('POST', '/api/v1/ask', { question: 'x'.repeat(16_001) })
  assert.deepEqual([long.status, long.body.code], [413, 'question_too_long'])
  const wrong = await service.json('POST', '/api/v1/search', { query: 7 })
  assert.equal(wrong.status, 422)
  assert.equal(wrong.body.errors[0].path, 'body.query')
  assert.equal((await service.json('POST', '/api/documents', { content: 'no title' })).status, 422)
  assert.equal((await service.json('GET', '/api/v1/documents?limit=0')).status, 422)
  assert.equal((await service.json('GET', '/api/v1/documents/nothing/content')).status, 404)
  assert.equal((await service.upload('a.txt', 'words', { metadata: '[1]' })).status, 422)
})

test('jobs are listed and their end is told', async (t) => {
  const service = await startService(t)
  const { body } = await service.upload('hedgehogs.md', HEDGEHOGS)
  const response = await service.app.inject({
    url: `/api/v1/jobs/${body.job_id}/events`,
    headers: { host: '127.0.0.1:8000' },
  })
  assert.match(response.body, /event: done/)
  const { body: job } = await service.json('GET', `/api/v1/jobs/${body.job_id}`)
  assert.equal(job.state, 'done')
  assert.equal(job.document_id, body.id)
  const { body: listed } = await service.json('GET', '/api/v1/jobs')
  assert.equal(listed.jobs[0].id, job.id)
})

test('health probes every service and says when it can answer', async (t) => {
  const service = await startService(t)
  const { status, body } = await service.json('GET', '/health')
  assert.equal(status, 200)
  assert.equal(body.status, 'healthy')
  assert.equal(body.services.milvus, 'not_configured')
  assert.equal(body.services.embeddings, 'healthy')
  assert.equal((await service.json('GET', '/health/live')).status, 200)
  assert.equal((await service.json('GET', '/health/ready')).status, 200)
})

test('while the index is being loaded, readiness is an error like any other', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  const config = loadConfig({ DATA_DIR: folder, ...(await databaseSettings(folder)) }, folder)
  const service = await compose(config, { logger: quietLogger, cliToken: 'test-token' })
  t.after(async () => {
    await service.close()
    await rm(folder, { recursive: true, force: true })
  })
  const response = await service.app.inject({ url: '/health/ready', headers: { host: '127.0.0.1:8000' } })
  assert.equal(response.statusCode, 503)
  const { detail, request_id, ...rest } = response.json()
  assert.deepEqual(rest, { status: 'starting', code: 'not_ready' })
  assert.equal(request_id, response.headers['x-request-id'])
  assert.match(detail, /still being loaded/)
})

test('a document in a language that the model does not read says so', async (t) => {
  const service = await startService(t)
  const german =
    'Der Igel schläft den ganzen Winter über in einem Haufen aus Laub. Im Frühling wacht er auf und sucht nach Käfern, ' +
    'Würmern und Schnecken. Er hat mehrere tausend Stacheln auf dem Rücken und rollt sich bei Gefahr zusammen.'
  const { body } = await service.upload('igel.txt', german)
  assert.equal(body.language, 'de')
  assert.match(body.warnings.join(' '), /German.*multilingual-e5-small/)
})

test('with another embedding model the documents get its vectors, and are found by words meanwhile', async (t) => {
  const service = await startService(t, { unmanaged: true })
  const { body: uploaded } = await service.upload('hedgehogs.md', HEDGEHOGS)
  const path = `/api/v1/documents/${uploaded.id}/content`
  const full = async () => (await service.json('GET', path)).body
  await eventually(full, (document) => document.searchable === 'full')
  await service.close()

  const other = await startService(t, {
    folder: service.folder,
    env: { LOCAL_EMBEDDING_MODEL: 'multilingual-e5-small' },
  })
  const words = await other.json('POST', '/api/v1/search', { query: 'hedgehog', search_type: 'keyword' })
  assert.equal(words.body.results.length, 1)
  await eventually(
    async () => (await other.json('GET', path)).body,
    (document) => document.searchable === 'full',
  )
  const meaning = await other.json('POST', '/api/v1/search', { query: 'Was frisst ein Igel?', search_type: 'semantic' })
  assert.equal(meaning.body.results[0].document_id, uploaded.id)
  assert.ok(meaning.body.results[0].semantic_similarity > 0.5)
})
