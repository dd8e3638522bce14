import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createFreshness } from './freshness.ts'

test('fresh is what shows all that was committed more than the grace ago, if it was looked at lately', () => {
  let now = 0
  const freshness = createFreshness(100, () => now)
  assert.equal(freshness.fresh(), false)
  freshness.judge(5)
  assert.equal(freshness.fresh(), false, 'nothing is known of the log')
  freshness.looked(5)
  freshness.judge(4)
  assert.equal(freshness.fresh(), false)
  freshness.judge(5)
  assert.equal(freshness.fresh(), true)

  // Looks come often, as each commit asks for one: what is younger than the grace may be missing.
  for (now = 10; now < 100; now += 10) freshness.looked(5 + now)
  freshness.judge(5)
  assert.equal(freshness.fresh(), true)
  now = 125
  freshness.looked(95)
  freshness.judge(24)
  assert.equal(freshness.fresh(), false, '25 was the end of the log at 20')
  freshness.judge(25)
  assert.equal(freshness.fresh(), true)
  freshness.judge(undefined)
  assert.equal(freshness.fresh(), false)

  freshness.judge(95)
  now += 301
  assert.equal(freshness.fresh(), false, 'nobody has looked for long')
})
