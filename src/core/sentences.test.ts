import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sentences } from './sentences.ts'

const read = (text: string, language?: string): string[] =>
  sentences(text, language).map(({ start, end }) => text.slice(start, end))

test('cuts at the end of sentences and leaves the white space between them out', () => {
  assert.deepEqual(
    read('  The first sentence stands here.  The second one follows it!\n\nIs this the third sentence? '),
    ['The first sentence stands here.', 'The second one follows it!', 'Is this the third sentence?'],
  )
})

test('does not cut after an abbreviation or an initial', () => {
  assert.deepEqual(read('The paper was written by Dr. Smith and J. R. Miller. It was never published anywhere.'), [
    'The paper was written by Dr. Smith and J. R. Miller.',
    'It was never published anywhere.',
  ])
  assert.deepEqual(
    read('Die Vorschrift gilt für Tiere, z.B. Hunde gemäß Abs. 3 und Nr. 4. Der Rest gilt immer und überall.', 'de'),
    ['Die Vorschrift gilt für Tiere, z.B. Hunde gemäß Abs. 3 und Nr. 4.', 'Der Rest gilt immer und überall.'],
  )
})

test('goes on before a word in lower case, but not on a new line', () => {
  assert.deepEqual(read('The band is called Wham! and it was founded in 1981.'), [
    'The band is called Wham! and it was founded in 1981.',
  ])
  assert.equal(read('This line ends with a full stop here.\nthis line begins with a small letter.').length, 2)
})

test('joins short pieces to what follows, and the last one to what stands before', () => {
  assert.deepEqual(read('Yes. No. The answer depends on the season. Really?'), [
    'Yes. No. The answer depends on the season. Really?',
  ])
  assert.deepEqual(read('Short.'), ['Short.'])
  assert.deepEqual(read(' \n '), [])
})

test('reads Chinese, and an unknown language as English', () => {
  const chinese =
    '这是第一个句子，它写得足够长，所以不会与下一个句子合并在一起。这是第二个句子，它也写得足够长，所以不会被合并到前面去。'
  assert.equal(read(chinese, 'zh').length, 2)
  assert.equal(read('The first sentence stands here. The second one follows it.', '!!').length, 2)
})

test('spans are in order and hold every character that is not white space, once', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '. ',
      '\n',
      '\r\n',
      ' ',
      'Dr. ',
      '\ud800',
      '! and ',
      '。',
      'A sentence of some length stands here. ',
    ),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const text = pieces.join('')
      let at = 0
      for (const { start, end } of sentences(text)) {
        assert.equal(text.slice(at, start).trim(), '')
        assert.ok(start < end)
        assert.equal(text.slice(start, end).trim(), text.slice(start, end))
        at = end
      }
      assert.equal(text.slice(at).trim(), '')
    }),
  )
})
