import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelOf } from './confidence.ts'

test('the level is low below the threshold, and high only where nine of ten answers were right', () => {
  assert.equal(levelOf(0.39, 0.4, 'tokens'), 'low')
  assert.equal(levelOf(0.4, 0.4, 'tokens'), 'medium')
  assert.equal(levelOf(0.87, 0.4, 'tokens'), 'medium')
  assert.equal(levelOf(0.9, 0.4, 'tokens'), 'high')
  assert.equal(levelOf(0.9, 0.95, 'tokens'), 'low')
})

test('by words alone no confidence is high: too few such answers were right', () => {
  assert.equal(levelOf(0.999, 0.4, 'words'), 'medium')
})
