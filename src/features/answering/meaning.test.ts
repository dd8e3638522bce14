import assert from 'node:assert/strict'
import { test } from 'node:test'
import { meaningScore, verdictByMeaning } from './meaning.ts'

const WORDS = { ownCoverage: 0.5, anchors: 1, unheldMatch: 0.75, mutual: 0.6, together: 0.5 }
const FEATURES = { coverage: 0.5, cosine: 0.86, words: WORDS }

test('nearer vectors and more of the words held, matched both ways and together make it surer', () => {
  const score = meaningScore(FEATURES)
  assert.ok(meaningScore({ ...FEATURES, cosine: 0.9 }) > score)
  for (const better of [{ ownCoverage: 0.6 }, { anchors: 2 }, { unheldMatch: 0.8 }, { mutual: 0.7 }, { together: 0.6 }])
    assert.ok(meaningScore({ ...FEATURES, words: { ...WORDS, ...better } }) > score, JSON.stringify(better))
})

test('without matches of words the cosine decides with the coverage', () => {
  const { words: _, ...plain } = FEATURES
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.9 }), 'supported')
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.88 }), 'doubtful')
  assert.equal(verdictByMeaning({ ...plain, cosine: 0.8 }), 'unsupported')
})
