import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readableTitle, wordsOf } from './words.ts'

test('words with their places and kinds', () => {
  const text = 'In May 1998 the Bank lent $1,000.50 twice.'
  const words = wordsOf(text)
  assert.deepEqual(
    words.map((word) => word.text),
    ['In', 'May', '1998', 'the', 'Bank', 'lent', '1,000.50', 'twice'],
  )
  for (const word of words) assert.equal(text.slice(word.offset, word.offset + word.text.length), word.text)
  const having = (kind: 'stop' | 'date' | 'number' | 'capital'): string[] =>
    words.filter((word) => word[kind]).map((word) => word.text)
  assert.deepEqual(having('stop'), ['In', 'the'])
  assert.deepEqual(having('date'), ['May', '1998'])
  assert.deepEqual(having('number'), ['1998', '1,000.50', 'twice'])
  assert.deepEqual(having('capital'), ['In', 'May', 'Bank'])
})

test('scripts without spaces are read in words, too', () => {
  const text = '上海是中国最大的城市'
  const words = wordsOf(text)
  assert.ok(words.length > 3)
  assert.equal(words.map((word) => text.slice(word.offset, word.offset + word.text.length)).join(''), text)
})

test('a file name’s underscores are spaces', () => {
  assert.equal(readableTitle('Super_Bowl_50'), 'Super Bowl 50')
})
