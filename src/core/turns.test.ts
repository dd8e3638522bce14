import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns } from './turns.ts'

/** Keeps the thread for longer than a slice. */
function work(): void {
  for (const until = performance.now() + 12; performance.now() < until;);
}

test('work is done in order, and the loop hears others in between', async () => {
  const inTurn = createTurns()
  const heard: string[] = []
  setTimeout(() => heard.push('other'), 1)
  const done = ['a', 'b', 'c'].map((name) =>
    inTurn(() => {
      work()
      heard.push(name)
      return name
    }),
  )
  assert.deepEqual(await Promise.all(done), ['a', 'b', 'c'])
  assert.deepEqual(
    heard.filter((name) => name !== 'other'),
    ['a', 'b', 'c'],
  )
  assert.ok(heard.indexOf('other') < heard.indexOf('c'), heard.join(' '))
})

test('what one piece throws is its own, and the next is done', async () => {
  const inTurn = createTurns()
  const broken = inTurn(() => {
    throw new RangeError('broken')
  })
  const fine = inTurn(() => 1)
  await assert.rejects(broken, RangeError)
  assert.equal(await fine, 1)
})
