import assert from 'node:assert/strict'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { suite, test, type TestContext } from 'node:test'
import { AppError } from '../../core/errors.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import type { WebResult, WebSearch } from '../../core/ports/web.ts'
import { listen } from '../../egress/listener.fixture.ts'
import { createServiceFetch } from '../../egress/service.ts'
import { KEY, KNOWN, type KnownProvider } from './providers.fixture.ts'

// Every search engine of the registry, against a server of this machine that speaks its published wire format.

type Respond = (response: ServerResponse, request: IncomingMessage, body: string) => unknown

interface Made {
  readonly search: WebSearch
  readonly asked: ReturnType<KnownProvider['read']>[]
  /** Everything that was logged. */
  readonly logged: string[]
  readonly close: () => void
}

async function made(t: TestContext, known: KnownProvider, respond: Respond, timeout?: number): Promise<Made> {
  const asked: Made['asked'] = []
  const logged: string[] = []
  const { port, close } = await listen(t, async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += String(part)
    try {
      asked.push(known.read(request, body))
    } catch (error) {
      sendJson(response, 400, { message: String(error) })
      return
    }
    respond(response, request, body)
  })
  const note = (fields: object, message: string): void => void logged.push(`${JSON.stringify(fields)} ${message}`)
  const logger: Logger = { debug: note, info: note, warn: note, error: note, child: () => logger }
  const open = async (baseUrl: string) => {
    const door = createServiceFetch(baseUrl)
    t.after(() => door.close())
    return door.fetch
  }
  const search = await known.create({ door: open, logger }, `http://127.0.0.1:${port}`, timeout)
  return { search, asked, logged, close }
}

function sendJson(response: ServerResponse, status: number, body: unknown, headers: object = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(JSON.stringify(body))
}

async function failure(search: WebSearch, signal?: AbortSignal): Promise<AppError> {
  const error: unknown = await search.search('who', { limit: 3, signal }).then(
    (results) => results,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  assert.doesNotMatch(error.message, new RegExp(KEY))
  return error
}

const RESULTS: readonly WebResult[] = [
  { url: 'https://example.com/one', title: 'One', snippet: 'The first.', published: '2024-05-01' },
  { url: 'http://127.0.0.1:1/two', title: 'Two', snippet: 'The second.' },
]

for (const [name, known] of Object.entries(KNOWN)) {
  suite(`web search by ${name}`, () => {
    test('gives what the service found, in its order', async (t) => {
      const { search, asked } = await made(t, known, (response) => sendJson(response, 200, known.answer(RESULTS)))
      assert.equal(search.provider, name)
      assert.deepEqual(await search.search(' Who built\nthe bridge? ', { limit: 5, language: 'de' }), RESULTS)
      const limit = known.most === Infinity ? undefined : '5'
      assert.deepEqual(asked, [{ query: 'Who built the bridge?', limit, language: known.german }])
    })

    test('asks for no more than the service gives, and gives no more than asked for', async (t) => {
      const many = Array.from({ length: 40 }, (_, i) => ({
        url: `https://example.com/${i}`,
        title: `${i}`,
        snippet: '',
      }))
      const { search, asked } = await made(t, known, (response) => sendJson(response, 200, known.answer(many)))
      assert.deepEqual(await search.search('x', { limit: 3 }), many.slice(0, 3))
      assert.equal((await search.search('word '.repeat(500), { limit: 1000, language: 'xx' })).length, 40)
      if (known.most !== Infinity) assert.equal(asked[1]?.limit, String(known.most))
    })

    test('leaves out what is no result, pages that were there, and markup', async (t) => {
      const messy: WebResult[] = [
        { url: 'javascript:alert(1)', title: 'No page', snippet: '' },
        {
          url: 'https://example.com/a',
          title: 'The <em>bridge</em> &amp; more',
          snippet: 'It<script>x</script> stands.',
        },
        { url: 'https://www.example.com/a/', title: 'Again', snippet: '' },
        { url: 'https://example.com/b', title: 'b'.repeat(1000), snippet: 'c'.repeat(5000) },
      ]
      const odd = [null, 7, 'text', {}, { url: 7, link: 7 }]
      const { search } = await made(t, known, (response) => sendJson(response, 200, known.answer(messy, odd)))
      const found = await search.search('x', { limit: 10 })
      assert.deepEqual(
        found.map(({ url }) => url),
        ['https://example.com/a', 'https://example.com/b'],
      )
      assert.deepEqual([found[0]?.title, found[0]?.snippet], ['The bridge & more', 'It stands.'])
      assert.deepEqual([found[1]?.title.length, found[1]?.snippet.length], [302, 2002])
    })

    test('nothing found is no error', async (t) => {
      const { search } = await made(t, known, (response) => sendJson(response, 200, known.nothing))
      assert.deepEqual(await search.search('x', { limit: 10 }), [])
    })

    test('a query without a word is refused, and not sent', async (t) => {
      const { search, asked } = await made(t, known, (response) => sendJson(response, 200, known.nothing))
      for (const query of ['', ' \n\t']) {
        await assert.rejects(
          search.search(query, { limit: 1 }),
          (e) => e instanceof AppError && e.code === 'invalid_request',
        )
      }
      assert.equal(asked.length, 0)
    })

    for (const { what, status, headers, body, code, retryAfter, message } of known.errors) {
      test(`says what is wrong: ${what} (${status})`, async (t) => {
        const { search, asked, logged } = await made(t, known, (response) => {
          if (typeof body === 'string')
            response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body)
          else sendJson(response, status, body, headers)
        })
        const error = await failure(search)
        assert.deepEqual([error.code, error.retryAfter], [code, retryAfter])
        assert.match(error.message, message)
        assert.equal(asked.length, 1)
        assert.doesNotMatch(logged.join(), new RegExp(KEY))
      })
    }

    test('says when to come back, in seconds or by a date', async (t) => {
      let after = ''
      const { search } = await made(t, known, (response) => sendJson(response, 503, {}, { 'retry-after': after }))
      after = '30'
      assert.deepEqual([(await failure(search)).code, (await failure(search)).retryAfter], ['not_ready', 30])
      after = new Date(Date.now() - 60_000).toUTCString()
      assert.equal((await failure(search)).retryAfter, 0)
      after = 'soon'
      assert.equal((await failure(search)).retryAfter, undefined)
    })

    test('an answer that cannot be one is an error', async (t) => {
      const good = JSON.stringify(known.answer(RESULTS))
      const replies: Readonly<Record<string, Respond>> = {
        'another type': (response) => response.setHeader('content-type', 'text/html').end(good),
        'no type': (response) => response.end(good),
        'half of it': (response) => response.setHeader('content-type', 'application/json').end(good.slice(0, -20)),
        'another document': (response) => sendJson(response, 200, { results: 'none', items: 1, web: [], type: 'x' }),
        'a list': (response) => sendJson(response, 200, [1]),
        null: (response) => sendJson(response, 200, null),
        nothing: (response) => response.setHeader('content-type', 'application/json').end(),
        'no text': (response) => response.setHeader('content-type', 'application/json').end(Buffer.alloc(1000, 0xff)),
        'too long': (response) =>
          response.setHeader('content-type', 'application/json').end(good + ' '.repeat(3_000_000)),
      }
      let reply: Respond = () => undefined
      const { search } = await made(t, known, (...all) => reply(...all))
      for (const [what, each] of Object.entries(replies)) {
        reply = each
        const error = await failure(search)
        assert.equal(error.code, 'upstream_failed', what)
        assert.match(error.message, /could not be read/, what)
      }
      reply = (response) => sendJson(response, 500, { error: 'x' })
      assert.match((await failure(search)).message, /answered with an error \(500\)/)
    })

    test('a service that is slow, breaks off or is not there', async (t) => {
      const answer = JSON.stringify(known.answer(RESULTS))
      const slow = await made(t, known, () => undefined, 50)
      assert.match((await failure(slow.search)).message, /has not answered within 0\.1 s/)
      const halting = await made(
        t,
        known,
        (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
        50,
      )
      assert.match((await failure(halting.search)).message, /has not answered within/)
      const broken = await made(t, known, (response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
        response.write(answer.slice(0, 10), () => response.destroy())
      })
      assert.match((await failure(broken.search)).message, /broke off/)
      broken.close()
      assert.match((await failure(broken.search)).message, /cannot be reached \(ECONNREFUSED\)/)
    })

    test('is ended by who asked', async (t) => {
      const { search } = await made(t, known, () => stop.abort(reason))
      // Of the class that a failed connection has.
      const reason = new TypeError('no longer wanted')
      const stop = new AbortController()
      await assert.rejects(search.search('x', { limit: 1, signal: stop.signal }), (error) => error === reason)
    })
  })
}

test('orders in the syntax of SearXNG are words', async (t) => {
  const { search, asked } = await made(t, KNOWN.searxng, (response) => sendJson(response, 200, KNOWN.searxng.nothing))
  await search.search('!!g secret !wp :de <3 fox! a:b wow ! 1<2', { limit: 1 })
  assert.equal(asked[0]?.query, 'g secret wp de 3 fox! a:b wow ! 1<2')
})

test('that engines behind SearXNG did not answer is logged where nothing was found', async (t) => {
  const { search, logged } = await made(t, KNOWN.searxng, (response) => sendJson(response, 200, KNOWN.searxng.nothing))
  await search.search('x', { limit: 1 })
  assert.match(logged.join(), /"engines":1.* did not answer/)
})

test('languages are named as each service has them', async (t) => {
  for (const [known, code, wanted] of [
    [KNOWN.brave, 'ja', 'jp'],
    [KNOWN.brave, 'zh', 'zh-hans'],
    [KNOWN.brave, 'xx', undefined],
    [KNOWN.google, 'he', 'lang_iw'],
    [KNOWN.google, 'zh', 'lang_zh-CN'],
    [KNOWN.google, 'xx', undefined],
  ] as const) {
    const { search, asked } = await made(t, known, (response) => sendJson(response, 200, known.nothing))
    await search.search('x', { limit: 1, language: code })
    assert.equal(asked[0]?.language, wanted, code)
  }
})
