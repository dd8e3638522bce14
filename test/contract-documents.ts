import assert from 'node:assert/strict'
import { BRIDGE, NOTHING, QUESTION, eventsOf, type Contract } from './contract-caller.ts'
import * as answerShapes from './contract-shapes-answers.ts'
import * as shapes from './contract-shapes-documents.ts'
import { eventually, type Json } from './service.ts'

export async function documents(contract: Contract): Promise<void> {
  const { ok, call, fails, uploaded, whenRead } = contract
  const fields = { title: 'The bridge', metadata: '{"shelf":7}' }
  const first = await call('POST /api/v1/upload-file', await uploaded('bridge.txt', BRIDGE, fields))
  assert.ok([200, 202].includes(first.statusCode), first.body)
  const upload: Json = shapes.upload.parse(first.json())
  const document: string = upload.document_id
  contract.document = document
  assert.deepEqual([upload.id, upload.doc_id], [document, document])
  assert.equal(upload.metadata.originalFileName, 'bridge.txt')
  assert.equal(upload.metadata.fileSize, BRIDGE.length)
  assert.equal(upload.title, 'The bridge')
  const { content } = await whenRead(document)
  assert.equal(content, BRIDGE)
  const again: Json = (await call('POST /api/v1/upload-file', await uploaded('bridge.txt', BRIDGE))).json()
  assert.equal(again.document_id, document, 'the same bytes are the document already there')

  await fails('POST /api/v1/upload-file', 415, 'unsupported_media_type', await uploaded('x.bin', '\u0000\u0001\u0002'))
  await fails('POST /api/v1/upload-file', 413, 'payload_too_large', await uploaded('x.txt', 'x'.repeat(5_300_000)))
  await fails('POST /api/v1/upload-file', 422, 'document_empty', await uploaded('x.txt', ' '))

  const list = await ok('GET /api/v1/documents', shapes.documents, { query: '?limit=1&offset=0' })
  assert.equal(list.documents.length, 1)
  const whole = await ok('GET /api/v1/documents', shapes.documents, { query: '?full=true' })
  assert.equal(whole.documents[0].content, BRIDGE)
  for (const query of ['?limit=0', '?limit=201', '?offset=-1', '?limit=x']) {
    await fails('GET /api/v1/documents', 422, 'invalid_request', { query })
  }
  const path = { id: document, doc_id: document }
  await ok('GET /api/v1/documents/{id}/content', shapes.content, { path, query: '?version=1' })
  const plain = await ok('GET /api/documents/{doc_id}/content', shapes.plainContent, { path })
  assert.equal(plain.content, BRIDGE)
  const bytes = await call('GET /api/v1/documents/{id}/file', { path })
  assert.equal(bytes.body, BRIDGE)
  assert.match(String(bytes.headers['content-disposition']), /^attachment/)
  const changed = await ok('PATCH /api/v1/documents/{id}', shapes.document, {
    path,
    body: { summary: 'Of a bridge' },
  })
  assert.equal(changed.summary, 'Of a bridge')
  await ok('POST /api/v1/documents/{id}/reprocess', shapes.jobStarted, { path }, 202)

  const aliases = { Document_Title: 'Ports', Content: 'Rotterdam is a port.', Summary: 's', Metadata: { a: 1 } }
  const added = await call('POST /api/documents', { body: { ...aliases, chat_id: undefined } })
  assert.ok([200, 202].includes(added.statusCode), added.body)
  const text: Json = shapes.textAdded.parse(added.json())
  await whenRead(text.document_id)
  const gone = await ok('DELETE /api/v1/documents/{id}', shapes.documentDeleted, { path: { id: text.document_id } })
  assert.equal(gone.status, 'success')
  const missing = await call('DELETE /api/v1/documents/{id}', { path: { id: text.document_id } })
  assert.equal(missing.statusCode, 404)
  assert.equal(shapes.documentDeleted.parse(missing.json()).status, 'not_found')
}

export async function websites({ ok, fails, site, hidden }: Contract): Promise<void> {
  const scraped = await ok('POST /api/v1/scrape-website', shapes.scraped, {
    body: { url: `${site}/crane`, title: 'Of a crane', summary: 's', metadata: { a: 1 }, chat_id: 'web' },
  })
  assert.deepEqual([scraped.url, scraped.title, scraped.metadata.a], [`${site}/crane`, 'Of a crane', 1])
  assert.equal(scraped.chat_id, 'web')
  const crawled = await ok('POST /api/v1/bulk-scrape-website', shapes.crawled, {
    body: { url: site, title: 'The port', metadata: { b: 2 }, max_pages: 5 },
  })
  assert.deepEqual(crawled.scraped_urls, [`${site}/`, `${site}/crane`])
  assert.deepEqual(
    crawled.failed_urls.map(({ url }: Json) => url),
    [`${site}/gone`],
  )
  assert.deepEqual([crawled.total_pages, crawled.successful_pages, crawled.failed_pages], [3, 2, 1])
  assert.deepEqual([crawled.document_ids.length, crawled.combined_into_single_document], [1, true])
  assert.deepEqual(
    [crawled.title, crawled.metadata, crawled.success, crawled.status],
    ['The port', { b: 2 }, true, 'processed'],
  )
  const alone = await ok('POST /api/v1/bulk-scrape-website', shapes.crawled, {
    body: { url: site, crawl_internal_links: false, combine_into_single_document: false },
  })
  assert.deepEqual([alone.scraped_urls, alone.combined_into_single_document], [[`${site}/`], false])
  for (const route of ['POST /api/v1/scrape-website', 'POST /api/v1/bulk-scrape-website']) {
    await fails(route, 403, 'blocked_address', { body: { url: hidden } })
    await fails(route, 422, 'invalid_request', { body: { url: 7 } })
  }
  for (const max_pages of [0, 101, 'x']) {
    await fails('POST /api/v1/bulk-scrape-website', 422, 'invalid_request', { body: { url: site, max_pages } })
  }
}

export async function jobs(contract: Contract): Promise<void> {
  const { ok, call, fails, whenRead, document } = contract
  const list: Json = (await call('GET /api/v1/jobs', { query: '?limit=5' })).json()
  const { id } = shapes.job.parse(list.jobs[0])
  const path = { job_id: id }
  await eventually(
    () => ok('GET /api/v1/jobs/{job_id}', shapes.job, { path }),
    ({ state }) => state === 'done',
  )
  const stream = await call('GET /api/v1/jobs/{job_id}/events', { path })
  assert.match(String(stream.headers['content-type']), /^text\/event-stream/)
  const events = eventsOf(stream.body)
  for (const { event, data } of events.slice(0, -1)) {
    assert.equal(event, 'progress')
    shapes.jobProgress.parse(data)
  }
  assert.equal(events.at(-1)?.event, 'done')
  for (const action of ['POST /api/v1/jobs/{job_id}/cancel', 'POST /api/v1/jobs/{job_id}/retry']) {
    const answer = await call(action, { path })
    if (answer.statusCode === 200) shapes.job.parse(answer.json())
    else assert.equal(answer.statusCode, 409, answer.body)
    await fails(action, 404, 'not_found', { path: { job_id: NOTHING } })
  }
  await whenRead(document)
}

export async function questions(contract: Contract): Promise<void> {
  const { ok, fails, whenRead, bob, document } = contract
  const body = { question: QUESTION, context: { page: 1 }, web_search_enabled: false, top_k: 5 }
  const answer = await ok('POST /api/v1/ask', answerShapes.answer, { body })
  assert.match(answer.answer, /1932/)
  const { content } = await whenRead(document)
  for (const { doc_id, start_char, end_char, quote } of answer.citations) {
    assert.equal(doc_id, document)
    assert.equal(content.slice(start_char, end_char), quote)
  }
  const none = await ok('POST /api/v1/ask', answerShapes.answer, { body: { question: QUESTION, document_ids: [] } })
  assert.equal(none.abstained, true)
  await fails('POST /api/v1/ask', 400, 'empty_question', { body: { question: ' ' } })
  await fails('POST /api/v1/ask', 413, 'question_too_long', { body: { question: 'x'.repeat(16_001) } })
  await fails('POST /api/v1/ask', 422, 'invalid_request', { body: { question: 7 } })
  await fails('POST /api/v1/ask', 400, 'malformed_request', {
    body: '{"question":',
    headers: { 'content-type': 'application/json' },
  })
  await fails('POST /api/v1/ask', 404, 'not_found', { body: { question: QUESTION, document_ids: [NOTHING] } })
  const stranger = { body: { question: QUESTION, document_ids: [document] }, token: bob.token }
  await fails('POST /api/v1/ask', 404, 'not_found', stranger)

  for (const type of ['hybrid', 'semantic', 'keyword']) {
    const found = await ok('POST /api/v1/search', answerShapes.search, { body: { query: 'bridge', search_type: type } })
    assert.equal(found.search_type, type)
    assert.equal(found.results[0].document_id, document)
    assert.ok(found.results[0].chunk_analysis.top_chunks.length > 0)
  }
  const bare = await ok('POST /api/v1/search', answerShapes.search, {
    body: { query: 'bridge', include_chunks: false },
  })
  assert.equal(bare.results[0].chunk_analysis, undefined)
  await fails('POST /api/v1/search', 422, 'invalid_request', { body: { query: 'x', search_type: 'magic' } })
}
