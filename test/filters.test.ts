import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signUp, startWithAccounts } from './people.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

const sorted = (...some: string[]): string[] => some.sort()
const ids = (body: Json): string[] => sorted(...body.results.map((result: Json) => result.document_id))

/** Finds with these filters, and fails unless the search itself was answered. */
async function search(service: TestService, filters: object, more: object = {}, token?: string): Promise<Json> {
  const request = { query: 'lighthouse', filters, ...more }
  const { status, body } = await service.json('POST', '/api/v1/search', request, token)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

const searchable = (service: TestService, token?: string): Promise<unknown> =>
  eventually(
    async () => (await service.json('GET', '/api/v1/documents?limit=200', undefined, token)).body.documents,
    (documents) => documents.every((document: Json) => document.searchable === 'full'),
  )

test('ten that are asked for are ten, however few of the documents meet the filter and however late they come', async (t) => {
  const service = await startService(t)
  // The rare ones hold the word once among many, so that every other is found before them.
  const rare = Array.from({ length: 10 }, (_, n) => ({
    title: `Notes ${n}`,
    content: `${'The harbour office keeps its books in good order. '.repeat(8)} A lighthouse, number ${n}, is named.`,
    metadata: { rare: true, n },
  }))
  const added: string[] = []
  for (const document of rare) added.push((await service.json('POST', '/api/documents', document)).body.document_id)
  // Passages of one wording, which is embedded once.
  const paragraph = 'The lighthouse is a lighthouse. '.repeat(32)
  const common = await service.upload('lighthouse.txt', `${paragraph}\n\n`.repeat(1000), {
    metadata: '{"rare":false,"n":4}',
  })
  assert.equal(common.status, 200)
  const all = (await searchable(service)) as Json
  assert.ok(Math.max(...all.map(({ chunks }: Json) => chunks)) >= 1000)
  for (const search_type of ['hybrid', 'semantic', 'keyword']) {
    const plain = await search(service, {}, { search_type, max_results: 10 })
    assert.ok(
      !added.includes(plain.results[0].document_id),
      'without the filter passages of another document come first',
    )
    const filtered = await search(service, { metadata: { rare: true } }, { search_type, max_results: 10 })
    assert.equal(filtered.results.length, 10, search_type)
    assert.ok(ids(filtered).every((id) => added.includes(id)))
    assert.equal(filtered.total_documents_searched, 10)
    const one = await search(service, { metadata: { rare: true, n: 4 } }, { search_type })
    assert.deepEqual([ids(one), one.total_documents_searched], [[added[4]], 1])
  }
})

test('filters say which chat, type, day and metadata, and follow what is changed', async (t) => {
  const service = await startService(t)
  const text = (about: string) => `The lighthouse of ${about} was lit every evening.`
  const { body: chats } = await service.json('POST', '/api/chat/ask', { question: 'Which lighthouse?' })
  const chat = { chat_id: chats.chat_id, metadata: '{"year":2024,"tags":["a"]}' }
  const plain = (await service.upload('plain.txt', text('Alba'), chat)).body.id
  const page = (await service.upload('page.html', `<!doctype html><title>B</title><p>${text('Bera')}</p>`)).body.id
  const given = (await service.json('POST', '/api/documents', { title: 'C', content: text('Cora') })).body.document_id
  const all = sorted(plain, page, given)
  const found = async (filters: object, more?: object): Promise<string[]> => ids(await search(service, filters, more))

  assert.deepEqual(await found({}), all)
  assert.deepEqual(await found({ chat_ids: [chats.chat_id] }), [plain])
  assert.deepEqual(await found({ file_types: ['TEXT/HTML'] }), [page])
  assert.deepEqual(await found({ file_types: ['text/plain'] }), sorted(plain, given))
  assert.deepEqual(await found({ file_types: ['text/plain', 'text/html'] }, { document_ids: [page] }), [page])
  assert.deepEqual(await found({ metadata: { year: 2024 } }), [plain])
  assert.deepEqual(await found({ metadata: { year: '2024' } }), [])
  assert.deepEqual(await found({ metadata: { tags: 'a' } }), [])
  const { created_at: since } = (await service.json('GET', `/api/v1/documents/${page}/content`)).body
  assert.deepEqual(await found({ created_from: since }), sorted(page, given))
  assert.deepEqual(await found({ created_before: since }), [plain])
  assert.deepEqual(await found({ created_from: '2020-01-01', created_before: '2020-02-01' }), [])
  assert.deepEqual(await found({ chat_ids: [] }), [])
  const nothing = await search(service, { chat_ids: ['elsewhere'] })
  assert.deepEqual([nothing.total_documents_searched, /filters/.test(nothing.message)], [0, true])

  await service.json('PATCH', `/api/v1/documents/${page}`, { metadata: { year: 2024 } })
  assert.deepEqual(await found({ metadata: { year: 2024 } }), sorted(plain, page))
  await service.json('PATCH', `/api/v1/documents/${plain}`, { metadata: { 'no\0te': 'a\r\nb' } })
  assert.deepEqual(await found({ metadata: { year: 2024 } }), [page])
  assert.deepEqual(await found({ metadata: { 'not\0e': 'a\rb' } }), [plain], 'as it is stored')
  await service.upload('plain.txt', text('Alba'), { chat_id: 'another', metadata: '{"year":1999}' })
  assert.deepEqual(await found({ chat_ids: [chats.chat_id] }), [])
  assert.deepEqual(await found({ chat_ids: ['another'], metadata: { year: 1999 } }), [plain])
  await service.json('DELETE', `/api/v1/documents/${plain}`)
  assert.deepEqual(await found({ chat_ids: ['another'] }), [])
})

test('another’s chat finds nothing, and filters never show another’s documents', async (t) => {
  const service = await startWithAccounts(t)
  const [alice, bob] = [await signUp(service, 'alice'), await signUp(service, 'bob')]
  const text = 'The lighthouse of Alba was lit every evening.'
  const chat = { chat_id: 'shared', metadata: '{"year":2024}' }
  const mine = (await service.upload('a.txt', text, chat, alice.token)).body.id
  const theirs = (await service.upload('b.txt', `${text} Always.`, { chat_id: 'bobs' }, bob.token)).body.id
  assert.deepEqual(ids(await search(service, { chat_ids: ['shared'] }, {}, alice.token)), [mine])
  const found = await search(service, { chat_ids: ['shared'] }, {}, bob.token)
  assert.deepEqual([ids(found), found.total_documents_searched], [[], 0])
  assert.deepEqual(ids(await search(service, { metadata: { year: 2024 } }, {}, bob.token)), [])
  assert.deepEqual(ids(await search(service, { file_types: ['text/plain'] }, {}, bob.token)), [theirs])
})

test('wrong filters are refused in plain words, with their place', async (t) => {
  const service = await startService(t)
  /** Everywhere alike. */
  async function refused(filters: object): Promise<[place: string, words: string]> {
    const refusals = await Promise.all([
      service.json('POST', '/api/v1/search', { query: 'a', filters }),
      service.json('POST', '/api/v1/ask', { question: 'a', filters }),
      service.json('POST', '/api/chat/ask', { question: 'a', filters }),
    ])
    const said = refusals.map(({ status, body }) => [status, body.code, body.errors?.[0]?.path, body.detail])
    assert.deepEqual(said, Array(3).fill(said[0]))
    const [status, code, place, words] = said[0] ?? []
    assert.deepEqual([status, code], [422, 'invalid_request'])
    return [place, words]
  }
  const [place, words] = await refused({ created_from: 'yesterday' })
  assert.equal(place, 'body.filters.created_from')
  assert.match(words, /Give a date such as 2026-05-01/)
  assert.equal((await refused({ created_before: '2026-02-30' }))[0], 'body.filters.created_before')
  assert.match((await refused({ file_type: ['text/plain'] }))[1], /file_type/)
  assert.equal((await refused({ metadata: { a: [1] } }))[0], 'body.filters.metadata.a')
  assert.equal((await refused({ chat_ids: 'a' }))[0], 'body.filters.chat_ids')
})

test('questions are answered from what meets the filters, in a chat again when it is asked again', async (t) => {
  const service = await startService(t)
  const text = (year: number) => `The lighthouse of Alba was built in ${year}.`
  const old = (await service.upload('old.txt', text(1801), { metadata: '{"edition":1}' })).body.id
  const young = (await service.upload('young.txt', text(1902), { metadata: '{"edition":2}' })).body.id
  await searchable(service)
  const question = 'When was the lighthouse of Alba built?'
  const cited = (citations: Json): string[] => [...new Set<string>(citations.map((citation: Json) => citation.doc_id))]
  for (const [edition, id] of [
    [1, old],
    [2, young],
  ]) {
    const filters = { metadata: { edition }, created_from: '2020-01-01' }
    const { body: answer } = await service.json('POST', '/api/v1/ask', { question, filters })
    assert.deepEqual(cited(answer.citations), [id])
    const { body: asked } = await service.json('POST', '/api/chat/ask', { question, filters })
    assert.deepEqual(cited(asked.citations), [id])
    assert.deepEqual(asked.question_message.metadata.filters, {
      metadata: { edition },
      created_from: '2020-01-01T00:00:00.000Z',
    })
    const again = await service.json('POST', `/api/chat/${asked.chat_id}/regenerate`, {})
    assert.deepEqual(cited(again.body.citations), [id])
  }
  const nothing = await service.json('POST', '/api/v1/ask', { question, filters: { metadata: { edition: 3 } } })
  assert.equal(nothing.body.abstained, true)
})
