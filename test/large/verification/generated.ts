import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DATA } from '../../../bench/retrieval-sets.ts'
import { sentences } from '../../../src/core/sentences.ts'
import { CORRUPTIONS, namesIn } from './corruptions.ts'
import { PARAPHRASES, pronounToTitle, twice } from './paraphrases.ts'
import { randomOf } from './random.ts'

export const CORPUS = join(DATA, 'xquad-en', 'corpus.jsonl')
export const hasParagraphs = existsSync(CORPUS)

/** A sentence and a quote, with what is known about them because they were made so. */
export interface Pair {
  /** Articles with even numbers tune, odd ones are only reported. */
  readonly even: boolean
  readonly kind: string
  /** Whether the quote, with the title as context, says what the sentence says. */
  readonly label: boolean
  /** Of a false pair: whether it counts in “number, name, negation, wrong quote together”. */
  readonly headline: boolean
  readonly sentence: string
  readonly quote: string
  readonly title: string
}

interface Source {
  readonly text: string
  readonly title: string
  readonly article: number
  readonly paragraph: number
  /** Its words' weights, of length 1 together. */
  readonly vector: ReadonlyMap<string, number>
}

const [SHORTEST, LONGEST] = [50, 400]

function wordCounts(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}]+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

function readSources(): Source[] {
  const paragraphs = readFileSync(CORPUS, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { id: string; title: string; text: string })
  const cut = paragraphs.flatMap(({ id, title, text }, paragraph) =>
    sentences(text, 'en')
      .map(({ start, end }) => text.slice(start, end))
      .filter((piece) => piece.length > SHORTEST && piece.length < LONGEST && !piece.includes('\n'))
      .map((piece) => ({
        text: piece,
        title: title.replaceAll('_', ' '),
        article: Number(id.slice(1, 3)),
        paragraph,
        counts: wordCounts(piece),
      })),
  )
  const frequency = new Map<string, number>()
  for (const { counts } of cut) for (const word of counts.keys()) frequency.set(word, (frequency.get(word) ?? 0) + 1)
  return cut.map(({ counts, ...source }) => {
    const weights = Array.from(counts, ([word, count]): [string, number] => [
      word,
      (1 + Math.log(count)) * Math.log(cut.length / (frequency.get(word) ?? 1)),
    ])
    const length = Math.hypot(...weights.map(([, weight]) => weight)) || 1
    return { ...source, vector: new Map(weights.map(([word, weight]) => [word, weight / length])) }
  })
}

function likeness(a: Source, b: Source): number {
  let sum = 0
  for (const [word, weight] of a.vector) sum += weight * (b.vector.get(word) ?? 0)
  return sum
}

/** The one most like it by its words (cosine of tf-idf): the hardest for a check by words. */
const nearest = (own: Source, others: readonly Source[]): Source | undefined =>
  others.reduce<{ source?: Source; score: number }>(
    (best, source) => {
      const score = likeness(own, source)
      return score > best.score ? { source, score } : best
    },
    { score: 0 },
  ).source

/**
 * True and false pairs made by rule of the sentences of XQuAD's English paragraphs (50 to 400 characters), always the
 * same for a seed. About half of the corruptions stand on top of a paraphrase.
 */
export function generatePairs(seed = 'evident'): Pair[] {
  const sources = readSources()
  const names = sources.map((source) => namesIn(source.text))
  return sources.flatMap((own, at) => {
    const random = randomOf(`${seed} ${at} ${own.text}`)
    const common = { even: own.article % 2 === 0, title: own.title }
    const pairs: Pair[] = []
    const add = (
      kind: string,
      sentence: string | undefined,
      more: { label: boolean; headline?: boolean; quote?: string },
    ) => {
      const { label, headline = false, quote = own.text } = more
      if (sentence !== undefined) pairs.push({ ...common, kind, label, headline, sentence, quote })
    }

    add('same sentence', own.text, { label: true })
    for (const [kind, paraphrase] of Object.entries(PARAPHRASES))
      add(kind, paraphrase(own.text, random), { label: true })
    const double = twice(own.text, random)
    add('two of these', double, { label: true })
    add('pronoun → title', pronounToTitle(own.text, own.title), { label: true })

    const around = {
      quote: `${own.title}\n${own.text}`,
      near: sources.flatMap(({ paragraph }, i) => (paragraph === own.paragraph && i !== at ? (names[i] ?? []) : [])),
      far: sources.flatMap(({ article }, i) =>
        article !== own.article && random.next() < 0.05 ? (names[i] ?? []) : [],
      ),
    }
    for (const [kind, { make, headline }] of Object.entries(CORRUPTIONS)) {
      const base = double !== undefined && random.next() < 0.5 ? double : own.text
      const spoilt = make(base, random, around)
      if (spoilt !== base) add(kind, spoilt, { label: false, headline })
    }
    const claim = double !== undefined && random.next() < 0.5 ? double : own.text
    const ofParagraph = sources.filter(({ paragraph }) => paragraph === own.paragraph)
    const wrong: [string, Source | undefined][] = [
      [
        'quote of another article',
        nearest(
          own,
          sources.filter(({ article }) => article !== own.article),
        ),
      ],
      [
        'quote of another paragraph',
        nearest(
          own,
          sources.filter(({ article, paragraph }) => article === own.article && paragraph !== own.paragraph),
        ),
      ],
      [
        'quote of the same paragraph',
        nearest(
          own,
          ofParagraph.filter((other) => other !== own),
        ),
      ],
    ]
    for (const [kind, source] of wrong) {
      if (source === undefined || source.text === own.text) continue
      add(kind, claim, { label: false, headline: true, quote: source.text })
    }
    return pairs
  })
}
