import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { measureAnswers } from '../../bench/answer-quality.ts'
import type { Figures } from '../../bench/answer-quality.ts'
import { hasXquad, loadXquad, openEmbedder } from '../../bench/xquad.ts'
import { oneIn, WHOLE } from './sample.ts'

const skip = hasXquad() ? false : 'there is no data folder with xquad-en'

// What the product promises; bench/answers.ts prints the figures, which stand above.
const PROMISED = {
  goldAtThreshold: 0.88,
  goldWithoutThreshold: 0.955,
  goldFirst: 0.88,
  sentences: 1.52,
  words: 45,
  aurocRemoved: 0.97,
  aurocCut: 0.89,
  abstainsRemoved: 0.9,
  abstainsOwn: 0.1,
  calibrationError: 0.055,
}
/** Two or three of its 178 questions below the figures of the sample, whose articles are harder than the others. */
const OF_SAMPLE: typeof PROMISED = {
  goldAtThreshold: 0.82,
  goldWithoutThreshold: 0.95,
  goldFirst: 0.87,
  sentences: 1.6,
  words: 45,
  aurocRemoved: 0.965,
  aurocCut: 0.86,
  abstainsRemoved: 0.94,
  abstainsOwn: 0.15,
  calibrationError: 0.07,
}
const bars = WHOLE ? PROMISED : OF_SAMPLE

describe(`answers to ${WHOLE ? 'the odd articles' : 'a third of the odd articles'} of XQuAD`, { skip }, () => {
  let figures: Figures

  before(async () => {
    const embedder = await openEmbedder()
    try {
      figures = await measureAnswers(await loadXquad(embedder), 'odd', oneIn(3))
    } finally {
      await embedder.close()
    }
  })

  test('hold the gold answer, with abstentions counted as misses', () => {
    assert.ok(figures.goldAtThreshold >= bars.goldAtThreshold, String(figures.goldAtThreshold))
  })

  test('hold it without a threshold', () => {
    assert.ok(figures.goldWithoutThreshold >= bars.goldWithoutThreshold, String(figures.goldWithoutThreshold))
  })

  test('hold it in the first sentence', () => {
    assert.ok(figures.goldFirst >= bars.goldFirst, String(figures.goldFirst))
  })

  test('are short', () => {
    assert.ok(figures.sentences <= bars.sentences, String(figures.sentences))
    assert.ok(figures.words <= bars.words, String(figures.words))
  })

  test('are told from what cannot be answered by their confidence', () => {
    assert.ok(figures.auroc.removed >= bars.aurocRemoved, String(figures.auroc.removed))
    assert.ok(figures.auroc.cut >= bars.aurocCut, String(figures.auroc.cut))
    assert.ok(figures.abstains.removed >= bars.abstainsRemoved, String(figures.abstains.removed))
    assert.ok(figures.abstains.own <= bars.abstainsOwn, String(figures.abstains.own))
  })

  test('have a confidence that means what it says', () => {
    assert.ok(figures.calibrationErrorMix <= bars.calibrationError, String(figures.calibrationErrorMix))
  })

  test('quote the stored characters, each of them', () => {
    assert.ok(figures.citations > 1000)
    assert.equal(figures.exactQuotes, 1)
    assert.equal(figures.uncited, 0)
  })

  test('are carried by what they cite', () => {
    assert.ok(figures.supported >= 0.99, String(figures.supported))
  })
})
