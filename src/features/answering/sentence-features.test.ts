import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentWords, readQuestion } from './question.ts'
import { createSentenceReader, lexicalFeatures } from './sentence-features.ts'
import type { LexicalFeatures } from './sentence-features.ts'
import { wordsOf } from './words.ts'

function features(question: string, sentence: string, before?: string, title = ''): LexicalFeatures {
  const words = contentWords(question)
  const asked = readQuestion(
    question,
    words,
    words.map(() => 1),
  )
  const read = createSentenceReader(asked)
  const earlier = before === undefined ? undefined : read(wordsOf(before))
  return lexicalFeatures(asked, read(wordsOf(sentence)), earlier, new Set(wordsOf(title).map(({ stem }) => stem)))
}

test('coverage counts inflected words and each term’s share', () => {
  const { coverage, covers } = features('Who designed the bridge?', 'The bridges were painted.')
  assert.equal(coverage, 0.5)
  assert.deepEqual(covers, [0, 0.5])
})

test('the title counts fully, the sentence before in part', () => {
  const question = 'Who designed the bridge?'
  assert.equal(features(question, 'It was John Bradfield.', 'The bridge was designed well.').coverageInContext, 0.7)
  assert.equal(features(question, 'It was John Bradfield.', undefined, 'Bridge').coverageInContext, 0.5)
  assert.equal(features(question, 'It was John Bradfield.', 'The bridge was designed well.').coverageBefore, 1)
})

test('a sentence with a new word of the wanted kind stands above one without', () => {
  const question = 'When was the bridge opened?'
  assert.ok(Math.abs(features(question, 'The bridge was opened in 1932.').typed - 0.3) < 1e-9)
  assert.equal(features(question, 'The bridge was opened by the premier.').typed, -0.7)
  assert.equal(features('What is the bridge made of?', 'The bridge is made of steel.').typed, 0)
})

test('the nearer the new word to the question’s words, the better', () => {
  const near = features(
    'When was the bridge opened?',
    'The bridge opened 1932, and people who came from far were glad.',
  )
  const far = features(
    'When was the bridge opened?',
    'The bridge opened, and people who came from far were glad, 1932.',
  )
  assert.ok(near.typedNear > far.typedNear && far.typedNear > 0)
})
