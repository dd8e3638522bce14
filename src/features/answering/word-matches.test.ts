import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bestWordMatches } from './word-matches.ts'

const vectors = (words: readonly number[], ...rows: readonly (readonly number[])[]) => ({
  vector: new Float32Array(2),
  tokens: Float32Array.from(rows.flat()),
  words: Uint16Array.from(words),
})

test('a word has the mean of its pieces, and matches the nearest of the given words', () => {
  const own = vectors([0, 1, 1], [0, 1], [3, 0], [0, 4])
  const other = vectors([0, 1, 2], [1, 0], [0, 1], [0.6, 0.8])
  const best = bestWordMatches({ vectors: own, words: [0, 1] }, { vectors: other, words: [0, 2] }, 2)
  assert.deepEqual(
    best.map(({ cosine, at, mutual }) => [Number(cosine.toFixed(3)), at, mutual]),
    [
      [0.8, 1, false],
      [1, 1, true],
    ],
  )
})

test('what the encoder did not read matches nothing', () => {
  const own = vectors([0], [1, 0])
  const none = [{ cosine: 0, at: -1, mutual: false }]
  assert.deepEqual(bestWordMatches({ vectors: own, words: [3] }, { vectors: own, words: [0] }, 2), none)
  assert.deepEqual(bestWordMatches({ vectors: own, words: [0] }, { vectors: own, words: [] }, 2), none)
})
