import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FOLDER, hasPages, measureMainText } from '../../bench/html-scrapinghub.ts'
import { oneIn } from './sample.ts'

const skip = hasPages ? false : `no ${FOLDER}`

test(
  'the main text of news pages is found better than by Readability alone, in at most 1.5 times its time',
  { skip },
  async () => {
    const { 'held out': heldOut } = await measureMainText(['held out'], oneIn(2))
    const { ours, 'Readability alone': readability } = heldOut
    assert.ok(ours.f1 >= 0.95, `F1 ${ours.f1.toFixed(4)}`)
    assert.ok(ours.f1 > readability.f1, `F1 ${ours.f1.toFixed(4)}, Readability ${readability.f1.toFixed(4)}`)
    assert.ok(
      ours.milliseconds <= 1.5 * readability.milliseconds,
      `${Math.round(ours.milliseconds)} ms, Readability ${Math.round(readability.milliseconds)} ms`,
    )
  },
)
