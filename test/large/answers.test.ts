import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { measureAnswers } from '../../bench/answer-quality.ts'
import type { Figures } from '../../bench/answer-quality.ts'
import { hasXquad, loadXquad, openEmbedder } from '../../bench/xquad.ts'

const skip = hasXquad() ? false : 'there is no data folder with xquad-en'

// The bars are what the product promises; bench/answers.ts prints the figures, which stand above them.
describe('answers to the odd articles of XQuAD', { skip }, () => {
  let figures: Figures

  before(async () => {
    const embedder = await openEmbedder()
    try {
      figures = await measureAnswers(await loadXquad(embedder), 'odd')
    } finally {
      await embedder.close()
    }
  })

  test('hold the gold answer, with abstentions counted as misses', () => {
    assert.ok(figures.goldAtThreshold >= 0.88, String(figures.goldAtThreshold))
  })

  test('hold it without a threshold', () => {
    assert.ok(figures.goldWithoutThreshold >= 0.955, String(figures.goldWithoutThreshold))
  })

  test('hold it in the first sentence', () => {
    assert.ok(figures.goldFirst >= 0.88, String(figures.goldFirst))
  })

  test('are short', () => {
    assert.ok(figures.sentences <= 1.52, String(figures.sentences))
    assert.ok(figures.words <= 45, String(figures.words))
  })

  test('are told from what cannot be answered by their confidence', () => {
    assert.ok(figures.auroc.removed >= 0.97, String(figures.auroc.removed))
    assert.ok(figures.auroc.cut >= 0.89, String(figures.auroc.cut))
    assert.ok(figures.abstains.removed >= 0.9, String(figures.abstains.removed))
    assert.ok(figures.abstains.own <= 0.1, String(figures.abstains.own))
  })

  test('have a confidence that means what it says', () => {
    assert.ok(figures.calibrationErrorMix <= 0.055, String(figures.calibrationErrorMix))
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
