import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { UserId } from '../core/ids.ts'
import { type Caller, ownerOf } from './access.ts'
import { recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { z } from 'zod'
import { userId } from './user-ids.ts'

const caller = (fields: Partial<Caller>): Caller => ({
  userId: 'someone' as UserId,
  role: 'user',
  via: 'session',
  scope: 'write',
  ...fields,
})

const CALLERS: Readonly<Record<string, Caller>> = {
  local: caller({ role: 'admin', via: 'local', scope: 'admin' }),
  admin: caller({ role: 'admin', scope: 'admin' }),
  user: caller({}),
  'admin-token': caller({ role: 'admin', via: 'token', scope: 'admin' }),
  'write-token-of-admin': caller({ role: 'admin', via: 'token', scope: 'write' }),
  'write-token': caller({ via: 'token', scope: 'write' }),
  'read-token': caller({ via: 'token', scope: 'read' }),
}

async function start(t: TestContext) {
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: false,
    authenticate: (token) => (token === undefined ? undefined : CALLERS[token]),
  })
  t.after(() => app.close())
  app.get('/read', { config: { access: 'user' } }, async () => 'done')
  app.post('/write', { config: { access: 'user' } }, async () => 'done')
  app.post('/search', { config: { access: 'user', scope: 'read' } }, async () => 'done')
  app.get('/admin', { config: { access: 'admin' } }, async () => 'done')
  app.get('/tokens', { config: { access: 'user', session: true } }, async () => 'done')
  app.get(
    '/owner',
    { config: { access: 'user' }, schema: { querystring: z.object({ user_id: userId.optional() }) } },
    async (request) => ({ owner: ownerOf(request, request.query.user_id) }),
  )
  return async (who: string, method: 'GET' | 'POST', url: string) => {
    const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${who}` } })
    return { status: answer.statusCode, body: answer.body }
  }
}

test('a token reaches as far as its scope, and never where a log-in is asked for', async (t) => {
  const ask = await start(t)
  const table: Record<string, [number, number, number, number, number]> = {
    //                       read write search admin tokens
    local: [200, 200, 200, 200, 200],
    admin: [200, 200, 200, 200, 200],
    user: [200, 200, 200, 403, 200],
    'admin-token': [200, 200, 200, 200, 403],
    'write-token-of-admin': [200, 200, 200, 403, 403],
    'write-token': [200, 200, 200, 403, 403],
    'read-token': [200, 403, 200, 403, 403],
    nobody: [401, 401, 401, 401, 401],
  }
  for (const [who, expected] of Object.entries(table)) {
    const statuses = [
      (await ask(who, 'GET', '/read')).status,
      (await ask(who, 'POST', '/write')).status,
      (await ask(who, 'POST', '/search')).status,
      (await ask(who, 'GET', '/admin')).status,
      (await ask(who, 'GET', '/tokens')).status,
    ]
    assert.deepEqual(statuses, expected, who)
  }
})

test('only an administrator names another user', async (t) => {
  const ask = await start(t)
  for (const who of Object.keys(CALLERS)) {
    const own = await ask(who, 'GET', '/owner')
    assert.deepEqual([own.status, own.body], [200, '{"owner":"someone"}'], who)
    assert.deepEqual(await ask(who, 'GET', '/owner?user_id=someone'), own, who)
    const other = await ask(who, 'GET', '/owner?user_id=other')
    const may = ['local', 'admin', 'admin-token'].includes(who)
    assert.equal(other.status, may ? 200 : 403, who)
    if (may) assert.equal(other.body, '{"owner":"other"}')
  }
  assert.equal((await ask('user', 'GET', '/owner?user_id=')).status, 422)
  assert.equal((await ask('user', 'GET', `/owner?user_id=${'x'.repeat(65)}`)).status, 422)
})

test('who may no longer do it when the body is there may not, whenever the headers came', async (t) => {
  let now: Caller | undefined = CALLERS.admin
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode: false,
    authenticate: () => now,
  })
  t.after(() => app.close())
  const done: string[] = []
  const route = async (request: { url: string }) => void done.push(request.url)
  app.post('/admin', { config: { access: 'admin' } }, route)
  app.post('/tokens', { config: { access: 'user', session: true } }, route)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const asked = new Set<string>()
  app.server.on('request', (request: { url: string }) => asked.add(request.url))

  for (const [path, later, status] of [
    ['/admin', CALLERS.admin, 200],
    ['/admin', CALLERS.user, 403],
    ['/admin', undefined, 401],
    ['/tokens', CALLERS['write-token'], 403],
    ['/tokens', undefined, 401],
  ] as const) {
    now = CALLERS.admin
    const name = `${path}?${status}`
    const body = async function* () {
      yield Buffer.from('{')
      // The headers have been read by then, and who sent them is known.
      while (!asked.has(name)) await new Promise(setImmediate)
      await new Promise(setImmediate)
      now = later
      yield Buffer.from('}')
    }
    const answer = await fetch(`${url}${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: body(),
      duplex: 'half',
    })
    assert.equal(answer.status, status, name)
    await answer.arrayBuffer()
  }
  assert.deepEqual(done, ['/admin?200'])
})
