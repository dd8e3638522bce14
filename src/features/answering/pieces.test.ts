import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { LONGEST, piecesOf } from './pieces.ts'

const texts = (text: string): string[] => piecesOf(text).map((piece) => piece.text)

test('a heading is never glued to its text and is not quoted by itself', () => {
  const pieces = piecesOf('Refunds\n\nWe pay back within 14 days of the purchase. Shipping is not paid back.')
  assert.deepEqual(
    pieces.map(({ text, leadsOn }) => [text, leadsOn]),
    [
      ['Refunds', true],
      ['We pay back within 14 days of the purchase.', false],
      ['Shipping is not paid back.', false],
    ],
  )
})

test('a question of a document leads on to its answer', () => {
  const pieces = piecesOf('How long does the delivery take? It takes three working days in most countries.')
  assert.deepEqual(
    pieces.map(({ leadsOn }) => leadsOn),
    [true, false],
  )
})

test('a passage of nothing but headings can still be quoted', () => {
  assert.deepEqual(
    piecesOf('Is this the place?').map(({ leadsOn }) => leadsOn),
    [false],
  )
})

test('each table row is a piece, whatever its length', () => {
  assert.deepEqual(texts('Name | Age\nAnn | 31\nBob | 4\n\nThe table was made in the spring of 2020.'), [
    'Name | Age',
    'Ann | 31',
    'Bob | 4',
    'The table was made in the spring of 2020.',
  ])
})

test('lines that only the page width parted are one sentence; list items are not', () => {
  assert.deepEqual(texts('The committee that met in the spring of that year did\nnot agree on a date for the vote.'), [
    'The committee that met in the spring of that year did\nnot agree on a date for the vote.',
  ])
  assert.equal(
    texts('- The first point of this list stands on a line of its own\n- The second point does so too').length,
    2,
  )
})

test('what is longer than the longest quote is cut at a mark, between words', () => {
  const text = `${'one two three four five, '.repeat(30)}and the end.`
  const pieces = texts(text)
  assert.ok(pieces.length > 1)
  for (const piece of pieces) assert.ok(piece.split(/\s+/).length <= LONGEST)
  assert.ok(pieces.slice(0, -1).every((piece) => piece.endsWith(',')))
})

test('reference marks hide no end of a sentence, and stay within one', () => {
  assert.deepEqual(
    texts('Many of the academies were closed later.[1] Some of them[2, 3] are still open today.[citation needed]'),
    ['Many of the academies were closed later.', 'Some of them[2, 3] are still open today.'],
  )
})

test('pieces are slices of the text in order, without white space at their ends, and lose nothing else', () => {
  const part = fc.constantFrom(
    'A sentence stands here. ',
    'x | y\n',
    '\n\n',
    'é😀',
    'Why? ',
    '\t',
    'word ',
    '- item\n',
    '[3]',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(part).map((parts) => parts.join('')),
        fc.string({ unit: 'grapheme' }).map((all) => all.replace(/[[\]]/g, '')),
      ),
      (text) => {
        let last = 0
        const kept: string[] = []
        for (const piece of piecesOf(text)) {
          assert.ok(piece.start >= last && piece.end > piece.start)
          assert.equal(piece.text, text.slice(piece.start, piece.end))
          assert.equal(piece.text, piece.text.trim())
          kept.push(piece.text)
          last = piece.end
        }
        const bare = (all: string): string => all.replace(/\s|\[\d+\]/g, '')
        assert.equal(bare(kept.join('')), bare(text))
      },
    ),
  )
})
