import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Embedder } from '../../core/ports/embedding.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { maxSim } from './max-sim.ts'
import { contentWords, readQuestion } from './question.ts'
import { softmax } from './ranking.ts'
import type { Features } from './ranking.ts'
import type { Candidate } from './sentence-candidates.ts'
import { UNRANKED, rankSentences, signalsOf } from './sentence-ranking.ts'
import { NO_TOKEN_FEATURES } from './token-features.ts'

const NO_FEATURES: Features = {
  sentenceCosine: 0,
  passageCosine: 0,
  passageGap: 0,
  coverage: 0,
  coverageInContext: 0,
  coverageBefore: 0,
  typed: 0,
  typedNear: 0,
  ...NO_TOKEN_FEATURES,
}
const QUESTION = readQuestion('q', contentWords('q'), [1])
const candidate = (piece: number, coverage: number, text: string): Candidate => ({
  passage: 0,
  piece,
  encoderText: text,
  contextWords: 0,
  features: { ...NO_FEATURES, coverage },
  covers: [],
})
const CANDIDATES = Array.from({ length: 10 }, (_, i) => candidate(i, 1 - i / 10, i === 3 ? 'right' : 'other'))

function logger(warnings: string[] = []): Logger {
  const warn = (_fields: object, message: string): void => void warnings.push(message)
  const ignore = (): void => undefined
  return { debug: ignore, info: ignore, warn, error: warn, child: () => logger(warnings) }
}

/** An encoder of two dimensions for which only 'right' is like the question. */
const encoder = (overrides: Partial<Embedder> = {}): Embedder => ({
  id: 'test',
  name: 'bge-small-en-v1.5',
  dimension: 2,
  maxBatch: 8,
  maxTokens: 512,
  sigma: 0.0625,
  languages: ['en'],
  tokenCounter: { href: '', options: {} },
  embed: async (texts, kind) =>
    texts.map((text) => Float32Array.from(kind === 'query' || text === 'right' ? [1, 0] : [0, 1])),
  close: async () => undefined,
  ...overrides,
})

test('without an encoder the words decide, over all candidates', async () => {
  const ranking = await rankSentences(QUESTION, CANDIDATES, { embedder: undefined, fit: 'english', logger: logger() })
  assert.equal(ranking.tier, 'words')
  assert.equal(ranking.sentences.length, 10)
  assert.equal(ranking.sentences[0]?.piece, 0)
})

test('with vectors eight sentences are compared by them', async () => {
  const ranking = await rankSentences(QUESTION, CANDIDATES, { embedder: encoder(), fit: 'english', logger: logger() })
  assert.equal(ranking.tier, 'vector')
  assert.equal(ranking.sentences.length, 8)
  assert.equal(ranking.sentences[0]?.encoderText, 'right')
})

test('with vectors of word pieces these count too', async () => {
  const embedder = encoder({
    embedTokens: async (texts, kind) =>
      texts.map((text) => {
        const vector = Float32Array.from(kind === 'query' || text === 'right' ? [1, 0] : [0, 1])
        return { vector, tokens: vector, words: Uint16Array.from([0]) }
      }),
  })
  const { tier, sentences } = await rankSentences(QUESTION, CANDIDATES, { embedder, fit: 'english', logger: logger() })
  assert.equal(tier, 'tokens')
  assert.deepEqual([sentences[0]?.features.askedMatch, sentences[0]?.features.weakestTokenMatch], [1, 1])
  assert.equal(sentences[1]?.features.askedMatch, 0)
})

test('an encoder that fails is done without, and the log says so', async () => {
  const warnings: string[] = []
  const embedder = encoder({ embed: () => Promise.reject(new Error('down')) })
  const ranking = await rankSentences(QUESTION, CANDIDATES, { embedder, fit: 'english', logger: logger(warnings) })
  assert.equal(ranking.tier, 'words')
  assert.equal(warnings.length, 1)
})

test('an encoder that gives too few vectors is done without', async () => {
  const ranking = await rankSentences(QUESTION, CANDIDATES, {
    embedder: encoder({ embed: async () => [] }),
    fit: 'english',
    logger: logger(),
  })
  assert.equal(ranking.tier, 'words')
})

test('a caller who has gone is an abort, not a fallback', async () => {
  const controller = new AbortController()
  const embedder = encoder({
    embed: async () => {
      controller.abort(new Error('gone'))
      throw new Error('aborted')
    },
  })
  const asked = rankSentences(
    QUESTION,
    CANDIDATES,
    { embedder, fit: 'english', logger: logger() },
    { signal: controller.signal },
  )
  await assert.rejects(asked, /gone/)
})

test('shares add up to one, also for scores of any size', () => {
  const shares = softmax([1000, 999, -1000])
  assert.ok(Math.abs(shares.reduce((sum, share) => sum + share, 0) - 1) < 1e-12)
  assert.ok((shares[0] ?? 0) > (shares[1] ?? 0))
})

test('signals speak of the best sentence, and of the passage that it stands in', () => {
  const text = 'Where was Ada Lovelace buried?'
  const question = readQuestion(text, contentWords(text), [1, 1, 2])
  const made = (passage: number, covers: number[], weakestTokenMatch: number, score: number) => ({
    ...candidate(0, 0, ''),
    passage,
    covers,
    features: { ...NO_FEATURES, weakestTokenMatch },
    score,
    probability: 0,
  })
  const ofTwo = [
    made(0, [0.25, 0, 0.5], 0.3, 6),
    made(0, [0, 0.125, 0], 0.1, 2),
    made(1, [0, 0.25, 0], 0.6, 1),
    made(1, [0, 0.25, 0], 0.2, -1),
  ]
  const signals = {
    score: 6,
    lift: 4,
    passageCoverage: 0.875,
    concentration: null,
    missingName: 0.5,
    weakestTokenMatch: 0.6,
  }
  assert.deepEqual(signalsOf(question, ofTwo, ofTwo), signals)
  const ofThree = [...ofTwo, made(2, [0, 0, 0], 0, -10)]
  assert.deepEqual(signalsOf(question, ofTwo, ofThree), { ...signals, concentration: 0.5 })
  assert.deepEqual(signalsOf(question, [], ofTwo), UNRANKED.signals)
})

test('late interaction takes each question piece’s best match, in any dimension', () => {
  const question = Float32Array.from([1, 0, 0, 0, 1, 0])
  const sentence = Float32Array.from([0, 0.6, 0.8, 1, 0, 0])
  const rounded = (values: Float32Array) => Array.from(values, (value) => Number(value.toFixed(6)))
  const whole = maxSim(question, sentence, 3)
  assert.deepEqual(
    [rounded(whole.read), rounded(whole.own)],
    [
      [1, 0.6],
      [1, 0.6],
    ],
  )
  const behindTitle = maxSim(question, sentence, 3, 1)
  assert.deepEqual(
    [rounded(behindTitle.read), rounded(behindTitle.own)],
    [
      [1, 0.6],
      [1, 0],
    ],
  )
  assert.deepEqual(rounded(maxSim(question, new Float32Array(), 3).read), [0, 0])
})
