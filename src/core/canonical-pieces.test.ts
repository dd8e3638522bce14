import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createCanonicalPieces } from './canonical-pieces.ts'
import { canonicalText } from './canonical-text.ts'

const piece = fc
  .array(fc.constantFrom('a', '\0', '\r', '\n', '\uFEFF', '\uD83D', '\uDE00', '😀', ' '), { maxLength: 6 })
  .map((characters) => characters.join(''))

test('pieces are, put together, the canonical form of the whole', () => {
  fc.assert(
    fc.property(fc.array(piece), (pieces) => {
      const canonical = createCanonicalPieces()
      assert.equal(pieces.map(canonical.push).join('') + canonical.end(), canonicalText(pieces.join('')))
    }),
    { numRuns: 3000 },
  )
})
