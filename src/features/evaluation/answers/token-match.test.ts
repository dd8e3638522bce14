import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerTokens, containsGold, tokenF1 } from './token-match.ts'

test('tokens are SQuAD’s: lower case, no punctuation, no articles', () => {
  assert.deepEqual(answerTokens('The “Kawann Short”, a tackle.', 'en'), ['kawann', 'short', 'tackle'])
  assert.deepEqual(answerTokens('U.S. $5', 'en'), ['us', '5'])
  assert.deepEqual(answerTokens('Der Turm einer Burg', 'de'), ['turm', 'burg'])
  assert.deepEqual(answerTokens('the tower', 'none'), ['the', 'tower'])
  assert.deepEqual(answerTokens('在 1794年。', 'none'), ['在', '1794', '年'])
  assert.deepEqual(answerTokens('البيت الكبير', 'ar'), ['بيت', 'كبير'])
})

test('an answer contains gold as whole tokens, one behind the other', () => {
  assert.equal(containsGold('It gave up just 308 points.', ['308'], 'en'), true)
  assert.equal(containsGold('It gave up 1308 points.', ['308'], 'en'), false)
  assert.equal(containsGold('Led by Luke Kuechly, it won.', ['the Luke Kuechly.'], 'en'), true)
  assert.equal(containsGold('Luke met Kuechly.', ['Luke Kuechly'], 'en'), false)
  assert.equal(containsGold('灯塔建于1794年', ['1794年'], 'none'), true)
  assert.equal(containsGold('nothing', [], 'en'), false)
  // Nothing is left of it to compare, so it counts as it stands.
  assert.equal(containsGold('The sign is “…”.', ['…'], 'en'), true)
  assert.equal(containsGold('Some other words', ['the'], 'en'), false)
})

test('F1 counts the tokens of the best gold answer, each as often as it stands', () => {
  // 2 of 4 said and 2 of 2 wanted.
  assert.equal(tokenF1('Luke Kuechly led it', ['Luke Kuechly', 'no'], 'en'), (2 * 2) / (4 + 2))
  assert.equal(tokenF1('ha ha ha', ['ha'], 'en'), (2 * 1) / (3 + 1))
  assert.equal(tokenF1('', ['Luke'], 'en'), 0)
  assert.equal(tokenF1('Luke', [], 'en'), 0)
})
