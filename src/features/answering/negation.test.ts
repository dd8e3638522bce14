import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparedNegation } from './negation.ts'
import { readText } from './read-text.ts'

const compare = (claim: string, quote: string) => comparedNegation(readText(claim), readText(quote))

test('a negation that only one of the two has differs', () => {
  const quote = 'The rebuilt pier was later damaged by Fay, but not destroyed.'
  assert.equal(compare('The rebuilt pier was not later damaged by Fay, but not destroyed.', quote), 'differs')
  assert.equal(compare('The rebuilt pier was destroyed by the storm Fay.', quote), 'differs')
  assert.equal(compare('The pier was damaged by Fay, though not destroyed.', quote), 'same')
  assert.equal(compare("The committee didn't approve the plan.", 'The committee approved the plan.'), 'differs')
})

test('the same negation in other words is the same', () => {
  assert.equal(compare('It was not possible to leave the town.', 'It was impossible to leave the town.'), 'same')
  assert.equal(compare('They failed to reach the summit.', 'They did not reach the summit.'), 'same')
  assert.equal(compare('They work without regulation.', 'They work outside of regulation.'), 'same')
  assert.equal(compare('The home team did not win the game.', 'The home team lost the game.'), 'same')
})

test('a negation said by another kind of sentence is the same', () => {
  assert.equal(compare('No city of Florida is larger than it.', 'It is the largest city of Florida.'), 'same')
  assert.equal(compare('The author is not known.', 'The author is unknown.'), 'same')
  assert.equal(compare('Soldiers may not sit there.', 'Soldiers are disqualified from sitting there.'), 'same')
  assert.equal(compare('Inputs that are not strings are encoded.', 'Inputs other than strings are encoded.'), 'same')
  assert.equal(compare("The writers weren't Marxists.", 'They were non-Marxist writers.'), 'same')
  assert.equal(compare('The vote on devolution failed.', 'The referendum to set up an assembly failed.'), 'same')
})

test('what the quote denies each time is not affirmed', () => {
  const quote = 'Many classes are suspected to be unequal, but this has not been proved.'
  assert.equal(compare('It was proved that the classes are unequal.', quote), 'differs')
  assert.equal(compare('All are born free and equal.', 'All are not born free and equal.'), 'differs')
  assert.equal(compare('All are not born equal.', 'All are born free and equal in rights.'), 'differs')
  assert.equal(compare('It was opened in 1932.', 'It was not opened until 1932.'), 'same')
})

test('words that look like negations are none', () => {
  assert.equal(compare('It is not only old but large.', 'It is old and large.'), 'same')
  assert.equal(compare('They stayed at No. 5 for a year.', 'They stayed at number 5 for a year.'), 'same')
  assert.equal(compare('It was found no later than 1773.', 'It was found in 1773 or before.'), 'same')
  assert.equal(compare('It may or may not receive money.', 'Some receive money.'), 'same')
  assert.equal(
    compare('The property of being prime has a name.', 'The property of being prime (or not) has a name.'),
    'same',
  )
})

test('“no” as an answer denies nothing that follows', () => {
  const quote = 'The machine halts and outputs the answer ("yes" or "no").'
  assert.equal(compare('The machine halts and outputs the answer.', quote), 'same')
  assert.equal(
    compare('He replied "No, not any more" in that play.', 'In that play he replied, "No, not any more."'),
    'same',
  )
  assert.equal(compare('The machine has an answer.', 'The machine has no "answer".'), 'differs')
})

test('a prefix denies, where the rest is a word of the other text', () => {
  assert.equal(compare('The rule was unfair to them.', 'The rule was fair to them.'), 'differs')
  assert.equal(compare('The effect was insignificant.', 'The effect was significant.'), 'differs')
  assert.equal(compare('It was proposed in the United Kingdom.', 'It was proposed there.'), 'same')
})

test('negations of other languages are known', () => {
  assert.equal(
    compare('Die Brücke wurde nicht in dem Jahr eröffnet.', 'Die Brücke wurde in dem Jahr eröffnet.'),
    'differs',
  )
  assert.equal(compare('El puente no fue abierto por la reina.', 'El puente fue abierto por la reina.'), 'differs')
})
