import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meaningScore, verdictByMeaning } from './meaning.ts'

const FEATURES = { coverage: 0.5, cosine: 0.86, lengthRatio: -0.3, unheldMatch: 0.75 }

test('more words held, nearer vectors and a shorter sentence never make it less sure', () => {
  const score = meaningScore(FEATURES)
  for (const better of [{ coverage: 0.6 }, { cosine: 0.9 }, { unheldMatch: 0.8 }, { lengthRatio: -1 }])
    assert.ok(meaningScore({ ...FEATURES, ...better }) > score, JSON.stringify(better))
})

test('without matches of words the cosine decides with the coverage', () => {
  const { unheldMatch: _, ...plain } = FEATURES
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.9 }), 'supported')
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.88 }), 'doubtful')
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.8 }), 'unsupported')
})
