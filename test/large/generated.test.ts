import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generatePairs, hasParagraphs } from './verification/generated.ts'

const skip = hasParagraphs ? false : 'no xquad-en'

test('the pairs are the same each time, and others for another seed', { skip }, () => {
  const pairs = generatePairs()
  assert.deepEqual(generatePairs(), pairs)
  assert.notDeepEqual(generatePairs('other'), pairs)
})

test('every kind is there in both halves, and says what it is', { skip }, () => {
  const pairs = generatePairs()
  const kinds = new Set(pairs.map(({ kind }) => kind))
  assert.equal(kinds.size, 19)
  for (const kind of kinds) {
    const own = pairs.filter((pair) => pair.kind === kind)
    assert.equal(new Set(own.map(({ label }) => label)).size, 1, kind)
    for (const half of [true, false]) assert.ok(own.filter(({ even }) => even === half).length >= 20, kind)
  }
  for (const { kind, label, sentence, quote } of pairs) {
    if (kind === 'same sentence') assert.equal(sentence, quote)
    else assert.notEqual(sentence, quote, kind)
    if (!label) assert.ok(sentence.trim() !== '' && quote.trim() !== '', kind)
  }
})
