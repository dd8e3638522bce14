import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { piecesOf } from '../../../src/features/answering/pieces.ts'
import { FOLDER, readContents } from './documents.ts'
import { CORPUS } from './generated.ts'
import type { Pair } from './generated.ts'

interface Line {
  /** Of the even articles of XQuAD. */
  readonly paragraph?: string
  /** Path below `docs-unstructured`, with its title and the quote's SHA-256 as lower-case hex. */
  readonly document?: string
  readonly title?: string
  readonly sha256?: string
  /** The quote in the paragraph or canonical text: UTF-16 code units, end exclusive. */
  readonly start: number
  readonly end: number
  readonly sentence: string
  readonly label: boolean
  readonly kind: string
}

/** A sentence in free words, with the article or document that it speaks of. */
export interface FreePair extends Pair {
  readonly source: string
  /** Of a true sentence: what else its article says, sentence by sentence. */
  readonly elsewhere: readonly string[]
}

const HEADLINE = new Set(['number', 'date', 'name', 'negation', 'wrong'])

function readLines<T>(file: string): T[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T)
}

/** The sentence behind the quote, else the one before it: it speaks of the same matter and says something else. */
function besideIt(text: string, start: number, end: number): string | undefined {
  const pieces = piecesOf(text)
  return (pieces.find((piece) => piece.start >= end) ?? pieces.findLast((piece) => piece.end <= start))?.text
}

/** What an article says besides a quote of one of its paragraphs. */
function sentencesBut(article: readonly string[], text: string, start: number, end: number): string[] {
  return article.flatMap((one) =>
    piecesOf(one)
      .filter((piece) => one !== text || piece.start >= end || piece.end <= start)
      .map((piece) => piece.text),
  )
}

/**
 * The sentences of `for-tuning.jsonl`, in free words over paragraphs of even articles and over documents that the set
 * written by hand does not use, with their quotes. Each true one of a paragraph stands there a second time, as false,
 * with the sentence beside its quote. Throws where a document reads otherwise; without the folder of documents their
 * pairs are left out.
 */
export async function readForTuning(): Promise<FreePair[]> {
  const lines = readLines<Line>(join(import.meta.dirname, 'for-tuning.jsonl'))
  const paragraphs = new Map(readLines<{ id: string; title: string; text: string }>(CORPUS).map((one) => [one.id, one]))
  const documents = new Set(lines.flatMap(({ document }) => document ?? []))
  const contents = existsSync(FOLDER) ? await readContents(documents) : new Map<string, string>()

  return lines.flatMap(({ paragraph, document, title, sha256, start, end, sentence, label, kind }): FreePair[] => {
    const headline = !label && HEADLINE.has(kind)
    if (document !== undefined) {
      const quote = contents.get(document)?.slice(start, end)
      if (quote === undefined) return []
      if (createHash('sha256').update(quote).digest('hex') !== sha256)
        throw new Error(`${document} reads otherwise at ${start}–${end}: ${quote}`)
      const elsewhere: string[] = []
      return [{ source: document, even: true, headline, title: title ?? '', quote, sentence, label, kind, elsewhere }]
    }
    const read = paragraphs.get(paragraph ?? '')
    if (read === undefined) throw new Error(`No paragraph ${paragraph}`)
    const common = {
      source: read.id.slice(0, 3),
      even: true,
      title: read.title.replaceAll('_', ' '),
      sentence,
    }
    const article = [...paragraphs.values()].filter(({ id }) => id.startsWith(common.source)).map(({ text }) => text)
    const elsewhere = label ? sentencesBut(article, read.text, start, end) : []
    const own: FreePair = { ...common, headline, quote: read.text.slice(start, end), label, kind, elsewhere }
    const beside = label ? besideIt(read.text, start, end) : undefined
    if (beside === undefined) return [own]
    return [own, { ...common, headline: true, quote: beside, label: false, kind: 'the sentence beside', elsewhere: [] }]
  })
}
