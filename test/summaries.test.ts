import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { refusal, spoken, startOpenAiServer } from './openai-server.ts'
import { startService, type Json, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite } from './web-site.ts'

// A page or a document that is asked for as a whole, with the sentences that say most of it, or in full to who writes.

const ARTICLE = [
  'The Rubjerg Knude lighthouse in Jutland has been moved inland so that it does not fall into the sea.',
  'Workers put the tower on rails and pulled it 70 metres away from the edge of the cliff on Tuesday.',
  'The lighthouse was first lit in 1900, when the sea was still 200 metres away.',
  'Sand and wind have brought the cliff about two metres nearer to the tower each year since then.',
  'Its lamp was put out in 1968 because the dunes had become higher than the lighthouse.',
  'Many people of the village watched with coffee and cake from a hill nearby.',
  'Subscribe to our newsletter for more stories of the lighthouse in Jutland moved inland every week.',
  'Moving the lighthouse cost five million crowns, most of which the state paid.',
  'The tower of the lighthouse weighs 720 tons and stood on the cliff for 119 years.',
  'Engineers expect that the sea will need forty years to reach the lighthouse again.',
  'The mason who led the work said that he had not slept the night before.',
  'Moving the lighthouse cost five million crowns, most of which the state paid.',
]
const page = html('A lighthouse is moved inland', `<article>${ARTICLE.map((s) => `<p>${s}</p>`).join('')}</article>`)
const LEAD = ARTICLE[0] as string

async function start(t: TestContext, env: Record<string, string> = {}) {
  const site = await startSite(t, {
    '/lighthouse': page,
    '/ferry': html('The island ferry', `<article>${prose('ferry')}</article>`),
    '/long': html('The long book', `<article>${prose('harbour', 400)}</article>`),
    '/gone': { status: 500 },
  })
  const service = await startService(t, { env, deps: loopbackWeb(site.port) })
  return { service, at: (path: string) => `http://site.example.com:${site.port}${path}` }
}

const ask = async (service: TestService, question: string, more: object = {}): Promise<Json> => {
  const { status, body } = await service.json('POST', '/api/v1/ask', { question, ...more })
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** In reading order, each said once, each tied to its characters. */
async function checkSummary(service: TestService, body: Json): Promise<string[]> {
  assert.equal(body.abstained, false, body.reasoning)
  assert.ok(body.confidence > 0.4 && body.confidence < 1, String(body.confidence))
  assert.equal(body.confidence_level, 'medium')
  const quotes: string[] = body.citations.map(({ quote }: Json) => quote)
  assert.ok(quotes.length >= 3 && quotes.length <= 5, String(quotes))
  assert.equal(new Set(quotes).size, quotes.length)
  const starts = body.citations.map(({ start_char }: Json) => start_char)
  assert.deepEqual(
    starts,
    starts.toSorted((a: number, b: number) => a - b),
  )
  for (const { doc_id, version, quote, start_char, end_char, verdict } of body.citations) {
    assert.equal(verdict, 'supported')
    const { body: stored } = await service.json('GET', `/api/v1/documents/${doc_id}/content?version=${version}`)
    assert.equal(stored.content.slice(start_char, end_char), quote)
  }
  return quotes
}

test('a page is summed up in its own sentences, in whatever language it is asked for', async (t) => {
  const { service, at } = await start(t)
  await service.upload(
    'tea.txt',
    'Tea is a drink that is made of leaves. It is drunk hot in most countries of the world.',
  )
  const url = at('/lighthouse')
  const body = await ask(service, `Summarise ${url}`)
  const quotes = await checkSummary(service, body)
  assert.equal(quotes[0], LEAD)
  assert.ok(quotes.every((quote) => ARTICLE.includes(quote) && !quote.startsWith('Subscribe')))
  assert.ok(body.citations.every((citation: Json) => citation.type === 'web' && citation.url === url))
  assert.deepEqual(
    body.sources_used.map((source: Json) => source.url),
    [url],
  )
  assert.match(body.reasoning, /sentences that say most of what the text says/)
  assert.equal(body.question_parts.length, 1)
  for (const question of [`Was steht auf ${url}?`, `¿Qué dice ${url}?`, `总结 ${url}`, url]) {
    assert.equal((await ask(service, question)).answer, body.answer, question)
  }
  // What asks for something of it is answered as before.
  assert.match((await ask(service, `When was the lamp put out? ${url}`)).answer, /^Its lamp was put out in 1968/)
})

test('several pages are summed up one by one, and one that cannot be read is said to be', async (t) => {
  const { service, at } = await start(t)
  const body = await ask(service, `Summarise ${at('/lighthouse')} and ${at('/ferry')} ${at('/gone')}`)
  assert.equal(body.abstained, false)
  const asked = body.question_parts.map(({ question }: Json) => question)
  assert.deepEqual(asked, [at('/lighthouse'), at('/ferry')])
  const cited = new Set(body.citations.map(({ url }: Json) => url))
  assert.deepEqual(cited, new Set([at('/ferry'), at('/lighthouse')]))
  const paragraphs: string[] = body.answer.split('\n\n')
  assert.equal(paragraphs.length, 4)
  assert.deepEqual([paragraphs[0], paragraphs[2]], ['A lighthouse is moved inland:', 'The island ferry:'])
  // The names are no claims.
  assert.ok(body.citations.every(({ verdict }: Json) => verdict === 'supported'))
  assert.equal(body.confidence_factors.verified_citations, 1)
  assert.match(body.warnings.join(), /was not read/)
  // Nothing else is summed up instead of a page that is not there.
  await service.upload('note.txt', ARTICLE.join(' '))
  assert.equal((await ask(service, `Summarise ${at('/gone')}`)).abstained, true)
})

test('a document that the request names is summed up, and no other', async (t) => {
  const { service } = await start(t)
  const upload = async (name: string, text: string, year: number): Promise<string> =>
    (await service.upload(name, text, { metadata: `{"year":${year}}` })).body.document_id
  const lighthouse = await upload('lighthouse.txt', ARTICLE.join('\n\n'), 2019)
  const tea = await upload('tea.txt', 'Tea is a drink that is made of leaves. It is drunk hot in most countries.', 2020)
  const named = await ask(service, 'Summarise this document.', { document_ids: [lighthouse] })
  const quotes = await checkSummary(service, named)
  assert.equal(quotes[0], LEAD)
  assert.ok(named.citations.every(({ doc_id }: Json) => doc_id === lighthouse))
  const filtered = await ask(service, 'What is this document about?', { filters: { metadata: { year: 2019 } } })
  assert.equal(filtered.answer, named.answer)
  for (const more of [{}, { document_ids: [lighthouse, tea] }]) {
    assert.equal((await ask(service, 'Summarise this document.', more)).abstained, true)
  }
  const one = { document_ids: [lighthouse, tea], filters: { metadata: { year: 2019 } } }
  assert.equal((await ask(service, 'Summarise this document.', one)).answer, named.answer)
  for (const document_ids of [['doc_of_nobody'], [lighthouse, 'doc_of_nobody']]) {
    const missing = { question: 'Summarise this document.', document_ids }
    assert.equal((await service.json('POST', '/api/v1/ask', missing)).status, 404)
  }
})

test('in a chat what points at what was said before is no request for a summary', async (t) => {
  const { service } = await start(t)
  const pump = [
    'The pump of the garden pond has a warranty of two years from the day on which it was bought.',
    'The pump is cleaned once a month with clear water and a soft brush that does not scratch.',
    'A filter of the pump is changed in spring before the first fish come to the surface.',
    'The pump must not run dry as its bearings are cooled by the water of the pond.',
  ]
  await service.upload('pump.txt', pump.join(' '))
  const { body: first } = await service.json('POST', '/api/chat/ask', {
    question: 'How long is the warranty of the pump?',
  })
  const inChat = async (question: string): Promise<Json> => await ask(service, question, { chat_id: first.chat_id })
  const pointing = await inChat('What does the document say about it?')
  assert.match(pointing.searched_question, /warranty/)
  assert.doesNotMatch(pointing.reasoning, /sentences that say most of what the text says/)
  assert.ok((await inChat('Summarise the document')).citations.length >= 2)
  // With several documents there is none to be summed up, and the chat says what is meant.
  await service.upload('tea.txt', 'Tea is a drink that is made of leaves. It is drunk hot in most countries.')
  const several = await inChat('What is the document about?')
  assert.equal(several.searched_question, 'What is the document about? (Summarise the document)')
})

test('what holds no sentences is not summed up', async (t) => {
  const { service } = await start(t)
  const { body } = await service.upload('list.csv', 'name,price\napple,3\npear,4\nplum,5\n')
  const asked = await ask(service, 'Summarise this document.', { document_ids: [body.document_id] })
  assert.deepEqual([asked.abstained, asked.confidence], [true, 0])
  assert.match(asked.answer, /^I cannot sum this up/)
})

test('a model that writes reads the page from its beginning on, as far as its window goes', async (t) => {
  const model = await startOpenAiServer(spoken('The lighthouse has been moved inland so that it does not fall [1].'))
  t.after(() => model.close())
  const env = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-planted', OPENAI_MODEL: 'writer-1' }
  const { service, at } = await start(t, { ...env, MAX_CONTEXT_TOKENS: '6000', ANSWER_SEARCH_STEPS: '0' })
  const promptOf = (nth: number): string => String(model.asked[nth]?.body.messages.at(-1)?.content)

  const body = await ask(service, `What does ${at('/lighthouse')} say?`)
  assert.equal(body.abstained, false)
  assert.equal(body.citations[0].verdict, 'supported')
  assert.ok(body.confidence > 0.4, String(body.confidence))
  const places = ARTICLE.slice(0, 11).map((sentence) => promptOf(0).indexOf(sentence))
  assert.ok(!places.includes(-1))
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  )

  const long = await ask(service, `Summarise ${at('/long')}`)
  assert.equal(long.input_truncated, true)
  assert.match(long.warnings.join(), /only a part of it was summed up/)
  assert.equal(body.input_truncated, false)
  const parts = Array.from(promptOf(1).matchAll(/a part (\d+) that/g), ([, part]) => Number(part))
  assert.equal(parts[0], 0)
  assert.ok(parts.length > 20 && parts.length < 400, String(parts.length))
  assert.deepEqual(
    parts,
    parts.toSorted((a, b) => a - b),
  )
})

test('where the model fails the sources are quoted as sure as without one', async (t) => {
  const model = await startOpenAiServer(refusal(500, 'out of memory'))
  t.after(() => model.close())
  const writer = { OPENAI_BASE_URL: model.url, OPENAI_API_KEY: 'sk-planted', OPENAI_MODEL: 'writer-1' }
  const [quoting, failing] = [await start(t), await start(t, writer)]
  const said = await ask(quoting.service, `Summarise ${quoting.at('/lighthouse')}`)
  const instead = await ask(failing.service, `Summarise ${failing.at('/lighthouse')}`)
  assert.equal(instead.model_used, 'extractive')
  assert.deepEqual([instead.answer, instead.confidence], [said.answer, said.confidence])
})

test('what is too long to be read whole is said to be', async (t) => {
  const { service } = await start(t, { CONFIDENCE_THRESHOLD: '0.1' })
  const { body } = await service.upload(
    'long.txt',
    Array.from(
      { length: 9000 },
      (_, i) => `Part ${i} of the book tells of the harbour and of its ships in year ${i}.`,
    ).join(' '),
  )
  const asked = await ask(service, 'Summarise this document.', { document_ids: [body.document_id] })
  assert.equal(asked.abstained, false, asked.reasoning)
  assert.equal(asked.input_truncated, true)
  assert.match(asked.warnings.join(), /only a part of it was summed up/)
})
