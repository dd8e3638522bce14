import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial, type Dialled } from '../src/http/websocket.fixture.ts'
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
