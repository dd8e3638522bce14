import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'
import { localAdministrator } from './access.ts'
import { recorder, SETTINGS } from './app.fixture.ts'
import { createApp } from './app.ts'
import { type EventStreamOptions, sendEvents, type ServerEvent } from './sse.ts'

type Source = (signal: AbortSignal) => AsyncIterable<ServerEvent>

async function start(
  t: TestContext,
  source: Source,
  options: EventStreamOptions = {},
  authenticate = localAdministrator('token'),
) {
  const app = await createApp({ settings: SETTINGS, logger: recorder(), openMode: true, authenticate })
  t.after(() => app.close())
  app.get('/events', { config: { access: 'user' } }, (_request, reply) => sendEvents(reply, source, options))
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { url: `${url}/events`, port: Number(new URL(url).port), app }
}

test('events arrive in order with their ids, under the headers of every response', async (t) => {
  const { url } = await start(t, async function* () {
    yield { event: 'progress', data: { done: 1, text: 'two\nlines' }, id: 'a-1' }
    yield { event: 'done', data: {} }
  })
  const response = await fetch(url, { headers: { origin: 'http://localhost:5173' } })
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(response.headers.get('cache-control'), 'no-cache, no-transform')
  assert.equal(response.headers.get('access-control-allow-origin'), 'http://localhost:5173')
  assert.ok(response.headers.get('x-request-id'))
  assert.ok(response.headers.get('content-security-policy'))
  assert.equal(
    await response.text(),
    'id: a-1\nevent: progress\ndata: {"done":1,"text":"two\\nlines"}\n\nevent: done\ndata: {}\n\n',
  )
  const head = await fetch(url, { method: 'HEAD' })
  assert.equal(head.headers.get('content-type'), 'text/event-stream; charset=utf-8')
})

test('comments keep a silent stream open', async (t) => {
  const { url } = await start(
    t,
    async function* () {
      await sleep(60)
      yield { event: 'done', data: 1 }
    },
    { heartbeat: 10 },
  )
  assert.match(await (await fetch(url)).text(), /^(: \n\n){2,}event: done\ndata: 1\n\n(: \n\n)*$/)
})

test('an error becomes the last event, without internals', async (t) => {
  const known = await start(t, async function* () {
    yield { event: 'begin', data: {} }
    throw new AppError('upstream_failed', 'The model does not answer.')
  })
  const text = await (await fetch(known.url)).text()
  assert.match(text, /event: error\ndata: .*"code":"upstream_failed".*"status_code":502}\n\n$/)
  const unknown = await start(t, async function* () {
    yield { event: 'begin', data: {} }
    throw new Error('innards')
  })
  const other = await (await fetch(unknown.url)).text()
  assert.match(other, /"code":"internal_error"/)
  assert.doesNotMatch(other, /innards/)
})

test('the source is told and closed when the client leaves, also while it waits', async (t) => {
  const ended = Promise.withResolvers<string>()
  const { url } = await start(t, async function* (signal) {
    try {
      yield { event: 'begin', data: {} }
      await once(signal, 'abort')
      yield { event: 'never', data: {} }
    } finally {
      ended.resolve(signal.aborted ? 'told' : 'not told')
    }
  })
  const leave = new AbortController()
  const response = await fetch(url, { signal: leave.signal })
  const reader = response.body?.getReader()
  await reader?.read()
  leave.abort()
  assert.equal(await ended.promise, 'told')
})

test('a reader that does not read stops the source instead of filling the memory', async (t) => {
  let made = 0
  const { port } = await start(t, async function* () {
    for (;;) {
      made++
      yield { event: 'delta', data: 'x'.repeat(100_000) }
    }
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await sleep(300)
  const before = made
  await sleep(200)
  assert.equal(made, before)
  assert.ok(made < 1000, String(made))
  socket.destroy()
})

test('a signal from outside ends the stream', async (t) => {
  const stop = new AbortController()
  const { url } = await start(
    t,
    async function* () {
      yield { event: 'begin', data: {} }
      await new Promise(() => undefined)
    },
    { signal: stop.signal },
  )
  const response = await fetch(url)
  setTimeout(() => stop.abort(), 20)
  assert.equal(await response.text(), 'event: begin\ndata: {}\n\n')
})

test('a caller who may no longer have the stream hears so at the next heartbeat, also one who does not read', async (t) => {
  const local = localAdministrator('token')
  let state: 'known' | 'nobody' | 'unknown' = 'known'
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const ends = [first, second]
  const authenticate = async () => {
    if (state === 'unknown') throw new Error('The database does not answer.')
    return state === 'known' ? local(undefined) : undefined
  }
  const { url, port, app } = await start(
    t,
    async function* () {
      try {
        for (;;) yield { event: 'delta', data: 'x'.repeat(100_000) }
      } finally {
        ends.pop()?.resolve()
      }
    },
    { heartbeat: 10 },
    authenticate,
  )
  const deaf = connect(port, '127.0.0.1')
  deaf.pause()
  deaf.write('GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n')
  await sleep(100)
  state = 'unknown'
  await sleep(50)
  state = 'known'
  const reader = (await fetch(url)).body?.pipeThrough(new TextDecoderStream()).getReader()
  assert.match((await reader?.read())?.value ?? '', /^event: delta/)
  state = 'nobody'
  await Promise.all([first.promise, second.promise])
  let text = ''
  for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value
  assert.match(text, /event: error\ndata: .*"code":"unauthorized".*"status_code":401}\n\n$/)
  deaf.destroy()
  await app.close()
})

test('text that is JSON already is sent as it is', async (t) => {
  const { url } = await start(t, async function* () {
    yield { event: 'delta', json: '{"content":"a"}', id: '7-3' }
  })
  assert.equal(await (await fetch(url)).text(), 'id: 7-3\nevent: delta\ndata: {"content":"a"}\n\n')
})

test('a stopping server cuts a stream, but one that ends itself may say its last word', async (t) => {
  for (const [options, text] of [
    [{}, 'event: begin\ndata: 1\n\n'],
    [{ endsItself: true }, 'event: begin\ndata: 1\n\nevent: last\ndata: 2\n\n'],
  ] as const) {
    const stopping = Promise.withResolvers<void>()
    const { url, app } = await start(
      t,
      async function* () {
        yield { event: 'begin', data: 1 }
        await stopping.promise
        yield { event: 'last', data: 2 }
      },
      options,
    )
    const response = await fetch(url)
    app.stopping.addEventListener('abort', () => setImmediate(stopping.resolve))
    const closed = app.close()
    assert.equal(await response.text(), text)
    await closed
  }
})
