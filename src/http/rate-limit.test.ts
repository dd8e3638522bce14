import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { memory } from '../adapters/shared-state/memory/adapter.ts'
import { createRateLimiter } from '../adapters/shared-state/rate-limiter.ts'
import type { UserId } from '../core/ids.ts'
import { type Caller, localAdministrator } from './access.ts'
import { recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { networkOf } from './rate-limit.ts'

const caller = (name: string, via: Caller['via'] = 'session'): Caller => ({
  userId: name as UserId,
  role: 'user',
  via,
  scope: 'write',
})

/** Tokens: `ann`, `ann-token` (another way of the same person), `bob`, `local`. */
const CALLERS: Readonly<Record<string, Caller>> = {
  ann: caller('ann'),
  'ann-token': caller('ann', 'token'),
  bob: caller('bob'),
  local: { ...caller('local', 'local'), role: 'admin', scope: 'admin' },
}

async function start(t: TestContext, { requests = 3, openMode = false } = {}) {
  const local = localAdministrator('cli')
  const app = await createApp({
    settings: SETTINGS,
    logger: recorder(),
    openMode,
    authenticate: openMode ? local : (token) => (token === undefined ? undefined : CALLERS[token]),
    rateLimiter: requests === 0 ? undefined : createRateLimiter(memory.create(), { requests, window: 60_000 }),
  })
  t.after(() => app.close())
  app.get('/mine', { config: { access: 'user' } }, async () => 'done')
  app.get('/admin', { config: { access: 'admin' } }, async () => 'done')
  app.get('/public', { config: { access: 'public' } }, async () => 'done')
  app.get('/probe', { config: { access: 'public', unmetered: true } }, async () => 'done')
  return async (url: string, token?: string, headers: Record<string, string> = {}, remoteAddress = '203.0.113.7') => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const host = openMode ? { host: '127.0.0.1' } : {}
    const answer = await app.inject({ url, headers: { ...host, ...authorization, ...headers }, remoteAddress })
    return { status: answer.statusCode, headers: answer.headers, body: answer.body }
  }
}

test('each caller has one allowance, however they show who they are, and is told what is left of it', async (t) => {
  const ask = await start(t)
  const first = await ask('/mine', 'ann')
  assert.deepEqual([first.headers['ratelimit-limit'], first.headers['ratelimit-remaining']], ['3', '2'])
  assert.ok(Number(first.headers['ratelimit-reset']) <= 60)
  // What is refused counts too.
  assert.equal((await ask('/admin', 'ann-token')).status, 403)
  assert.equal((await ask('/mine', 'ann', {}, '203.0.113.8')).status, 200)
  const refused = await ask('/mine', 'ann-token')
  assert.equal(refused.status, 429)
  assert.match(refused.body, /"code":"too_many_requests"/)
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(seconds >= 1 && seconds <= 60)
  assert.equal(refused.headers['ratelimit-remaining'], '0')
  assert.equal((await ask('/mine', 'bob')).status, 200)
})

test('what a client says of itself in other headers changes nothing', async (t) => {
  const ask = await start(t)
  const disguises = [
    { 'x-api-key': 'a' },
    { 'x-api-key': 'b', 'x-forwarded-for': '198.51.100.1' },
    { forwarded: 'for=198.51.100.2', 'x-real-ip': '198.51.100.3', 'cf-connecting-ip': '198.51.100.4' },
  ]
  for (const headers of disguises) assert.equal((await ask('/public', undefined, headers)).status, 200)
  for (const headers of disguises) {
    assert.equal((await ask('/public', undefined, headers)).status, 429)
    assert.equal((await ask('/mine', 'guess', headers)).status, 429)
  }
})

test('those who are nobody share the allowance of their address, and take none of a caller behind it', async (t) => {
  const ask = await start(t)
  assert.equal((await ask('/mine', 'guess-1')).status, 401)
  assert.equal((await ask('/mine')).status, 401)
  assert.equal((await ask('/nowhere')).status, 404)
  for (const [path, token] of [['/mine', 'guess-2'], ['/public'], ['/nowhere']] as const) {
    assert.equal((await ask(path, token)).status, 429)
  }
  assert.equal((await ask('/mine', 'ann')).status, 200)
  assert.equal((await ask('/public', undefined, {}, '203.0.113.8')).status, 200)
})

test('probes and the local administrator have no limit, nor has anybody where it is off', async (t) => {
  const ask = await start(t)
  for (let i = 0; i < 5; i++) {
    assert.equal((await ask('/probe')).status, 200)
    const local = await ask('/mine', 'local')
    assert.deepEqual([local.status, local.headers['ratelimit-limit']], [200, undefined])
  }
  const open = await start(t, { openMode: true })
  for (let i = 0; i < 5; i++) {
    assert.equal((await open('/mine', undefined, {}, '127.0.0.1')).status, 200)
    assert.equal((await open('/public', undefined, {}, '127.0.0.1')).status, 200)
    assert.equal((await open('/mine', 'cli', {}, '127.0.0.1')).status, 200)
  }
  const guesses: number[] = []
  for (let i = 0; i < 5; i++) guesses.push((await open('/mine', 'guess', {}, '127.0.0.1')).status)
  assert.deepEqual(guesses, [401, 401, 401, 429, 429])
  const off = await start(t, { requests: 0 })
  for (let i = 0; i < 5; i++) assert.equal((await off('/mine', 'ann')).status, 200)
})

test('a window ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'] })
  const limiter = createRateLimiter(memory.create(), { requests: 1, window: 60_000 })
  assert.equal((await limiter.take('a')).allowed, true)
  t.mock.timers.tick(59_000)
  assert.deepEqual(await limiter.take('a'), { allowed: false, limit: 1, remaining: 0, resetMs: 1000 })
  t.mock.timers.tick(1000)
  assert.equal((await limiter.take('a')).allowed, true)
})

test('an IPv6 network counts as one address, and an IPv4 address is one however it is written', () => {
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:2:ffff:ffff:ffff:ffff'))
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'))
  assert.equal(networkOf('::ffff:203.0.113.7'), networkOf('203.0.113.7'))
})
