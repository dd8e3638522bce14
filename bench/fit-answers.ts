/**
 * Fits the weights of `features/answering/ranking.ts` and the calibration of the confidence on the even articles of
 * XQuAD (English), and prints them to be put there. The odd articles are not read. Deterministic; about a minute.
 */
import { selectQuotes } from '../src/adapters/language-models/extractive/selection.ts'
import { cosineScale } from '../src/features/answering/encoder-scale.ts'
import { buildLedger } from '../src/features/answering/evidence.ts'
import type { RankedPassage } from '../src/features/answering/passages.ts'
import { contentWords, readQuestion } from '../src/features/answering/question.ts'
import type { FeatureName, Tier, Weights } from '../src/features/answering/ranking.ts'
import { candidateReader } from '../src/features/answering/sentence-candidates.ts'
import type { Candidate, ReadPassage } from '../src/features/answering/sentence-candidates.ts'
import { POOL, addVectorFeatures, bestAndLift, rankWith } from '../src/features/answering/sentence-ranking.ts'
import { fitChoice, fitLogistic } from './logistic.ts'
import { OWNER, holdsGold, loadXquad, openEmbedder } from './xquad.ts'
import type { GoldQuestion, Situation } from './xquad.ts'

const NAMES: Readonly<Record<Tier, readonly FeatureName[]>> = {
  words: ['passageCosine', 'typedNear', 'coverageInContext', 'coverage', 'passageGap', 'typed', 'coverageBefore'],
  vector: ['sentenceCosine', 'passageCosine', 'coverageInContext', 'typedNear', 'typed', 'passageGap'],
  tokens: [
    'sentenceCosine',
    'passageCosine',
    'coverageInContext',
    'weakestTokenMatch',
    'typedNear',
    'typed',
    'tokenMatch',
    'passageGap',
  ],
}

interface Case {
  readonly question: GoldQuestion
  readonly situation: Situation
  readonly passages: readonly RankedPassage[]
  readonly read: readonly ReadPassage[]
  /** All candidates, with every feature. */
  readonly candidates: readonly Candidate[]
}

const embedder = await openEmbedder()
const xquad = await loadXquad(embedder)
const even = xquad.questions.filter((question) => question.even)

async function caseOf(question: GoldQuestion, situation: Situation): Promise<Case | undefined> {
  const found = await xquad.find(question, situation, 5)
  if (found === undefined) return undefined
  const words = contentWords(question.text)
  const texts = words.map((word) => word.text)
  const read = candidateReader(
    readQuestion(question.text, words, await xquad.words.idf(OWNER, texts)),
    found.passages,
    cosineScale(embedder),
  )()
  const all = read.flatMap((passage) => passage.candidates)
  const { pool } = await addVectorFeatures(question.text, all, xquad.embedder)
  return { question, situation, passages: found.passages, read, candidates: pool }
}

const cases: Case[] = []
for (const question of even) {
  for (const situation of ['own', 'removed', 'cut'] as const) {
    const made = await caseOf(question, situation)
    if (made !== undefined) cases.push(made)
  }
}
await embedder.close()

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
  const names = NAMES[tier]
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
const best8 = ({ candidates }: Case): readonly Candidate[] =>
  rankWith('words', wordWeights, candidates).sentences.slice(0, POOL)

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
  const poolOf = tier === 'words' ? whole : best8
  const weights = tier === 'words' ? wordWeights : fitWeights(tier, poolOf)
  const outcomes = cases.map((one) => {
    const ranking = rankWith(tier, weights, poolOf(one))
    const quotes = selectQuotes(buildLedger(one.passages, one.read, ranking))
    const text = quotes.map(({ sentence }) => sentence.text).join(' ')
    const right = one.situation !== 'removed' && holdsGold(text, one.question)
    return { situation: one.situation, right, ...bestAndLift(ranking) }
  })
  // Fitted on near misses: with paragraphs removed instead, near misses come out badly over-confident.
  const fitted = outcomes.filter(({ situation }) => situation !== 'removed')
  const [intercept = 0, score = 0, lift = 0] = fitLogistic(
    fitted.map((outcome) => [outcome.score, outcome.lift]),
    fitted.map(({ right }) => right),
    2,
  ).map(rounded)
  const own = outcomes.filter(({ situation }) => situation === 'own')
  const typical = { score: rounded(mean(own.map((o) => o.score))), lift: rounded(mean(own.map((o) => o.lift))) }

  const said = fitted
    .map((o) => ({ right: o.right, said: 1 / (1 + Math.exp(-(intercept + score * o.score + lift * o.lift))) }))
    .toSorted((a, b) => b.said - a.said)
  let right = 0
  let high = 1
  said.forEach((outcome, i) => {
    if (outcome.right) right++
    if (lowerBound(right, i + 1) >= 0.9) high = outcome.said
  })
  console.log(tier, JSON.stringify({ weights, calibration: { intercept, score, lift }, typical, high: rounded(high) }))
}
