import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelEvent } from '../../../core/ports/language-models.ts'
import { createEventQueue } from './event-queue.ts'

const text = (written: string): ModelEvent => ({ type: 'text-delta', text: written })

test('what has come is read before the failure of the thread behind it, and that again by whoever asks again', async () => {
  const queue = createEventQueue()
  queue.add(text('It was'))
  queue.add(text(' built'))
  queue.fail(new Error('The thread has stopped'))
  assert.deepEqual([await queue.next(), await queue.next()], [text('It was'), text(' built')])
  await assert.rejects(queue.next(), /has stopped/)
  await assert.rejects(queue.next(), /has stopped/)
})

test('a reader that left hears of it at once, though more has come or failed', async () => {
  const queue = createEventQueue()
  queue.add(text('It was'))
  queue.fail(new Error('The thread has stopped'))
  queue.leave(new Error('gone'))
  await assert.rejects(queue.next(), /gone/)
})

test('a reader that waits is woken by what comes, by a failure and by its own leave', async () => {
  for (const [happen, seen] of [
    [(queue: ReturnType<typeof createEventQueue>) => queue.add(text('It')), undefined],
    [(queue: ReturnType<typeof createEventQueue>) => queue.fail(new Error('stopped')), /stopped/],
    [(queue: ReturnType<typeof createEventQueue>) => queue.leave(new Error('gone')), /gone/],
  ] as const) {
    const queue = createEventQueue()
    const next = queue.next()
    happen(queue)
    if (seen === undefined) assert.deepEqual(await next, text('It'))
    else await assert.rejects(next, seen)
  }
})
