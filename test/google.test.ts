import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose'
import { PASSWORD, signUp, startWithAccounts } from './people.ts'
import type { TestService } from './service.ts'

const CLIENT = 'our-client.apps.googleusercontent.com'
const seconds = () => Math.floor(Date.now() / 1000)

/** A key set as Google serves it, on this machine. */
async function startGoogle(t: TestContext) {
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const key = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] })),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const keySet = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/certs`)
  return { keySet, privateKey, server, publicKey }
}

interface IdToken {
  readonly key?: CryptoKey | Uint8Array
  readonly algorithm?: string
  readonly kid?: string
  readonly claims?: Record<string, unknown>
}

const idToken = (privateKey: CryptoKey, { key = privateKey, algorithm = 'RS256', kid = 'one', claims }: IdToken = {}) =>
  new SignJWT({
    iss: 'https://accounts.google.com',
    aud: CLIENT,
    sub: '1234',
    email: 'Ada@Example.org',
    email_verified: true,
    name: 'Ada',
    picture: 'https://lh3.example.org/ada.png',
    iat: seconds(),
    exp: seconds() + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: algorithm, kid })
    .sign(key)

const signIn = (service: TestService, token: unknown) => service.json('POST', '/api/auth/google', { token })

test('a token of Google makes an account once, and is checked in every way', async (t) => {
  const { keySet, privateKey, publicKey } = await startGoogle(t)
  const service = await startWithAccounts(t, { env: { GOOGLE_CLIENT_ID: CLIENT }, deps: { googleKeys: keySet } })
  await signUp(service, 'admin')
  const first = await signIn(service, await idToken(privateKey))
  assert.equal(first.status, 200, JSON.stringify(first.body))
  const { user_id: id, email, name, role } = first.body
  assert.deepEqual({ email, name, role }, { email: 'ada@example.org', name: 'Ada', role: 'user' })
  // The person is known by Google's id, whatever the address is by then.
  const moved = { claims: { email: 'other@example.org', iss: 'accounts.google.com' } }
  const second = await signIn(service, await idToken(privateKey, moved))
  assert.deepEqual([second.body.user_id, second.body.email], [id, 'ada@example.org'])
  const me = await service.json('GET', '/api/auth/me', undefined, second.body.access_token)
  assert.equal(me.body.picture, 'https://lh3.example.org/ada.png')

  const stranger = await generateKeyPair('RS256')
  const good = await idToken(privateKey)
  const bad: Record<string, string> = {
    'another key': await idToken(privateKey, { key: stranger.privateKey }),
    'an unknown key': await idToken(privateKey, { kid: 'two' }),
    'the public key as a secret': await idToken(privateKey, {
      key: new TextEncoder().encode(JSON.stringify(await exportJWK(publicKey))),
      algorithm: 'HS256',
    }),
    'alg none': new UnsecuredJWT({ sub: '1234', email, email_verified: true })
      .setIssuer('https://accounts.google.com')
      .setAudience(CLIENT)
      .setIssuedAt()
      .setExpirationTime('1m')
      .encode(),
    'another audience': await idToken(privateKey, { claims: { aud: 'another-client' } }),
    'another issuer': await idToken(privateKey, { claims: { iss: 'https://accounts.example.org' } }),
    expired: await idToken(privateKey, { claims: { exp: seconds() - 1 } }),
    'without an end': await idToken(privateKey, { claims: { exp: undefined } }),
    'an address that is not verified': await idToken(privateKey, { claims: { email_verified: false } }),
    'verified as a word': await idToken(privateKey, { claims: { email_verified: 'true' } }),
    'no address': await idToken(privateKey, { claims: { email: undefined } }),
    tampered: good.replace(/\.[^.]+\./, `.${Buffer.from('{"sub":"1"}').toString('base64url')}.`),
    nonsense: 'nonsense',
    'one of ours': second.body.access_token,
  }
  for (const [what, token] of Object.entries(bad)) {
    const { status, body } = await signIn(service, token)
    assert.deepEqual([status, body.code], [401, 'unauthorized'], what)
  }
  for (const [body, status] of [
    [{}, 400],
    [{ token: '' }, 400],
    [undefined, 400],
    [{ token: 7 }, 422],
  ] as const) {
    assert.equal((await service.json('POST', '/api/auth/google', body)).status, status, JSON.stringify(body))
  }
})

test('an account with a password is not taken over by its address, one made without a password is', async (t) => {
  const { keySet, privateKey } = await startGoogle(t)
  const service = await startWithAccounts(t, { env: { GOOGLE_CLIENT_ID: CLIENT }, deps: { googleKeys: keySet } })
  const admin = await signUp(service, 'admin')
  await signUp(service, 'ada')
  const token = (sub: string, email: string) => idToken(privateKey, { claims: { sub, email } })
  assert.equal((await signIn(service, await token('1', 'ada@example.org'))).status, 409)

  const person = { name: 'Bob', email: 'bob@example.org' }
  const { body: made } = await service.json('POST', '/api/users', person, admin.token)
  const linked = await signIn(service, await token('2', 'bob@example.org'))
  assert.deepEqual([linked.status, linked.body.user_id], [200, made.user_id])
  // Another person of Google's with the same address is not the one who came first.
  assert.equal((await signIn(service, await token('3', 'bob@example.org'))).status, 409)

  await service.json('PATCH', `/api/users/${made.user_id}`, { disabled: true }, admin.token)
  assert.equal((await signIn(service, await token('2', 'bob@example.org'))).status, 401)
})

test('without a client id or without keys it says so, and the first person is no back door to the administrator', async (t) => {
  const plain = await startWithAccounts(t)
  const off = await signIn(plain, 'x')
  assert.deepEqual([off.status, off.body.code], [503, 'not_configured'])
  assert.match(off.body.detail, /GOOGLE_CLIENT_ID/)

  const { keySet, privateKey, server } = await startGoogle(t)
  const env = { GOOGLE_CLIENT_ID: CLIENT, HOST: '0.0.0.0' }
  const service = await startWithAccounts(t, { env, deps: { googleKeys: keySet } })
  const closed = await signIn(service, await idToken(privateKey))
  assert.deepEqual([closed.status, closed.body.code], [403, 'signup_closed'])

  server.close()
  server.closeAllConnections()
  const away = await startWithAccounts(t, { env, deps: { googleKeys: keySet } })
  const failed = await signIn(away, await idToken(privateKey))
  assert.deepEqual([failed.status, failed.body.code], [502, 'upstream_failed'])
  assert.ok(!JSON.stringify([service.lines, away.lines]).includes(PASSWORD))
})
