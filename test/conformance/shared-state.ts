import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRateLimiter } from '../../src/adapters/shared-state/rate-limiter.ts'
import type { CachePlace, SharedCache, SharedState } from '../../src/core/ports/shared-state.ts'
import { eventually } from '../service.ts'

export interface SharedStateUnderTest {
  readonly name: string
  readonly supports: {
    /** Whether two of one namespace, as two instances have them, are one. */
    readonly sharing: boolean
  }
  /** Reached when it resolves. Closed by the suite. */
  readonly open: (namespace: string) => Promise<SharedState>
}

const MINUTE = 60_000
let namespaces = 0

/** What every implementation of the port does. */
export function sharedStateConformance({ name, supports, open }: SharedStateUnderTest): void {
  const namespace = (): string => `test-${process.pid}-${(namespaces += 1)}`
  const opened = async (t: TestContext, of = namespace()): Promise<SharedState> => {
    const shared = await open(of)
    t.after(() => shared.close())
    return shared
  }

  test(`${name}: counts each key by itself, from its first on until its window ends`, async (t) => {
    const shared = await opened(t)
    assert.equal(await shared.reached(), true)
    const first = await shared.count('a', MINUTE)
    assert.equal(first.count, 1)
    assert.ok(first.resetMs > MINUTE / 2 && first.resetMs <= MINUTE)
    const second = await shared.count('a', MINUTE)
    assert.equal(second.count, 2)
    assert.ok(second.resetMs <= first.resetMs)
    assert.equal((await shared.count('b', MINUTE)).count, 1)

    assert.equal((await shared.count('short', 50)).count, 1)
    await sleep(100)
    const anew = await shared.count('short', MINUTE)
    assert.equal(anew.count, 1)
    assert.ok(anew.resetMs > MINUTE / 2)
  })

  test(`${name}: of many at once each has a number of its own`, async (t) => {
    const shared = await opened(t)
    const counts = await Promise.all(Array.from({ length: 200 }, () => shared.count('key', MINUTE)))
    assert.deepEqual(
      counts.map(({ count }) => count).toSorted((a, b) => a - b),
      Array.from({ length: 200 }, (_, i) => i + 1),
    )
  })

  test(`${name}: a limit is kept, and what is refused makes its window no longer`, async (t) => {
    const limiter = createRateLimiter(await opened(t), { requests: 2, window: MINUTE })
    const taken = []
    for (let i = 0; i < 4; i += 1) taken.push(await limiter.take('ann'))
    assert.deepEqual(
      taken.map(({ allowed, limit, remaining }) => [allowed, limit, remaining]),
      [
        [true, 2, 1],
        [true, 2, 0],
        [false, 2, 0],
        [false, 2, 0],
      ],
    )
    assert.ok((taken[3]?.resetMs ?? 0) <= (taken[0]?.resetMs ?? 0))
    assert.equal((await limiter.take('bob')).allowed, true)
  })

  test(`${name}: what is told is heard in its channel, in order, until the listener goes`, async (t) => {
    const shared = await opened(t)
    const [heard, beside]: [string[], string[]] = [[], []]
    const stop = shared.subscribe('here', (message) => heard.push(message))
    shared.subscribe('there', (message) => beside.push(message))
    for (const message of ['one', '', '{"quoted": "\\u0000 é 🚢"}']) shared.publish('here', message)
    await eventually(
      async () => heard,
      ({ length }) => length >= 3,
    )
    stop()
    shared.publish('here', 'unheard')
    shared.publish('there', 'last')
    await eventually(
      async () => beside,
      ({ length }) => length > 0,
    )
    assert.deepEqual([heard, beside], [['one', '', '{"quoted": "\\u0000 é 🚢"}'], ['last']])
  })

  test(`${name}: another instance ${supports.sharing ? 'hears too, and once' : 'hears nothing'}`, async (t) => {
    const of = namespace()
    const [one, other, stranger] = [await opened(t, of), await opened(t, of), await opened(t)]
    const heard: string[] = []
    for (const [who, shared] of Object.entries({ one, other, stranger }))
      shared.subscribe('channel', (message) => heard.push(`${who}: ${message}`))
    one.publish('channel', 'a')
    if (supports.sharing) {
      await eventually(
        async () => heard,
        (all) => all.includes('other: a'),
      )
    }
    // Behind what else might come of it.
    other.publish('channel', 'b')
    await eventually(
      async () => heard,
      (all) => all.includes(supports.sharing ? 'one: b' : 'other: b'),
    )
    assert.deepEqual(
      heard.toSorted(),
      supports.sharing ? ['one: a', 'one: b', 'other: a', 'other: b'] : ['one: a', 'other: b'],
    )
  })

  test(`${name}: two instances of one service are ${supports.sharing ? 'one' : 'two'}`, async (t) => {
    const of = namespace()
    const [one, other, stranger] = [await opened(t, of), await opened(t, of), await opened(t)]
    await one.count('key', MINUTE)
    assert.equal((await other.count('key', MINUTE)).count, supports.sharing ? 2 : 1)
    assert.equal((await stranger.count('key', MINUTE)).count, 1)
  })

  test(`${name}: ${supports.sharing ? 'keeps texts for others' : 'keeps no texts, as nobody else would find them'}`, async (t) => {
    const of = namespace()
    const [one, other, stranger] = [await opened(t, of), await opened(t, of), await opened(t)]
    if (!supports.sharing) {
      assert.deepEqual([one.cache, other.cache], [undefined, undefined])
      return
    }
    const limits = { ttl: MINUTE, entries: 10 }
    const texts = ['', 'a text', '{"quoted": "\\u0000 \u0000 é 🚢"}', 'ü'.repeat(100_000)]
    const place = (i: number): CachePlace => ({ owner: 'ann', change: 3, key: `key ${i}` })
    for (const [i, text] of texts.entries()) cacheOf(one).set(place(i), text, limits)
    for (const [i, text] of texts.entries()) {
      const found = await foundIn(one, place(i))
      assert.deepEqual([found.text, (await foundIn(other, place(i))).text], [text, text])
      assert.ok(found.leftMs > MINUTE / 2 && found.leftMs <= MINUTE)
    }
    for (const elsewhere of [{ key: 'key' }, { owner: 'bob' }, { change: 2 }])
      assert.equal(await cacheOf(other).get({ ...place(1), ...elsewhere }), undefined, JSON.stringify(elsewhere))
    assert.equal(await cacheOf(stranger).get(place(1)), undefined)
    cacheOf(other).set(place(1), 'another text', limits)
    await foundIn(other, place(1))
    assert.equal((await foundIn(one, place(1))).text, 'another text')
  })

  if (!supports.sharing) return

  test(`${name}: texts of a change before the last one are thrown away, and come no more`, async (t) => {
    const of = namespace()
    const [one, other] = [await opened(t, of), await opened(t, of)]
    const limits = { ttl: MINUTE, entries: 10 }
    const [before, after] = [3, 4].map((change) => ({ owner: 'ann', change, key: 'key' })) as [CachePlace, CachePlace]
    cacheOf(one).set(before, 'before', limits)
    await foundIn(other, before)
    cacheOf(other).set(after, 'after', limits)
    await foundIn(one, after)
    // Of who is late.
    cacheOf(one).set(before, 'before', limits)
    assert.equal(await cacheOf(one).get(before), undefined)
    assert.equal((await foundIn(one, after)).text, 'after')
    // To look for what is newer is enough.
    assert.equal(await cacheOf(other).get({ ...after, change: 5 }), undefined)
    assert.equal(await cacheOf(one).get(after), undefined)
  })

  test(`${name}: all of an owner is forgotten at once, and nothing of others`, async (t) => {
    const of = namespace()
    const [one, other] = [await opened(t, of), await opened(t, of)]
    const [ann, bob] = ['ann', 'bob'].map((owner) => ({ owner, change: 3, key: 'key' })) as [CachePlace, CachePlace]
    for (const place of [ann, bob, { ...ann, key: 'another' }])
      cacheOf(one).set(place, place.owner, { ttl: MINUTE, entries: 10 })
    await foundIn(other, { ...ann, key: 'another' })
    cacheOf(one).forget('ann')
    for (const key of ['key', 'another']) assert.equal(await cacheOf(one).get({ ...ann, key }), undefined)
    assert.equal(await cacheOf(other).get(ann), undefined)
    assert.equal((await foundIn(other, bob)).text, 'bob')
    cacheOf(other).set(ann, 'again', { ttl: MINUTE, entries: 10 })
    assert.equal((await foundIn(other, ann)).text, 'again')
  })

  test(`${name}: texts end in time, are so many at most, and none is large`, async (t) => {
    const shared = await opened(t)
    const place = (key: string): CachePlace => ({ owner: 'ann', change: 3, key })
    const set = (key: string, ttl = MINUTE, text = key): void =>
      cacheOf(shared).set(place(key), text, { ttl, entries: 3 })
    set('short', 50)
    set('long')
    await sleep(100)
    assert.equal(await cacheOf(shared).get(place('short')), undefined)
    assert.equal((await foundIn(shared, place('long'))).text, 'long')
    for (const key of ['2', '3', 'long', '4']) {
      set(key)
      await sleep(2)
    }
    await foundIn(shared, place('4'))
    const left = await Promise.all(['2', '3', 'long', '4'].map((key) => cacheOf(shared).get(place(key))))
    assert.deepEqual(
      left.map((found) => found?.text),
      [undefined, '3', 'long', '4'],
    )
    set('large', MINUTE, 'ü'.repeat(131_073))
    set('another')
    await foundIn(shared, place('another'))
    assert.equal(await cacheOf(shared).get(place('large')), undefined)
    assert.equal((await foundIn(shared, place('4'))).text, '4')
  })
}

function cacheOf({ cache }: SharedState): SharedCache {
  assert.ok(cache !== undefined)
  return cache
}

/** What comes late on a busy machine is not waited for: it is there all the same. */
const foundIn = (shared: SharedState, place: CachePlace) =>
  eventually(
    async () => (await cacheOf(shared).get(place)) ?? { text: 'nothing', leftMs: 0 },
    ({ leftMs }) => leftMs > 0,
  )
