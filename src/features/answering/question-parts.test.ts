import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { questionParts, resolved, subjectOf } from './question-parts.ts'

describe('a question is parted', () => {
  const cases: readonly (readonly [question: string, ...parts: string[]])[] = [
    [
      'When was the Sydney Harbour Bridge opened and who designed it?',
      'When was the Sydney Harbour Bridge opened?',
      'Who designed Sydney Harbour Bridge?',
    ],
    [
      'When was Ada Lovelace born, and where did she die?',
      'When was Ada Lovelace born?',
      'Where did Ada Lovelace die?',
    ],
    [
      'How long is the Tower Bridge? What are its towers made of? And who paid for it?',
      'How long is the Tower Bridge?',
      'What are Tower Bridge’s towers made of?',
      'And who paid for Tower Bridge?',
    ],
    [
      'Wann wurde die Brücke gebaut und wer hat sie entworfen?',
      'Wann wurde die Brücke gebaut?',
      'Wer hat sie entworfen?',
    ],
    ['¿Quién escribió el libro y cuándo se publicó?', '¿Quién escribió el libro?', 'Cuándo se publicó?'],
  ]
  for (const [question, ...parts] of cases) {
    test(question, () => assert.deepEqual(questionParts(question), parts))
  }
})

describe('a question stays whole', () => {
  for (const question of [
    'Who wrote it?',
    'What is the difference between who pays and who owes?',
    'How and when did it come to Europe?',
    'I read about the bridge. Who built it and when was it opened?',
    'Which towns lie between Sydney and where the river ends?',
    'What are salt and pepper?',
    'The bridge was opened in 1932 and it is long.',
    'A? B? C? D? E? F?',
    '',
    '???',
  ]) {
    test(JSON.stringify(question), () => assert.deepEqual(questionParts(question), [question]))
  }
})

test('a subject is what is named, and no word that opens a sentence', () => {
  assert.equal(subjectOf('When was the Bank of England founded?'), 'Bank of England')
  assert.equal(subjectOf('And what happened then? Who knows.'), undefined)
  assert.equal(subjectOf('Marie Curie won it when?'), 'Marie Curie')
  assert.equal(subjectOf('is it long'), undefined)
})

test('a name is put in the place of the first pronoun, unless it is there', () => {
  assert.equal(resolved('Did her husband help?', 'Who was Marie Curie?'), 'Did Marie Curie’s husband help?')
  assert.equal(resolved('Was it Marie Curie?', 'Who was Marie Curie?'), 'Was it Marie Curie?')
  assert.equal(resolved('Who won?', 'Who was Marie Curie?'), 'Who won?')
})

test('long runs of one character are gone through once', () => {
  // Not bounded by a time: with a pattern that tries each place again this does not end.
  for (const run of [' ', '\n\t ', '.', "'", ',;', 'of '])
    for (const text of [`what${run.repeat(300)}x`, `Is A${run.repeat(300)}b?`, `what${run.repeat(50_000)}x`]) {
      questionParts(text)
      subjectOf(text)
    }
})

test('of any text there are one to four parts, and it never throws', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), fc.lorem()), (text) => {
      const parts = questionParts(text)
      return parts.length >= 1 && parts.length <= 4
    }),
  )
})
