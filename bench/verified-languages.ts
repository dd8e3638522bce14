/**
 * False alarms of the check in German and Spanish: true sentences made by rule of XQuAD's paragraphs in each language, per half of
 * the articles, with the multilingual model.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sentences } from '../src/core/sentences.ts'
import { settled } from '../src/features/answering/settled.ts'
import { createSimilarity } from '../src/features/answering/similarity.ts'
import { readEvidence, resolve } from '../src/features/answering/support-place.ts'
import { report } from './report.ts'
import type { Row } from './report.ts'
import { DATA } from './retrieval-sets.ts'
import { evidenceOf, weightOver } from './verified-pairs.ts'
import { wilson } from './wilson.ts'
import { QUIET, openEmbedder } from './xquad.ts'

const [SHORTEST, LONGEST] = [50, 400]

const raised = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1)
const body = (sentence: string): string => sentence.trim().replace(/[.!?]["”“]?$/, '')

/** A sentence said with less of itself, or in another order; undefined where it has nothing to move or leave out. */
const SAID: Readonly<Record<string, (sentence: string) => string | undefined>> = {
  'the same': (sentence) => sentence,
  'without its brackets': (sentence) => {
    const less = sentence.replace(/\s*\([^()]*\)/g, '')
    return less === sentence ? undefined : less
  },
  'without its last clause': (sentence) => {
    const last = sentence.lastIndexOf(', ')
    return last > SHORTEST ? `${sentence.slice(0, last)}.` : undefined
  },
  'its first clause moved': (sentence) => {
    const text = body(sentence)
    const first = text.indexOf(', ')
    return first > 0 && first < 80 ? `${raised(text.slice(first + 2))}, ${text.slice(0, first)}.` : undefined
  },
}

const embedder = await openEmbedder('multilingual-e5-small')
const similarity = createSimilarity(embedder, QUIET, 60_000)
const rows: Row[] = []
for (const language of ['de', 'es']) {
  const paragraphs = readFileSync(join(DATA, `xquad-${language}`, 'corpus.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: string; title: string; text: string })
  const quotes = paragraphs.flatMap(({ id, title, text }) =>
    sentences(text, language)
      .map(({ start, end }) => text.slice(start, end).trim())
      .filter((quote) => quote.length > SHORTEST && quote.length < LONGEST)
      .map((quote) => ({ quote, title: title.replaceAll('_', ' '), even: Number(id.slice(1, 3)) % 2 === 0 })),
  )
  const weight = weightOver(quotes.map(({ quote }) => quote))
  for (const [name, said] of Object.entries(SAID)) {
    const counts = new Map([true, false].map((even) => [even, { n: 0, refused: 0, doubtful: 0 }]))
    for (const { quote, title, even } of quotes) {
      const sentence = said(quote)
      const count = counts.get(even)
      if (sentence === undefined || count === undefined) continue
      const passage = readEvidence(evidenceOf(quote, title))
      const resolved = resolve(sentence, passage, weight)
      if (resolved === undefined) continue
      const { verdict } = await settled(sentence, passage, resolved, similarity, weight, {})
      count.n++
      if (verdict === 'unsupported') count.refused++
      if (verdict === 'doubtful') count.doubtful++
    }
    for (const [even, { n, refused, doubtful }] of counts)
      rows.push([
        `${language}, ${name}, ${even ? 'even' : 'odd'}`,
        `${n}  unsupported ${wilson(refused, n)}, doubtful ${(doubtful / n).toFixed(3)}`,
      ])
  }
}
await embedder.close()
await report('verified-languages', rows, {})
