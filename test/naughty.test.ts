import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { canonicalText } from '../src/core/canonical-text.ts'
import { NAUGHTY } from '../src/features/ingestion/naughty.fixture.ts'
import { rawRequest } from '../src/http/app.fixture.ts'
import { type OpenApi, requestsWith } from './openapi-requests.ts'
import { startService } from './service.ts'

const HOST = { host: '127.0.0.1:8000' }

/** Every text in the JSON, keys too. */
function* texts(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value) yield* texts(item)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, field] of Object.entries(value)) {
      yield key
      yield* texts(field)
    }
  }
}

function check(what: string, answer: { statusCode: number; body: string; headers: object }): void {
  const { statusCode, body } = answer
  const deferred = /"code":"(not_available|not_configured)"/.test(body)
  assert.ok(statusCode < 500 || deferred, `${what}: ${statusCode} ${body.slice(0, 300)}`)
  const type = (answer.headers as Record<string, unknown>)['content-type']
  if (typeof type !== 'string' || !type.startsWith('application/json') || body === '') return
  for (const text of texts(JSON.parse(body))) {
    // A refusal may name the id that it was asked for.
    const clean = statusCode < 400 ? canonicalText(text) : text.replaceAll('\0', '').toWellFormed()
    assert.equal(text, clean, `${what}: a text came back that is not canonical`)
  }
}

test('naughty texts in every field, path and query of every route are taken as they are or refused', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  const document = (await service.app.inject('/openapi.json')).json<OpenApi>()
  let made = 0
  for (const [number, text] of NAUGHTY.entries()) {
    for (const { method, url, body } of requestsWith(document, text, { each: number % 5 === 1 })) {
      const answer = await service.app.inject({
        method: method as 'GET',
        url,
        headers: { ...HOST, ...(body !== undefined && { 'content-type': 'application/json' }) },
        ...(body !== undefined && { payload: JSON.stringify(body) }),
      })
      check(`${method} ${url} ${JSON.stringify(body)?.slice(0, 200)}`, answer)
      made++
    }
    const upload = await service.upload(text, 'Some text.', { title: text, summary: text, chat_id: text, [text]: text })
    const failure = service.lines.findLast(({ message }) => message === 'request failed')?.fields
    assert.ok(upload.status < 500, `${JSON.stringify(text)}: ${JSON.stringify(upload.body)} ${inspect(failure)}`)
  }
  assert.ok(made > NAUGHTY.length * 50, String(made))
  assert.equal((await service.app.inject({ url: '/health/live', headers: HOST })).statusCode, 200)
  assert.deepEqual(
    service.lines.filter(({ level }) => level === 'error').map(({ fields, message }) => ({ fields, message })),
    [],
  )
})

const HEADERS = [
  'authorization',
  'accept',
  'content-type',
  'origin',
  'last-event-id',
  'cookie',
  'user-agent',
  'x-request-id',
]

test('naughty texts in headers are refused or left alone, by every route', async (t) => {
  const service = await startService(t)
  const document = (await service.app.inject('/openapi.json')).json<OpenApi>()
  for (const [number, text] of NAUGHTY.entries()) {
    const name = HEADERS[number % HEADERS.length] ?? ''
    for (const { method, url } of requestsWith(document, 'plain')) {
      const answer = await service.app.inject({ method: method as 'GET', url, headers: { ...HOST, [name]: text } })
      check(`${method} ${url} with ${name} ${JSON.stringify(text)}`, answer)
    }
  }
  const address = await service.app.listen({ host: '127.0.0.1', port: 0 })
  for (const text of NAUGHTY) {
    for (const name of HEADERS) {
      const bytes = Buffer.from(text).toString('latin1')
      const request = `GET /api/v1/stats HTTP/1.1\r\nHost: 127.0.0.1\r\n${name}: ${bytes}\r\nConnection: close\r\n\r\n`
      const answer = await rawRequest(Number(new URL(address).port), request)
      assert.match(answer, /^HTTP\/1\.1 [24]\d\d /, `${name}: ${JSON.stringify(text)}`)
    }
  }
})
