import assert from 'node:assert/strict'
import { test } from 'node:test'
import { levelOf } from './confidence.ts'

const TOKENS = { fit: 'english', tier: 'tokens' } as const
const WORDS = { fit: 'english', tier: 'words' } as const

test('the level is low below the threshold, and high only where nine of ten answers were right', () => {
  assert.equal(levelOf(0.39, 0.4, TOKENS), 'low')
  assert.equal(levelOf(0.4, 0.4, TOKENS), 'medium')
  assert.equal(levelOf(0.87, 0.4, TOKENS), 'medium')
  assert.equal(levelOf(0.93, 0.4, TOKENS), 'high')
  assert.equal(levelOf(0.93, 0.95, TOKENS), 'low')
})

test('by words alone no confidence is high: too few such answers were right', () => {
  assert.equal(levelOf(0.999, 0.4, WORDS), 'medium')
})
