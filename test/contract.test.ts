import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import type { z } from 'zod'
import * as shapes from './contract-shapes.ts'
import { PASSWORD, signUp, startWithAccounts, type Person } from './people.ts'
import { eventually, type Json, type TestService } from './service.ts'

/** Every route of shared/spec/http-api.md, by its tables. Each must have been asked when the tests are over. */
const ROUTES = new Set([
  'GET /',
  'GET /docs',
  'GET /openapi.json',
  'GET /health',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /api/v1/stats',
  'GET /__debug/sqlite',
  'GET /__debug/routes',
  'OPTIONS /*',
  'POST /api/auth/signup',
  'POST /api/auth/login',
  'POST /api/auth/google',
  'GET /api/auth/me',
  'PUT /api/auth/profile',
  'PUT /api/auth/change-password',
  'POST /api/auth/upload-avatar',
  'POST /api/auth/logout',
  'GET /api/users',
  'POST /api/users',
  'DELETE /api/users/{user_id}',
  'PATCH /api/users/{user_id}',
  'GET /api/v1/users/{user_id}/chat-history',
  'GET /api/auth/tokens',
  'POST /api/auth/tokens',
  'DELETE /api/auth/tokens/{id}',
  'POST /api/v1/ask',
  'POST /api/v1/search',
  'POST /api/v1/upload-file',
  'GET /api/v1/documents',
  'GET /api/v1/documents/{id}/content',
  'GET /api/v1/documents/{id}/file',
  'PATCH /api/v1/documents/{id}',
  'POST /api/v1/documents/{id}/reprocess',
  'DELETE /api/v1/documents/{id}',
  'POST /api/documents',
  'GET /api/documents/by-chat/{chat_id}',
  'GET /api/documents/{doc_id}/content',
  'POST /api/v1/scrape-website',
  'POST /api/v1/bulk-scrape-website',
  'GET /api/v1/jobs',
  'GET /api/v1/jobs/{job_id}',
  'POST /api/v1/jobs/{job_id}/cancel',
  'POST /api/v1/jobs/{job_id}/retry',
  'GET /api/v1/jobs/{job_id}/events',
  'PUT /api/v1/settings/system-prompt',
  'GET /api/v1/settings/system-prompt',
  'DELETE /api/v1/settings/system-prompt',
  'POST /api/chat/ask',
  'POST /api/chat/ask/stream',
  'POST /api/chat/{id}/stop',
  'POST /api/chat/{id}/regenerate',
  'GET /api/chat/stream/{answer_message_id}',
  'GET /api/chats',
  'GET /api/my/chats',
  'GET /api/chat/{id}/messages',
  'GET /api/chat/{id}/messages/paged',
  'DELETE /api/chat/{id}',
  'POST /api/chat/{id}/auto-title',
  'POST /api/chat/{id}/title',
  'GET /api/chat/{id}/export',
])

const BRIDGE =
  'The Sydney Harbour Bridge was opened in 1932. It was designed by John Bradfield, an engineer. ' +
  'About 1,400 men worked on the bridge for eight years.'
const QUESTION = 'When was the Sydney Harbour Bridge opened?'
const NOTHING = '01890000-0000-7000-8000-000000000000'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS'

interface Call {
  readonly path?: Record<string, string | number>
  readonly query?: string
  readonly body?: object | string
  readonly headers?: Record<string, string>
  /** undefined: Ann's, who is the administrator; null: none. */
  readonly token?: string | null
}

describe('the HTTP contract', () => {
  let service: TestService
  let ann: Person
  let bob: Person
  let document: string
  const asked = new Set<string>()

  const context = { after: (close: () => Promise<void>) => closers.push(close) }
  const closers: (() => Promise<void>)[] = []
  before(async () => {
    service = await startWithAccounts(context as unknown as TestContext)
    ann = await signUp(service, 'ann')
    bob = await signUp(service, 'bob')
  })
  after(async () => {
    for (const close of closers.reverse()) await close()
  })

  async function call(route: string, { path = {}, query = '', body, headers = {}, token = ann.token }: Call = {}) {
    assert.ok(ROUTES.has(route), `${route} is no route of the contract`)
    asked.add(route)
    const [method, template = ''] = route.split(' ')
    const url = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])))
    const response = await service.app.inject({
      method: method as Method,
      url: `${url.replace('*', 'api/v1/ask')}${query}`,
      headers: { host: '127.0.0.1:8000', ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
      ...(body !== undefined && { payload: body }),
    })
    assert.ok(response.headers['x-request-id'], `${route} carries no X-Request-Id`)
    return response
  }

  /** The body of an answer that is well, of the shape that the contract gives it. */
  async function ok(route: string, shape: z.ZodType, options: Call = {}, status = 200): Promise<Json> {
    const response = await call(route, options)
    assert.equal(response.statusCode, status, `${route}: ${response.body}`)
    const body: Json = response.json()
    const parsed = shape.safeParse(body)
    assert.ok(parsed.success, `${route}: ${JSON.stringify(parsed.error?.issues)} in ${response.body.slice(0, 2000)}`)
    return body
  }

  async function fails(route: string, status: number, code: string, options: Call = {}): Promise<Json> {
    const response = await call(route, options)
    const body = shapes.problem.parse(response.json())
    assert.deepEqual([response.statusCode, body.code], [status, code], `${route}: ${response.body}`)
    assert.equal(body.request_id, response.headers['x-request-id'])
    return body
  }

  const uploaded = async (name: string, content: string, fields: Record<string, string> = {}): Promise<Call> => {
    const form = new FormData()
    for (const [field, value] of Object.entries(fields)) form.set(field, value)
    form.set('file', new Blob([content]), name)
    const encoded = new Response(form)
    const payload = Buffer.from(await encoded.arrayBuffer())
    return { body: payload, headers: { 'content-type': encoded.headers.get('content-type') ?? '' } }
  }
  const whenRead = (id: string) =>
    eventually(
      () => ok('GET /api/v1/documents/{id}/content', shapes.content, { path: { id } }),
      (body) => body.searchable === 'full',
    )

  test('diagnostics', async () => {
    await ok('GET /', shapes.about, { token: null })
    const page = await call('GET /', { token: null, headers: { accept: 'text/html' } })
    assert.match(String(page.headers['content-type']), /^text\/html/)
    const docs = await call('GET /docs', { token: null })
    assert.equal(docs.statusCode, 200)
    assert.doesNotMatch(docs.body, /(src|href)="https?:/, 'the reference page loads nothing from elsewhere')
    const api: Json = (await call('GET /openapi.json', { token: null })).json()
    assert.match(api.openapi, /^3\.1/)
    const health = await ok('GET /health', shapes.health, { token: null })
    assert.equal(health.status, 'healthy')
    assert.equal(health.services.milvus, 'not_configured')
    for (const probe of ['GET /health/live', 'GET /health/ready']) {
      assert.equal((await call(probe, { token: null })).statusCode, 200)
    }
    await fails('GET /metrics', 501, 'not_available')
    await ok('GET /api/v1/stats', shapes.stats)
    await fails('GET /api/v1/stats', 401, 'unauthorized', { token: null })
    await ok('GET /__debug/sqlite', shapes.sqlite)
    await fails('GET /__debug/sqlite', 403, 'forbidden', { token: bob.token })
    const routes: unknown = (await call('GET /__debug/routes')).json()
    assert.ok(Array.isArray(routes) && routes.includes('/api/v1/ask'), JSON.stringify(routes))
    await fails('GET /__debug/routes', 403, 'forbidden', { token: bob.token })
    const asks = { 'access-control-request-method': 'POST' }
    const allowed = await call('OPTIONS /*', { token: null, headers: { origin: 'http://localhost:3000', ...asks } })
    assert.ok([200, 204].includes(allowed.statusCode))
    assert.equal(allowed.headers['access-control-allow-origin'], 'http://localhost:3000')
    const foreign = await call('OPTIONS /*', { token: null, headers: { origin: 'https://evil.example', ...asks } })
    assert.equal(foreign.headers['access-control-allow-origin'], undefined)
  })

  test('accounts', async () => {
    const person = { name: 'Cleo', email: 'Cleo@Example.org', password: PASSWORD, description: 'a queen' }
    const cleo = await ok('POST /api/auth/signup', shapes.authResponse, { body: person, token: null })
    assert.equal(cleo.email, 'cleo@example.org', 'lower-cased')
    assert.equal(cleo.expires_in, 30 * 24 * 3600)
    await fails('POST /api/auth/signup', 400, 'email_taken', { body: person, token: null })
    for (const [field, value] of [
      ['password', 'short'],
      ['password', 'é'.repeat(37)],
      ['email', 'not an address'],
      ['name', 7],
    ]) {
      const body = { ...person, email: 'dan@example.org', [String(field)]: value }
      await fails('POST /api/auth/signup', 422, 'invalid_request', { body, token: null })
    }
    const credentials = { email: 'cleo@example.org', password: PASSWORD }
    const logged = await ok('POST /api/auth/login', shapes.authResponse, { body: credentials, token: null })
    const wrong = { ...credentials, password: 'not the password' }
    const nobody = { ...credentials, email: 'nobody@example.org' }
    const first = await fails('POST /api/auth/login', 401, 'unauthorized', { body: wrong, token: null })
    const second = await fails('POST /api/auth/login', 401, 'unauthorized', { body: nobody, token: null })
    assert.equal(first.detail, second.detail, 'one message for both causes')
    await fails('POST /api/auth/google', 400, 'malformed_request', { body: {}, token: null })
    await fails('POST /api/auth/google', 503, 'not_configured', { body: { token: 'x.y.z' }, token: null })

    const token: string = logged.access_token
    const me = await ok('GET /api/auth/me', shapes.me, { token })
    assert.deepEqual([me.name, me.email, me.description, me.role], ['Cleo', 'cleo@example.org', 'a queen', 'user'])
    const change = { name: 'Cleopatra', email: 'cleo@example.org', description: 'the queen' }
    const changed = await ok('PUT /api/auth/profile', shapes.profile, { body: change, token })
    assert.equal(changed.user.name, 'Cleopatra')

    const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
    const picture = await avatarCall(Buffer.from(pixel, 'base64'), token)
    await ok('POST /api/auth/upload-avatar', shapes.avatar, picture)
    await fails('POST /api/auth/upload-avatar', 415, 'unsupported_media_type', await avatarCall('<svg/>', token))

    const passwords = { currentPassword: PASSWORD, newPassword: 'another good password' }
    const bad = { ...passwords, currentPassword: 'not the password' }
    await fails('PUT /api/auth/change-password', 400, 'wrong_password', { body: bad, token })
    await ok('PUT /api/auth/change-password', shapes.message, { body: passwords, token })
    await fails('GET /api/auth/me', 401, 'unauthorized', { token })
    await fails('GET /api/auth/me', 401, 'unauthorized', { token: cleo.access_token })
    const again = { email: 'cleo@example.org', password: passwords.newPassword }
    const { access_token: last } = await ok('POST /api/auth/login', shapes.authResponse, { body: again, token: null })

    const made = await call('POST /api/auth/tokens', { body: { name: 'mine', scope: 'read' }, token: last })
    assert.equal(made.statusCode, 200)
    const apiToken: Json = made.json()
    await ok('GET /api/auth/me', shapes.me, { token: apiToken.token })
    const listed = await call('GET /api/auth/tokens', { token: last })
    assert.ok(!listed.body.includes(apiToken.token), 'shown once')
    assert.equal(
      (await call('DELETE /api/auth/tokens/{id}', { path: { id: apiToken.id }, token: last })).statusCode,
      200,
    )
    await fails('GET /api/auth/me', 401, 'unauthorized', { token: apiToken.token })

    assert.equal((await call('POST /api/auth/logout', { token: last })).statusCode, 200)
    await fails('GET /api/auth/me', 401, 'unauthorized', { token: last })
  })

  const avatarCall = async (bytes: Uint8Array<ArrayBuffer> | string, token: string): Promise<Call> => {
    const form = new FormData()
    form.set('file', new Blob([bytes]), 'me.png')
    const encoded = new Response(form)
    const body = Buffer.from(await encoded.arrayBuffer())
    return { body, headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, token }
  }

  test('administration of users', async () => {
    await fails('GET /api/users', 403, 'forbidden', { token: bob.token })
    const { users, total } = await ok('GET /api/users', shapes.users)
    assert.equal(users.length, total)
    const body = { name: 'Dan', email: 'dan@example.org', password: PASSWORD }
    const made = await ok('POST /api/users', shapes.userMade, { body })
    const path = { user_id: made.user_id }
    const credentials = { body: { email: 'dan@example.org', password: PASSWORD }, token: null }
    const dan = await ok('POST /api/auth/login', shapes.authResponse, credentials)
    const disabled = await call('PATCH /api/users/{user_id}', { path, body: { disabled: true } })
    assert.equal(disabled.statusCode, 200, disabled.body)
    await fails('GET /api/auth/me', 401, 'unauthorized', { token: dan.access_token })
    await ok('DELETE /api/users/{user_id}', shapes.userDeleted, { path })
    await fails('DELETE /api/users/{user_id}', 404, 'not_found', { path })
    await fails('DELETE /api/users/{user_id}', 403, 'forbidden', { path, token: bob.token })
  })

  test('documents', async () => {
    const fields = { title: 'The bridge', metadata: '{"shelf":7}' }
    const first = await call('POST /api/v1/upload-file', await uploaded('bridge.txt', BRIDGE, fields))
    assert.ok([200, 202].includes(first.statusCode), first.body)
    const upload: Json = shapes.upload.parse(first.json())
    document = upload.document_id
    assert.deepEqual([upload.id, upload.doc_id], [document, document])
    assert.equal(upload.metadata.originalFileName, 'bridge.txt')
    assert.equal(upload.metadata.fileSize, BRIDGE.length)
    assert.equal(upload.title, 'The bridge')
    const { content } = await whenRead(document)
    assert.equal(content, BRIDGE)
    const again: Json = (await call('POST /api/v1/upload-file', await uploaded('bridge.txt', BRIDGE))).json()
    assert.equal(again.document_id, document, 'the same bytes are the document already there')

    await fails(
      'POST /api/v1/upload-file',
      415,
      'unsupported_media_type',
      await uploaded('x.bin', '\u0000\u0001\u0002'),
    )
    await fails('POST /api/v1/upload-file', 413, 'payload_too_large', await uploaded('x.txt', 'x'.repeat(5_300_000)))
    await fails('POST /api/v1/upload-file', 422, 'document_empty', await uploaded('x.txt', ' '))

    const list = await ok('GET /api/v1/documents', shapes.documents, { query: '?limit=1&offset=0' })
    assert.equal(list.documents.length, 1)
    const whole = await ok('GET /api/v1/documents', shapes.documents, { query: '?full=true' })
    assert.equal(whole.documents[0].content, BRIDGE)
    for (const query of ['?limit=0', '?limit=201', '?offset=-1', '?limit=x']) {
      await fails('GET /api/v1/documents', 422, 'invalid_request', { query })
    }
    const path = { id: document, doc_id: document }
    await ok('GET /api/v1/documents/{id}/content', shapes.content, { path, query: '?version=1' })
    const plain = await ok('GET /api/documents/{doc_id}/content', shapes.plainContent, { path })
    assert.equal(plain.content, BRIDGE)
    const bytes = await call('GET /api/v1/documents/{id}/file', { path })
    assert.equal(bytes.body, BRIDGE)
    assert.match(String(bytes.headers['content-disposition']), /^attachment/)
    const changed = await ok('PATCH /api/v1/documents/{id}', shapes.document, {
      path,
      body: { summary: 'Of a bridge' },
    })
    assert.equal(changed.summary, 'Of a bridge')
    await ok('POST /api/v1/documents/{id}/reprocess', shapes.jobStarted, { path }, 202)

    const aliases = { Document_Title: 'Ports', Content: 'Rotterdam is a port.', Summary: 's', Metadata: { a: 1 } }
    const added = await call('POST /api/documents', { body: { ...aliases, chat_id: undefined } })
    assert.ok([200, 202].includes(added.statusCode), added.body)
    const text: Json = shapes.textAdded.parse(added.json())
    await whenRead(text.document_id)
    const gone = await ok('DELETE /api/v1/documents/{id}', shapes.documentDeleted, { path: { id: text.document_id } })
    assert.equal(gone.status, 'success')
    const missing = await call('DELETE /api/v1/documents/{id}', { path: { id: text.document_id } })
    assert.equal(missing.statusCode, 404)
    assert.equal(shapes.documentDeleted.parse(missing.json()).status, 'not_found')
    for (const route of ['POST /api/v1/scrape-website', 'POST /api/v1/bulk-scrape-website']) {
      await fails(route, 501, 'not_available', { body: { url: 'https://example.org' } })
    }
  })

  test('jobs', async () => {
    const list: Json = (await call('GET /api/v1/jobs', { query: '?limit=5' })).json()
    const { id } = shapes.job.parse(list.jobs[0])
    const path = { job_id: id }
    await eventually(
      () => ok('GET /api/v1/jobs/{job_id}', shapes.job, { path }),
      ({ state }) => state === 'done',
    )
    const stream = await call('GET /api/v1/jobs/{job_id}/events', { path })
    assert.match(String(stream.headers['content-type']), /^text\/event-stream/)
    const events = eventsOf(stream.body)
    for (const { event, data } of events.slice(0, -1)) {
      assert.equal(event, 'progress')
      shapes.jobProgress.parse(data)
    }
    assert.equal(events.at(-1)?.event, 'done')
    for (const action of ['POST /api/v1/jobs/{job_id}/cancel', 'POST /api/v1/jobs/{job_id}/retry']) {
      const answer = await call(action, { path })
      if (answer.statusCode === 200) shapes.job.parse(answer.json())
      else assert.equal(answer.statusCode, 409, answer.body)
      await fails(action, 404, 'not_found', { path: { job_id: NOTHING } })
    }
    await whenRead(document)
  })

  test('questions and search', async () => {
    const body = { question: QUESTION, context: { page: 1 }, web_search_enabled: false, top_k: 5 }
    const answer = await ok('POST /api/v1/ask', shapes.answer, { body })
    assert.match(answer.answer, /1932/)
    const { content } = await whenRead(document)
    for (const { doc_id, start_char, end_char, quote } of answer.citations) {
      assert.equal(doc_id, document)
      assert.equal(content.slice(start_char, end_char), quote)
    }
    const none = await ok('POST /api/v1/ask', shapes.answer, { body: { question: QUESTION, document_ids: [] } })
    assert.equal(none.abstained, true)
    await fails('POST /api/v1/ask', 400, 'empty_question', { body: { question: ' ' } })
    await fails('POST /api/v1/ask', 413, 'question_too_long', { body: { question: 'x'.repeat(16_001) } })
    await fails('POST /api/v1/ask', 422, 'invalid_request', { body: { question: 7 } })
    await fails('POST /api/v1/ask', 400, 'malformed_request', {
      body: '{"question":',
      headers: { 'content-type': 'application/json' },
    })
    await fails('POST /api/v1/ask', 404, 'not_found', { body: { question: QUESTION, document_ids: [NOTHING] } })
    const stranger = { body: { question: QUESTION, document_ids: [document] }, token: bob.token }
    await fails('POST /api/v1/ask', 404, 'not_found', stranger)

    for (const type of ['hybrid', 'semantic', 'keyword']) {
      const found = await ok('POST /api/v1/search', shapes.search, { body: { query: 'bridge', search_type: type } })
      assert.equal(found.search_type, type)
      assert.equal(found.results[0].document_id, document)
      assert.ok(found.results[0].chunk_analysis.top_chunks.length > 0)
    }
    const bare = await ok('POST /api/v1/search', shapes.search, { body: { query: 'bridge', include_chunks: false } })
    assert.equal(bare.results[0].chunk_analysis, undefined)
    await fails('POST /api/v1/search', 422, 'invalid_request', { body: { query: 'x', search_type: 'magic' } })
  })

  test('the system prompt', async () => {
    const route = 'system-prompt'
    const set = await ok(`PUT /api/v1/settings/${route}`, shapes.promptSet, { body: { system_prompt: 'Be brief.' } })
    assert.equal(set.character_count, 9)
    const shown = await ok(`GET /api/v1/settings/${route}`, shapes.prompt)
    assert.deepEqual([shown.system_prompt, shown.has_custom_prompt], ['Be brief.', true])
    const others = await ok(`GET /api/v1/settings/${route}`, shapes.prompt, { token: bob.token })
    assert.equal(others.has_custom_prompt, false)
    const long = { body: { system_prompt: 'x'.repeat(2001) } }
    await fails(`PUT /api/v1/settings/${route}`, 422, 'invalid_request', long)
    await ok(`DELETE /api/v1/settings/${route}`, shapes.message)
    assert.equal((await ok(`GET /api/v1/settings/${route}`, shapes.prompt)).has_custom_prompt, false)
  })

  test('chats', async () => {
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
  })

  test('the events of a streamed answer, in their order', async () => {
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
  })

  test('every route has been asked', () => {
    assert.deepEqual(
      [...ROUTES].filter((route) => !asked.has(route)),
      [],
    )
  })
})

interface StreamEvent {
  readonly id: string
  readonly event: string
  readonly data: unknown
}

/** The events of a whole stream; comments are left out. */
function eventsOf(body: string): StreamEvent[] {
  return body
    .split('\n\n')
    .filter((block) => /^(id|event|data):/m.test(block))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown }
    })
}
