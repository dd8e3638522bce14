import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dial } from '../src/http/websocket.fixture.ts'
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
