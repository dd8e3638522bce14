import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { dial } from '../src/http/websocket.fixture.ts'
import { signUp, startWithAccounts } from './people.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'
import { startSearchServer } from './web-search-server.ts'
import { html, loopbackWeb, startSite, type Pages } from './web-site.ts'

// Answers that rest on pages of the web: without a language model, over a real site and a search engine on loopback.

const LIGHTHOUSE = html(
  'The Rubjerg lighthouse',
  '<article><p>The Rubjerg Knude lighthouse stands on the coast of the North Sea in Jutland, on a cliff of sand that the ' +
    'wind moves.</p><p>The Rubjerg Knude lighthouse was first lit in 1900. Its lamp was put out in 1968, as the ' +
    'dunes had become higher than the tower.</p><p>In 2019 the lighthouse was moved 70 metres inland on rails.</p></article>',
)
const OTHER = html(
  'Of bakers',
  '<article><p>A baker of Millbrook bakes rye bread on Tuesdays, as his father did.</p></article>',
)
const QUESTION = 'When was the Rubjerg Knude lighthouse first lit?'
const PAGES: Pages = { '/lighthouse': LIGHTHOUSE, '/bakers': OTHER, '/gone': { status: 500 } }

async function start(t: TestContext, { env = {} }: { readonly env?: Record<string, string> } = {}) {
  const site = await startSite(t, { ...PAGES })
  const engine = await startSearchServer(t)
  const at = (path: string) => `http://site.example.com:${site.port}${path}`
  const result = (path: string, title = path) => ({ url: at(path), title, snippet: `What ${path} says.` })
  engine.results = [result('/gone'), result('/bakers'), result('/lighthouse', 'A <b>lighthouse</b>')]
  const options = { env: { ...engine.env, ...env }, deps: loopbackWeb(site.port) }
  return { site, engine, at, options }
}

const ask = async (service: TestService, body: object, token?: string): Promise<Json> => {
  const answered = await service.json('POST', '/api/v1/ask', { question: QUESTION, ...body }, token)
  assert.equal(answered.status, 200, JSON.stringify(answered.body))
  return answered.body
}

const contentOf = (service: TestService, { doc_id, version }: Json, token?: string) =>
  service.json('GET', `/api/v1/documents/${doc_id}/content?version=${version}`, undefined, token)

/** What a citation of a page says can be asked for, and is so. */
async function checkCitation(service: TestService, citation: Json, token?: string): Promise<void> {
  const { status, body } = await contentOf(service, citation, token)
  assert.equal(status, 200)
  assert.equal(body.content.slice(citation.start_char, citation.end_char), citation.quote)
  assert.deepEqual([body.title, body.version, body.metadata.url], [citation.title, 1, citation.url])
}

test('a question is answered from the best pages of a search, and each citation can be checked later', async (t) => {
  const { engine, at, options } = await start(t)
  const service = await startService(t, options)
  const body = await ask(service, { web_search_enabled: true })
  assert.match(body.answer, /^The Rubjerg Knude lighthouse was first lit in 1900 \[\d\]\./)
  assert.equal(body.abstained, false)
  assert.deepEqual(engine.queries, [QUESTION])
  const [citation] = body.citations
  assert.deepEqual(
    [citation.type, citation.url, citation.title, citation.verdict, citation.chunk_id],
    ['web', at('/lighthouse'), 'The Rubjerg lighthouse', 'supported', null],
  )
  await checkCitation(service, citation)
  assert.deepEqual([body.web_search_enabled, body.web_search_used, body.warnings], [true, true, []])
  const byUrl = new Map(body.web_sources.map((source: Json) => [source.url, source]))
  const { content_length, doc_id, ...source } = byUrl.get(at('/lighthouse')) as Json
  assert.deepEqual(source, {
    url: at('/lighthouse'),
    domain: 'site.example.com',
    title: 'The Rubjerg lighthouse',
    snippet: 'What /lighthouse says.',
    scraped_successfully: true,
  })
  assert.equal(doc_id, citation.doc_id)
  assert.equal(content_length, (await contentOf(service, citation)).body.content.length)
  const gone = byUrl.get(at('/gone')) as Json
  assert.deepEqual([gone.scraped_successfully, gone.content_length, gone.doc_id], [false, 0, null])
  const used = body.sources_used.find(({ id }: Json) => id === citation.doc_id)
  assert.deepEqual([used.web_search, used.url], [true, at('/lighthouse')])

  // It is no document, and the same page is kept once.
  assert.equal((await service.json('GET', '/api/v1/documents')).body.total, 0)
  const again = await ask(service, { web_search_enabled: true })
  assert.deepEqual([again.cached, again.citations[0].doc_id], [false, citation.doc_id])
  const without = await ask(service, {})
  assert.deepEqual([without.abstained, without.web_search_enabled, without.web_sources], [true, false, []])
  assert.equal(engine.queries.length, 2)
})

test('documents and pages are weighed together, and each says where it is', async (t) => {
  const { site, at, options } = await start(t)
  const service = await startService(t, options)
  const scraped = await service.json('POST', '/api/v1/scrape-website', { url: `${site.origin}/bakers` })
  await service.upload('note.txt', 'The Rubjerg Knude lighthouse is closed to visitors in winter.')
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents: Json[]) => documents.length === 2 && documents.every(({ searchable }) => searchable === 'full'),
  )
  const body = await ask(service, { web_search_enabled: true })
  assert.match(body.answer, /first lit in 1900/)
  assert.deepEqual(new Set(body.sources_used.map(({ web_search }: Json) => web_search)), new Set([true, false]))
  const bread = await ask(service, { question: 'On which days does the baker of Millbrook bake rye bread?' })
  const [citation] = bread.citations
  assert.deepEqual([citation.type, citation.doc_id, citation.url], ['rag', scraped.body.id, `${site.origin}/bakers`])
  assert.deepEqual([bread.sources_used[0].web_search, bread.sources_used[0].url], [false, `${site.origin}/bakers`])
  assert.notEqual(citation.url, at('/bakers'))
})

test('an address in the question is opened, whether the web is searched or not', async (t) => {
  const { engine, at, options } = await start(t)
  const service = await startService(t, options)
  const question = `According to ${at('/lighthouse')}, when was the Rubjerg Knude lighthouse moved?`
  const body = await ask(service, { question })
  assert.match(body.answer, /In 2019 the lighthouse was moved 70 metres inland/)
  assert.deepEqual(
    [body.citations[0].url, body.web_search_enabled, body.web_search_used],
    [at('/lighthouse'), false, true],
  )
  assert.equal(body.searched_question, 'According to, when was the Rubjerg Knude lighthouse moved?')
  await checkCitation(service, body.citations[0])
  assert.deepEqual(engine.queries, [])
})

test('what cannot be opened or searched is said, and the answer goes on without it', async (t) => {
  const { site, engine, at, options } = await start(t)
  const hidden = await startSite(t, { '*': LIGHTHOUSE }, '127.0.0.2')
  const service = await startService(t, { ...options, deps: loopbackWeb(site.port, hidden.port) })
  await service.upload('note.txt', 'The Rubjerg Knude lighthouse was first lit at the end of the year 1900.')
  const answered = async (body: object) => {
    const { answer, warnings, web_search_used } = await ask(service, body)
    assert.match(answer, /first lit at the end of the year 1900 \[\d\]/)
    return { warnings: warnings.join('\n'), web_search_used }
  }
  const inPrivate = `http://hidden.example.com:${hidden.port}/`
  const refused = await answered({
    question: `${QUESTION} „${inPrivate}“ http://127.0.0.2:${hidden.port}/ http://[::1]:${hidden.port}/x`,
  })
  assert.match(refused.warnings, /^hidden\.example\.com:\d+ was not read: This address does not lead to a public host/)
  assert.match(refused.warnings, /127\.0\.0\.2:\d+ was not read: This address does not lead to a public host/)
  assert.match(refused.warnings, /\[::1\]:\d+ was not read: This address does not lead to a public host/)
  assert.equal(hidden.connections(), 0)
  const broken = await answered({ question: `${QUESTION} (${at('/gone')})` })
  assert.match(broken.warnings, /site\.example\.com:\d+ was not read: .*500/)
  const many = ['/a', '/b', '/c', '/lighthouse', '/bakers'].map(at).join(' ')
  assert.match(
    (await answered({ question: `${QUESTION} ${many}` })).warnings,
    /more than 3 addresses: 2 were not opened/,
  )

  engine.results = [
    { url: at('/gone'), title: 'x', snippet: '' },
    { url: inPrivate, title: 'x', snippet: '' },
  ]
  const none = await answered({ web_search_enabled: true })
  assert.deepEqual(none, {
    warnings: 'None of the pages that the web search found could be read.',
    web_search_used: true,
  })
  assert.equal(hidden.connections(), 0)
  engine.status = 500
  const down = await answered({ web_search_enabled: true })
  assert.match(down.warnings, /^The web search \(SearXNG\) answered with an error \(500\)\.$/)
  assert.equal(down.web_search_used, false)
})

test('pages that are slow hold an answer up for a time that they share', async (t) => {
  const { site, at, options } = await start(t)
  for (const path of ['/slow', '/gone', '/bakers', '/lighthouse']) site.pages[path] = () => undefined
  const { web } = loopbackWeb(site.port)
  const service = await startService(t, { ...options, deps: { web: { ...web, readingPatienceMs: 200 } } })
  await service.upload('note.txt', 'The Rubjerg Knude lighthouse was first lit at the end of the year 1900.')
  const { answer, warnings } = await ask(service, { question: `${QUESTION} ${at('/slow')}`, web_search_enabled: true })
  assert.match(answer, /first lit at the end of the year 1900 \[\d\]/)
  assert.match(warnings.join('\n'), /was not read: Reading the web took longer than 0\.2 s\./)
})

test('a question is text before it is anything else', async (t) => {
  const { site, options } = await start(t)
  const service = await startService(t, options)
  const question = `What does HTTP://Site.Example.com:${site.port}/g\u00f6ne say\0 of \ud800 it?`
  const body = await ask(service, { question })
  assert.equal(body.searched_question, 'What does say of \ufffd it?')
  const page = `http://site.example.com:${site.port}/g%C3%B6ne`
  assert.deepEqual([body.web_sources[0].url, body.web_sources[0].title], [page, page])
})

test('an abstention says what could be read: pages, documents, or neither', async (t) => {
  const { engine, at, options } = await start(t)
  const service = await startService(t, options)
  const said = async (more: object) => {
    const { abstained, answer, reasoning } = await ask(service, { document_ids: [], ...more })
    assert.equal(abstained, true)
    return `${answer} ${reasoning}`
  }
  assert.match(
    await said({}),
    /^I cannot answer this: the request allows me to read no document\. Nothing was searched/,
  )
  engine.results = []
  const unread = /read no document, and no page of the web could be read\. The request names no document, and no page/
  assert.match(await said({ web_search_enabled: true }), unread)
  assert.match(await said({ question: `${QUESTION} ${at('/gone')}` }), unread)
  const other = 'Which vitamins do the carrots of Andorra contain?'
  const read = await said({ question: `${other} ${at('/lighthouse')}` })
  assert.match(
    read,
    /^I did not find an answer to this in the pages of the web that I read\. .* 1 page of the web that came/,
  )
  const note = await service.upload(
    'note.txt',
    'The Rubjerg Knude lighthouse was first lit at the end of the year 1900.',
  )
  // No word of the question is in it: it is found by its vector.
  await eventually(
    async () => (await service.json('GET', `/api/v1/documents/${note.body.document_id}/content`)).body,
    ({ searchable }) => searchable === 'full',
  )
  const both = await ask(service, { question: `${other} ${at('/lighthouse')}` })
  assert.match(
    both.answer,
    /in your documents and the pages of the web that I read\. .* 2 documents and pages that came/,
  )
})

test('without a search engine the web is not searched, which is said', async (t) => {
  const service = await startService(t)
  const body = await ask(service, { web_search_enabled: true })
  assert.deepEqual([body.web_search_enabled, body.web_search_used], [false, false])
  assert.match(body.warnings.join(), /The web was not searched: this server has no search engine set up/)
  assert.deepEqual((await ask(service, { web_search_enabled: false })).warnings, [])
})

test('a chat streams what it does with the web and keeps it; a socket says so too', async (t) => {
  const { at, options } = await start(t)
  const service = await startService(t, options)
  const stream = await service.app.inject({
    method: 'POST',
    url: '/api/chat/ask/stream',
    headers: { host: 'localhost' },
    payload: { question: QUESTION, web_search_enabled: true },
  })
  const events = Array.from(stream.body.matchAll(/^event: (\w+)\ndata: (.*)$/gm), ([, name, data = '']) => ({
    name,
    data: JSON.parse(data),
  }))
  const stages = events.filter(({ data }) => data.stage === 'web_search').map(({ data }) => data)
  assert.deepEqual(
    stages.map(({ progress }) => progress),
    [10, 40, 100],
  )
  assert.equal(stages[2].total_web_results, 3)
  assert.equal(stages[2].web_sources.length, 3)
  const done = events.at(-1)
  assert.equal(done?.data.citations[0].type, 'web')
  const chat = events.find(({ name }) => name === 'start')?.data.chat_id
  const { messages } = (await service.json('GET', `/api/chat/${chat}/messages`)).body
  const { metadata, citations_json } = messages[1]
  assert.deepEqual([metadata.web_search_enabled, metadata.web_search_used], [true, true])
  assert.ok(metadata.web_sources.some(({ url }: Json) => url === at('/lighthouse')))
  await checkCitation(service, JSON.parse(citations_json)[0])
  const whole = await ask(service, { web_search_enabled: true, chat_id: chat })
  assert.equal(whole.citations[0].type, 'web')

  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = await dial(`${url}/ws`)
  await socket.next()
  socket.send({ type: 'question', question: QUESTION, web_search_enabled: true })
  const told = await socket.until('answer')
  assert.ok(told.some(({ step }) => step === 'web_search'))
  const answer = told.at(-1) as Json
  assert.deepEqual([answer.web_search_used, answer.citations[0].url], [true, at('/lighthouse')])
})

test('a chat may say how many pages are read and in which language, and what means nothing is left out', async (t) => {
  const { engine, at, options } = await start(t)
  const service = await startService(t, options)
  const read = async (web_search_settings: object): Promise<string[]> => {
    const { status, body } = await service.json('POST', '/api/chat/ask', {
      question: QUESTION,
      web_search_enabled: true,
      web_search_settings,
    })
    assert.equal(status, 200, JSON.stringify(body))
    const sources: Json[] = body.answer_message.metadata.web_sources
    return sources.filter(({ scraped_successfully }) => scraped_successfully).map(({ url }) => url)
  }
  assert.deepEqual(await read({ max_results: 1, language: 'de', depth: ['x'] }), [at('/bakers')])
  assert.equal((await read({ max_results: 'many', language: 'german\u0000' })).length, 2)
  assert.deepEqual(engine.languages, ['de', undefined])
})

test('what a page said to one person is nobody else’s, and goes with them', async (t) => {
  const { options } = await start(t)
  const service = await startWithAccounts(t, options)
  const [admin, ann, bob] = [await signUp(service, 'admin'), await signUp(service, 'ann'), await signUp(service, 'bob')]
  const [citation] = (await ask(service, { web_search_enabled: true }, ann.token)).citations
  await checkCitation(service, citation, ann.token)
  for (const { token } of [bob, admin]) assert.equal((await contentOf(service, citation, token)).status, 404)
  const other = (await ask(service, { web_search_enabled: true }, bob.token)).citations[0]
  assert.notEqual(other.doc_id, citation.doc_id)
  const version = { doc_id: citation.doc_id, version: 2 }
  assert.equal((await contentOf(service, version, ann.token)).status, 404)
  assert.equal((await service.json('DELETE', `/api/users/${ann.id}`, undefined, admin.token)).status, 200)
  const foreign = `/api/v1/documents/${citation.doc_id}/content?user_id=${ann.id}`
  assert.equal((await service.json('GET', foreign, undefined, admin.token)).status, 404)
  await checkCitation(service, other, bob.token)
})
