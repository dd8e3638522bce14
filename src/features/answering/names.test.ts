import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsOtherForm, namesOf } from './names.ts'
import { readText } from './read-text.ts'

const names = (text: string): string[] => Array.from(namesOf(readText(text)), (token) => token.text)

test('names are capitalised words inside, and the first where it is surely one', () => {
  assert.deepEqual(names('The bridge was opened by Jack Lang.'), ['Jack', 'Lang'])
  assert.deepEqual(names('Jack Lang opened it.'), ['Jack', 'Lang'])
  assert.deepEqual(names('NASA opened it.'), ['NASA'])
  assert.deepEqual(names('Lang would open it.'), ['Lang'])
  assert.deepEqual(names('Researchers opened it.'), [])
  assert.deepEqual(names('It was opened in March 1932 by President Lang.'), ['Lang'])
})

test('other forms of a name', () => {
  const holds = (claim: string, name: string, quote: string): boolean => {
    const read = readText(claim)
    const token = read.tokens.find(({ text }) => text === name)
    assert.ok(token !== undefined)
    return holdsOtherForm(read, token, readText(quote))
  }
  assert.ok(holds('It joined the UN.', 'UN', 'It joined the United Nations.'))
  assert.ok(holds('It joined the United Nations.', 'Nations', 'It joined the UN.'))
  assert.ok(holds('He left the United States.', 'States', 'He left the U.S. in May.'))
  assert.ok(holds('The king of France came.', 'France', 'The French king came.'))
  assert.ok(holds('It lies in Thorne Avenue.', 'Avenue', 'It lies in Thorne Ave.'))
  assert.ok(holds('It stood at 28.5° East.', 'East', 'It stood at 28.5°E.'))
  assert.ok(holds('Many Parisians died.', 'Parisians', 'Many died in Paris.'))
  assert.ok(holds('Many American firms came.', 'American', 'Firms of the United States came.'))
  assert.ok(!holds('It stood at 28.5° East.', 'East', 'It stood at 28.5°W.'))
  assert.ok(!holds('It joined the EU.', 'EU', 'It joined the United Nations.'))
})
