import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PASSWORD, signUp, startWithAccounts as required } from './people.ts'
import { CLI_TOKEN, startService } from './service.ts'

test('the first sign-up of this machine is the administrator, and the next ones are not', async (t) => {
  const service = await required(t)
  const first = await service.json('POST', '/api/auth/signup', {
    name: ' Ada ',
    email: 'Ada@Example.ORG',
    password: PASSWORD,
  })
  assert.equal(first.status, 200)
  const { access_token: token, user_id: id, created_at: at, ...rest } = first.body
  assert.equal(typeof token, 'string')
  assert.match(at, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.deepEqual(rest, {
    token_type: 'bearer',
    name: 'Ada',
    email: 'ada@example.org',
    expires_in: 2_592_000,
    role: 'admin',
  })
  const me = await service.json('GET', '/api/auth/me', undefined, token)
  assert.deepEqual(Object.keys(me.body).sort(), [
    'createdAt',
    'description',
    'email',
    'lastActive',
    'name',
    'picture',
    'preferences',
    'role',
    'user_id',
  ])
  assert.equal(me.body.user_id, id)
  assert.equal((await signUp(service, 'bob')).role, 'user')

  const again = await service.json('POST', '/api/auth/signup', {
    name: 'x',
    email: 'ADA@example.org',
    password: PASSWORD,
  })
  assert.deepEqual([again.status, again.body.code], [400, 'email_taken'])
})

test('two first sign-ups at once make one administrator', async (t) => {
  const service = await required(t)
  const people = await Promise.all(['a', 'b', 'c', 'd'].map((name) => signUp(service, name)))
  assert.deepEqual(people.map(({ role }) => role).sort(), ['admin', 'user', 'user', 'user'])
})

test('what is no name, address or password is refused by its field', async (t) => {
  const service = await required(t)
  const good = { name: 'Ada', email: 'ada@example.org', password: PASSWORD }
  const bad: [string, object][] = [
    ['body.password', { password: 'seven77' }],
    ['body.password', { password: 'é'.repeat(37) }],
    ['body.password', { password: 'good but \ud800 broken' }],
    ['body.password', { password: 12345678 }],
    ['body.email', { email: 'nobody' }],
    ['body.email', { email: 'a@b' }],
    ['body.email', { email: 'a b@example.org' }],
    ['body.email', { email: `${'a'.repeat(250)}@example.org` }],
    ['body.email', { email: 'ada@example.org\nbcc: x@example.org' }],
    ['body.name', { name: ' \t ' }],
    ['body.name', { name: 'x'.repeat(201) }],
    ['body.name', { name: null }],
    ['body.description', { description: 'x'.repeat(2001) }],
  ]
  for (const [path, wrong] of bad) {
    const { status, body } = await service.json('POST', '/api/auth/signup', { ...good, ...wrong })
    assert.deepEqual([status, body.errors?.[0]?.path], [422, path], JSON.stringify(wrong))
  }
  // 72 bytes and eight characters are the bounds themselves.
  for (const [name, password] of [
    ['long', 'é'.repeat(36)],
    ['short', '日本語日本語日本'],
  ] as const) {
    await signUp(service, name, password)
    const login = await service.json('POST', '/api/auth/login', { email: `${name}@example.org`, password })
    assert.equal(login.status, 200)
  }
})

test('who comes by a proxy or from a page of elsewhere is not the first administrator of this machine', async (t) => {
  const service = await required(t, { env: { CORS_ORIGINS: '*' } })
  const person = { name: 'Eve', email: 'eve@example.org', password: PASSWORD }
  const local = { host: '127.0.0.1:8000' }
  for (const headers of [
    { ...local, 'x-forwarded-for': '203.0.113.9' },
    { ...local, origin: 'https://evil.example' },
    { host: 'rebound.example:8000' },
  ]) {
    const refused = await service.app.inject({ method: 'POST', url: '/api/auth/signup', headers, payload: person })
    assert.deepEqual([refused.statusCode, refused.json().code], [403, 'signup_closed'], JSON.stringify(headers))
  }
  assert.equal((await signUp(service, 'ada')).role, 'admin')
  const headers = { ...local, 'x-forwarded-for': '203.0.113.9' }
  const later = await service.app.inject({ method: 'POST', url: '/api/auth/signup', headers, payload: person })
  assert.deepEqual([later.statusCode, later.json().role], [200, 'user'])
})

test('a password is the same however its keyboard writes it', async (t) => {
  const service = await required(t)
  await signUp(service, 'ada', 'caf\u00e9 au lait')
  const login = { email: ' ADA@example.org ', password: 'cafe\u0301 au lait' }
  assert.equal((await service.json('POST', '/api/auth/login', login)).status, 200)
})

test('sign-up on another address than this machine’s is closed until there is an administrator', async (t) => {
  const service = await required(t, { env: { HOST: '0.0.0.0' } })
  const person = { name: 'Ada', email: 'ada@example.org', password: PASSWORD }
  for (const given of [{}, { setup_token: 'guess' }, { setup_token: '' }]) {
    const { status, body } = await service.json('POST', '/api/auth/signup', { ...person, ...given })
    assert.deepEqual([status, body.code], [403, 'signup_closed'])
  }
  const setup_token = await service.setupToken()
  const made = await service.json('POST', '/api/auth/signup', { ...person, setup_token })
  assert.deepEqual([made.status, made.body.role], [200, 'admin'])
  assert.equal(await service.setupToken(), undefined)
  const late = await service.json('POST', '/api/auth/signup', { ...person, email: 'eve@example.org', setup_token })
  assert.deepEqual([late.status, late.body.role], [200, 'user'])
  assert.ok(!JSON.stringify(service.lines).includes(setup_token ?? '?'))
})

test('the first administrator takes over what was made without accounts, and finds it at once', async (t) => {
  const open = await startService(t, { unmanaged: true })
  const made = await open.upload('lark.txt', 'The lark sings above the meadow at dawn.')
  assert.equal(made.status, 200)
  await open.json('PUT', '/api/v1/settings/system-prompt', { system_prompt: 'Be brief.' })
  await open.json('POST', '/api/v1/ask', { question: 'When does the lark sing?' })
  await open.close()

  const service = await required(t, { folder: open.folder })
  // The command line keeps working: what it adds before there is an administrator is taken over too.
  const early = await service.upload('owl.txt', 'The owl hunts at midnight.', {}, CLI_TOKEN)
  assert.equal(early.status, 200)
  const ada = await signUp(service, 'ada')
  const search = async (query: string, token: string) => {
    const { body } = await service.json('POST', '/api/v1/search', { query }, token)
    return (body.results as { document_id: string }[]).map((result) => result.document_id)
  }
  assert.equal((await search('lark meadow', ada.token))[0], made.body.document_id)
  assert.equal((await search('owl midnight', ada.token))[0], early.body.document_id)
  const jobs = await service.json('GET', '/api/v1/jobs', undefined, ada.token)
  assert.equal(jobs.body.total, 2)
  const history = await service.json('GET', `/api/v1/users/${ada.id}/chat-history`, undefined, ada.token)
  assert.equal(history.body.total_entries, 1)
  const prompt = await service.json('GET', '/api/v1/settings/system-prompt', undefined, ada.token)
  assert.equal(prompt.body.system_prompt, 'Be brief.')

  // Nothing of it is anybody else's, and the command line is the administrator now.
  const bob = await signUp(service, 'bob')
  assert.deepEqual(await search('lark meadow', bob.token), [])
  assert.equal((await service.json('GET', '/api/auth/me', undefined, CLI_TOKEN)).body.user_id, ada.id)
  assert.equal((await search('lark meadow', CLI_TOKEN))[0], made.body.document_id)
})

test('an administrator made in open mode takes over at the start that asks for accounts', async (t) => {
  const open = await startService(t, { unmanaged: true })
  const own = await open.upload('lark.txt', 'The lark sings above the meadow.')
  const person = { name: 'Ada', email: 'ada@example.org', password: PASSWORD, role: 'admin' }
  assert.equal((await open.json('POST', '/api/users', person)).status, 200)
  const login = await open.json('POST', '/api/auth/login', { email: person.email, password: PASSWORD })
  const ada = login.body.access_token as string
  // The same bytes are there twice, once for each: both stay.
  const same = await open.upload('lark.txt', 'The lark sings above the meadow.', {}, ada)
  assert.notEqual(same.body.document_id, own.body.document_id)
  assert.equal((await open.json('GET', '/api/v1/documents')).body.total, 1)
  await open.close()

  const service = await required(t, { folder: open.folder })
  assert.equal((await service.json('GET', '/api/v1/documents', undefined, ada)).body.total, 2)
  const again = await service.upload('lark.txt', 'The lark sings above the meadow.', {}, ada)
  assert.equal(again.body.document_id, same.body.document_id)
})
