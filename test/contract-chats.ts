import assert from 'node:assert/strict'
import { NOTHING, QUESTION, eventsOf, type Contract } from './contract-caller.ts'
import * as common from './contract-shapes.ts'
import * as shapes from './contract-shapes-chats.ts'
import { type Json } from './service.ts'

export async function systemPrompt(contract: Contract): Promise<void> {
  const { ok, fails, bob } = contract
  const route = 'system-prompt'
  const set = await ok(`PUT /api/v1/settings/${route}`, shapes.promptSet, { body: { system_prompt: 'Be brief.' } })
  assert.equal(set.character_count, 9)
  const shown = await ok(`GET /api/v1/settings/${route}`, shapes.prompt)
  assert.deepEqual([shown.system_prompt, shown.has_custom_prompt], ['Be brief.', true])
  const others = await ok(`GET /api/v1/settings/${route}`, shapes.prompt, { token: bob.token })
  assert.equal(others.has_custom_prompt, false)
  const long = { body: { system_prompt: 'x'.repeat(2001) } }
  await fails(`PUT /api/v1/settings/${route}`, 422, 'invalid_request', long)
  await ok(`DELETE /api/v1/settings/${route}`, common.message)
  assert.equal((await ok(`GET /api/v1/settings/${route}`, shapes.prompt)).has_custom_prompt, false)
}

export async function chats(contract: Contract): Promise<void> {
  const { ok, call, fails, uploaded, ann, bob } = contract
  const first = await ok('POST /api/chat/ask', shapes.chatAnswer, { body: { question: QUESTION } })
  const id: string = first.chat_id
  assert.equal(first.question_message.content, QUESTION)
  assert.equal(first.original_question_length, QUESTION.length)
  assert.match(first.answer_message.content, /1932/)
  const next = await ok('POST /api/chat/ask', shapes.chatAnswer, {
    body: { question: 'Who designed it?', chat_id: id },
  })
  assert.equal(next.chat_id, id)
  await fails('POST /api/chat/ask', 404, 'not_found', { body: { question: QUESTION, chat_id: NOTHING } })
  await fails('POST /api/chat/ask', 404, 'not_found', { body: { question: QUESTION, chat_id: id }, token: bob.token })
  await fails('POST /api/chat/ask', 400, 'empty_question', { body: { question: '' } })
  await fails('POST /api/chat/ask', 403, 'forbidden', {
    body: { question: QUESTION, user_id: ann.id },
    token: bob.token,
  })

  const path = { id }
  const regenerated = await call('POST /api/chat/{id}/regenerate', { path, body: {} })
  assert.equal(regenerated.statusCode, 200, regenerated.body)
  const stopped = await call('POST /api/chat/{id}/stop', { path })
  assert.equal(stopped.statusCode, 200, stopped.body)

  const all = await ok('GET /api/chats', shapes.chats, { query: '?limit=10&offset=0' })
  assert.deepEqual([all.items[0].id, all.limit, all.offset], [id, 10, 0])
  assert.equal((await ok('GET /api/chats', shapes.chats, { token: bob.token })).total, 0)
  await fails('GET /api/chats', 403, 'forbidden', { query: `?user_id=${ann.id}`, token: bob.token })
  assert.equal((await ok('GET /api/chats', shapes.chats, { query: `?user_id=${bob.id}` })).total, 0)
  assert.equal((await ok('GET /api/my/chats', shapes.myChats)).user_id, ann.id)

  const { messages } = await ok('GET /api/chat/{id}/messages', shapes.messages, { path })
  assert.deepEqual(
    messages.map((message: Json) => message.id),
    messages.map((message: Json) => message.id).toSorted((a: number, b: number) => a - b),
    'oldest first',
  )
  assert.equal(messages[0].content, QUESTION)
  const page = await ok('GET /api/chat/{id}/messages/paged', shapes.messagePage, { path, query: '?limit=2' })
  assert.deepEqual([page.count, page.has_more], [2, true])
  const before = `?limit=2&before_id=${page.next_before_id}`
  const older = await ok('GET /api/chat/{id}/messages/paged', shapes.messagePage, { path, query: before })
  assert.ok(older.messages.every((message: Json) => message.id < page.next_before_id))
  await ok('GET /api/chat/{id}/messages/paged', shapes.messagePage, { path, query: '?page=1&page_size=1' })

  await ok('POST /api/chat/{id}/auto-title', shapes.titled, { path })
  const titled = await ok('POST /api/chat/{id}/title', shapes.titled, { path, body: { title: 'Bridges' } })
  assert.deepEqual([titled.chat_id, titled.title], [id, 'Bridges'])
  await fails('POST /api/chat/{id}/title', 422, 'invalid_request', { path, body: { title: 'x'.repeat(201) } })
  const file = await call('GET /api/chat/{id}/export', { path })
  assert.match(String(file.headers['content-disposition']), /^attachment/)
  const exported = shapes.exported.parse(file.json())
  assert.equal(exported.chat.title, 'Bridges')
  const markdown = await call('GET /api/chat/{id}/export', { path, query: '?format=markdown' })
  assert.match(String(markdown.headers['content-type']), /^text\/markdown/)

  const inChat = await call(
    'POST /api/v1/upload-file',
    await uploaded('port.txt', 'Rotterdam is big.', { chat_id: id }),
  )
  assert.equal(inChat.json().chat_id, id)
  const by = await ok('GET /api/documents/by-chat/{chat_id}', shapes.documentsOfChat, { path: { chat_id: id } })
  assert.equal(by.count, 1)

  const entries = await ok('GET /api/v1/users/{user_id}/chat-history', shapes.history, {
    path: { user_id: ann.id },
    query: '?limit=50',
  })
  assert.ok(entries.chat_history.length >= 3)
  await fails('GET /api/v1/users/{user_id}/chat-history', 403, 'forbidden', {
    path: { user_id: ann.id },
    token: bob.token,
  })
  for (const other of [{ path: { id: NOTHING } }, { path, token: bob.token }]) {
    for (const route of [
      'GET /api/chat/{id}/messages',
      'GET /api/chat/{id}/messages/paged',
      'GET /api/chat/{id}/export',
      'POST /api/chat/{id}/auto-title',
      'POST /api/chat/{id}/stop',
      'DELETE /api/chat/{id}',
    ]) {
      await fails(route, 404, 'not_found', other)
    }
  }
  await ok('DELETE /api/chat/{id}', shapes.chatDeleted, { path })
  await fails('DELETE /api/chat/{id}', 404, 'not_found', { path })
}

export async function streams(contract: Contract): Promise<void> {
  const { ok, call, fails, bob } = contract
  const stream = await call('POST /api/chat/ask/stream', { body: { question: QUESTION } })
  assert.equal(stream.statusCode, 200, stream.body)
  assert.match(String(stream.headers['content-type']), /^text\/event-stream/)
  const events = eventsOf(stream.body)
  const names = events.map(({ event }) => event)
  assert.deepEqual(
    names.filter((name, i) => name !== names[i - 1]),
    ['saved', 'start', 'meta', 'delta', 'saved', 'done'],
  )
  const of = (name: string) => events.filter(({ event }) => event === name).map(({ data }) => data)
  const [questionSaved, answerSaved] = of('saved')
  shapes.streamEvents.questionSaved.parse(questionSaved)
  const { answer_message_id: answerId } = shapes.streamEvents.answerSaved.parse(answerSaved)
  const { chat_id: chat } = shapes.streamEvents.start.parse(of('start')[0])
  for (const meta of of('meta') as Json[]) {
    const stage = shapes.stages[meta.stage as keyof typeof shapes.stages]
    assert.ok(stage !== undefined, `a stage ${meta.stage}`)
    stage.parse(meta)
  }
  assert.deepEqual(
    (of('meta') as Json[]).map(({ stage }) => stage),
    ['rag_gate', 'embeddings', 'retrieval', 'citations'],
  )
  const written = of('delta')
    .map((data) => shapes.streamEvents.delta.parse(data).content)
    .join('')
  const done = shapes.streamEvents.done.parse(of('done')[0])
  assert.equal(done.full_content_len, written.length)
  const { messages } = await ok('GET /api/chat/{id}/messages', shapes.messages, { path: { id: chat } })
  const stored = messages.find((message: Json) => message.id === answerId)
  assert.equal(stored.content, written)
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, i) => `${answerId}-${i + 1}`),
  )

  const path = { answer_message_id: answerId }
  const from = events[3]?.id ?? ''
  const rest = events.slice(4)
  const resumed = await call('GET /api/chat/stream/{answer_message_id}', { path, headers: { 'last-event-id': from } })
  assert.deepEqual(eventsOf(resumed.body), rest)
  const posted = await call('POST /api/chat/ask/stream', {
    body: { question: QUESTION, chat_id: chat },
    headers: { 'last-event-id': from },
  })
  assert.deepEqual(eventsOf(posted.body), rest, 'a client that comes back never starts a new answer')
  await fails('GET /api/chat/stream/{answer_message_id}', 404, 'not_found', { path, token: bob.token })
  await fails('POST /api/chat/ask/stream', 404, 'not_found', {
    body: { question: QUESTION, chat_id: chat },
    headers: { 'last-event-id': from },
    token: bob.token,
  })
}
