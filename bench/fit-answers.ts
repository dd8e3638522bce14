/**
 * Fits the weights of `features/answering/fitted-weights.ts` and the calibration of the confidence on the even articles
 * of XQuAD, and prints them to be put there: for English, or with `--fit multilingual`. The odd articles are not read.
 * Deterministic; a few minutes.
 */
import { parseArgs } from 'node:util'
import { selectQuotes } from '../src/adapters/language-models/extractive/selection.ts'
import { cosineScale } from '../src/features/answering/encoder-scale.ts'
import { buildLedger } from '../src/features/answering/evidence.ts'
import type { RankedPassage } from '../src/features/answering/passages.ts'
import { contentWords, readQuestion } from '../src/features/answering/question.ts'
import type { Question } from '../src/features/answering/question.ts'
import { calibrated } from '../src/features/answering/ranking.ts'
import type { Calibration, FeatureName, SignalName, Tier, Weights } from '../src/features/answering/ranking.ts'
import { candidateReader } from '../src/features/answering/sentence-candidates.ts'
import type { Candidate, ReadPassage } from '../src/features/answering/sentence-candidates.ts'
import { addVectorFeatures, choosePool, orderBy, signalsOf } from '../src/features/answering/sentence-ranking.ts'
import { fitChoice, fitLogistic } from './logistic.ts'
import { OWNER, holdsGold, loadXquad, openEmbedder } from './xquad.ts'
import type { GoldQuestion, Situation, Xquad } from './xquad.ts'
import type { Embedder } from '../src/core/ports/embedding.ts'

const NAMES: Readonly<Record<Tier, readonly FeatureName[]>> = {
  words: ['passageCosine', 'typedNear', 'coverageInContext', 'coverage', 'passageGap', 'typed', 'coverageBefore'],
  vector: [
    'sentenceCosine',
    'passageCosine',
    'coverageInContext',
    'typedNear',
    'typed',
    'passageGap',
    'coverageBefore',
  ],
  tokens: [
    'passageCosine',
    'passageGap',
    'coverageInContext',
    'coverageBefore',
    'typedNear',
    'typed',
    'askedMatch',
    'bestShare',
    'strongestTokenMatch',
  ],
}

const OF_WORDS: readonly SignalName[] = ['score', 'lift', 'passageCoverage', 'concentration', 'missingName']
const SIGNALS: Readonly<Record<Tier, readonly SignalName[]>> = {
  words: OF_WORDS,
  vector: OF_WORDS,
  tokens: [...OF_WORDS, 'weakestTokenMatch'],
}

const FITS = {
  english: { model: 'bge-small-en-v1.5', sets: ['xquad-en'] },
  multilingual: { model: 'multilingual-e5-small', sets: ['xquad-de', 'xquad-es'] },
} as const

interface Case {
  readonly question: GoldQuestion
  readonly asked: Question
  readonly situation: Situation
  readonly passages: readonly RankedPassage[]
  readonly read: readonly ReadPassage[]
  /** All candidates, with what their words tell. */
  readonly candidates: readonly Candidate[]
}

const { values } = parseArgs({ options: { fit: { type: 'string', default: 'english' } } })
const { model, sets } = values.fit === 'multilingual' ? FITS.multilingual : FITS.english
const embedder = await openEmbedder(model)

async function caseOf(xquad: Xquad, question: GoldQuestion, situation: Situation): Promise<Case | undefined> {
  const found = await xquad.find(question, situation, 5)
  if (found === undefined) return undefined
  const words = contentWords(question.text)
  const texts = words.map((word) => word.text)
  const asked = readQuestion(question.text, words, await xquad.words.idf(OWNER, texts))
  const read = candidateReader(asked, found.passages, cosineScale(embedder))()
  const candidates = read.flatMap((passage) => passage.candidates)
  return { question, asked, situation, passages: found.passages, read, candidates }
}

const cases: Case[] = []
const encoders = new Map<Case, Embedder>()
for (const set of sets) {
  const xquad = await loadXquad(embedder, set)
  for (const question of xquad.questions.filter(({ even }) => even)) {
    for (const situation of ['own', 'removed', 'cut'] as const) {
      const made = await caseOf(xquad, question, situation)
      if (made === undefined) continue
      cases.push(made)
      encoders.set(made, xquad.embedder)
    }
  }
}

type Label = 'right' | 'wrong' | 'skip'

/** Right: the sentence that the answer was marked in. Another that holds the same string is neither right nor wrong. */
function labelOf({ question, passages, read }: Case, candidate: Candidate): Label {
  const piece = read[candidate.passage]?.pieces[candidate.piece]
  const passage = passages[candidate.passage]
  if (piece === undefined || passage === undefined) return 'skip'
  const own = Number(passage.chunkId) - 1 === question.paragraph
  if (own && question.starts.some((at) => at >= piece.start && at < piece.end)) return 'right'
  return holdsGold(piece.text, question) ? 'skip' : 'wrong'
}

const rounded = (value: number): number => Number(value.toPrecision(3))

function fitWeights(tier: Tier, poolOf: (one: Case) => readonly Candidate[]): Weights {
  // Types are read from English patterns: in another language what matches them is chance.
  const names = NAMES[tier].filter((name) => name !== 'typed' || values.fit !== 'multilingual')
  const choices = cases
    .filter(({ situation }) => situation === 'own')
    .map((one) => {
      const labelled = poolOf(one)
        .map((candidate) => ({ candidate, label: labelOf(one, candidate) }))
        .filter(({ label }) => label !== 'skip')
      return {
        rows: labelled.map(({ candidate }) => names.map((name) => candidate.features[name])),
        right: labelled.map(({ label }) => label === 'right'),
      }
    })
  const weights = fitChoice(choices, names.length)
  return Object.fromEntries(names.map((name, i) => [name, rounded(weights[i] ?? 0)]))
}

const whole = ({ candidates }: Case): readonly Candidate[] => candidates
const wordWeights = fitWeights('words', whole)
/** Those that get vectors, with what these tell: some of it is read beside the others. */
const pools = new Map<Case, readonly Candidate[]>()
for (const one of cases) {
  const encoder = encoders.get(one) ?? embedder
  pools.set(one, (await addVectorFeatures(one.asked, choosePool(wordWeights, one.candidates), encoder)).pool)
}
await embedder.close()

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Wilson's lower bound of a share, one-sided 95 %: the best of many thresholds looks better than it is. */
function lowerBound(right: number, count: number): number {
  const z = 1.645
  const share = right / count
  const middle = share + z ** 2 / (2 * count)
  const margin = z * Math.sqrt((share * (1 - share)) / count + (z / (2 * count)) ** 2)
  return (middle - margin) / (1 + z ** 2 / count)
}

for (const tier of ['words', 'vector', 'tokens'] as const) {
  const poolOf = tier === 'words' ? whole : (one: Case): readonly Candidate[] => pools.get(one) ?? []
  const weights = tier === 'words' ? wordWeights : fitWeights(tier, poolOf)
  const outcomes = cases.map((one) => {
    const sentences = orderBy(weights, poolOf(one))
    const signals = signalsOf(one.asked, sentences, one.candidates)
    const quotes = selectQuotes(buildLedger(one.passages, one.read, { fit: 'english', tier, sentences, signals }))
    const text = quotes.map(({ sentence }) => sentence.text).join(' ')
    const right = one.situation !== 'removed' && holdsGold(text, one.question)
    return { situation: one.situation, right, signals }
  })
  const own = outcomes.filter(({ situation }) => situation === 'own')
  // Each answerable question twice, so that half cannot be answered: as many near misses as questions on nothing at hand.
  const mix = [...outcomes, ...own]
  const names = SIGNALS[tier]
  const [intercept = 0, ...slopes] = fitLogistic(
    mix.map(({ signals }) => names.map((name) => signals[name] ?? 0)),
    mix.map(({ right }) => right),
    names.length,
  ).map(rounded)
  const calibration: Calibration = {
    intercept,
    weights: Object.fromEntries(names.map((name, i) => [name, slopes[i] ?? 0])),
    typical: {
      score: rounded(mean(own.map(({ signals }) => signals.score))),
      lift: rounded(mean(own.map(({ signals }) => signals.lift))),
      concentration: rounded(mean(own.map(({ signals }) => signals.concentration ?? 0))),
    },
    high: 1,
  }

  const said = outcomes
    .filter(({ situation }) => situation !== 'removed')
    .map(({ right, signals }) => ({ right, said: calibrated(calibration, signals) }))
    .toSorted((a, b) => b.said - a.said)
  let right = 0
  let high = 1
  said.forEach((outcome, i) => {
    if (outcome.right) right++
    if (lowerBound(right, i + 1) >= 0.9) high = outcome.said
  })
  console.log(`${tier}: ${JSON.stringify({ weights, calibration: { ...calibration, high: rounded(high) } })},`)
}
