import assert from 'node:assert/strict'
import { test } from 'node:test'
import { contentWords, questionWord, readQuestion } from './question.ts'
import { NO_TOKEN_FEATURES, tokenFeatures } from './token-features.ts'

/** Pieces of four dimensions; each word is one piece, but for `-`, which parts a word into pieces. */
const AXES: Readonly<Record<string, readonly number[]>> = {
  when: [1, 0, 0, 0],
  opened: [0, 1, 0, 0],
  bridge: [0, 0, 1, 0],
  in: [0.6, 0, 0, 0.8],
}
function read(text: string) {
  const pieces = text.split(' ').flatMap((word, at) => word.split('-').map((piece) => ({ piece, at })))
  const tokens = Float32Array.from(pieces.flatMap(({ piece }) => AXES[piece] ?? [0, 0, 0, 1]))
  return { vector: new Float32Array(4), tokens, words: Uint16Array.from(pieces, ({ at }) => at) }
}
const question = (text: string) => readQuestion(text, contentWords(text), [1, 3])
const near = (value: number | undefined, expected: number) =>
  assert.ok(Math.abs((value ?? NaN) - expected) < 1e-6, `${value} is not ${expected}`)

test('the question’s pieces are matched with the sentence and its title', () => {
  const asked = 'when opened bridge'
  const [own, titled] = tokenFeatures(
    question(asked),
    read(asked),
    [
      { contextWords: 0, vectors: read('opened in') },
      { contextWords: 2, vectors: read('bridge opened in') },
    ],
    4,
  )
  near(own?.weakestTokenMatch, 0)
  near(titled?.weakestTokenMatch, 0.6)
  near(own?.strongestTokenMatch, 1)
  // The title counts for what the sentence speaks of, not for what it says.
  near(titled?.strongestTokenMatch, 0.6)
})

test('what is asked for is read from the question word on', () => {
  const asked = 'bridge opened when'
  const [features] = tokenFeatures(question(asked), read(asked), [{ contextWords: 0, vectors: read('in') }], 4)
  near(features?.askedMatch, 0.6)
})

test('a term counts by its weight for the sentence that matches it best, whatever its pieces', () => {
  const asked = 'when opened bridge-bridge'
  const [first, second] = tokenFeatures(
    question(asked),
    read(asked),
    [
      { contextWords: 0, vectors: read('opened') },
      { contextWords: 0, vectors: read('bridge') },
    ],
    4,
  )
  near(first?.bestShare, 0.25)
  near(second?.bestShare, 0.75)
})

test('nothing to compare is no match', () => {
  const empty = { vector: new Float32Array(4), tokens: new Float32Array(), words: new Uint16Array() }
  const sentences = [{ contextWords: 0, vectors: read('in') }]
  assert.deepEqual(tokenFeatures(question('when opened bridge'), empty, sentences, 4), [NO_TOKEN_FEATURES])
})

test('the word that asks is found in three languages', () => {
  assert.equal(questionWord('In what year was it?'), 3)
  assert.equal(questionWord('Seit wann steht die Brücke?'), 5)
  assert.equal(questionWord('¿En qué año se abrió?'), 4)
  assert.equal(questionWord('the opening of the bridge'), 0)
})
