import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort, startServer } from '../scripts/drills/server.ts'
import { databaseSettings } from './chosen-database.ts'
import { type OpenApi, requestsWith } from './openapi-requests.ts'
import type { Json } from './service.ts'

/** Planted in the environment. */
const PLANTED = {
  JWT_SECRET_KEY: 'planted-signing-secret-0123456789abcdef',
  OPENAI_API_KEY: 'planted-provider-key-0123456789',
}
const PASSWORD = 'planted-password-one'
const NEW_PASSWORD = 'planted-password-two'

test('no secret is in a log line or an answer, at the most talkative level and when things fail', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-secrets-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const nobody = await freePort()
  const server = await startServer({
    dataDir,
    env: {
      ...PLANTED,
      ...(await databaseSettings(dataDir)),
      AUTH_MODE: 'required',
      LOG_LEVEL: 'debug',
      DEBUG: 'true',
      RATE_LIMIT_REQUESTS: '0',
      // Nobody answers there: each question fails, with the key in the request that failed.
      OPENAI_BASE_URL: `http://127.0.0.1:${nobody}/v1`,
      OPENAI_MODEL: 'a-model',
    },
  })
  t.after(() => server.stop())
  const answers: string[] = []
  const send = async (method: string, path: string, body?: unknown, token?: string): Promise<Json> => {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, headers: JSON.stringify([...response.headers]) }
  }
  const keep = ({ text, headers }: Json): void => void answers.push(text, headers)

  const account = { name: 'Ann', email: 'ann@example.org', password: PASSWORD }
  const session: string = JSON.parse((await send('POST', '/api/auth/signup', account)).text).access_token
  const made = await send('POST', '/api/auth/tokens', { name: 'a script', scope: 'admin' }, session)
  const apiToken: string = JSON.parse(made.text).token
  keep(await send('POST', '/api/auth/signup', account))
  keep(await send('POST', '/api/auth/login', { ...account, password: `${PASSWORD}-wrong` }))
  keep(await send('POST', '/api/auth/login', { email: account.email, password: { nested: PASSWORD } }))
  keep(await send('PUT', '/api/auth/change-password', { currentPassword: 'x', newPassword: NEW_PASSWORD }, session))
  keep(await send('GET', `/nowhere?token=${session}`, undefined, session))
  keep(await send('GET', '/api/v1/stats', undefined, `${session}x`))
  keep(await send('POST', '/api/documents', { title: 'A mill', content: 'The mill stands by the river.' }, session))
  keep(await send('POST', '/api/chat/ask', { question: 'Where does the mill stand?' }, session))
  keep(await send('POST', '/api/chat/ask/stream', { question: 'Where does the mill stand?' }, session))
  const document = JSON.parse((await send('GET', '/openapi.json')).text) as OpenApi
  for (const { method, url, body } of requestsWith(document, 'plain')) {
    if (url.startsWith('/api/auth/')) continue
    keep(await send(method, url, body, session))
  }
  for (const path of ['/__debug/sqlite', '/__debug/routes', '/health', '/api/auth/me', '/api/auth/tokens']) {
    keep(await send('GET', path, undefined, session))
  }

  const cliToken = (await readFile(join(dataDir, 'cli-token'), 'utf8')).trim()
  const secrets = [...Object.values(PLANTED), PASSWORD, NEW_PASSWORD, session, apiToken, cliToken]
  for (const secret of secrets) {
    assert.ok(typeof secret === 'string' && secret.length > 15)
    const line = server
      .output()
      .split('\n')
      .find((one) => one.includes(secret))
    assert.equal(line, undefined)
    assert.equal(
      answers.find((text) => text.includes(secret)),
      undefined,
    )
  }
  // They would have been seen: the log has the lines, and answers failed.
  assert.match(server.output(), /"path":"\/nowhere"/)
  assert.match(server.output(), /"level":20/)
})

test('a database that does not answer is named without its password', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-secrets-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const port = await freePort()
  const failed = startServer({
    dataDir,
    env: { DATABASE_URL: `postgres://ann:planted-database-password@127.0.0.1:${port}/evident`, LOG_LEVEL: 'debug' },
  })
  await assert.rejects(failed, (error: Error) => {
    assert.doesNotMatch(error.message, /planted/)
    assert.match(error.message, /127\.0\.0\.1/)
    return true
  })
})
