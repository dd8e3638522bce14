import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readClaim, readQuote } from './read-claim.ts'
import { supportOf } from './support.ts'
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

const says = (sentence: string, quote: string): string | null =>
  supportOf(readClaim(sentence), readQuote(quote, readText('')), () => 1).doubt

test('a number in another form is the same', () => {
  assert.notEqual(says('The islands were taken in the fifteenth century.', 'The islands were taken in 1402.'), 'number')
  assert.equal(says('The islands were taken in the sixteenth century.', 'The islands were taken in 1402.'), 'number')
  const both = 'The New Testament came out in 1523 and the whole Bible in 1530.'
  assert.notEqual(says('The whole Bible came out seven years later.', both), 'number')
  assert.equal(says('The whole Bible came out nine years later.', both), 'number')
  assert.notEqual(says('The fee is 30 million pounds.', 'The fee is £30m.'), 'number')
  assert.notEqual(says('About a third of the forest is lost.', 'Of the forest 30% is lost.'), 'number')
  assert.equal(says('A tenth of the forest is lost.', 'Of the forest 30% is lost.'), 'number')
  const named = 'BSkyB and Virgin Media agreed on channels.'
  assert.notEqual(says('The two companies agreed on channels.', named), 'number')
  assert.equal(says('The two companies agreed on channels.', 'All five companies agreed on channels.'), 'number')
})

test('a name that stands where the quote has another is missing, also where its last word is there', () => {
  const quote = 'They were given land above the falls of the James River.'
  assert.deepEqual(says('They were given land above the falls of the Potomac River.', quote), 'name')
  assert.equal(
    supportOf(readClaim('They were given land above the Potomac River.'), readQuote(quote, readText('')), () => 1)
      .verdict,
    'unsupported',
  )
  assert.equal(
    supportOf(readClaim('In 1932 Bob Lang opened it.'), readQuote('In 1932 Lang opened it.', readText('')), () => 1)
      .verdict,
    'doubtful',
  )
})
