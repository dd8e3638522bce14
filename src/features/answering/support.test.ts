import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaim, readQuote, supportOf } from './support.ts'
import { readText } from './read-text.ts'

const QUOTE = 'In 1932 the Sydney Harbour Bridge was opened by premier Jack Lang before one million people.'
const check = (sentence: string, context = '') => {
  const { verdict, doubt } = supportOf(readClaim(sentence), readQuote(QUOTE, readText(context)), () => 1)
  return [verdict, doubt]
}

test('a sentence whose numbers, names and words stand in the quote is supported', () => {
  assert.deepEqual(check('Jack Lang opened the Sydney Harbour Bridge in 1932.'), ['supported', null])
  assert.deepEqual(check('The bridge was opened before 1,000,000 people.'), ['supported', null])
})

test('another number or name is not', () => {
  assert.deepEqual(check('Jack Lang opened the Sydney Harbour Bridge in 1933.'), ['unsupported', 'number'])
  assert.deepEqual(check('The bridge was opened by Joseph Lyons.'), ['unsupported', 'name'])
})

test('a name may stand in the context', () => {
  assert.deepEqual(check('The bridge in Australia was opened in 1932.'), ['unsupported', 'name'])
  assert.deepEqual(check('The bridge in Australia was opened in 1932.', 'Bridges of Australia'), ['supported', null])
})

test('too few of the words found is doubtful, then unsupported', () => {
  assert.deepEqual(check('The bridge was opened by the premier, who rejoiced loudly.'), ['doubtful', 'coverage'])
  assert.deepEqual(check('Engineers calculated its steel arches very carefully.'), ['unsupported', 'coverage'])
})
