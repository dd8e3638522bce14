import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { analyze } from './analyzer.ts'
import { WordBeginnings } from './word-beginnings.ts'

const mayHold = (text: string, query: string): boolean =>
  new WordBeginnings(analyze(query)).mayHold(text, 0, text.length)

test('words that begin otherwise than all of the query are told apart', () => {
  assert.equal(mayHold('boundary', 'bodies'), true)
  assert.equal(mayHold('bridge', 'bodies'), false)
  assert.equal(mayHold('shock-bodied', 'bodies'), true)
  assert.equal(mayHold('shock-waves', 'bodies'), false)
  assert.equal(mayHold('o', 'ox'), false)
})

test('forms of one word: y and i, acronyms with points, letters with marks', () => {
  for (const [text, query] of [
    ['eyed', 'eying'],
    ['DYES', 'dying'],
    ['U.S.A', 'USA'],
    ['n', 'N'],
    ['ábc', 'a\u0301bc'],
    ['a\u0301bc', 'ábc'],
  ] as const) {
    assert.equal(mayHold(text, query), true, `${text} for ${query}`)
  }
})

test('nothing is left out that holds a term of the query', () => {
  const pieces = 'a e y i s l b t ed ing ies ly al ion sses . - _ \u2019 1 4 U S é ß \u0301'.split(' ')
  const word = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(word, fc.array(word, { minLength: 1, maxLength: 4 }), fc.boolean(), (text, others, isHeld) => {
      const query = [...others, ...(isHeld ? [text.normalize('NFC')] : [])].join(' ')
      const wanted = new Set(analyze(query))
      if (analyze(text).some((term) => wanted.has(term))) assert.ok(mayHold(text, query), `${text} for ${query}`)
    }),
    { numRuns: 2000 },
  )
})
