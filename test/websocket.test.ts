import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial, type Dialled } from '../src/http/websocket.fixture.ts'
import { spoken, startOpenAiServer } from './openai-server.ts'
import { logIn, makeToken, PASSWORD, signUp, startWithAccounts } from './people.ts'
import { eventually, startService } from './service.ts'

test('a question over the WebSocket gets the answer of /api/v1/ask, with its progress on the way', async (t) => {
  const service = await startService(t)
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const text = 'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield.'
  const { body: uploaded } = await service.upload('bridge.txt', text)
  await eventually(
    () => service.json('GET', `/api/v1/documents/${uploaded.id}/content`),
    ({ body }) => body.searchable === 'full',
  )
  const socket = await dial(`${url}/ws`)
  await socket.next()
  const question = 'When was the Sydney Harbour Bridge opened?'
  socket.send({ type: 'question', question, personality: 'friendly', context: { page: 1 } })
  const messages = await socket.until('answer')
  const updates = messages.slice(0, -1)
  assert.ok(updates.length >= 4)
  for (const update of updates) {
    assert.deepEqual(Object.keys(update).sort(), ['message', 'progress', 'step', 'timestamp', 'type'])
    assert.equal(update.type, 'processing_update')
  }
  const steps = updates.map(({ step }) => step)
  assert.deepEqual([...new Set(steps)], ['analyzing', 'vector_search', 'context_creation', 'ai_generation'])
  const progress = updates.map((update) => Number(update.progress))
  assert.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  )
  const { type, timestamp, ...answer } = messages.at(-1) ?? { type: 'none' }
  assert.equal(type, 'answer')
  assert.ok(!Number.isNaN(Date.parse(String(timestamp))))
  const { body } = await service.json('POST', '/api/v1/ask', { question })
  assert.deepEqual(Object.keys(answer).sort(), Object.keys(body).sort())
  assert.equal(answer.answer, body.answer)
  assert.match(String(answer.answer), /1932/)

  const wrong: [object, string][] = [
    [{}, 'empty_question'],
    [{ question: '  ' }, 'empty_question'],
    [{ question: 7 }, 'invalid_request'],
    [{ question: 'x'.repeat(20_000) }, 'question_too_long'],
    [{ question, document_ids: ['no-such'] }, 'not_found'],
  ]
  for (const [fields, code] of wrong) {
    socket.send({ type: 'question', ...fields })
    const error = (await socket.until('error')).at(-1)
    assert.equal(error?.code, code)
    assert.equal(typeof error?.message, 'string')
  }

  const stats = await service.json('GET', '/api/v1/stats')
  assert.equal(stats.body.websocket_connections_total, 1)
  assert.equal(stats.body.total_questions_processed, 2)
  const health = await service.json('GET', '/health')
  assert.equal(health.body.metrics.active_websocket_connections, 1)
  assert.equal(health.body.services.websocket, 'healthy')
})

test('a personality goes to the model that writes, beside the person’s own instructions, and into the cache’s key', async (t) => {
  const model = await startOpenAiServer(spoken('It was opened in 1932 [1].'))
  t.after(() => model.close())
  const service = await startService(t, { env: { OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1' } })
  const { body: uploaded } = await service.upload('bridge.txt', 'The Sydney Harbour Bridge was opened in 1932.')
  await eventually(
    () => service.json('GET', `/api/v1/documents/${uploaded.id}/content`),
    ({ body }) => body.searchable === 'full',
  )
  await service.json('PUT', '/api/v1/settings/system-prompt', { system_prompt: 'Write for children.' })
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const socket = await dial(`${url}/ws`)
  await socket.next()
  const question = 'When was the Sydney Harbour Bridge opened?'
  /** Whether the answer was in the cache, and else what the model was told of tone and form. */
  const ask = async (fields: object): Promise<string> => {
    const before = model.asked.length
    socket.send({ type: 'question', question, ...fields })
    const answer = (await socket.until('answer')).at(-1)
    assert.match(String(answer?.answer), /1932/)
    if (answer?.cached === true) return 'cached'
    assert.equal(model.asked.length, before + 1)
    return model.asked.at(-1)?.body.messages[0]?.content.split('none of the rules above.\n\n')[1] ?? 'nothing'
  }
  assert.equal(await ask({}), 'Write for children.')
  const pirate = { personality: ' A pirate.\0 ' }
  assert.equal(await ask(pirate), 'Write for children.\n\nA pirate.')
  assert.equal(await ask(pirate), 'cached')
  assert.equal(await ask({ personality: 'A poet.' }), 'Write for children.\n\nA poet.')
  assert.equal(await ask({ personality: 'A poet.\n' }), 'cached')
  assert.match(await ask({ personality: '  ' }), /^(cached|Write for children\.)$/)
  const { body: chat } = await service.json('POST', '/api/chat/ask', { question })
  assert.equal(await ask({ ...pirate, chat_id: chat.chat_id }), 'Write for children.\n\nA pirate.')
  assert.equal(await ask({ chat_id: chat.chat_id }), 'Write for children.')
  await service.json('DELETE', '/api/v1/settings/system-prompt')
  assert.equal(await ask({ personality: 'x'.repeat(2000) }), 'x'.repeat(2000))

  for (const personality of ['x'.repeat(2001), 7]) {
    socket.send({ type: 'question', question, personality })
    const error = (await socket.until('error')).at(-1)
    assert.equal(error?.code, 'invalid_request')
    assert.match(JSON.stringify(error.errors), /"path":"personality"/)
  }
})

test('who logs out, changes the password, loses a token or is suspended loses the connections made with it', async (t) => {
  const service = await startWithAccounts(t)
  const url = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const admin = await signUp(service, 'admin')
  const ann = await signUp(service, 'ann')
  const open = async (token: string): Promise<Dialled> => {
    const socket = await dial(`${url}/ws`, { headers: { authorization: `Bearer ${token}` } })
    await socket.next()
    return socket
  }
  const [session, another] = [await logIn(service, ann), await logIn(service, ann)]
  const apiToken = await makeToken(service, ann.token, { name: 'bot' })
  const bystander = await open(admin.token)
  const [first, second, third, fourth] = [
    await open(session),
    await open(another),
    await open(apiToken.token),
    await open(ann.token),
  ]
  const endsNow = async (socket: Dialled) => {
    assert.equal((await socket.next()).code, 'unauthorized')
    assert.equal((await socket.closed).code, 1008)
  }
  await service.json('POST', '/api/auth/logout', undefined, session)
  await endsNow(first)
  await service.json('DELETE', `/api/auth/tokens/${apiToken.id}`, undefined, another)
  await endsNow(third)
  const passwords = { currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }
  const { body: changed } = await service.json('PUT', '/api/auth/change-password', passwords, ann.token)
  await endsNow(second)
  await endsNow(fourth)
  const last = await open(changed.access_token)
  await service.json('PATCH', `/api/users/${ann.id}`, { disabled: true }, admin.token)
  await endsNow(last)
  bystander.send({ type: 'ping' })
  assert.equal((await bystander.next()).type, 'pong')
})
