import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ANTONYMS } from './antonym-list.ts'
import { antonymDiffers } from './antonyms.ts'
import { readText } from './read-text.ts'

const differs = (claim: string, quote: string): boolean => antonymDiffers(readText(claim), readText(quote))

test('a word opposed to one of the quote differs, in any inflection', () => {
  assert.ok(differs('Profits were falling.', 'Profits rose.'))
  assert.ok(differs('The flight left it richer.', 'The flight left it much poorer.'))
  assert.ok(differs('Temperatures have decreased.', 'Temperatures increased.'))
  assert.ok(differs('It is the oldest part of town.', 'It is the newest part of town.'))
  assert.ok(differs('It is not likely for a decade or fewer.', 'It is not likely for a decade or more.'))
})

test('a word that has both in the quote, a converse and a denied one do not', () => {
  assert.ok(!differs('Output fell after 1990.', 'Output grew until 1990 and fell after that.'))
  assert.ok(!differs('Texas is larger than Nevada.', 'Nevada is smaller than Texas.'))
  assert.ok(
    !differs('After a year in Europe it came to Russia.', 'It was in Europe for a year before it came to Russia.'),
  )
  assert.ok(!differs('It was found no later than 1773.', 'It was found in 1773 or earlier.'))
  assert.ok(!differs('The plan was not accepted by them.', 'The plan was rejected by them.'))
  assert.ok(!differs('It was even in the morning.', 'It was there in the morning.'))
})

test('the list has two sides a line, and no word on both', () => {
  for (const line of ANTONYMS.trim().split('\n')) {
    const [left = [], right = [], ...more] = line.split(' : ').map((side) => side.split(' '))
    assert.ok(left.length > 0 && right.length > 0 && more.length === 0, line)
    assert.deepEqual(
      left.filter((word) => right.includes(word)),
      [],
      line,
    )
  }
})
