import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import createClient from 'openapi-fetch'
import { typesOf } from '../scripts/api-types.ts'
import type { paths } from './api-types.ts'
import { PASSWORD, startWithAccounts } from './people.ts'
import { startService, type Json, type TestService } from './service.ts'

test('the API describes itself in valid OpenAPI 3.1, and the types of our client are those of today', async (t) => {
  const service = await startService(t)
  const { body: document } = await service.json('GET', '/openapi.json')
  assert.match(document.openapi, /^3\.1\./)
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  assert.ok(valid, JSON.stringify(errors))
  assert.ok(validator.resolveRefs() !== undefined, 'every reference leads somewhere')

  const hidden = new Set(['/ws', '/metrics', '/openapi.json'])
  const told = new Set(
    Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    ),
  )
  const untold = service.app.routeTable
    .flatMap(({ method, url }) => [method].flat().map((name) => [name, url] as const))
    .filter(([method, url]) => !['HEAD', 'OPTIONS'].includes(method) && !hidden.has(url) && !/^\/docs\b/.test(url))
    .map(([method, url]) => `${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`)
    .filter((route) => !told.has(route))
  assert.deepEqual(untold, [], 'routes that the document does not have')

  const committed = await readFile(new URL('api-types.ts', import.meta.url), 'utf8')
  assert.ok((await typesOf(document)) === committed, 'Run `npm run api-types`: test/api-types.ts is not of this API.')
})

test('the document says what is true of the running mode about tokens', async (t) => {
  const security = async (service: TestService) => {
    const { paths } = (await service.json('GET', '/openapi.json')).body
    return [paths['/api/v1/ask'].post.security, paths['/api/users'].get.security, paths['/health'].get.security]
  }
  const [open, accounts] = [await startService(t), await startWithAccounts(t)]
  const optional = [{}, { token: [] }]
  assert.deepEqual(await security(open), [optional, optional, []])
  assert.deepEqual(await security(accounts), [[{ token: [] }], [{ token: [] }], []])
  for (const [service, status] of [
    [open, 200],
    [accounts, 401],
  ] as const) {
    assert.equal((await service.json('GET', '/api/users')).status, status)
  }
})

test('a person’s way through the API with the generated client: account, document, answer, chat, its end', async (t) => {
  const service = await startWithAccounts(t)
  const baseUrl = await service.app.listen({ host: '127.0.0.1', port: 0 })
  const anybody = createClient<paths>({ baseUrl })
  const person = { name: 'Ann', email: 'ann@example.org', password: PASSWORD }
  const { data: session } = await anybody.POST('/api/auth/signup', { body: person })
  assert.equal(session?.token_type, 'bearer')
  const api = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${session.access_token}` } })

  const { data: me } = await api.GET('/api/auth/me')
  assert.equal(me?.email, 'ann@example.org')
  const { data: file } = await api.POST('/api/v1/upload-file', {
    body: { file: 'The Sydney Harbour Bridge was opened in 1932.', title: 'The bridge' },
    bodySerializer({ file: text, title }) {
      const form = new FormData()
      form.set('title', title ?? '')
      form.set('file', new Blob([text]), 'bridge.txt')
      return form
    },
  })
  assert.equal(file?.title, 'The bridge')
  const { data: answer } = await api.POST('/api/v1/ask', {
    body: { question: 'When was the Sydney Harbour Bridge opened?', document_ids: [file.document_id] },
  })
  assert.match(answer?.answer ?? '', /1932/)
  const [citation] = answer?.citations ?? []
  const path = { id: file.document_id }
  const { data: content } = await api.GET('/api/v1/documents/{id}/content', { params: { path } })
  assert.equal(content?.content.slice(citation?.start_char ?? 0, citation?.end_char ?? 0), citation?.quote)

  const { data: asked } = await api.POST('/api/chat/ask', { body: { question: 'When was the bridge opened?' } })
  assert.ok(asked !== undefined)
  const chat = { params: { path: { id: asked.chat_id } } }
  const { data: messages } = await api.GET('/api/chat/{id}/messages', chat)
  assert.deepEqual(
    messages?.messages.map(({ id }) => id),
    [asked.question_message.id, asked.answer_message.id],
  )
  const { data: deleted } = await api.DELETE('/api/v1/documents/{id}', { params: { path } })
  assert.equal(deleted?.status, 'success')
  const { error, response } = await api.GET('/api/v1/documents/{id}/content', { params: { path } })
  assert.deepEqual([response.status, error?.code], [404, 'not_found'])
})
