import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { parseQuery, queryText } from './query.ts'

const parsed = (query: string): [text: string, required: readonly string[], excluded: readonly string[]] => {
  const { text, required, excluded } = parseQuery(query)
  return [text.replace(/\s+/g, ' '), required, excluded]
}

test('phrases, required and excluded words', () => {
  assert.deepEqual(parsed('"due process" law'), ['due process law', ['due process'], []])
  assert.deepEqual(parsed('+court -tax law'), ['court law', ['court'], ['tax']])
  assert.deepEqual(parsed('law -"income tax" +"due process"'), ['law due process', ['due process'], ['income tax']])
  assert.deepEqual(parsed('(+court "a b")'), ['(court a b)', ['court', 'a b'], []])
  assert.deepEqual(parsed('“force majeure” „höhere Gewalt“ «fuerza mayor»')[1], [
    'force majeure',
    'höhere Gewalt',
    'fuerza mayor',
  ])
  assert.deepEqual(parsed('最佳"华沙"典范'), ['最佳华沙典范', ['华沙'], []])
})

test('signs within words and before numbers are text', () => {
  for (const query of ['GPT-4o C++ C# a+b', '-5 +1 -2, -3', '- a + b', '--flag', 'well-known', '1+1', 'x -.5']) {
    assert.deepEqual(parsed(query), [query, [], []])
  }
  assert.deepEqual(parsed('+C++ -GPT-4o'), ['C++', ['C++'], ['GPT-4o']])
})

test('the hyphen of a shortened compound excludes nothing', () => {
  const query = 'Privatpersonen und -organisationen'
  assert.deepEqual(parsed(query), [query, [], []])
  assert.deepEqual(parsed('hund -katze')[2], ['katze'])
})

test('quotes that do not close, or that mean inches, are text', () => {
  for (const query of ['say "unbalanced', 'pipes of 5" and 3" width', '""', 'a"b"c', '“open', 'closed”']) {
    assert.deepEqual(parsed(query), [query, [], []])
  }
})

test('in a question only quotes with a sign are conditions', () => {
  for (const question of ['who wrote "Dear Brother"', 'whom is "Dear Brother" by?', 'Why is it called "the House?"']) {
    assert.deepEqual(parsed(question), [question, [], []])
  }
  assert.deepEqual(parsed('whatever "Dear Brother"')[1], ['Dear Brother'])
  assert.deepEqual(parsed('who wrote +"Dear Brother" -"B side"？'), [
    'who wrote Dear Brother ？',
    ['Dear Brother'],
    ['B side'],
  ])
})

test('what only excludes looks for nothing', () => {
  assert.equal(queryText('-tax -"due process"'), '')
  assert.equal(queryText('law -tax'), 'law')
})

test('any text: no operator, no change; and always an answer', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab-+"“”«» ?5')), maxLength: 24 }), (query) => {
      const { text, required, excluded } = parseQuery(query)
      if (required.length + excluded.length === 0) assert.equal(text, query)
      for (const operand of [...required, ...excluded]) assert.ok(operand !== '' && query.includes(operand))
      for (const operand of required) assert.ok(text.includes(operand.trim()))
    }),
  )
})
