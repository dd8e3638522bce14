import assert from 'node:assert/strict'
import { after, before, describe, test, type TestContext } from 'node:test'
import { createClient } from '@redis/client'
import { z } from 'zod'
import { freePort } from '../../scripts/drills/server.ts'
import { startRedis } from '../../scripts/services/redis.ts'
import { redis } from '../../src/adapters/shared-state/redis/adapter.ts'
import { newDocumentId, type UserId } from '../../src/core/ids.ts'
import { appendChange, lastChange, lastChangeOf, pruneChanges } from '../../src/database/change-log.ts'
import type { Database } from '../../src/database/database.ts'
import { createResultCache, resultEstate } from '../../src/database/result-cache.ts'
import { jsonForm } from '../../src/database/result-text.ts'
import { temporaryDatabase } from '../databases.ts'
import { spoken, startOpenAiServer } from '../openai-server.ts'
import { startPostgres, type PostgresServer } from '../postgres.ts'
import { quietLogger } from '../quiet-logger.ts'
import { eventually, startService, type Json, type TestService } from '../service.ts'

// What one instance has made another finds in Redis; what is deleted leaves it.

const ANN = 'ann' as UserId
const BOB = 'bob' as UserId
const TTL = 60_000

/** A Redis of the test's own, which it may take down, and a connection to look into it. */
async function ownRedis(t: TestContext) {
  const port = await freePort()
  const own = {
    running: await startRedis({ port }),
    url: `redis://127.0.0.1:${port}`,
    start: () => startRedis({ port }),
  }
  t.after(() => own.running.stop())
  /** What is kept of an owner, or of all: keys of both kinds. */
  const look = async <T>(work: (client: ReturnType<typeof connectTo>) => Promise<T>): Promise<T> => {
    const client = connectTo(own.url)
    await client.connect()
    try {
      return await work(client)
    } finally {
      client.destroy()
    }
  }
  const kept = (owner = '*'): Promise<string[]> => look((client) => client.keys(`*:result*:${owner}`))
  return Object.assign(own, { look, kept })
}

const connectTo = (url: string) => createClient({ url })

type OwnRedis = Awaited<ReturnType<typeof ownRedis>>

/** The cache of an instance of its own over the database. */
async function instance(t: TestContext, database: Database, url: string, settings = 'the same') {
  const shared = redis.create({ url, namespace: 'test' }, { logger: quietLogger })
  t.after(() => shared.close())
  await eventually(shared.reached, (is) => is)
  const time = { position: Number.MAX_SAFE_INTEGER }
  const looked: boolean[] = []
  const cache = createResultCache(
    {
      database,
      position: () => time.position,
      shared: shared.cache,
      settings,
      clock: { now: () => new Date() },
      looked: (known) => looked.push(known),
    },
    { ttl: TTL, entries: 10 },
  )
  /** Gives the text that is known already, else this one. */
  const ask = async (text: string, { owner = ANN, key = 'key' } = {}): Promise<string> =>
    (await cache.through(owner, [key], TEXT, async () => ({ value: text, weight: text.length }))).value
  return { cache, ask, shared, time, looked }
}

type Instance = Awaited<ReturnType<typeof instance>>

const TEXT = jsonForm(z.string().min(1))

const change = (database: Database, owner = ANN): Promise<number> =>
  database.write((tx) => appendChange(tx, { owner, document: newDocumentId(), version: 1 }))

/** Asks until the answer is one that was kept by the other: on a busy machine Redis may be too late to be waited for. */
const foundBy = (of: Instance, text: string, key?: string) =>
  eventually(
    async () => {
      const { value } = await of.cache.through(ANN, [key ?? 'key'], TEXT, async () => ({
        value: '?',
        weight: undefined,
      }))
      return value
    },
    (value) => value === text,
  )

const present = (own: OwnRedis, owner?: string) =>
  eventually(
    () => own.kept(owner),
    (keys) => keys.length > 0,
  )
const gone = (own: OwnRedis, owner?: string) =>
  eventually(
    () => own.kept(owner),
    (keys) => keys.length === 0,
  )

test('the second instance finds what the first one kept, of the same owner, documents and settings', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const [one, other] = [await instance(t, database, own.url), await instance(t, database, own.url)]
  await change(database)
  assert.equal(await one.ask('made by one'), 'made by one')
  await foundBy(other, 'made by one')
  assert.deepEqual([one.looked, other.looked.at(-1)], [[false], true])
  assert.equal(other.cache.entries(), 1, 'kept in memory from here on')
  assert.equal(await other.ask('bob’s', { owner: BOB }), 'bob’s')
  assert.equal(await other.ask('another', { key: 'another' }), 'another')
  const set = await instance(t, database, own.url, 'other settings')
  assert.equal(await set.ask('made with other settings'), 'made with other settings')
  await change(database)
  assert.equal(await one.ask('made after a change'), 'made after a change')
  await foundBy(other, 'made after a change')
})

test('nothing is shared that an index behind the database gave, or that was forgotten while it was made', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const one = await instance(t, database, own.url)
  one.time.position = (await change(database)) - 1
  await one.ask('behind')
  await one.cache.through(BOB, ['key'], TEXT, async () => {
    one.cache.forget(BOB)
    return { value: 'stale', weight: 1 }
  })
  one.time.position += 1
  await one.ask('whole', { key: 'another' })
  await present(own, ANN)
  assert.deepEqual(await own.kept(BOB), [])
  const other = await instance(t, database, own.url)
  await foundBy(other, 'whole', 'another')
  assert.equal(await other.ask('made again'), 'made again')
})

test('a number that a restored database gave to another change brings back nothing of the one before', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const [one, other] = [await instance(t, database, own.url), await instance(t, database, own.url)]
  const number = await change(database)
  await one.ask('before the restoration')
  await foundBy(other, 'before the restoration')
  await database.write(async (tx) => {
    await pruneChanges(tx, number)
    await tx
      .updateTable('counters')
      .set({ value: number - 1 })
      .where('name', '=', 'change_log')
      .execute()
  })
  assert.equal(await change(database), number)
  assert.equal(await lastChange(database.read), await lastChangeOf(database.read, ANN))
  const started = await instance(t, database, own.url)
  assert.equal(await started.ask('after it'), 'after it')
})

test('what others write into Redis is not found, harms nobody, and makes room for ours', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const number = String(await change(database))
  const one = await instance(t, database, own.url)
  await one.ask('ours')
  await present(own, ANN)
  const [texts = '', ends = ''] = (await own.kept(ANN)).sort().reverse()
  const [field = ''] = await own.look((client) => client.zRange(ends, 0, 0))
  const damages: [string, (client: ReturnType<typeof connectTo>) => Promise<unknown>][] = [
    ['cut off', (client) => client.hSet(texts, field, 'ann\n"our')],
    ['empty', (client) => client.hSet(texts, field, '')],
    ['of another shape', (client) => client.hSet(texts, field, 'ann\n{"a": 1}')],
    ['another’s', (client) => client.hSet(texts, field, 'bob\n"bob’s"')],
    ['large', (client) => client.hSet(texts, field, `ann\n"${'a'.repeat(300_000)}"`)],
    ['without an end', (client) => client.del(ends)],
    ['without texts', (client) => client.del(texts)],
    ['of no number', (client) => client.hSet(texts, 'change', 'many')],
    ['of no size', (client) => client.hSet(texts, 'bytes', 'nan')],
    ['texts of another kind', (client) => client.multi().del(texts).set(texts, 'a').exec()],
    ['ends of another kind', (client) => client.multi().del(ends).set(ends, 'a').exec()],
    ['of a later change', (client) => client.hSet(texts, 'change', String(Number(number) + 1))],
  ]
  for (const [damage, write] of damages) {
    await own.look(write)
    const other = await instance(t, database, own.url)
    const made = `made: ${damage}`
    // What only its size would tell of is still whole.
    if (damage === 'of no size') await foundBy(other, 'ours')
    else assert.equal(await other.ask(made), made)
    assert.equal(await other.shared.reached(), true, damage)
    await own.look((client) => client.del([texts, ends]))
    const again = await instance(t, database, own.url)
    await again.ask('ours')
    await present(own, ANN)
  }
})

test('what is deleted leaves Redis, by whichever instance hears of it, and so does who is removed', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const [one, other] = [await instance(t, database, own.url), await instance(t, database, own.url)]
  await one.ask('made')
  await other.ask('bob’s', { owner: BOB })
  await foundBy(other, 'made')
  await present(own, BOB)
  await change(database)
  other.cache.forget(ANN)
  await gone(own, ANN)
  assert.equal(await one.ask('anew'), 'anew')
  assert.equal((await own.kept(BOB)).length, 2)
  assert.equal(await resultEstate(one.cache).remove(BOB), 0)
  await gone(own, BOB)
})

test('what was deleted while Redis was away leaves it on its return, before anything is read', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const one = await instance(t, database, own.url)
  await one.ask('made')
  await present(own, ANN)
  // It hangs, and so still has all when it goes on.
  process.kill(own.running.pid, 'SIGSTOP')
  try {
    await eventually(one.shared.reached, (is) => !is)
    one.cache.forget(ANN)
    assert.equal(await one.ask('made without Redis', { key: 'another' }), 'made without Redis')
  } finally {
    process.kill(own.running.pid, 'SIGCONT')
  }
  // It is told on the way in: whoever finds it reached finds nothing.
  await eventually(one.shared.reached, (is) => is)
  assert.deepEqual(await own.kept(ANN), [])
})

test('killed and started again, it is gone on without and used again', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const [one, other] = [await instance(t, database, own.url), await instance(t, database, own.url)]
  await one.ask('made')
  await foundBy(other, 'made')
  await own.running.crash()
  assert.deepEqual([await one.ask('?'), await other.ask('?')], ['made', 'made'])
  assert.equal(await other.ask('alone', { key: 'another' }), 'alone')
  own.running = await own.start()
  for (const { shared } of [one, other]) await eventually(shared.reached, (is) => is)
  await one.ask('shared again', { key: 'a third' })
  await foundBy(other, 'shared again', 'a third')
})

test('of one that hangs only the first who asks waits: the next are not even told of it', async (t) => {
  const [database, own] = [await temporaryDatabase(t), await ownRedis(t)]
  const one = await instance(t, database, own.url)
  process.kill(own.running.pid, 'SIGSTOP')
  try {
    assert.equal(await one.ask('the first', { key: '0' }), 'the first')
    for (let i = 1; i <= 100; i += 1) assert.equal(await one.ask('next', { key: String(i) }), 'next')
  } finally {
    process.kill(own.running.pid, 'SIGCONT')
  }
})

const QUESTION = 'When was the Sydney Harbour Bridge opened?'

describe('Two services on one PostgreSQL with a Redis', () => {
  let server: PostgresServer
  before(async () => {
    const started = await startPostgres()
    if ('missing' in started) throw new Error(started.missing)
    server = started
  })
  after(() => server.stop())

  test('answers and searches of one are given by the other, until a document is deleted on either', async (t) => {
    const own = await ownRedis(t)
    const model = await startOpenAiServer(spoken('The bridge was opened in 1932 [1].'))
    t.after(() => model.close())
    const env = {
      DATABASE_URL: await server.createMigrated(),
      REDIS_URL: own.url,
      OPENAI_BASE_URL: model.url,
      OPENAI_MODEL: 'm',
    }
    const [a, b] = await Promise.all([startService(t, { env }), startService(t, { env })])
    const ask = async (service: TestService): Promise<Json> =>
      (await service.json('POST', '/api/v1/ask', { question: QUESTION })).body
    const search = async (service: TestService, query = 'Harbour Bridge'): Promise<Json> =>
      (await service.json('POST', '/api/v1/search', { query })).body
    const found = async (service: TestService): Promise<string[]> =>
      (await search(service)).results.map(({ document_id: id }: Json) => id)
    const add = async (service: TestService, name: string, text: string): Promise<string> => {
      const { body } = await service.upload(name, text)
      await eventually(
        async () => (await service.json('GET', '/api/v1/documents')).body.documents,
        (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
      )
      return body.document_id
    }
    const bridge = await add(a, 'bridge.txt', 'The Sydney Harbour Bridge was opened in 1932 – 🌉.')
    const ferry = await add(b, 'ferry.txt', 'A ferry passes under the Harbour Bridge each hour.')

    await eventually(
      () => ask(a),
      ({ cached }) => cached,
    )
    const first = await ask(a)
    const asked = model.asked.length
    const given = await eventually(
      () => ask(b),
      ({ cached }) => cached,
    )
    const withoutTimes = (answer: Json): Json => ({ ...answer, processing_time: 0, processing_time_ms: 0 })
    assert.deepEqual(withoutTimes(given), withoutTimes(first))
    assert.ok(model.asked.length >= asked)

    const hits = async (): Promise<number> => (await b.json('GET', '/api/v1/stats')).body.detailed_stats.cache_hits
    let tries = 0
    await eventually(
      async () => {
        const query = `Harbour Bridge – 🌉 ${(tries += 1)}`
        const made = await search(a, query)
        const before = await hits()
        const taken = await search(b, query)
        for (const response of [made, taken]) delete response.search_statistics.processing_time_ms
        assert.deepEqual(taken, made)
        return (await hits()) - before
      },
      (more) => more === 1,
    )

    // Deleted on the one that did not take it in.
    assert.equal((await b.json('DELETE', `/api/v1/documents/${bridge}`)).status, 200)
    await gone(own)
    for (const service of [a, b]) {
      assert.deepEqual(await found(service), [ferry])
      assert.ok((await ask(service)).citations.every(({ doc_id: id }: Json) => id !== bridge))
    }
    await present(own)
    const texts = await own.look(async (client) =>
      Promise.all((await client.keys('*:results:*')).map((key) => client.hGetAll(key))),
    )
    assert.doesNotMatch(JSON.stringify(texts), new RegExp(bridge))

    await own.running.crash()
    assert.equal((await a.json('DELETE', `/api/v1/documents/${ferry}`)).status, 200)
    own.running = await own.start()
    for (const service of [a, b]) assert.deepEqual(await found(service), [])
  })
})
