import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { markedSentences } from './claims.ts'

const read = (answer: string): [string, readonly number[]][] =>
  markedSentences(answer).map(({ text, numbers }) => [text, numbers])

test('a mark belongs to its sentence on either side of the full stop', () => {
  assert.deepEqual(
    read('The bridge was opened in 1932 [2]. It is painted every ten years. [1][3] Nobody knows why that is so.'),
    [
      ['The bridge was opened in 1932.', [2]],
      ['It is painted every ten years.', [1, 3]],
      ['Nobody knows why that is so.', []],
    ],
  )
})

test('a mark at final punctuation ends a sentence where the sentence rules see none; one within does not', () => {
  assert.deepEqual(read('They all live in the U.S [1]. “Now what?” they ask [2].\n\nA sentence of its own [3].'), [
    ['They all live in the U.S.', [1]],
    ['“Now what?” they ask.', [2]],
    ['A sentence of its own.', [3]],
  ])
  assert.deepEqual(read('It has ninety percent of viewers (in the U.S.) [1].'), [
    ['It has ninety percent of viewers (in the U.S.).', [1]],
  ])
  assert.deepEqual(read('The bridge [1] and the opera [2], by the way, are both in Sydney.'), [
    ['The bridge and the opera, by the way, are both in Sydney.', [1, 2]],
  ])
})

test('lists and ranges of numbers', () => {
  assert.deepEqual(read('The bridge was opened in the year 1932 [1, 3-5].'), [
    ['The bridge was opened in the year 1932.', [1, 3, 4, 5]],
  ])
  assert.deepEqual(read('The law took effect in those years [1900-1990].')[0]?.[1], [1900, 1990])
})

test('places are places of the answer, marks included', () => {
  const answer =
    'The bridge was opened in 1932 [2]. It is painted every ten years. [1]\n\nThe painters like their work [4].'
  assert.deepEqual(
    markedSentences(answer).map(({ start, end }) => answer.slice(start, end)),
    ['The bridge was opened in 1932 [2].', 'It is painted every ten years. [1]', 'The painters like their work [4].'],
  )
})

test('any text: places are in order and every mark is somebody’s', () => {
  const part = fc.constantFrom(
    'A sentence that is long enough. ',
    ' [1]',
    '[2] ',
    '[3, 4].',
    'word ',
    '\n\n',
    '. ',
    '[x]',
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const answer = parts.join('')
      const sentences = markedSentences(answer)
      let last = 0
      for (const { start, end } of sentences) {
        assert.ok(start >= last && end >= start && end <= answer.length)
        last = end
      }
      const expected = new Set(
        parts.flatMap((p) => (p.includes('[3') ? [3, 4] : p.includes('[1') ? [1] : p.includes('[2') ? [2] : [])),
      )
      if (sentences.length > 0) assert.deepEqual(new Set(sentences.flatMap(({ numbers }) => numbers)), expected)
    }),
  )
})
