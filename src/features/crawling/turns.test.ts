import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

const clock = { now: () => new Date() }

test('one at a time for a host, in order; other hosts do not wait', async () => {
  const turns = createTurns(clock)
  const log: string[] = []
  const release = Promise.withResolvers<void>()
  const first = turns.take('a', 0, undefined, async () => {
    log.push('a1')
    await release.promise
    log.push('a1 ended')
  })
  const second = turns.take('a', 0, undefined, async () => void log.push('a2'))
  await turns.take('b', 0, undefined, async () => void log.push('b1'))
  release.resolve()
  await Promise.all([first, second])
  assert.deepEqual(log, ['a1', 'b1', 'a1 ended', 'a2'])
})

test('between two lies the pause, counted from the end of the first', async () => {
  const turns = createTurns({ now: () => new Date(1_000_000_000_000) })
  await turns.take('a', 3_600_000, undefined, async () => undefined)
  const stop = new AbortController()
  const second = turns.take('a', 3_600_000, stop.signal, () => assert.fail('not asked'))
  await turns.take('b', 3_600_000, undefined, async () => undefined)
  stop.abort()
  await assert.rejects(second, { name: 'AbortError' })
})

test('a failure is its own, and whoever no longer waits lets the others on', async () => {
  const turns = createTurns(clock)
  await assert.rejects(
    turns.take('a', 0, undefined, () => Promise.reject(new Error('no'))),
    /no/,
  )
  turns.hold('a', 3_600_000)
  const [first, second] = [new AbortController(), new AbortController()]
  const held = turns.take('a', 0, first.signal, () => assert.fail('not asked'))
  const behind = turns.take('a', 0, second.signal, () => assert.fail('not asked'))
  const reason = new Error('cancelled')
  second.abort(reason)
  await assert.rejects(behind, (error) => error === reason)
  first.abort(reason)
  await assert.rejects(held, (error) => error === reason)
})
