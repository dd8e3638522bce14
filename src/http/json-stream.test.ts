import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { localAdministrator } from './access.ts'
import { recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { type JsonList, sendJsonList } from './json-stream.ts'

async function start(t: TestContext, list: JsonList, settings = SETTINGS): Promise<string> {
  const app = await createApp({
    settings,
    logger: recorder(),
    openMode: true,
    authenticate: localAdministrator('token'),
  })
  t.after(() => app.close())
  app.get('/list', { config: { access: 'user' } }, async (_request, reply) => sendJsonList(reply, list))
  return `${await app.listen({ host: '127.0.0.1', port: 0 })}/list`
}

async function* of<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** Texts of a megabyte, as many as are taken; `closed` resolves when nobody takes any more. */
function endless() {
  const closed = Promise.withResolvers<void>()
  const text = 'x'.repeat(1_048_576)
  const source = { taken: 0, closed: closed.promise, items: items() }
  async function* items() {
    try {
      for (; source.taken < 1000; source.taken++) yield { text }
    } finally {
      closed.resolve()
    }
  }
  return source
}

async function answerTo(url: string): Promise<IncomingMessage> {
  const [response] = (await once(get(url), 'response')) as [IncomingMessage]
  response.on('error', () => undefined)
  return response
}

test('the bytes are those of the whole object, whatever stands where a text is cut', async (t) => {
  const items = [
    { id: 'a', content: `${'x'.repeat(65_535)}😀 behind the cut`, missing: undefined, error: null },
    { id: 'b', content: '😀'.repeat(100_000), list: [1, { deep: 'é"\\' }] },
    { id: 'c', content: `${'x'.repeat(65_535)}\ud83d` },
    { id: 'd', content: `${'x'.repeat(65_535)}\ud83dx\u2028"\\\u0001` },
    { id: '', content: '' },
    {},
  ]
  for (const found of [items, items.slice(0, 1), []]) {
    for (const rest of [{ total: 7, message: 'Seven “documents”.' }, {}]) {
      const response = await fetch(await start(t, { field: 'documents', items: of(found), rest }))
      assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.ok(response.headers.get('x-request-id'))
      assert.equal(await response.text(), JSON.stringify({ documents: found, ...rest }))
    }
  }
})

test('items wait for a client that does not read', async (t) => {
  const source = endless()
  const response = await answerTo(await start(t, { field: 'items', items: source.items, rest: {} }))
  // What the sockets hold is a few megabytes; what is taken beyond it would lie in memory.
  for (let last = -1; last !== source.taken;) {
    last = source.taken
    await sleep(300)
  }
  assert.ok(source.taken > 0 && source.taken < 50, `${source.taken} items were taken`)
  response.destroy()
  await source.closed
})

test('when the client leaves, no further item is read', async (t) => {
  const source = endless()
  const response = await answerTo(await start(t, { field: 'items', items: source.items, rest: {} }))
  await once(response, 'data')
  response.destroy()
  await source.closed
  assert.ok(source.taken < 1000)
})

test('for the headers alone no item is read', async (t) => {
  const source = endless()
  const url = await start(t, { field: 'items', items: source.items, rest: {} })
  const response = await fetch(url, { method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
  assert.equal(source.taken, 0)
})

test('an error on the way breaks the answer off: half a list is never taken for a whole one', async (t) => {
  async function* failing() {
    yield { id: 1 }
    throw new Error('innards')
  }
  const url = await start(t, { field: 'items', items: failing(), rest: {} })
  await assert.rejects(async () => (await fetch(url)).text())
})

test('an answer that has begun may take longer than the time to begin it', async (t) => {
  async function* slow() {
    yield { id: 1 }
    await sleep(300)
    yield { id: 2 }
  }
  const url = await start(t, { field: 'items', items: slow(), rest: {} }, { ...SETTINGS, requestTimeout: 100 })
  assert.deepEqual(await (await fetch(url)).json(), { items: [{ id: 1 }, { id: 2 }] })
})
