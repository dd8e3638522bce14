/**
 * What extractive summaries hold, and how sure they are of it: sentences of abstracts (SciFact) and of news pages, chosen
 * without the title, against the words of the title, which a person wrote to say what it is about. Beside them the
 * first sentences, as many. On the half that is not for tuning; `--tuning` shows the other, and fits the confidence of
 * `overview-confidence.ts` on it. Writes .bench/summaries.json.
 */
import { parseArgs } from 'node:util'
import { centralSentences } from '../src/features/answering/central-sentences.ts'
import { overviewConfidence } from '../src/features/answering/overview-confidence.ts'
import { textSentence } from '../src/features/answering/overview-sentences.ts'
import { piecesOf } from '../src/features/answering/pieces.ts'
import { readableTitle, wordsOf } from '../src/features/answering/words.ts'
import { paragraphs, webDocuments } from './injection-texts.ts'
import { auroc, fitLogistic, reliability } from './logistic.ts'
import { report } from './report.ts'
import type { Row } from './report.ts'
import { wilson } from './wilson.ts'

const { values } = parseArgs({ options: { tuning: { type: 'boolean', default: false } } })

interface Text {
  readonly title: string
  readonly content: string
  readonly tuning: boolean
}

interface Summed {
  readonly set: string
  readonly similarity: number
  readonly sentences: number
  /** Shares of the title's words: of those chosen, and of the first. */
  readonly held: number
  readonly lead: number
  readonly milliseconds: number
}

/** A title of fewer words is a name. */
const FEWEST_WORDS = 3
/** In UTF-16 code units: less needs no summary. */
const SHORTEST = 400
/** Of the title's words, for a summary that is right. */
const HELD = 0.5

const stemsOf = (text: string): Set<string> => new Set(wordsOf(text).flatMap(({ stem, stop }) => (stop ? [] : [stem])))

async function summed(set: string, { title, content }: Text): Promise<Summed | undefined> {
  const words = [...stemsOf(readableTitle(title))]
  if (words.length < FEWEST_WORDS || content.length < SHORTEST) return undefined
  const sentences = piecesOf(content).flatMap((piece) => (piece.text === title ? [] : [textSentence(piece)]))
  const before = performance.now()
  const { chosen, similarity } = await centralSentences('', sentences, async (work) => work())
  const milliseconds = performance.now() - before
  const share = (texts: readonly (string | undefined)[]): number => {
    const held = stemsOf(texts.join(' '))
    return words.filter((stem) => held.has(stem)).length / words.length
  }
  const first = sentences.filter(({ isQuotable }) => isQuotable).slice(0, chosen.length)
  return {
    set,
    similarity,
    sentences: sentences.length,
    held: share(chosen.map(({ at }) => sentences[at]?.text)),
    lead: share(first.map(({ text }) => text)),
    milliseconds,
  }
}

const abstracts = (await paragraphs('scifact')).map(({ text, ...rest }) => ({ ...rest, content: text }))
const sets = { scifact: abstracts, 'html-scrapinghub': await webDocuments() }
const all: Summed[] = []
for (const [set, texts] of Object.entries(sets)) {
  for (const text of texts) {
    const one = text.tuning === values.tuning ? await summed(set, text) : undefined
    if (one !== undefined) all.push(one)
  }
}

const isRight = ({ held }: Summed): boolean => held >= HELD
const rows: Row[] = []
for (const [set, own] of Map.groupBy(all, (one) => one.set)) {
  const right = own.filter(isRight)
  const mean = (of: (one: Summed) => number): string =>
    (own.reduce((sum, one) => sum + of(one), 0) / own.length).toFixed(3)
  const said = own.map(overviewConfidence)
  rows.push(
    [`${set}: half of the title's words or more are held`, `${wilson(right.length, own.length)} of ${own.length}`],
    [`${set}: by the first sentences`, wilson(own.filter(({ lead }) => lead >= HELD).length, own.length)],
    [`${set}: share of the title's words; first sentences`, `${mean(({ held }) => held)}; ${mean(({ lead }) => lead)}`],
    [`${set}: calibration error`, reliability(said, own.map(isRight)).error.toFixed(3)],
    [
      `${set}: milliseconds; at most`,
      `${mean(({ milliseconds }) => milliseconds)}; ${Math.max(...own.map(({ milliseconds }) => milliseconds)).toFixed(0)}`,
    ],
  )
}
const said = all.map(overviewConfidence)
const ofRight = said.filter((_, i) => all[i] !== undefined && isRight(all[i]))
const ofWrong = said.filter((_, i) => all[i] !== undefined && !isRight(all[i]))
rows.push(['all: AUROC of the confidence', auroc(ofRight, ofWrong).toFixed(3)])
for (const bin of reliability(said, all.map(isRight)).bins) {
  rows.push([`all: said ${bin.said.toFixed(2)}`, `${bin.right.toFixed(2)} right of ${bin.count}`])
}
if (values.tuning) {
  // Each set counts the same, as there are far more abstracts.
  const sizes = new Map(
    Array.from(
      Map.groupBy(all, ({ set }) => set),
      ([set, own]) => [set, own.length],
    ),
  )
  const most = Math.max(...sizes.values())
  const even = all.flatMap((one) => Array<Summed>(Math.round(most / (sizes.get(one.set) ?? 1))).fill(one))
  const features = even.map(({ similarity, sentences }) => [similarity, Math.log(Math.max(1, sentences))])
  const [intercept, ...weights] = fitLogistic(features, even.map(isRight), 2)
  rows.push([
    'fitted: intercept; similarity; log sentences',
    [intercept, ...weights].map((w) => w?.toFixed(2)).join('; '),
  ])
}
await report('summaries', rows, { tuning: values.tuning, texts: all.length })
