import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { placeId } from '../src/config/data-dir.ts'
import type { DocumentId } from '../src/core/ids.ts'
import { openPostgres } from '../src/database/postgres/open.ts'
import { spoken, startOpenAiServer, type Step } from './openai-server.ts'
import { logIn, makeToken, signUp, startWithAccounts, statusOf, type Person } from './people.ts'
import { startPostgresProxy } from './postgres-proxy.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { quietLogger } from './quiet-logger.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite, type Pages } from './web-site.ts'

// Several services over one PostgreSQL, each with a data folder of its own.

const QUESTION = 'When was the Sydney Harbour Bridge opened?'
const BRIDGE = 'The Sydney Harbour Bridge was opened in 1932.'
const KEY = 'the same key for all of the instances'

describe('Several instances', () => {
  let server: PostgresServer | undefined
  let missing = ''
  before(async () => {
    const started = await startPostgres()
    if ('missing' in started) missing = started.missing
    else server = started
  })
  after(() => server?.stop())

  const withDatabase = (name: string, run: (t: TestContext, url: string) => Promise<void>): void =>
    void test(name, async (t) => {
      if (server === undefined) return t.skip(missing)
      await run(t, await server.createMigrated())
    })

  withDatabase('what one takes in, changes and deletes the others show', async (t, DATABASE_URL) => {
    const [a, b] = await Promise.all([
      startService(t, { env: { DATABASE_URL } }),
      startService(t, { env: { DATABASE_URL } }),
    ])
    const titles = async (service: TestService): Promise<string[]> => {
      const { status, body } = await service.json('POST', '/api/v1/search', { query: 'the bridge', max_results: 10 })
      assert.equal(status, 200, JSON.stringify(body))
      return body.results.map((result: Json) => result.title).sort()
    }
    // So that no search of the second one finds nothing, and looks again for that reason.
    assert.equal((await b.upload('bridge.txt', BRIDGE)).status, 200)
    const { body: added } = await a.upload('tower.txt', 'The Tower Bridge was opened in 1894.')
    await eventually(
      () => titles(b),
      (found) => found.length === 2,
    )
    assert.equal((await b.json('DELETE', `/api/v1/documents/${added.document_id}`)).status, 200)
    assert.deepEqual((await titles(a)).length, 1)
  })

  withDatabase('a document that one is reading is deleted on another', async (t, DATABASE_URL) => {
    const start = (): Promise<TestService> => startService(t, { env: { DATABASE_URL, UPLOAD_WAIT: '0' } })
    const [a, b] = await Promise.all([start(), start()])
    const database = await openPostgres({ connectionString: DATABASE_URL, logger: quietLogger })
    t.after(() => database.close())
    const bridges = Array.from({ length: 900 }, (_, i) => `Bridge number ${i} has ${i * 7} rivets, painted in ${i}.`)
    const { body: uploaded } = await a.upload('bridges.txt', bridges.join('\n\n'))
    const document = uploaded.document_id as DocumentId
    const jobs = (): Promise<{ state: string; stage: string; lease_owner: string | null }[]> =>
      database.read
        .selectFrom('jobs')
        .select(['state', 'stage', 'lease_owner'])
        .where('document_id', '=', document)
        .execute()
    const [job] = await eventually(jobs, ([found]) => found?.state === 'running' && found.stage === 'vectors')
    const { place } = await database.read
      .selectFrom('instances')
      .select('place')
      .where('id', '=', job?.lease_owner?.split('/')[0] ?? '')
      .executeTakeFirstOrThrow()
    const other = place === placeId(a.folder) ? b : a
    assert.equal((await other.json('DELETE', `/api/v1/documents/${document}`)).status, 200)
    await eventually(jobs, (left) => left.every(({ state }) => state !== 'running'))
    for (const service of [a, b]) {
      assert.equal((await service.json('GET', `/api/v1/documents/${document}`)).status, 404)
      const { body } = await service.json('POST', '/api/v1/search', { query: 'Bridge number 7' })
      assert.deepEqual(body.results, [])
    }
    const { chunks } = await database.read
      .selectFrom('chunks')
      .select((eb) => eb.fn.countAll<number>().as('chunks'))
      .executeTakeFirstOrThrow()
    assert.equal(chunks, 0)
  })

  withDatabase('a site that two crawl is asked by one at a time', async (t, DATABASE_URL) => {
    let asked = 0
    let most = 0
    const names = Array.from({ length: 4 }, (_, i) => `/${i}`)
    const slowly =
      (page: string): Extract<Pages[string], (...of: never) => unknown> =>
      (_request, response) => {
        most = Math.max(most, ++asked)
        setTimeout(() => {
          asked--
          response.writeHead(200, { 'content-type': 'text/html' }).end(page)
        }, 40)
      }
    const site = await startSite(t, {
      '/robots.txt': slowly(''),
      '/': slowly(html('Start', prose('start') + names.map((path) => `<a href="${path}">${path}</a>`).join(' '))),
      ...Object.fromEntries(names.map((path) => [path, slowly(html(path, prose(`page ${path.slice(1)}`)))])),
    })
    const start = (): Promise<TestService> => startService(t, { env: { DATABASE_URL }, deps: loopbackWeb(site.port) })
    const services = await Promise.all([start(), start()])
    const crawl = (service: TestService): Promise<{ status: number; body: Json }> =>
      service.json('POST', '/api/v1/bulk-scrape-website', { url: site.origin, max_pages: 5 })
    const crawls = await Promise.all([...services, ...services].map(crawl))
    assert.deepEqual(
      crawls.map(({ status, body }) => [status, body.scraped_urls?.length]),
      crawls.map(() => [200, 5]),
    )
    assert.equal(most, 1)
  })

  async function answering(t: TestContext, DATABASE_URL: string) {
    const finish = Promise.withResolvers<void>()
    const writing: Step[] = ['It', { until: finish.promise }, ...spoken(' was opened in 1932 [1].')]
    const model = await startOpenAiServer(() => writing)
    t.after(() => model.close())
    const env = { DATABASE_URL, OPENAI_BASE_URL: model.url, OPENAI_MODEL: 'writer-1' }
    const start = (): Promise<TestService> => startService(t, { env })
    const [a, b] = await Promise.all([start(), start()])
    t.after(() => finish.resolve())
    assert.equal((await a.upload('bridge.txt', BRIDGE)).status, 200)
    const url = await a.app.listen({ host: '127.0.0.1', port: 0 })
    const body = JSON.stringify({ question: QUESTION })
    const response = await fetch(`${url}/api/chat/ask/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    let text = ''
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const readOn = async (until: RegExp): Promise<string> => {
      while (!until.test(text)) {
        const next = await reader?.read()
        if (next === undefined || next.done) throw new Error(`The stream ended: ${text}`)
        text += next.value
      }
      return text
    }
    await readOn(/event: delta\n/)
    const chat = /"chat_id":"([^"]+)"/.exec(text)?.[1] ?? ''
    const [, answer = '', seq = ''] = /id: (\d+)-(\d+)\nevent: delta/.exec(text) ?? []
    return { a, b, start, chat, answer, seq, readOn, finish: finish.resolve }
  }

  withDatabase('a stream begun on one is resumed on another, and no start ends it', async (t, DATABASE_URL) => {
    const { b, start, answer, seq, readOn, finish } = await answering(t, DATABASE_URL)
    await start()
    const resumed = b.app.inject({
      method: 'GET',
      url: `/api/chat/stream/${answer}`,
      headers: { host: '127.0.0.1:8000', 'last-event-id': `${answer}-${seq}` },
    })
    finish()
    const whole = await readOn(/event: (done|error)\ndata: .*\n\n/)
    const { body } = await resumed
    assert.match(whole, /event: done/)
    assert.ok(body.length > 0 && whole.endsWith(body.slice(body.indexOf('id: '))), `${whole}\n\n${body}`)
  })

  withDatabase('an answer is stopped from another instance', async (t, DATABASE_URL) => {
    const { b, chat, readOn } = await answering(t, DATABASE_URL)
    const { status, body } = await b.json('POST', `/api/chat/${chat}/stop`)
    assert.deepEqual([status, body.stopped, body.answer_message.state], [200, true, 'interrupted'])
    assert.match(await readOn(/event: error\ndata: .*\n/), /"code":"interrupted"/)
  })

  withDatabase('a chat that is deleted on another instance ends its answer', async (t, DATABASE_URL) => {
    const { b, chat, readOn } = await answering(t, DATABASE_URL)
    assert.equal((await b.json('DELETE', `/api/chat/${chat}`)).status, 200)
    await assert.rejects(readOn(/event: done/), /ended/)
  })

  withDatabase('who is refused by one is refused by all at once', async (t, DATABASE_URL) => {
    const start = (key: string) => startWithAccounts(t, { env: { DATABASE_URL, JWT_SECRET_KEY: key } })
    const [a, b] = [await start(KEY), await start(KEY)]
    const admin = await signUp(a, 'admin')
    const ann: Person = await signUp(b, 'ann')
    const session = await logIn(a, ann)
    const bot = await makeToken(a, ann.token, { name: 'bot', scope: 'read' })
    assert.deepEqual(
      await Promise.all([ann.token, session, bot.token].map((token) => statusOf(b, token))),
      [200, 200, 200],
    )
    await a.json('DELETE', `/api/auth/tokens/${bot.id}`, undefined, ann.token)
    await a.json('POST', '/api/auth/logout', undefined, session)
    assert.deepEqual(
      await Promise.all([ann.token, session, bot.token].map((token) => statusOf(b, token))),
      [200, 401, 401],
    )
    await a.json('PATCH', `/api/users/${ann.id}`, { disabled: true }, admin.token)
    assert.equal(await statusOf(b, ann.token), 401)
    await assert.rejects(start(`${KEY}, but another one`), /JWT_SECRET_KEY/)
  })

  withDatabase('while PostgreSQL is away health says so, and it is well again after', async (t, url) => {
    const proxy = await startPostgresProxy(url)
    const env = { DATABASE_URL: proxy.url, RATE_LIMIT_REQUESTS: '0' }
    const service = await startService(t, { env }).catch(async (error: unknown) => {
      await proxy.close()
      throw error
    })
    t.after(() => proxy.close())
    assert.equal((await service.upload('bridge.txt', BRIDGE)).status, 200)
    const health = async (): Promise<[number, string, string]> => {
      const { status, body } = await service.json('GET', '/health')
      return [status, body.status, body.services.database]
    }
    assert.deepEqual(await health(), [200, 'healthy', 'healthy'])
    proxy.away()
    assert.deepEqual(await health(), [503, 'unhealthy', 'unhealthy'])
    const refused = await service.json('POST', '/api/v1/search', { query: 'the bridge' })
    assert.deepEqual([refused.status, refused.body.code], [503, 'not_ready'])
    proxy.back()
    assert.deepEqual(await health(), [200, 'healthy', 'healthy'])
    const found = await service.json('POST', '/api/v1/search', { query: 'the bridge' })
    assert.equal(found.body.results.length, 1)
  })

  withDatabase('health does not wait for what the database is slow to count', async (t, url) => {
    const service = await startService(t, { env: { DATABASE_URL: url, HEALTH_CHECK_TIMEOUT: '1' } })
    assert.equal((await service.upload('bridge.txt', BRIDGE)).status, 200)
    const health = async (): Promise<[number, string, number]> => {
      const { status, body } = await service.json('GET', '/health')
      return [status, body.services.database, body.metrics.documents_in_memory]
    }
    assert.deepEqual(await health(), [200, 'healthy', 1])
    const other = new Client({ connectionString: url })
    await other.connect()
    t.after(() => other.end())
    await other.query('begin; lock table documents in access exclusive mode')
    assert.deepEqual(await health(), [200, 'healthy', 1])
    await other.query('rollback')
  })
})
