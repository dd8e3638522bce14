import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer, type RunningServer } from '../scripts/drills/server.ts'
import { spoken, startOpenAiServer, type Step } from './openai-server.ts'
import { startPostgres } from './postgres.ts'
import { eventually, type Json } from './service.ts'

// Real processes over one PostgreSQL, of which one is killed.

async function call(server: RunningServer, method: string, path: string, body?: object | FormData): Promise<Json> {
  const isForm = body instanceof FormData
  const response = await fetch(server.url + path, {
    method,
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    ...(body === undefined || isForm ? {} : { headers: { 'content-type': 'application/json' } }),
  })
  const text = await response.text()
  assert.ok(response.ok, `${path}: ${response.status} ${text}`)
  return /^\s*\{/.test(text) ? JSON.parse(text) : text
}

function upload(server: RunningServer, filename: string, text: string): Promise<Json> {
  const form = new FormData()
  form.set('file', new Blob([text]), filename)
  return call(server, 'POST', '/api/v1/upload-file', form)
}

async function start(opened: AsyncDisposableStack, env: Record<string, string>): Promise<RunningServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-test-'))
  const server = await startServer({ dataDir, env: { EMBEDDING_THREADS: '1', ...env } })
  opened.defer(async () => {
    // One that was killed is gone.
    await server.stop().catch(() => undefined)
    await rm(dataDir, { recursive: true, force: true })
  })
  return server
}

test('what a killed instance was at is done, or ended, by another one, once', async (t) => {
  const postgres = await startPostgres()
  if ('missing' in postgres) return t.skip(postgres.missing)
  // The database goes last: an instance that stops still writes.
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  opened.defer(() => postgres.stop())
  const writing = Promise.withResolvers<void>()
  const never: Step[] = ['It', { until: writing.promise }, ...spoken(' was opened in 1932 [1].')]
  const model = await startOpenAiServer(() => never)
  opened.defer(() => model.close())
  opened.defer(writing.resolve)
  const DATABASE_URL = await postgres.createMigrated()
  const env = { DATABASE_URL, OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1', UPLOAD_WAIT: '0' }
  const [a, b] = [await start(opened, env), await start(opened, env)]

  const becomes = (server: RunningServer, id: string, status: string) =>
    eventually(
      async () => {
        const { documents } = await call(server, 'GET', '/api/v1/documents')
        return documents.find((document: Json) => document.id === id)
      },
      (document) => document?.status === status,
    )
  const bridge = await upload(a, 'bridge.txt', 'The Sydney Harbour Bridge was opened in 1932.')
  await becomes(a, bridge.document_id, 'processed')
  const asked = await fetch(`${a.url}/api/chat/ask/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question: 'When was the Sydney Harbour Bridge opened?' }),
  })
  const reader = asked.body?.pipeThrough(new TextDecoderStream()).getReader()
  let stream = ''
  while (!/event: delta\n/.test(stream)) stream += (await reader?.read())?.value ?? ''
  const answer = /id: (\d+)-\d+\nevent: delta/.exec(stream)?.[1] ?? ''
  const chat = /"chat_id":"([^"]+)"/.exec(stream)?.[1] ?? ''

  const paragraphs = Array.from({ length: 600 }, (_, i) => `Bridge number ${i} has ${i * 7} rivets, painted in ${i}.`)
  const long = await upload(a, 'bridges.txt', paragraphs.join('\n\n'))
  await becomes(a, long.document_id, 'processing')
  await a.crash()
  await reader?.read().catch(() => undefined)

  const rest = await fetch(`${b.url}/api/chat/stream/${answer}`)
  const events = await rest.text()
  assert.equal(events.match(/event: error/g)?.length, 1, events)
  assert.match(events, /"code":"interrupted"/)
  const { messages } = await call(b, 'GET', `/api/chat/${chat}/messages`)
  assert.deepEqual(
    messages.map((message: Json) => [message.role, message.content]),
    [
      ['user', 'When was the Sydney Harbour Bridge opened?'],
      ['assistant', 'It'],
    ],
  )
  await becomes(b, long.document_id, 'processed')
  const { jobs } = await call(b, 'GET', '/api/v1/jobs')
  const ofLong = jobs.filter((job: Json) => job.document_id === long.document_id)
  assert.deepEqual(
    ofLong.map((job: Json) => job.state),
    ['done'],
  )
})
