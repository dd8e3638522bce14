import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignJWT, UnsecuredJWT } from 'jose'
import { PASSWORD, logIn, makeToken, signUp, startWithAccounts, statusOf } from './people.ts'
import { CLI_TOKEN, startService, type TestService } from './service.ts'

const SECRET = 'a secret of at least thirty-two characters'
const seconds = () => Math.floor(Date.now() / 1000)

interface Forged {
  readonly secret?: string
  readonly algorithm?: string
  readonly claims?: Record<string, unknown>
  readonly issuer?: string
  readonly audience?: string
  readonly expires?: number
}

const forge = (user: string, { secret = SECRET, algorithm = 'HS256', ...fields }: Forged = {}) =>
  new SignJWT({ gen: 0, jti: 'forged', ...fields.claims })
    .setProtectedHeader({ alg: algorithm })
    .setSubject(user)
    .setIssuer(fields.issuer ?? 'evident')
    .setAudience(fields.audience ?? 'evident-api')
    .setIssuedAt()
    .setExpirationTime(fields.expires ?? seconds() + 60)
    .sign(new TextEncoder().encode(secret))

test('only a token that this server signed, in its one way and for now, is somebody’s', async (t) => {
  const service = await startWithAccounts(t, { env: { JWT_SECRET_KEY: SECRET } })
  const { id, token } = await signUp(service, 'ada')
  assert.equal(await statusOf(service, token), 200)
  assert.equal(await statusOf(service, await forge(id)), 200, 'the forge makes good tokens')

  const [head = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const bad: Record<string, string> = {
    'no token at all': '',
    'alg none': new UnsecuredJWT({ gen: 0, jti: 'x' })
      .setSubject(id)
      .setIssuer('evident')
      .setAudience('evident-api')
      .setExpirationTime(seconds() + 60)
      .encode(),
    'alg none with the signature': `${encode({ alg: 'none' })}.${payload}.${signature}`,
    'alg NoNe': `${encode({ alg: 'NoNe' })}.${payload}.`,
    'another algorithm': await forge(id, { algorithm: 'HS512' }),
    'another key': await forge(id, { secret: 'another secret of thirty-two characters' }),
    'an empty signature': `${head}.${payload}.`,
    'a changed payload': `${head}.${encode({ ...claims, sub: 'local' })}.${signature}`,
    'a changed signature': `${head}.${payload}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
    expired: await forge(id, { expires: seconds() - 1 }),
    'another issuer': await forge(id, { issuer: 'elsewhere' }),
    'another audience': await forge(id, { audience: 'elsewhere' }),
    'of a later generation': await forge(id, { claims: { gen: 1 } }),
    'without a generation': await forge(id, { claims: { gen: undefined } }),
    'without an id': await forge(id, { claims: { jti: undefined } }),
    'of nobody': await forge('nobody'),
    'of the local user': await forge('local'),
    'of a name with NUL': await forge('a\0b'),
    'no JWT': 'abc',
    'an API token that nobody has': `evt_${'x'.repeat(43)}`,
    'half the command line’s': CLI_TOKEN.slice(0, -1),
  }
  for (const [what, forged] of Object.entries(bad)) assert.equal(await statusOf(service, forged), 401, what)
})

test('nothing but the Authorization header says who somebody is', async (t) => {
  const service = await startWithAccounts(t)
  const { id, token } = await signUp(service, 'ada')
  const { token: key } = await makeToken(service, token, { scope: 'admin' })
  const headers: Record<string, string>[] = [
    { 'x-api-key': key },
    { 'x-auth-token': token },
    { cookie: `access_token=${token}; token=${token}` },
    { authorization: `Token ${token}` },
    { authorization: `Basic ${Buffer.from(`ada:${PASSWORD}`).toString('base64')}` },
    { authorization: token },
    { 'proxy-authorization': `Bearer ${token}` },
    { 'x-user-id': id, 'x-forwarded-user': id },
    { 'x-forwarded-for': '127.0.0.1', host: 'localhost' },
  ]
  for (const sent of headers) {
    const answer = await service.app.inject({ url: `/api/auth/me?token=${token}&access_token=${token}`, headers: sent })
    assert.equal(answer.statusCode, 401, JSON.stringify(sent))
    assert.equal(answer.headers['www-authenticate'], 'Bearer')
  }
})

test('a session ends when its person logs out, changes the password, is suspended or deleted', async (t) => {
  const service = await startWithAccounts(t)
  const admin = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const other = await logIn(service, bob)

  const out = await service.json('POST', '/api/auth/logout', undefined, bob.token)
  assert.equal(out.status, 200)
  assert.deepEqual([await statusOf(service, bob.token), await statusOf(service, other)], [401, 200])
  assert.equal((await service.json('POST', '/api/auth/logout', undefined, bob.token)).status, 401)

  const { token: key } = await makeToken(service, other, { scope: 'write' })
  const wrong = { currentPassword: 'not this one', newPassword: 'a new password' }
  const refused = await service.json('PUT', '/api/auth/change-password', wrong, other)
  assert.deepEqual([refused.status, refused.body.code], [400, 'wrong_password'])
  assert.equal(await statusOf(service, other), 200)
  const changed = await service.json(
    'PUT',
    '/api/auth/change-password',
    { currentPassword: PASSWORD, newPassword: 'a new password' },
    other,
  )
  assert.equal(changed.status, 200)
  const newest = changed.body.access_token as string
  const statuses = await Promise.all([other, key, newest].map((token) => statusOf(service, token)))
  assert.deepEqual(statuses, [401, 401, 200])
  assert.equal((await service.json('POST', '/api/auth/login', { email: bob.email, password: PASSWORD })).status, 401)
  await logIn(service, bob, 'a new password')

  const suspend = (disabled: boolean) => service.json('PATCH', `/api/users/${bob.id}`, { disabled }, admin.token)
  const { token: second } = await makeToken(service, newest, { scope: 'read' })
  assert.equal((await suspend(true)).body.disabled, true)
  assert.deepEqual([await statusOf(service, newest), await statusOf(service, second)], [401, 401])
  const login = await service.json('POST', '/api/auth/login', { email: bob.email, password: 'a new password' })
  assert.equal(login.status, 401)
  assert.equal((await suspend(false)).status, 200)
  // A named token is the person's until it is revoked; a session begins anew.
  assert.deepEqual([await statusOf(service, newest), await statusOf(service, second)], [401, 200])

  const last = await logIn(service, bob, 'a new password')
  assert.equal((await service.json('DELETE', `/api/users/${bob.id}`, undefined, admin.token)).status, 200)
  assert.deepEqual([await statusOf(service, last), await statusOf(service, second)], [401, 401])
})

test('a log-out outlives a restart, and a session too', async (t) => {
  const first = await startWithAccounts(t, { unmanaged: true })
  const ada = await signUp(first, 'ada')
  const kept = await logIn(first, ada)
  await first.json('POST', '/api/auth/logout', undefined, ada.token)
  await first.close()
  const again = await startWithAccounts(t, { folder: first.folder })
  assert.deepEqual([await statusOf(again, ada.token), await statusOf(again, kept)], [401, 200])
})

test('an API token reaches as far as its scope and its user', async (t) => {
  const service = await startWithAccounts(t)
  const admin = await signUp(service, 'ada')
  const bob = await signUp(service, 'bob')
  const tooMuch = await service.json('POST', '/api/auth/tokens', { name: 'x', scope: 'admin' }, bob.token)
  assert.deepEqual([tooMuch.status, tooMuch.body.code], [403, 'forbidden'])

  const made = await makeToken(service, bob.token, { name: 'script', scope: 'read' })
  assert.match(made.token, /^evt_[\w-]{43}$/)
  assert.equal(made.hint, made.token.slice(-4))
  const list = await service.json('GET', '/api/auth/tokens', undefined, bob.token)
  assert.deepEqual(Object.keys(list.body.tokens[0]).sort(), [
    'created_at',
    'expires_at',
    'hint',
    'id',
    'last_used_at',
    'name',
    'scope',
  ])
  assert.ok(!JSON.stringify(list.body).includes(made.token))

  const tries = (token: string) => [
    service.json('GET', '/api/v1/documents', undefined, token),
    service.json('POST', '/api/v1/search', { query: 'x' }, token),
    service.json('POST', '/api/v1/ask', { question: 'Who?' }, token),
    service.json('POST', '/api/documents', { title: 'x', content: 'Some text.' }, token),
    service.json('GET', '/api/users', undefined, token),
    service.json('GET', '/api/auth/tokens', undefined, token),
    service.json('PUT', '/api/auth/profile', { name: 'x', email: 'x@example.org' }, token),
    service.json('PUT', '/api/auth/change-password', { currentPassword: PASSWORD, newPassword: PASSWORD }, token),
    service.json('POST', '/api/auth/logout', undefined, token),
  ]
  const statuses = async (token: string) => (await Promise.all(tries(token))).map(({ status }) => status)
  assert.deepEqual(await statuses(made.token), [200, 200, 200, 403, 403, 403, 403, 403, 403])
  const write = await makeToken(service, bob.token, { scope: 'write' })
  assert.deepEqual(await statuses(write.token), [200, 200, 200, 200, 403, 403, 403, 403, 403])
  const all = await makeToken(service, admin.token, { scope: 'admin' })
  assert.deepEqual(await statuses(all.token), [200, 200, 200, 200, 200, 403, 403, 403, 403])

  // A token made by an administrator is no back door once there is no administrator behind it.
  await service.json('PATCH', `/api/users/${bob.id}`, { role: 'admin' }, admin.token)
  const demoted = await makeToken(service, bob.token, { scope: 'admin' })
  assert.equal((await service.json('GET', '/api/users', undefined, demoted.token)).status, 200)
  await service.json('PATCH', `/api/users/${bob.id}`, { role: 'user' }, admin.token)
  assert.equal((await service.json('GET', '/api/users', undefined, demoted.token)).status, 403)

  // Nobody else's, and gone when revoked.
  const path = `/api/auth/tokens/${made.id}`
  assert.equal((await service.json('DELETE', path, undefined, admin.token)).status, 404)
  assert.equal((await service.json('DELETE', '/api/auth/tokens/a%00b', undefined, bob.token)).status, 404)
  assert.deepEqual((await service.json('DELETE', path, undefined, bob.token)).body, { deleted: true, id: made.id })
  assert.equal(await statusOf(service, made.token), 401)
})

test('an API token ends in time, and says when it was last used', async (t) => {
  let now = new Date()
  const service = await startWithAccounts(t, { deps: { clock: { now: () => now } } })
  const ada = await signUp(service, 'ada')
  const { token } = await makeToken(service, ada.token, { expires_in_days: 1 })
  assert.equal(await statusOf(service, token), 200)
  const used = async () => (await service.json('GET', '/api/auth/tokens', undefined, ada.token)).body.tokens[0]
  for (let tries = 0; (await used()).last_used_at === null; tries++) assert.ok(tries < 1000)
  assert.equal((await used()).last_used_at, now.toISOString())
  now = new Date(now.getTime() + 86_400_000)
  assert.equal(await statusOf(service, token), 401)
  assert.equal(await statusOf(service, ada.token), 200)
  now = new Date(now.getTime() + 30 * 86_400_000)
  assert.equal(await statusOf(service, ada.token), 401)
})

test('in open mode a token is its user, a bad one is nobody, and none is the local administrator', async (t) => {
  const service = await startService(t)
  const who = async (token?: string) => {
    const { status, body } = await service.json('GET', '/api/auth/me', undefined, token)
    return [status, body.user_id, body.role]
  }
  assert.deepEqual(await who(), [200, 'local', 'admin'])
  assert.deepEqual(await who(CLI_TOKEN), [200, 'local', 'admin'])
  const bob = await signUp(service, 'bob')
  assert.deepEqual(await who(bob.token), [200, bob.id, 'user'])
  const { token } = await makeToken(service, bob.token, { scope: 'read' })
  assert.deepEqual(await who(token), [200, bob.id, 'user'])
  assert.equal((await service.json('GET', '/api/users', undefined, bob.token)).status, 403)
  assert.equal((await service.json('GET', '/api/users')).status, 200)
  assert.equal((await who('nonsense'))[0], 401)
  await service.json('POST', '/api/auth/logout', undefined, bob.token)
  assert.equal((await who(bob.token))[0], 401)
  const local = await service.json('POST', '/api/auth/logout')
  assert.deepEqual([local.status, (await who())[0]], [200, 200])
  for (const [path, body] of [
    ['change-password', { currentPassword: '', newPassword: PASSWORD }],
    ['profile', { name: 'me', email: 'me@example.org' }],
  ] as const) {
    assert.equal((await service.json('PUT', `/api/auth/${path}`, body)).status, 409, path)
  }
})

test('a token of the local user is nobody’s where there are accounts', async (t) => {
  const open: TestService = await startService(t, { unmanaged: true })
  const { body } = await open.json('POST', '/api/auth/tokens', { name: 'x', scope: 'admin' })
  assert.equal(await statusOf(open, body.token), 200)
  await open.close()
  const service = await startWithAccounts(t, { folder: open.folder })
  assert.equal(await statusOf(service, body.token), 401)
  assert.equal(await statusOf(service, undefined), 401)
})
