import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { highlighter } from './highlights.ts'

const marked = (text: string, query: string): string[] =>
  highlighter(query)(text).map(({ start, end }) => text.slice(start, end))

test('words are marked as they stand, whatever their ending and case', () => {
  assert.deepEqual(marked('The Studies of cells; a STUDY.', 'study of the cell'), ['Studies', 'cells', 'STUDY'])
  assert.deepEqual(marked('nothing of it', 'study'), [])
  assert.deepEqual(marked('of the', 'of the'), [])
  assert.deepEqual(marked('Die Häuser waren nicht alt, und das Haus ist auch nicht neu.', 'Haus'), ['Häuser', 'Haus'])
})

test('operators are read as the search reads them', () => {
  assert.deepEqual(marked('alpha beta gamma', '"alpha beta" -gamma'), ['alpha', 'beta'])
})

test('compounds are marked whole, or in the parts that are asked for', () => {
  assert.deepEqual(marked('with GPT-4o now', 'gpt 4o'), ['GPT-4o'])
  assert.deepEqual(marked('with GPT-4o now', 'GPT‑4o'), ['GPT-4o'])
  assert.deepEqual(marked('with GPT-4o now', 'gpt'), ['GPT'])
  assert.deepEqual(marked('the snake_case way; U.S.A.', 'case USA'), ['case', 'U.S.A'])
  assert.deepEqual(marked("Newton's law", 'newton'), ["Newton's"])
})

test('forms that compatibility levels, and characters of two code units, keep their offsets', () => {
  assert.deepEqual(marked('😀 ﬁne ＦＵＬＬ co\u00adoperation', 'fine full cooperation'), [
    'ﬁne',
    'ＦＵＬＬ',
    'co\u00adoperation',
  ])
})

test('scripts without spaces', () => {
  assert.deepEqual(marked('我在北京大学，北方', '北京大学'), ['北京大学'])
  assert.deepEqual(marked('北方有猫', '猫'), ['猫'])
  assert.deepEqual(marked('ภาษาไทยง่าย', 'ไทย'), ['ไทย'])
})

test('any text: ranges ascend, do not overlap, cut no character', () => {
  const any = fc.string({ unit: 'binary', maxLength: 120 })
  fc.assert(
    fc.property(any, any, (text, extra) => {
      let last = 0
      for (const { start, end } of highlighter(`${text} ${extra}`)(text)) {
        assert.ok(start >= last && end > start && end <= text.length)
        assert.ok(text.slice(start, end).isWellFormed() || !text.isWellFormed())
        last = end
      }
    }),
  )
})
