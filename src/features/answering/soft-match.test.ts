import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { softMatch } from './soft-match.ts'

test('equal words match fully, short and numeric ones only so', () => {
  assert.equal(softMatch('pan', 'pan'), 1)
  assert.equal(softMatch('pan', 'pand'), 0)
  assert.equal(softMatch('1998a', '1998b'), 0)
})

test('spelling variants, inflections and compounds match in part', () => {
  assert.ok(softMatch('organis', 'organiz') >= 0.7)
  assert.ok(softMatch('govern', 'government') >= 0.7)
  assert.equal(softMatch('zeitung', 'tageszeitung'), 0.7)
  assert.equal(softMatch('river', 'mountain'), 0)
})

test('is symmetric and stays within 0 and 1', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'e', '1'), maxLength: 12 })
  fc.assert(
    fc.property(word, word, (a, b) => {
      const match = softMatch(a, b)
      assert.equal(match, softMatch(b, a))
      assert.ok(match >= 0 && match <= 1)
    }),
  )
})
