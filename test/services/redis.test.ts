import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, test, type TestContext } from 'node:test'
import { freePort } from '../../scripts/drills/server.ts'
import { startRedis } from '../../scripts/services/redis.ts'
import type { RunningService } from '../../scripts/services/running-service.ts'
import { redis } from '../../src/adapters/shared-state/redis/adapter.ts'
import type { SharedState } from '../../src/core/ports/shared-state.ts'
import { recorder } from '../../src/http/app.fixture.ts'
import { sharedStateConformance } from '../conformance/shared-state.ts'
import { quietLogger } from '../quiet-logger.ts'
import { eventually, startService } from '../service.ts'

const MINUTE = 60_000

let port: number
let server: RunningService
before(async () => {
  port = await freePort()
  server = await startRedis({ port })
})
after(() => server.stop())

const reached = (shared: SharedState): Promise<boolean> => eventually(shared.reached, (is) => is)
const away = (shared: SharedState): Promise<boolean> => eventually(shared.reached, (is) => !is)

sharedStateConformance({
  name: 'redis',
  supports: { sharing: true },
  async open(namespace) {
    const shared = redis.create({ url: `redis://127.0.0.1:${port}`, namespace }, { logger: quietLogger })
    await reached(shared)
    return shared
  },
})

/** A Redis of the test's own, which it may take down. */
async function ownRedis(t: TestContext, password?: string) {
  const at = await freePort()
  const start = (secret = password): Promise<RunningService> =>
    startRedis({ port: at, ...(secret === undefined ? {} : { password: secret }) })
  const own = { port: at, start, running: await start() }
  t.after(() => own.running.stop())
  return own
}

function opened(t: TestContext, url: string, { logger = recorder(), namespace = 'test' } = {}) {
  const shared = redis.create({ url, namespace }, { logger })
  t.after(() => shared.close())
  return { shared, lines: logger.lines }
}

/** Counts a key of its own again and again, each time when the last is counted, until told to stop. */
function counting(t: TestContext, shared: SharedState, key: string) {
  const counts: number[] = []
  const stopped = new AbortController()
  // Also where the test fails.
  t.after(() => stopped.abort())
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      counts.push((await shared.count(key, MINUTE)).count)
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  return {
    counts,
    async stop() {
      stopped.abort()
      await ended
      return counts
    },
  }
}

const gapless = (counts: readonly number[]): void =>
  assert.deepEqual(
    counts,
    counts.map((_, i) => i + 1),
  )

const more = (load: { readonly counts: readonly number[] }[]): Promise<unknown> => {
  const from = load.map(({ counts }) => counts.length)
  return eventually(
    async () => load.map(({ counts }) => counts.length),
    (now) => now.every((count, i) => count > (from[i] ?? 0) + 20),
  )
}

test('killed under load and started again empty, no count fails, is given twice or begins anew', async (t) => {
  const own = await ownRedis(t)
  const { shared, lines } = opened(t, `redis://127.0.0.1:${own.port}`)
  await reached(shared)
  const load = Array.from({ length: 8 }, (_, i) => counting(t, shared, `key-${i}`))
  for (let round = 0; round < 3; round += 1) {
    await more(load)
    await own.running.crash()
    await away(shared)
    await more(load)
    own.running = await own.start()
    await reached(shared)
  }
  await more(load)
  for (const each of load) gapless(await each.stop())
  // What it counted alone is in Redis again: another instance goes on from there.
  const { shared: other } = opened(t, `redis://127.0.0.1:${own.port}`)
  await reached(other)
  assert.equal((await other.count('key-0', MINUTE)).count, (load[0]?.counts.length ?? 0) + 1)
  const told = lines.filter(({ level }) => level === 'warn')
  assert.ok(told.length >= 3, 'each loss is told')
  assert.equal(lines.filter(({ message }) => message === 'Redis is connected').length, 4)
})

test('one that hangs is left alone, and is used again when it goes on', async (t) => {
  const own = await ownRedis(t)
  const { shared } = opened(t, `redis://127.0.0.1:${own.port}`)
  await reached(shared)
  const load = Array.from({ length: 8 }, (_, i) => counting(t, shared, `key-${i}`))
  await more(load)
  process.kill(own.running.pid, 'SIGSTOP')
  try {
    await away(shared)
    await more(load)
  } finally {
    process.kill(own.running.pid, 'SIGCONT')
  }
  await reached(shared)
  await more(load)
  for (const each of load) gapless(await each.stop())
})

test('messages come again after a loss, and what others write into the channel harms nobody', async (t) => {
  const own = await ownRedis(t)
  const url = `redis://127.0.0.1:${own.port}`
  const { shared: one } = opened(t, url)
  const { shared: other } = opened(t, url)
  const heard: string[] = []
  other.subscribe('channel', (message) => heard.push(message))
  await Promise.all([reached(one), reached(other)])
  await own.running.crash()
  await Promise.all([away(one), away(other)])
  one.publish('channel', 'lost')
  other.publish('channel', 'to itself')
  own.running = await own.start()
  await Promise.all([reached(one), reached(other)])
  for (const nonsense of ['nonsense', '[]', '{}']) await say(own.port, `PUBLISH test ${nonsense}`, /^:2/)
  one.publish('channel', 'again')
  await eventually(
    async () => heard,
    (all) => all.includes('again'),
  )
  assert.deepEqual(heard, ['to itself', 'again'])
})

test('a wrong password is told without it, and is tried until it is right', async (t) => {
  const own = await ownRedis(t, 'the-right-one')
  const { shared, lines } = opened(t, `redis://:hunter2-secret@127.0.0.1:${own.port}`)
  await eventually(
    async () => lines,
    (all) => all.length > 0,
  )
  assert.equal(await shared.reached(), false)
  assert.equal((await shared.count('key', MINUTE)).count, 1)
  assert.match(JSON.stringify(lines), /WRONGPASS/)
  await own.running.stop()
  own.running = await own.start('hunter2-secret')
  await reached(shared)
  assert.equal((await shared.count('key', MINUTE)).count, 2)
  assert.doesNotMatch(JSON.stringify(lines), /hunter2/)
})

test('TLS asked of one that has none is refused in words, as is one that may not be written to', async (t) => {
  const { shared, lines } = opened(t, `rediss://127.0.0.1:${port}`)
  await eventually(
    async () => lines,
    (all) => all.length > 0,
  )
  assert.match(JSON.stringify(lines), /speak TLS/)
  assert.equal(await shared.reached(), false)
  assert.equal((await shared.count('key', MINUTE)).count, 1)

  const own = await ownRedis(t)
  const { shared: full, lines: said } = opened(t, `redis://127.0.0.1:${own.port}`)
  await reached(full)
  await say(own.port, 'CONFIG SET maxmemory 1')
  await away(full)
  assert.equal((await full.count('key', MINUTE)).count, 1)
  assert.match(JSON.stringify(said), /OOM/)
  await say(own.port, 'CONFIG SET maxmemory 0')
  await reached(full)
})

async function say(to: number, command: string, expected = /^\+OK/): Promise<void> {
  const socket = connect({ port: to, host: '127.0.0.1' })
  socket.write(`${command}\r\n`)
  const [reply] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  assert.match(reply.toString(), expected)
}

test('two instances have one limit; without Redis each keeps it by itself and says so', async (t) => {
  const own = await ownRedis(t)
  const env = { AUTH_MODE: 'required', RATE_LIMIT_REQUESTS: '10', REDIS_URL: `redis://127.0.0.1:${own.port}` }
  const one = await startService(t, { env })
  const database = { SQLITE_DB_PATH: `${one.folder}/evident.db` }
  const other = await startService(t, { env: { ...env, ...database } })
  const health = async ({ app }: typeof one) => {
    const { status, services } = (await app.inject({ url: '/health' })).json()
    return [status, services.redis]
  }
  const all = () => Promise.all([health(one), health(other)])
  const both = (state: readonly string[]) => eventually(all, (are) => are.every((is) => is.join() === state.join()))
  await both(['healthy', 'connected'])

  const ask = async ({ app }: typeof one) => {
    const { statusCode, headers } = await app.inject({ url: '/', headers: { host: '127.0.0.1' } })
    return [statusCode, Number(headers['ratelimit-remaining'])]
  }
  for (const [i, instance] of [one, other, one, other].entries()) assert.deepEqual(await ask(instance), [200, 9 - i])
  await own.running.crash()
  await both(['degraded', 'disconnected'])
  // Each goes on from what it was told last.
  assert.deepEqual(
    [await ask(one), await ask(one)],
    [
      [200, 6],
      [200, 5],
    ],
  )
  assert.deepEqual(await ask(other), [200, 5])
  own.running = await own.start()
  await both(['healthy', 'connected'])
  assert.deepEqual(await ask(one), [200, 4])
  assert.deepEqual(await ask(other), [200, 3])
  for (let left = 2; left >= 0; left -= 1) assert.deepEqual(await ask(left % 2 === 0 ? one : other), [200, left])
  assert.deepEqual([(await ask(one))[0], (await ask(other))[0]], [429, 429])
})
