import assert from 'node:assert/strict'
import { type Call, type Contract } from './contract-caller.ts'
import * as common from './contract-shapes.ts'
import * as shapes from './contract-shapes-people.ts'
import { PASSWORD } from './people.ts'
import { type Json } from './service.ts'

export async function diagnostics(contract: Contract): Promise<void> {
  const { ok, call, fails, bob } = contract
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
}

export async function accounts(contract: Contract): Promise<void> {
  const { ok, call, fails } = contract
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
  await ok('PUT /api/auth/change-password', common.message, { body: passwords, token })
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
  assert.equal((await call('DELETE /api/auth/tokens/{id}', { path: { id: apiToken.id }, token: last })).statusCode, 200)
  await fails('GET /api/auth/me', 401, 'unauthorized', { token: apiToken.token })

  assert.equal((await call('POST /api/auth/logout', { token: last })).statusCode, 200)
  await fails('GET /api/auth/me', 401, 'unauthorized', { token: last })
}

export async function administration(contract: Contract): Promise<void> {
  const { ok, call, fails, bob } = contract
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
}

const avatarCall = async (bytes: Uint8Array<ArrayBuffer> | string, token: string): Promise<Call> => {
  const form = new FormData()
  form.set('file', new Blob([bytes]), 'me.png')
  const encoded = new Response(form)
  const body = Buffer.from(await encoded.arrayBuffer())
  return { body, headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, token }
}
