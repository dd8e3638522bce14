import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentWords, questionType, readQuestion } from './question.ts'

test('the kind of answer that a question asks for', () => {
  assert.equal(questionType('When did the war end?'), 'date')
  assert.equal(questionType('In what year was it founded?'), 'date')
  assert.equal(questionType('How many people live there?'), 'number')
  assert.equal(questionType('What is the average temperature in May?'), 'number')
  assert.equal(questionType('Who led the team?'), 'name')
  assert.equal(questionType('Which city hosted the games?'), 'place')
  assert.equal(questionType('Why did it fail?'), 'reason')
  assert.equal(questionType('What does the law forbid?'), 'open')
  assert.equal(questionType('Wer hat das Gesetz geschrieben?'), 'open')
})

test('content words are distinct by stem and leave out what says nothing', () => {
  assert.deepEqual(
    contentWords('Which banks did the bank of England buy in 1998?').map((word) => word.lower),
    ['banks', 'england', 'buy', '1998'],
  )
})

test('a question of stop words alone divides by one, not by zero', () => {
  const question = readQuestion('What is it?', contentWords('What is it?'), [])
  assert.deepEqual(question.terms, [])
  assert.equal(question.totalWeight, 1)
})
