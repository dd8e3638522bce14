import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { startService, type Json, type ServiceOptions, type TestService } from './service.ts'

export const PASSWORD = 'correct horse battery'

export interface Person {
  readonly id: string
  readonly token: string
  readonly email: string
  readonly role: string
}

/** A service that asks everybody to log in. */
export const startWithAccounts = (t: TestContext, options: ServiceOptions = {}): Promise<TestService> =>
  startService(t, { ...options, env: { AUTH_MODE: 'required', RATE_LIMIT_REQUESTS: '0', ...options.env } })

/** On a new service the first one is the administrator. */
export async function signUp(service: TestService, name: string, password = PASSWORD): Promise<Person> {
  const email = `${name}@example.org`
  const { status, body } = await service.json('POST', '/api/auth/signup', { name, email, password })
  assert.equal(status, 200, JSON.stringify(body))
  return { id: body.user_id, token: body.access_token, email, role: body.role }
}

export async function logIn(service: TestService, { email }: Person, password = PASSWORD): Promise<string> {
  const { status, body } = await service.json('POST', '/api/auth/login', { email, password })
  assert.equal(status, 200, JSON.stringify(body))
  return body.access_token
}

export async function makeToken(service: TestService, token: string, fields: object): Promise<Json> {
  const { status, body } = await service.json('POST', '/api/auth/tokens', { name: 'a token', ...fields }, token)
  assert.equal(status, 200, JSON.stringify(body))
  return body
}

/** The status of "who am I" for this token. */
export const statusOf = async (service: TestService, token: string | undefined): Promise<number> =>
  (await service.json('GET', '/api/auth/me', undefined, token)).status
