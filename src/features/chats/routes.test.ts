import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addUser, quietLogger, temporaryDatabase } from '../../../test/databases.ts'
import { memory } from '../../adapters/shared-state/memory/adapter.ts'
import { LOCAL_USER, type UserId } from '../../core/ids.ts'
import type { Caller } from '../../http/access.ts'
import { SETTINGS } from '../../http/app.fixture.ts'
import { createAnswerPlaces } from '../../http/answer-places.ts'
import { createApp } from '../../http/app.ts'
import { chatAskRoutes } from './ask-routes.ts'
import { chatRoutes } from './routes.ts'
import { createScriptedSource } from './scripted-source.fixture.ts'
import { createChats } from './service.ts'
import { onlyInstance } from './chats.fixture.ts'

// oxlint-disable-next-line typescript/no-explicit-any
type Json = any

interface Sent {
  readonly id: string
  readonly event: string
  readonly data: Json
}

const CALLERS: Readonly<Record<string, Caller>> = {
  local: { userId: LOCAL_USER, role: 'admin', via: 'local', scope: 'admin' },
  ann: { userId: 'ann' as UserId, role: 'user', via: 'session', scope: 'write', sessionId: 'log-in' },
}

async function start(t: TestContext) {
  const database = await temporaryDatabase(t)
  await addUser(database, 'ann')
  const source = createScriptedSource()
  const places = createAnswerPlaces(undefined)
  const clock = { now: () => new Date() }
  const chats = await createChats(
    {
      database,
      instances: onlyInstance(),
      shared: memory.create(),
      source,
      places,
      systemPromptOf: async () => null,
      answered: () => undefined,
      clock,
      logger: quietLogger,
    },
    { graceMs: 10_000, drainMs: 20 },
  )
  const app = await createApp({
    settings: SETTINGS,
    logger: quietLogger,
    openMode: false,
    authenticate: (token) => CALLERS[token ?? 'local'],
  })
  chatRoutes(app, { chats, now: clock.now, audit: { record: async () => undefined } })
  chatAskRoutes(app, { chats })
  app.addHook('preClose', chats.drain)
  t.after(async () => {
    await app.close()
    await chats.close()
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  const call = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    fetch(url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  const json = async (method: string, path: string, body?: object, as = 'local') => {
    const response = await call(method, path, body, { authorization: `Bearer ${as}` })
    return { status: response.status, body: (await response.json()) as Json }
  }
  const stream = async (body: object, headers: Record<string, string> = {}) => {
    const response = await call('POST', '/api/chat/ask/stream', body, headers)
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/)
    return response.text()
  }
  return { app, database, source, chats, url, call, json, stream }
}

/** The events of a stream's text. */
function parsed(text: string): Sent[] {
  const blocks = text.split('\n\n').filter((block) => block !== '' && !block.startsWith(':'))
  return blocks.map((block) => {
    const match = /^id: (\S+)\nevent: (\w+)\ndata: (.*)$/.exec(block)
    assert.ok(match, block)
    return { id: match[1] ?? '', event: match[2] ?? '', data: JSON.parse(match[3] ?? '') }
  })
}

const isMessage = (message: Json, role: string): void => {
  assert.equal(message.role, role)
  assert.equal(typeof message.id, 'number')
  for (const field of ['chat_id', 'content', 'sources_json', 'citations_json', 'created_at']) {
    assert.equal(typeof message[field], 'string', field)
  }
  assert.equal(typeof message.tokens_used, 'number')
  assert.equal(typeof message.metadata, 'object')
}

test('an ask answers with both messages and what the answer rests on', async (t) => {
  const { json } = await start(t)
  const { status, body } = await json('POST', '/api/chat/ask', { question: 'Does it?', unknown: 1 })
  assert.equal(status, 200)
  isMessage(body.question_message, 'user')
  isMessage(body.answer_message, 'assistant')
  assert.equal(body.question_message.chat_id, body.chat_id)
  assert.equal(body.answer_message.content, 'About Does it?: yes [1].')
  assert.equal(JSON.parse(body.answer_message.citations_json)[0].quote, 'a quote')
  const { chat_id: _chat, question_message: _question, answer_message: _answer, citations, ...rest } = body
  assert.equal(citations[0].quote, 'a quote')
  assert.deepEqual(rest, {
    model_used: 'scripted',
    tokens_used: 7,
    input_truncated: false,
    original_question_length: 8,
    used_question_length: 8,
    confidence: 0.75,
    abstained: false,
    warnings: [],
  })
})

test('what cannot be asked is refused before anything is stored', async (t) => {
  const { json, call, database } = await start(t)
  const { body: asked } = await json('POST', '/api/chat/ask', { question: 'Mine?' })
  const cases: [object, number, string, string?][] = [
    [{ question: ' ' }, 400, 'empty_question'],
    [{}, 422, 'invalid_request'],
    [{ question: 1 }, 422, 'invalid_request'],
    [{ question: 'a', chat_id: 'x'.repeat(65) }, 422, 'invalid_request'],
    [{ question: 'a', chat_id: 'unknown' }, 404, 'not_found'],
    [{ question: 'a', chat_id: asked.chat_id }, 404, 'not_found', 'ann'],
    [{ question: 'a', user_id: 'local' }, 403, 'forbidden', 'ann'],
    [{ question: 'a', chat_id: asked.chat_id, user_id: 'ann' }, 404, 'not_found'],
    [{ question: 'a', user_id: 'nobody' }, 404, 'not_found'],
  ]
  for (const [body, status, code, as] of cases) {
    for (const path of ['/api/chat/ask', '/api/chat/ask/stream']) {
      const answer = await json('POST', path, body, as)
      assert.deepEqual([answer.status, answer.body.code], [status, code], `${path} ${JSON.stringify(body)}`)
    }
  }
  for (const id of ['x', '1', '0-1', '1-x', '99999999999999999999-1']) {
    const response = await call('POST', '/api/chat/ask/stream', { question: 'a' }, { 'last-event-id': id })
    assert.equal(response.status, 400, id)
  }
  assert.equal((await database.read.selectFrom('messages').select('id').execute()).length, 2)
})

test('an administrator asks for another, and what comes of it is theirs', async (t) => {
  const { json } = await start(t)
  const { body } = await json('POST', '/api/chat/ask', { question: 'For you?', user_id: 'ann' })
  assert.equal((await json('GET', `/api/chat/${body.chat_id}/messages`)).status, 404)
  assert.equal((await json('GET', `/api/chat/${body.chat_id}/messages?user_id=ann`)).body.count, 2)
  const own = await json('GET', '/api/my/chats', undefined, 'ann')
  assert.deepEqual(
    [own.body.user_id, own.body.total, own.body.items[0].id, own.body.items[0].user_id],
    ['ann', 1, body.chat_id, 'ann'],
  )
  assert.equal((await json('GET', '/api/chats', undefined)).body.total, 0)
  assert.equal((await json('GET', '/api/chats?user_id=ann')).body.total, 1)
  assert.equal((await json('GET', '/api/chats?user_id=local', undefined, 'ann')).status, 403)
})

test('a stream has the events of the contract in their order, with ids that go on from anywhere', async (t) => {
  const { stream, call, json } = await start(t)
  const text = await stream({ question: 'Order?' })
  const events = parsed(text)
  assert.deepEqual(
    events.map(({ event }) => event).filter((name, i, all) => name !== all[i - 1]),
    ['saved', 'start', 'meta', 'delta', 'saved', 'done'],
  )
  const answerId = events.at(-2)?.data.answer_message_id
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, i) => `${answerId}-${i + 1}`),
  )
  const { body } = await json('GET', `/api/chat/${events[1]?.data.chat_id}/messages`)
  assert.equal(body.messages[0].id, events[0]?.data.question_message_id)
  assert.equal(body.messages[1].id, answerId)
  const deltas = events.filter(({ event }) => event === 'delta').map(({ data }) => data.content)
  assert.equal(deltas.join(''), body.messages[1].content)
  const done = events.at(-1)?.data
  for (const field of ['chat_id', 'request_id', 'model_used', 'tokens_used', 'full_content_len', 'input_truncated']) {
    assert.ok(field in done, field)
  }
  assert.equal(done.full_content_len, body.messages[1].content.length)
  assert.equal(done.request_id, events[1]?.data.request_id)

  const blocks = text.split('\n\n').filter((block) => block !== '')
  for (const [i, { id }] of events.entries()) {
    const rest = blocks.slice(i + 1).map((block) => `${block}\n\n`)
    const byGet = await call('GET', `/api/chat/stream/${answerId}`, undefined, { 'last-event-id': id })
    assert.equal(await byGet.text(), rest.join(''), `GET after ${id}`)
    assert.equal(await stream({ question: 'Order?' }, { 'last-event-id': id }), rest.join(''), `POST after ${id}`)
  }
  assert.equal(await (await call('GET', `/api/chat/stream/${answerId}`)).text(), text)
  assert.equal((await json('GET', `/api/chat/${done.chat_id}/messages`)).body.count, 2)
  const other = await call('GET', `/api/chat/stream/${answerId}`, undefined, { 'last-event-id': `${answerId + 1}-1` })
  assert.equal(other.status, 400)
  assert.equal((await json('GET', `/api/chat/stream/${answerId - 1}`)).status, 404)
  assert.equal((await json('GET', `/api/chat/stream/${answerId}`, undefined, 'ann')).status, 404)
  const resumed = await call(
    'POST',
    '/api/chat/ask/stream',
    { question: 'a' },
    {
      'last-event-id': `${answerId}-1`,
      authorization: 'Bearer ann',
    },
  )
  assert.equal(resumed.status, 404)
})

test('many readers of one answer get the same, those who come late too', async (t) => {
  const { source, call, stream } = await start(t)
  const script = source.hold('Shared?')
  const asking = stream({ question: 'Shared?' })
  await script.begun
  // The first answer of an empty database.
  const readers = Array.from({ length: 20 }, () => call('GET', '/api/chat/stream/2'))
  const early = await Promise.all(readers)
  for (let i = 0; i < 50; i++) script.delta(`piece ${i} `)
  const late = await call('GET', '/api/chat/stream/2')
  script.finish()
  const text = await asking
  for (const reader of [...early, late]) assert.equal(await reader.text(), text)
})

test('who does not read holds nobody up, and finds everything when they do', async (t) => {
  const { source, url, chats, call } = await start(t)
  const script = source.hold('Slow?')
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.setEncoding('utf8').pause()
  const body = JSON.stringify({ question: 'Slow?' })
  socket.write(
    `POST /api/chat/ask/stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
  await script.begun
  const pieces = Array.from({ length: 200 }, (_, i) => `${i} ${'x'.repeat(4000)} `)
  for (const piece of pieces) {
    script.delta(piece)
    await sleep(1)
  }
  script.finish()
  const whole = await (await call('GET', '/api/chat/stream/2')).text()
  assert.equal(chats.written(2 as never), undefined)
  let received = ''
  for await (const chunk of socket) received += String(chunk)
  const joined = received.slice(received.indexOf('\r\n\r\n') + 4).replace(/\r\n[0-9a-f]+\r\n|^[0-9a-f]+\r\n/g, '')
  assert.equal(joined.replace(/\r\n.*$/s, ''), whole)
  assert.ok(whole.length > 800_000)
})

test('stop ends an answer, and answering again takes JSON or a stream', async (t) => {
  const { source, json, stream, call } = await start(t)
  const script = source.hold('Stop?')
  const asking = stream({ question: 'Stop?' })
  await script.begun
  script.delta('Up to here')
  const { body: chats } = await json('GET', '/api/chats')
  const id = chats.items[0].id as string
  const written = async () => (await json('GET', `/api/chat/${id}/messages`)).body.messages[1]
  while ((await written()).content !== 'Up to here') await sleep(5)
  assert.equal((await written()).state, 'generating')
  assert.equal((await json('POST', '/api/chat/ask', { question: 'Now?', chat_id: id })).status, 409)
  assert.equal((await json('POST', `/api/chat/${id}/stop`, undefined, 'ann')).status, 404)
  const stopped = await json('POST', `/api/chat/${id}/stop`)
  assert.deepEqual([stopped.body.stopped, stopped.body.answer_message.content], [true, 'Up to here'])
  const last = parsed(await asking).at(-1)
  assert.deepEqual([last?.event, last?.data.code, last?.data.status_code], ['error', 'interrupted', 409])
  assert.deepEqual((await json('POST', `/api/chat/${id}/stop`)).body, {
    chat_id: id,
    stopped: false,
    answer_message: null,
  })

  const again = source.hold('Stop?')
  again.delta('Better.')
  again.finish()
  const { body: regenerated } = await json('POST', `/api/chat/${id}/regenerate`)
  assert.equal(regenerated.answer_message.content, 'Better.')
  assert.equal(regenerated.question_message.content, 'Stop?')
  const third = source.hold('Stop?')
  third.delta('Best.')
  third.finish()
  const response = await call('POST', `/api/chat/${id}/regenerate`, {}, { accept: 'text/event-stream' })
  const events = parsed(await response.text())
  assert.equal(events.at(-1)?.event, 'done')
  assert.equal(events[0]?.data.question_message_id, regenerated.question_message.id)
  const { body: list } = await json('GET', `/api/chat/${id}/messages`)
  assert.deepEqual(
    list.messages.map(({ content }: Json) => content),
    ['Stop?', 'Up to here', 'Better.', 'Best.'],
  )
})

test('titles, pages, exports and deletion', async (t) => {
  const { json, call } = await start(t)
  const { body: first } = await json('POST', '/api/chat/ask', { question: 'Which\nlighthouse?' })
  const id = first.chat_id as string
  await json('POST', '/api/chat/ask', { question: 'And which "harbour"?', chat_id: id })
  assert.deepEqual((await json('POST', `/api/chat/${id}/title`, { title: ' Lights ' })).body, {
    chat_id: id,
    title: 'Lights',
  })
  assert.equal((await json('POST', `/api/chat/${id}/title`, { title: 'x'.repeat(201) })).status, 422)
  assert.deepEqual((await json('POST', `/api/chat/${id}/auto-title`)).body, { chat_id: id, title: 'Which' })

  const { body: newest } = await json('GET', `/api/chat/${id}/messages/paged?limit=3`)
  assert.deepEqual([newest.count, newest.has_more], [3, true])
  assert.deepEqual(newest.pagination, { page: 1, page_size: 3, total: 4 })
  const { body: older } = await json('GET', `/api/chat/${id}/messages/paged?limit=3&before_id=${newest.next_before_id}`)
  assert.deepEqual([older.count, older.has_more, older.next_before_id, older.pagination.page], [1, false, null, 2])
  const { body: second } = await json('GET', `/api/chat/${id}/messages/paged?page=2&page_size=3`)
  assert.deepEqual(second.messages, older.messages)

  const exported = await call('GET', `/api/chat/${id}/export`)
  assert.match(exported.headers.get('content-disposition') ?? '', /^attachment; filename="chat-[\w-]+\.json"$/)
  const whole = (await exported.json()) as Json
  assert.equal(whole.count, 4)
  assert.equal(whole.chat.id, id)
  assert.ok(Date.parse(whole.exported_at))
  assert.deepEqual(whole.messages, (await json('GET', `/api/chat/${id}/messages`)).body.messages)
  const markdown = await call('GET', `/api/chat/${id}/export?format=markdown`)
  assert.match(markdown.headers.get('content-type') ?? '', /^text\/markdown/)
  const text = await markdown.text()
  assert.match(text, /^# Which\n\n## Question\n/)
  assert.match(text, /And which "harbour"\?/)
  assert.match(text, /\[1\] A document\n\n> a quote/)
  assert.equal((await json('GET', `/api/chat/${id}/export?format=pdf`)).status, 422)

  assert.equal((await json('DELETE', `/api/chat/${id}`, undefined, 'ann')).status, 404)
  assert.deepEqual((await json('DELETE', `/api/chat/${id}`)).body, { deleted: true, chat_id: id })
  for (const [method, path] of [
    ['DELETE', ''],
    ['GET', '/messages'],
    ['GET', '/messages/paged'],
    ['GET', '/export'],
    ['POST', '/auto-title'],
    ['POST', '/stop'],
    ['POST', '/regenerate'],
  ] as const) {
    assert.equal((await json(method, `/api/chat/${id}${path}`)).status, 404, `${method} ${path}`)
  }
})

test('a service that stops tells its readers, and keeps what was written', async (t) => {
  const { app, source, stream, database } = await start(t)
  const script = source.hold('Stopping?')
  const asking = stream({ question: 'Stopping?' })
  await script.begun
  script.delta('As far as this')
  await sleep(20)
  await app.close()
  const last = parsed(await asking).at(-1)
  assert.deepEqual([last?.event, last?.data.code], ['error', 'interrupted'])
  const stored = await database.read
    .selectFrom('messages')
    .select(['content', 'state'])
    .where('id', '=', 2 as never)
    .execute()
  assert.deepEqual(stored, [{ content: 'As far as this', state: 'interrupted' }])
})
