import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietLogger } from '../../test/databases.ts'
import { startRetention } from './retention.ts'

test('each is worked through in slices, one that fails is told of and keeps no other waiting', async () => {
  const slices: number[] = []
  const warned: unknown[] = []
  const done = Promise.withResolvers<void>()
  let rows = 120
  const { close } = startRetention(
    [
      { what: 'broken', remove: () => Promise.reject(new Error('no such table')) },
      {
        what: 'rows',
        async remove(inSlices) {
          await inSlices(async (limit) => {
            const some = Math.min(limit, rows)
            rows -= some
            slices.push(some)
            return some
          })
          done.resolve()
        },
      },
    ],
    { logger: { ...quietLogger, warn: (fields) => void warned.push(fields) } },
  )
  await done.promise
  await close()
  assert.deepEqual(slices, [50, 50, 20])
  assert.equal(warned.length, 1)
})

test('no slice begins after the close, which waits for the last one', async () => {
  const begun = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  let slices = 0
  let ended = 0
  const endless = {
    what: 'endless',
    remove: (inSlices: (slice: (limit: number) => Promise<number>) => Promise<void>) =>
      inSlices(async (limit) => {
        slices++
        begun.resolve()
        await goOn.promise
        ended++
        return limit
      }),
  }
  const { close } = startRetention([endless], { logger: quietLogger })
  await begun.promise
  const closing = close()
  goOn.resolve()
  await closing
  assert.deepEqual([slices, ended], [1, 1])
})
