import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRateLimiter } from '../../src/adapters/shared-state/rate-limiter.ts'
import type { SharedState } from '../../src/core/ports/shared-state.ts'
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
}
