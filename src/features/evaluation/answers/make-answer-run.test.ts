import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAnswers } from './answer-comparison.ts'
import { type AnswerRecord, AnswerRun } from './answer-run.ts'
import { cited, recorded, said } from './answers.fixture.ts'
import { citationMeasures } from './citations.ts'
import { makeAnswerRun } from './make-answer-run.ts'
import { scored } from './measures.ts'
import { worstCases } from './worst-answers.ts'

const made = (records: readonly AnswerRecord[], fingerprint = 'x'): AnswerRun =>
  makeAnswerRun({
    at: new Date(0),
    version: '1',
    set: {
      name: 's',
      fingerprint,
      documents: 1,
      questions: 1,
      unanswerable: 0,
      unjudged: 0,
      removed: 0,
      language: 'en',
    },
    configuration: {
      embedding: 'e',
      threshold: null,
      strict: false,
      generalKnowledge: false,
      searchSteps: 6,
      service: null,
    },
    records,
    planted: undefined,
    worst: { wrong: [], unsupported: [], missedAbstentions: [] },
  })

const WITHHELD = { abstained: true, answer: 'Ada is not in the documents.', sentences: [], confidence: 0.1 }

test('what is measured is what the records say', () => {
  const { measures, configuration } = made([
    recorded('a'),
    recorded('b', { answer: 'By Bob [1].', confidence: 0.5, sentences: [said('By Bob.', 'unsupported')] }),
    recorded('c', WITHHELD),
    recorded('a', { situation: 'removed', confidence: 0.3, model: 'n', firstWord: 900 }),
    recorded('d', { gold: [], ...WITHHELD, confidence: 0.2 }),
  ])
  const of = (name: string): number | undefined => {
    const mean = measures[name]?.mean
    return mean === undefined ? undefined : Math.round(mean * 1000) / 1000
  }
  // a is right, b wrong, c withheld though its answer holds the word; d and the second a nothing answers.
  assert.equal(of('contains'), 0.333)
  assert.equal(of('rightAmongAnswered'), 0.5)
  assert.equal(of('abstainedWrongly'), 0.333)
  assert.equal(of('abstainedRightly'), 0.5)
  assert.equal(of('risk'), 0.667)
  // .9, .5 and .1 against .3 and .2: four of six pairs.
  assert.equal(of('auroc'), 0.667)
  assert.equal(of('riskAt80'), undefined, 'three of five were answered')
  assert.equal(of('citationRecall'), 0.667)
  assert.equal(of('firstWord95'), 10, 'times are of what is asked over all documents')
  assert.deepEqual(configuration.writers, [
    { model: 'm', provider: 'openai', answers: 4 },
    { model: 'n', provider: 'openai', answers: 1 },
  ])
  for (const { low, mean, high } of Object.values(measures)) assert.ok(low <= mean && mean <= high)
})

test('what the service failed at is a miss, and no abstention', () => {
  const failed = { ...WITHHELD, answer: '', confidence: 0, tokens: 0, failure: 'The model is away.' }
  const { measures } = made([
    recorded('a'),
    recorded('b', failed),
    recorded('c', { gold: [], ...failed }),
    recorded('d', { gold: [], confidence: 0.95 }),
  ])
  const of = (name: string): number | undefined => measures[name]?.mean
  assert.equal(of('contains'), 0.5)
  assert.equal(of('abstainedWrongly'), 0)
  assert.equal(of('abstainedRightly'), 0, 'c was not withheld, and d was answered')
  assert.equal(of('auroc'), 0, 'a failure is not the less sure of two')
  assert.equal(of('tokens'), 100)
})

test('citation recall and precision are ALCE’s', () => {
  const of = (...sentences: ReturnType<typeof said>[]) => citationMeasures({ sentences })
  assert.deepEqual(of(said('a'), said('b', 'unsupported', [])), { recall: 0.5, precision: 1 })
  // What stands beside one that supports the sentence alone is not needed.
  assert.deepEqual(of(said('a', 'supported', [cited(), cited('doubtful', 'coverage')])), { recall: 1, precision: 0.5 })
  // Each carries a part.
  const parts = [cited('doubtful', 'partial'), cited('doubtful', 'partial')]
  assert.deepEqual(of(said('a', 'supported', parts)), { recall: 1, precision: 1 })
  assert.deepEqual(of(said('a', 'doubtful')), { recall: 0, precision: 0 })
  assert.deepEqual(of(), { recall: undefined, precision: undefined })
})

test('two runs are compared by question and way of asking, over what both asked', () => {
  const old = made([recorded('a'), recorded('b', { answer: 'By Bob.' }), recorded('gone')])
  const now = made([
    recorded('b', { firstWord: 30 }),
    recorded('a', { situation: 'removed' }),
    recorded('a', { firstWord: 30 }),
  ])
  const { pairs, unpaired, sameSet, measures } = compareAnswers(now, AnswerRun.parse(JSON.parse(JSON.stringify(old))))
  assert.deepEqual([pairs, unpaired, sameSet], [2, 2, true])
  assert.equal(measures.contains?.difference.mean, 0.5)
  assert.deepEqual(measures.contains?.moved, { wins: 1, losses: 0, ties: 1 })
  assert.deepEqual(measures.firstWord50?.difference, { mean: 20, low: 20, high: 20 })
  assert.equal(measures.firstWord50?.moved, undefined)
  assert.equal(compareAnswers(now, made([recorded('a')], 'y')).sameSet, false)
  const german = { ...old, set: { ...old.set, language: 'de' } } as const
  assert.equal(compareAnswers(now, german).sameSet, false, 'whose articles do not count is part of what is right')
})

test('the worst cases are the surest of those that are wrong', () => {
  const { wrong, unsupported, missedAbstentions } = worstCases(
    [
      recorded('fine'),
      recorded('b', { answer: 'Bob.', confidence: 0.5 }),
      recorded('c', { answer: 'Cy.', confidence: 0.8, sentences: [said('Cy.', 'doubtful')] }),
      recorded('d', { confidence: 0.3, sentences: [said('Ada.'), said('Dan.', 'unsupported')] }),
      recorded('e', WITHHELD),
      recorded('f', { gold: [] }),
      recorded('fine', { situation: 'removed', confidence: 0.95 }),
    ].map((record) => scored(record, 'en')),
  )
  assert.deepEqual(
    wrong.map(({ id }) => id),
    ['c', 'b'],
  )
  assert.deepEqual(
    unsupported.map(({ sentence }) => sentence),
    ['Dan.', 'Cy.'],
  )
  assert.deepEqual(
    missedAbstentions.map(({ id, situation }) => [id, situation]),
    [
      ['fine', 'removed'],
      ['f', 'own'],
    ],
  )
})
