import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabaseOf } from './chosen-database.ts'
import { PASSWORD, logIn, makeToken, signUp, startWithAccounts, statusOf, type Person } from './people.ts'
import type { TestService } from './service.ts'

const GIF = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

const setAvatar = async (service: TestService, { token }: Person, bytes: Uint8Array = GIF, name = 'me.gif') => {
  const form = new FormData()
  form.set('file', new Blob([bytes]), name)
  const encoded = new Response(form)
  const answer = await service.app.inject({
    method: 'POST',
    url: '/api/auth/upload-avatar',
    headers: { authorization: `Bearer ${token}`, 'content-type': encoded.headers.get('content-type') ?? '' },
    payload: Buffer.from(await encoded.arrayBuffer()),
  })
  return { status: answer.statusCode, body: answer.json() }
}

test('administrators see, make and change accounts; others do not', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const person = { name: 'Cy', email: 'Cy@example.org', description: 'made', password: PASSWORD }
  for (const [method, path, body] of [
    ['GET', '/api/users', undefined],
    ['POST', '/api/users', person],
    ['PATCH', `/api/users/${ada.id}`, { role: 'user' }],
    ['DELETE', `/api/users/${ada.id}`, undefined],
    ['DELETE', '/api/users/nobody', undefined],
    ['GET', `/api/v1/users/${ada.id}/chat-history`, undefined],
    ['GET', '/api/v1/users/nobody/chat-history', undefined],
  ] as const) {
    const { status, body: problem } = await service.json(method, path, body, bob.token)
    assert.deepEqual([status, problem.code], [403, 'forbidden'], `${method} ${path}`)
    assert.equal((await service.json(method, path, body)).status, 401, `${method} ${path}`)
  }

  const made = await service.json('POST', '/api/users', person, ada.token)
  assert.equal(made.status, 200)
  const taken = await service.json('POST', '/api/users', person, ada.token)
  assert.deepEqual([taken.status, taken.body.code], [400, 'email_taken'])
  const { body: list } = await service.json('GET', '/api/users?limit=2', undefined, ada.token)
  assert.equal(list.total, 3)
  assert.deepEqual(
    list.users.map((user: { email: string }) => user.email),
    ['cy@example.org', 'bob@example.org'],
  )
  assert.deepEqual(Object.keys(list.users[0]).sort(), [
    'createdAt',
    'description',
    'disabled',
    'email',
    'lastActive',
    'name',
    'role',
    'userId',
  ])
  const cy = { id: made.body.user_id, email: 'cy@example.org', token: '', role: 'user' }
  const session = await logIn(service, cy)
  const reset = await service.json('PATCH', `/api/users/${cy.id}`, { password: 'another password' }, ada.token)
  assert.equal(reset.status, 200)
  assert.equal(await statusOf(service, session), 401)
  await logIn(service, cy, 'another password')

  for (const id of ['local', 'nobody', 'a%00b']) {
    assert.equal((await service.json('PATCH', `/api/users/${id}`, { disabled: true }, ada.token)).status, 404, id)
    assert.equal((await service.json('DELETE', `/api/users/${id}`, undefined, ada.token)).status, 404, id)
  }
  assert.equal((await service.json('GET', '/api/v1/users/nobody/chat-history', undefined, ada.token)).status, 404)
})

test('an account that was made without a password is nobody’s to log in to', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  await service.json('POST', '/api/users', { name: 'Cy', email: 'cy@example.org' }, ada.token)
  for (const password of ['', 'null', PASSWORD]) {
    const { status } = await service.json('POST', '/api/auth/login', { email: 'cy@example.org', password })
    assert.equal(status, 401, password)
  }
})

test('the last administrator stays one', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const change = (id: string, body: object, token = ada.token) => service.json('PATCH', `/api/users/${id}`, body, token)
  const remove = (id: string, token = ada.token) => service.json('DELETE', `/api/users/${id}`, undefined, token)
  const refused = [
    await change(ada.id, { role: 'user' }),
    await change(ada.id, { disabled: true }),
    await remove(ada.id),
  ]
  for (const { status, body } of refused) assert.deepEqual([status, body.code], [409, 'conflict'])
  assert.equal((await change(bob.id, { role: 'admin' })).body.role, 'admin')
  // A suspended one does not count.
  await change(bob.id, { disabled: true })
  assert.equal((await change(ada.id, { role: 'user' })).status, 409)
  await change(bob.id, { disabled: false })
  const again = await logIn(service, bob)
  // Two who demote each other at once: one of them stays.
  const both = await Promise.all([change(bob.id, { role: 'user' }), change(ada.id, { role: 'user' }, again)])
  const { body } = await service.json('GET', '/api/users', undefined, 'test-token')
  const roles = body.users.map((user: { role: string }) => user.role)
  assert.deepEqual(roles.sort(), ['admin', 'user'], JSON.stringify(both.map(({ status }) => status)))
})

test('a user who is deleted leaves nothing but lines in the audit log', async (t) => {
  const service = await startWithAccounts(t, { unmanaged: true })
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const text = 'The heron waits in the reeds.'
  const same = await service.upload('heron.txt', text, {}, ada.token)
  const own = await service.upload('heron.txt', text, {}, bob.token)
  assert.equal(own.status, 200)
  await service.json('PUT', '/api/v1/settings/system-prompt', { system_prompt: 'Be brief.' }, bob.token)
  await service.json('POST', '/api/v1/ask', { question: 'Where does the heron wait?' }, bob.token)
  const chat = await service.json('POST', '/api/chat/ask', { question: 'Where does the heron wait?' }, bob.token)
  assert.equal(chat.status, 200, JSON.stringify(chat.body))
  await makeToken(service, bob.token, { scope: 'write' })
  assert.equal((await setAvatar(service, bob)).status, 200)
  await service.json('POST', '/api/auth/logout', undefined, await logIn(service, bob))
  const { body: short } = await service.json('POST', '/api/documents', { title: 'x', content: 'Short.' }, bob.token)
  await service.json('DELETE', `/api/v1/documents/${short.document_id}`, undefined, bob.token)
  const { body: other } = await service.json('POST', '/api/chat/ask', { question: 'Who waits?' }, bob.token)
  await service.json('DELETE', `/api/chat/${other.chat_id}`, undefined, bob.token)

  const deleted = await service.json('DELETE', `/api/users/${bob.id}`, undefined, ada.token)
  assert.equal(deleted.status, 200)
  assert.deepEqual(deleted.body, {
    status: 'success',
    message: deleted.body.message,
    deleted_from: ['chats', 'history', 'settings', 'documents', 'jobs', 'users'],
    user_id: bob.id,
  })
  assert.equal((await service.json('DELETE', `/api/users/${bob.id}`, undefined, ada.token)).status, 404)
  assert.equal(await statusOf(service, bob.token), 401)
  const found = await service.json('POST', '/api/v1/search', { query: 'heron reeds' }, ada.token)
  assert.deepEqual(
    found.body.results.map((result: { document_id: string }) => result.document_id),
    [same.body.document_id],
  )
  // The same address may begin anew, with nothing.
  const anew = await signUp(service, 'bob')
  assert.notEqual(anew.id, bob.id)
  assert.equal((await service.json('GET', '/api/v1/documents', undefined, anew.token)).body.total, 0)
  await service.close()

  const database = await openDatabaseOf(service.folder)
  t.after(() => database.close())
  const holds: string[] = []
  const tables = await database.read.introspection.getTables()
  for (const { name } of tables) {
    const rows = await database.read
      .selectFrom(name as 'users')
      .selectAll()
      .execute()
    if (rows.some((row) => JSON.stringify(row).includes(bob.id))) holds.push(name)
  }
  assert.deepEqual(holds.sort(), ['audit_log', 'change_log'])
  const audit = await database.read
    .selectFrom('audit_log')
    .select(['actor_id', 'action', 'target', 'outcome', 'address'])
    .where((eb) => eb.or([eb('actor_id', '=', bob.id as never), eb('target', '=', bob.id)]))
    .orderBy('id')
    .execute()
  assert.deepEqual(
    audit.map(({ action }) => action),
    ['signup', 'token.create', 'login', 'logout', 'document.delete', 'chat.delete', 'user.delete'],
  )
  const last = audit.at(-1)
  assert.deepEqual(last, {
    actor_id: ada.id,
    action: 'user.delete',
    target: bob.id,
    outcome: 'success',
    address: '127.0.0.1',
  })
})

test('an avatar is an image by its bytes, seen by who is logged in, and goes with the next one', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const html = '<script>alert(1)</script>'
  for (const [name, bytes] of [
    ['me.png', Buffer.from(html)],
    ['me.svg', Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg">${html}</svg>`)],
    ['me.gif', Buffer.from('%PDF-1.7\n')],
    ['me.gif', Buffer.alloc(0)],
  ] as const) {
    const { status, body } = await setAvatar(service, ada, bytes, name)
    assert.deepEqual([status, body.code], [415, 'unsupported_media_type'], name)
  }
  assert.equal((await setAvatar(service, ada, Buffer.concat([GIF, Buffer.alloc(5 * 1_048_576)]))).status, 413)

  // What the name says does not count, nor what stands behind the image.
  const polyglot = Buffer.concat([GIF, Buffer.from(html)])
  const { status, body } = await setAvatar(service, ada, polyglot, 'me.html')
  assert.equal(status, 200)
  const url = body.avatar_url as string
  const see = (token?: string) =>
    service.app.inject({ url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })
  const seen = await see(bob.token)
  assert.equal(seen.headers['content-type'], 'image/gif')
  assert.equal(seen.headers['x-content-type-options'], 'nosniff')
  assert.match(String(seen.headers['content-security-policy']), /default-src 'none'/)
  assert.deepEqual(seen.rawPayload, polyglot)
  assert.equal((await see()).statusCode, 401)
  assert.equal((await service.json('GET', '/api/auth/me', undefined, ada.token)).body.picture, url)

  const profile = { name: 'Ada', email: ada.email }
  const steal = await service.json(
    'PUT',
    '/api/auth/profile',
    { ...profile, email: bob.email, picture: url },
    bob.token,
  )
  assert.equal(steal.status, 422)
  // Kept while it is not named, gone when it is replaced.
  assert.equal((await service.json('PUT', '/api/auth/profile', profile, ada.token)).body.user.picture, url)
  const next = await setAvatar(service, ada)
  assert.notEqual(next.body.avatar_url, url)
  assert.equal((await see(ada.token)).statusCode, 404)
  const cleared = await service.json('PUT', '/api/auth/profile', { ...profile, picture: null }, ada.token)
  assert.equal(cleared.body.user.picture, null)
  assert.equal((await service.json('GET', next.body.avatar_url, undefined, ada.token)).status, 404)
})

test('a profile takes texts as they are, and only web addresses', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  await signUp(service, 'bob')
  const put = (fields: object) =>
    service.json('PUT', '/api/auth/profile', { name: 'Ada', email: ada.email, ...fields }, ada.token)
  for (const name of ['Zoë 😀', '<b>"\'; DROP TABLE users; --', '\u202Eevil', 'a\tb', 'ＡＢＣ', 'null', '1e400']) {
    const { status, body } = await put({ name, description: name, picture: 'https://example.org/me.png' })
    assert.deepEqual([status, body.user?.name, body.user?.description], [200, name, name])
  }
  const canonical = await put({ name: 'a\0b\r\nc\ud800', description: '\ufeffx' })
  assert.deepEqual([canonical.body.user.name, canonical.body.user.description], ['ab\nc\ufffd', 'x'])
  for (const picture of [
    'javascript:alert(1)',
    'data:image/png;base64,AA',
    '/etc/passwd',
    'file:///x',
    'nonsense',
    7,
  ]) {
    assert.equal((await put({ picture })).status, 422, String(picture))
  }
  assert.deepEqual([(await put({ email: 'bob@example.org' })).body.code], ['email_taken'])
  assert.equal((await put({ email: '' })).status, 409)
  assert.equal((await put({ email: 'Ada2@example.org' })).body.user.email, 'ada2@example.org')
  await logIn(service, { ...ada, email: 'ada2@example.org' })
})

test('a system prompt is each user’s own', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const path = '/api/v1/settings/system-prompt'
  const get = async (person: Person) => (await service.json('GET', path, undefined, person.token)).body
  assert.deepEqual(await get(ada), {
    system_prompt: '',
    updated_at: null,
    has_custom_prompt: false,
    character_count: 0,
  })
  const put = (system_prompt: unknown) => service.json('PUT', path, { system_prompt }, ada.token)
  const { status, body } = await put('Be\0 brief.\r\n')
  assert.equal(status, 200)
  assert.deepEqual([body.system_prompt, body.character_count], ['Be brief.\n', 10])
  assert.deepEqual(await get(ada), {
    system_prompt: 'Be brief.\n',
    updated_at: body.updated_at,
    has_custom_prompt: true,
    character_count: 10,
  })
  assert.equal((await get(bob)).has_custom_prompt, false)
  assert.equal((await put('x'.repeat(2000))).status, 200)
  for (const wrong of ['x'.repeat(2001), '', ' \n', null, 7, ['x']]) assert.equal((await put(wrong)).status, 422)
  assert.equal((await service.json('DELETE', path, undefined, bob.token)).status, 200)
  assert.equal((await get(ada)).character_count, 2000)
  assert.equal((await service.json('DELETE', path, undefined, ada.token)).status, 200)
  assert.equal((await get(ada)).has_custom_prompt, false)
})

test('what a user asked is kept for the user, newest first', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  await service.upload('heron.txt', 'The heron waits in the reeds.', {}, bob.token)
  for (const question of ['Where does the heron wait?', 'Who are you\0?']) {
    assert.equal((await service.json('POST', '/api/v1/ask', { question }, bob.token)).status, 200)
  }
  const path = `/api/v1/users/${bob.id}/chat-history`
  const { body } = await service.json('GET', `${path}?limit=1`, undefined, bob.token)
  assert.deepEqual([body.user_id, body.total_entries, body.limit, body.chat_history.length], [bob.id, 2, 1, 1])
  assert.equal(body.chat_history[0].question, 'Who are you?')
  const older = (await service.json('GET', `${path}?offset=1`, undefined, ada.token)).body.chat_history[0]
  assert.deepEqual(Object.keys(older).sort(), [
    'answer',
    'chat_id',
    'confidence',
    'processing_time',
    'question',
    'reasoning',
    'session_id',
    'sources_used',
    'timestamp',
  ])
  assert.match(older.answer, /heron/)
  assert.equal(older.sources_used.length, 1)
  assert.equal(typeof older.session_id, 'string')
})

test('an administrator acts for a user whom he names, and nobody else does', async (t) => {
  const service = await startWithAccounts(t)
  const ada = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const cy = await signUp(service, 'cy')
  const { body: made } = await service.upload('heron.txt', 'The heron waits in the reeds.', {}, bob.token)
  const path = `/api/v1/documents/${made.document_id}`
  const of = `user_id=${bob.id}`
  const reading = [
    ['GET', `/api/v1/documents?${of}`],
    ['GET', `${path}/content?${of}`],
    ['GET', `/api/v1/jobs?${of}`],
    ['GET', `/api/v1/jobs/${made.job_id}?${of}`],
    ['POST', `/api/v1/search?${of}`, { query: 'heron reeds' }],
    ['PATCH', `${path}?${of}`, { summary: 'A bird.' }],
  ] as const
  for (const [method, url, body] of reading) {
    const call = (token: string, address: string = url) => service.json(method, address, body, token)
    assert.equal((await call(ada.token)).status, 200, url)
    assert.equal((await call(bob.token)).status, 200, url)
    for (const address of [url, url.replace(bob.id, 'nobody')]) {
      const { status, body: problem } = await call(cy.token, address)
      assert.deepEqual([status, problem.code], [403, 'forbidden'], url)
    }
  }
  // Without a name an administrator has his own things only.
  const own = async (url: string) => (await service.json('GET', url, undefined, ada.token)).body.total
  assert.deepEqual([await own('/api/v1/documents'), await own(`/api/v1/documents?${of}`)], [0, 1])
  assert.equal((await service.json('GET', `${path}/content`, undefined, ada.token)).status, 404)
  assert.equal((await service.json('DELETE', path, undefined, ada.token)).status, 404)
  assert.equal((await service.json('DELETE', `${path}?${of}`, undefined, ada.token)).status, 200)
  assert.equal((await service.json('GET', '/api/v1/documents', undefined, bob.token)).body.total, 0)
})
