/**
 * Fits the weights of `meaning.ts` on the even articles and `for-tuning.jsonl`: what vectors make of sentences of which too
 * few words stand in their quote. Prints what each threshold catches and refuses, with one article or document left out at
 * a time, then the weights over all, and where the cosines of unheld words lie (`encoder-scale.ts`). `--model` another one.
 */
import { parseArgs } from 'node:util'
import { createSimilarity } from '../src/features/answering/similarity.ts'
import { comparedByMeaning } from '../src/features/answering/settled.ts'
import type { MeaningFeatures } from '../src/features/answering/meaning.ts'
import { readEvidence, resolve } from '../src/features/answering/support-place.ts'
import { HOPELESS } from '../src/features/answering/support.ts'
import type { Pair } from '../test/large/verification/generated.ts'
import type { FreePair } from '../test/large/verification/for-tuning.ts'
import { readForTuning } from '../test/large/verification/for-tuning.ts'
import { generatePairs } from '../test/large/verification/generated.ts'
import { auroc, fitLogistic } from './logistic.ts'
import { evidenceOf, weightOver } from './verified-pairs.ts'
import { QUIET, openEmbedder } from './xquad.ts'

const { values } = parseArgs({ options: { model: { type: 'string', default: 'bge-small-en-v1.5' } } })

interface Row {
  readonly source: string
  readonly label: boolean
  readonly isQuoteWrong: boolean
  readonly numbers: readonly number[]
}

const WIDTH = 6
const WRONG_QUOTES = 3
const WRONG_QUOTE = 'quote from elsewhere'
function numbersOf({ cosine, words }: MeaningFeatures): number[] {
  if (words === undefined) throw new Error('The encoder gives no vectors of words')
  const { ownCoverage, anchors, unheldMatch, mutual, together } = words
  return [cosine, ownCoverage, anchors, unheldMatch, mutual, together]
}

const embedder = await openEmbedder(values.model)
const similarity = createSimilarity(embedder, QUIET, 60_000)

/** Pairs that vectors decide. */
async function undecided(pairs: readonly (Pair & { readonly source: string })[]): Promise<Row[]> {
  const weight = weightOver(new Set(pairs.map(({ quote }) => quote)))
  const rows: Row[] = []
  for (const { source, label, kind, sentence, quote, title } of pairs) {
    const passage = readEvidence(evidenceOf(quote, title))
    const resolved = resolve(sentence, passage, weight)
    if (resolved?.doubt !== 'coverage' || resolved.coverage < HOPELESS) continue
    const compared = await comparedByMeaning(sentence, passage, resolved, similarity, weight, {})
    const [nearest] = compared ?? []
    if (nearest === undefined) throw new Error(`No vectors for “${sentence}”`)
    rows.push({ source, label, isQuoteWrong: /beside|quote/.test(kind), numbers: numbersOf(nearest.features) })
  }
  return rows
}

/** Of each true sentence the three others of its article that hold most of its words. */
function wrongQuotes(pairs: readonly FreePair[]): FreePair[] {
  const weight = weightOver(new Set(pairs.map(({ quote }) => quote)))
  return pairs.flatMap((pair) => {
    const held = pair.elsewhere.map((quote) => {
      const { coverage = 0 } = resolve(pair.sentence, readEvidence(evidenceOf(quote, pair.title)), weight) ?? {}
      return { quote, coverage }
    })
    const nearest = held.toSorted((a, b) => b.coverage - a.coverage).slice(0, WRONG_QUOTES)
    return nearest.map(({ quote }) => ({ ...pair, quote, label: false, kind: WRONG_QUOTE }))
  })
}

const pairs = await readForTuning()
const free = await undecided(pairs)
const wrongly = await undecided(wrongQuotes(pairs))
const byRule = await undecided(
  generatePairs().flatMap((pair) => (pair.even && (pair.label || pair.headline) ? [{ ...pair, source: 'rule' }] : [])),
)
await embedder.close()

/** Sentences in free words count twice: the others are many more. */
const fitted = (isTrained: (row: Row) => boolean): number[] => {
  const freely = free.filter(isTrained)
  const train = [...freely, ...freely, ...wrongly.filter(isTrained), ...byRule]
  return fitLogistic(
    train.map(({ numbers }) => numbers),
    train.map(({ label }) => label),
    WIDTH,
    0.003,
  )
}
const scoreBy = ([intercept = 0, ...weights]: readonly number[], { numbers }: Row): number =>
  1 / (1 + Math.exp(-weights.reduce((sum, one, i) => sum + one * (numbers[i] ?? 0), intercept)))

const scored = [...new Set(free.map(({ source }) => source))].flatMap((left) => {
  const weights = fitted(({ source }) => source !== left)
  return [...free, ...wrongly]
    .filter(({ source }) => source === left)
    .map((row) => ({ ...row, score: scoreBy(weights, row) }))
})
const [right, wrong] = [scored.filter(({ label }) => label), scored.filter(({ label }) => !label)]
const quotes = wrong.filter(({ isQuoteWrong }) => isQuoteWrong)
const share = (of: readonly { score: number }[], below: number): string =>
  (of.filter(({ score }) => score < below).length / of.length).toFixed(3)
const scores = (of: readonly { score: number }[]): number[] => of.map(({ score }) => score)

console.log(`${right.length} true, ${wrong.length} false (${quotes.length} beside the quote)`)
console.log(
  `AUROC ${auroc(scores(right), scores(wrong)).toFixed(3)}; beside ${auroc(scores(right), scores(quotes)).toFixed(3)}`,
)
for (const level of [0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
  console.log(
    `below ${level}: true ${share(right, level)}, false ${share(wrong, level)}, beside ${share(quotes, level)}`,
  )
const all = fitted(() => true)
const ruleScored = byRule.map((row) => ({ ...row, score: scoreBy(all, row) }))
for (const level of [0.3, 0.4, 0.5, 0.6])
  console.log(
    `by rule, below ${level}: true ${share(
      ruleScored.filter(({ label }) => label),
      level,
    )}, false ${share(
      ruleScored.filter(({ label }) => !label),
      level,
    )}`,
  )
console.log(
  'intercept, cosine, ownCoverage, anchors, unheldMatch, mutual, together:',
  all.map((one) => Number(one.toPrecision(4))),
)
const matches = free.map(({ numbers }) => numbers[3] ?? 0)
const mean = matches.reduce((sum, one) => sum + one, 0) / matches.length
const deviation = Math.sqrt(matches.reduce((sum, one) => sum + (one - mean) ** 2, 0) / matches.length)
console.log(`matches of unheld words: mean ${mean.toFixed(3)}, deviation ${deviation.toFixed(4)}`)
