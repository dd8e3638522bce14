import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CORPUS } from './generated.ts'
import type { Pair } from './generated.ts'

interface Line {
  readonly paragraph: string
  /** The quote in the paragraph: UTF-16 code units, end exclusive. */
  readonly start: number
  readonly end: number
  readonly sentence: string
  readonly label: boolean
  readonly kind: string
}

/** The sentences of `for-tuning.jsonl`, in free words over paragraphs of even articles, with their quotes. */
export function readForTuning(): Pair[] {
  const lines = <T>(file: string): T[] =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T)
  const paragraphs = new Map(
    lines<{ id: string; title: string; text: string }>(CORPUS).map((paragraph) => [paragraph.id, paragraph]),
  )
  return lines<Line>(join(import.meta.dirname, 'for-tuning.jsonl')).map(({ paragraph, start, end, ...line }) => {
    const { title, text } = paragraphs.get(paragraph) ?? { title: '', text: '' }
    return { ...line, even: true, headline: false, title: title.replaceAll('_', ' '), quote: text.slice(start, end) }
  })
}
