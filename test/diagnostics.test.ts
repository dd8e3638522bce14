import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { onPostgres } from './chosen-database.ts'
import { startService, type Json } from './service.ts'

test('statistics are kept as they were, over a restart too', async (t) => {
  const first = await startService(t, { unmanaged: true })
  await first.upload('a.txt', 'The mill stands by the river.')
  await first.json('POST', '/api/v1/ask', { question: 'Where does the mill stand?' })
  await first.close()
  const second = await startService(t, { folder: first.folder })
  const { body } = await second.json('GET', '/api/v1/stats/history')
  assert.deepEqual([body.total, body.limit, body.interval_seconds], [2, 50, 900])
  const [now, before] = body.snapshots
  assert.ok(now.at > before.at)
  assert.deepEqual([before.total_questions_processed, before.documents_count], [0, 0])
  assert.deepEqual([now.total_questions_processed, now.documents_count, now.total_size], [1, 1, 29])
  assert.ok(now.average_response_time_ms > 0)
  const older = await second.json('GET', '/api/v1/stats/history?limit=1&offset=1')
  assert.deepEqual(older.body.snapshots, [before])
  const stats = await second.json('GET', '/api/v1/stats')
  assert.deepEqual([stats.body.total_questions_processed, stats.body.queries_today], [1, 1])
})

test('the debug routes show the file, the schema and every path', async (t) => {
  const service = await startService(t)
  const { body } = await service.json('GET', '/__debug/sqlite')
  if (onPostgres) {
    assert.deepEqual([body.db_path_env, body.database_list, body.pragma], [null, [], {}])
    assert.match(body.error, /The data is in PostgreSQL/)
  } else {
    assert.equal(body.db_path_env, join(service.folder, 'evident.db'))
    assert.deepEqual(
      body.database_list.map(({ name, file }: Json) => [name, file.endsWith('evident.db')]),
      [['main', true]],
    )
    assert.equal(body.pragma.journal_mode, 'wal')
  }
  const users = body.tables.find(({ name }: Json) => name === 'users')
  assert.ok(users.columns.some(({ name }: Json) => name === 'email'))
  assert.match(body.migrations[0].name, /^0001/)
  const routes = await service.json('GET', '/__debug/routes')
  for (const path of ['/', '/health', '/api/v1/ask', '/__debug/routes']) assert.ok(routes.body.includes(path), path)
})
