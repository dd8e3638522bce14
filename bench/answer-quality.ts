import { createExtractiveModel } from '../src/adapters/language-models/extractive/extractive.ts'
import type { Answer } from '../src/features/answering/answer.ts'
import { withoutMarks } from '../src/features/answering/claims.ts'
import { DEFAULT_THRESHOLD } from '../src/features/answering/confidence.ts'
import { collectAnswer, createAnswering } from '../src/features/answering/pipeline.ts'
import { auroc, reliability } from './logistic.ts'
import type { Bin } from './logistic.ts'
import { OWNER, QUIET, holdsGold } from './xquad.ts'
import type { Found, GoldQuestion, Situation, Xquad } from './xquad.ts'

export interface Figures {
  readonly questions: number
  /** Share of all questions; an abstention counts as a miss. */
  readonly goldAtThreshold: number
  readonly goldWithoutThreshold: number
  /** Share of all questions whose answer stands in the first sentence shown, without a threshold. */
  readonly goldFirst: number
  readonly rightAmongAnswered: number
  /** Means without a threshold, by Intl.Segmenter and white space, marks taken out. */
  readonly sentences: number
  readonly words: number
  readonly abstains: Readonly<Record<Situation, number>>
  readonly auroc: { readonly removed: number; readonly cut: number }
  readonly calibrationError: number
  readonly calibrationErrorRemoved: number
  /** Half own, a quarter removed, a quarter cut; and a third of each. */
  readonly calibrationErrorMix: number
  readonly calibrationErrorThirds: number
  /** 95 %, by bootstrap over articles. */
  readonly intervals: Readonly<
    Record<'goldWithoutThreshold' | 'goldFirst' | 'removed' | 'cut', readonly [number, number]>
  >
  /** Of the mix. */
  readonly reliability: readonly Bin[]
  readonly citations: number
  /** Share of all citations. */
  readonly exactQuotes: number
  readonly supported: number
  readonly uncited: number
  readonly high: { readonly share: number; readonly right: number }
  readonly milliseconds: number
}

interface Outcome {
  readonly article: number
  readonly answer: Answer
  readonly confidence: number
  readonly right: boolean
  readonly rightAtOnce: boolean
  readonly exact: boolean[]
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const sentencesIn = (text: string): number =>
  Array.from(segmenter.segment(text)).filter(({ segment }) => segment.trim() !== '').length

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
const share = (values: readonly boolean[]): number => mean(values.map(Number))

/** Answers without a threshold; who would abstain is read from the confidence afterwards. */
async function ask(xquad: Xquad, question: GoldQuestion, found: Found): Promise<Outcome> {
  const answering = createAnswering({
    retrieve: async () => ({ passages: found.passages, engine: 'bench' }),
    library: { list: async () => ({ documents: [], more: false }), read: async () => ({ passages: [], total: 0 }) },
    labelsOf: async () => [],
    reading: async () => ({ documents: found.passages.length, pending: 0, failed: 0 }),
    embedder: xquad.embedder,
    words: xquad.words,
    languageModel: createExtractiveModel(),
    content: async (document) => found.content(document),
    settings: {
      topK: 5,
      confidenceThreshold: 0,
      strict: false,
      generalKnowledge: false,
      searchSteps: 0,
      maxQuestionChars: 16_000,
    },
    logger: QUIET,
    clock: { now: () => new Date() },
  })
  const answer = await collectAnswer(answering.answer({ owner: OWNER, question: question.text }))
  const exact = answer.citations.map(
    ({ place }) => place !== null && found.content(place.documentId).slice(place.start, place.end) === place.quote,
  )
  const right = holdsGold(withoutMarks(answer.text), question)
  const rightAtOnce = holdsGold(answer.claims[0]?.text ?? '', question)
  return { article: question.article, answer, confidence: answer.confidence, right, rightAtOnce, exact }
}

const RESAMPLES = 1000

/** The middle 95 % of a figure over articles drawn anew, with replacement, by a generator with a fixed seed. */
function interval(
  lists: readonly (readonly Outcome[])[],
  figure: (lists: readonly Outcome[][]) => number,
): [number, number] {
  const byArticle = lists.map((list) => Map.groupBy(list, ({ article }) => article))
  const articles = [...new Set(lists.flat().map(({ article }) => article))]
  const values = Array.from({ length: RESAMPLES }, (_, sample) => {
    let state = sample + 1
    const drawn = articles.map(() => {
      // Park and Miller's generator, its first values left behind.
      for (let i = 0; i < 3; i++) state = (state * 48_271) % 2_147_483_647
      return articles[state % articles.length] ?? 0
    })
    return figure(byArticle.map((own) => drawn.flatMap((article) => own.get(article) ?? [])))
  }).toSorted((a, b) => a - b)
  return [values[Math.floor(0.025 * RESAMPLES)] ?? 0, values[Math.floor(0.975 * RESAMPLES)] ?? 0]
}

/** The figures of one half of the articles, or of every so many of them. */
export async function measureAnswers(xquad: Xquad, half: 'even' | 'odd', every = 1): Promise<Figures> {
  const ofHalf = xquad.questions.filter(({ even }) => even === (half === 'even'))
  const articles = [...new Set(ofHalf.map(({ article }) => article))].toSorted((a, b) => a - b)
  const questions = ofHalf.filter(({ article }) => articles.indexOf(article) % every === 0)
  const outcomes: Record<Situation, Outcome[]> = { own: [], removed: [], cut: [] }
  let milliseconds = 0
  for (const question of questions) {
    for (const situation of ['own', 'removed', 'cut'] as const) {
      const found = await xquad.find(question, situation, 5)
      if (found === undefined) continue
      const startedAt = performance.now()
      const outcome = await ask(xquad, question, found)
      milliseconds += performance.now() - startedAt
      outcomes[situation].push(outcome)
    }
  }

  const { own, removed, cut } = outcomes
  const all = [...own, ...removed, ...cut]
  const answered = (outcome: Outcome): boolean => outcome.confidence >= DEFAULT_THRESHOLD
  const confidences = (list: readonly Outcome[]): number[] => list.map(({ confidence }) => confidence)
  const rights = (list: readonly Outcome[]): boolean[] => list.map(({ right }) => right)
  const near = [...own, ...cut]
  const far = [...own, ...removed.map((outcome) => ({ ...outcome, right: false }))]
  const mix = [...own, ...far, ...cut]
  const thirds = [...far, ...cut]
  const errorOf = (list: readonly Pick<Outcome, 'confidence' | 'right'>[]): number =>
    reliability(
      list.map(({ confidence }) => confidence),
      list.map(({ right }) => right),
    ).error
  const aurocOf = ([positives = [], negatives = []]: readonly Outcome[][]): number =>
    auroc(confidences(positives), confidences(negatives))
  const high = near.filter(({ answer }) => answer.confidenceLevel === 'high')
  return {
    questions: questions.length,
    goldAtThreshold: share(own.map((outcome) => answered(outcome) && outcome.right)),
    goldWithoutThreshold: share(rights(own)),
    goldFirst: share(own.map(({ rightAtOnce }) => rightAtOnce)),
    rightAmongAnswered: share(rights(own.filter(answered))),
    sentences: mean(own.map(({ answer }) => sentencesIn(withoutMarks(answer.text)))),
    words: mean(own.map(({ answer }) => withoutMarks(answer.text).split(/\s+/).length)),
    abstains: {
      own: share(own.map((outcome) => !answered(outcome))),
      removed: share(removed.map((outcome) => !answered(outcome))),
      cut: share(cut.map((outcome) => !answered(outcome))),
    },
    auroc: {
      removed: auroc(confidences(own), confidences(removed)),
      cut: auroc(confidences(own), confidences(cut)),
    },
    calibrationError: errorOf(near),
    calibrationErrorRemoved: errorOf(far),
    calibrationErrorMix: errorOf(mix),
    calibrationErrorThirds: errorOf(thirds),
    intervals: {
      goldWithoutThreshold: interval([own], ([list = []]) => share(rights(list))),
      goldFirst: interval([own], ([list = []]) => share(list.map(({ rightAtOnce }) => rightAtOnce))),
      removed: interval([own, removed], aurocOf),
      cut: interval([own, cut], aurocOf),
    },
    reliability: reliability(confidences(mix), rights(mix)).bins,
    citations: all.reduce((sum, { exact }) => sum + exact.length, 0),
    exactQuotes: share(all.flatMap(({ exact }) => exact)),
    supported: share(all.flatMap(({ answer }) => answer.claims.map(({ verdict }) => verdict === 'supported'))),
    uncited: all.filter(({ answer, exact }) => !answer.abstained && exact.length === 0).length,
    high: { share: high.length / near.length, right: share(rights(high)) },
    milliseconds: milliseconds / all.length,
  }
}
