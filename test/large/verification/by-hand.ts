import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FOLDER, readContents } from './documents.ts'

export const hasDocuments = existsSync(FOLDER)

interface Line {
  readonly id: string
  /** Path below `docs-unstructured`. */
  readonly document: string
  readonly title: string
  /** The quote in the canonical text: UTF-16 code units, end exclusive. */
  readonly start: number
  readonly end: number
  /** Of the quote in UTF-8, as lower-case hex. */
  readonly sha256: string
  readonly sentence: string
  readonly label: boolean
  readonly kind: string
}

export interface HandWritten extends Line {
  readonly quote: string
}

/**
 * The sentences of `by-hand.jsonl` with their quotes, which are cut from the documents since those are not ours to
 * publish. Throws where a parser has changed and the text at a place is no longer the one that was quoted.
 */
export async function readHandWritten(): Promise<HandWritten[]> {
  const raw = await readFile(join(import.meta.dirname, 'by-hand.jsonl'), 'utf8')
  const lines = raw
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line)
  const contents = await readContents(new Set(lines.map((line) => line.document)))
  return lines.map((line) => {
    const quote = (contents.get(line.document) ?? '').slice(line.start, line.end)
    if (createHash('sha256').update(quote).digest('hex') !== line.sha256)
      throw new Error(`${line.id}: ${line.document} reads otherwise at ${line.start}–${line.end}: ${quote}`)
    return { ...line, quote }
  })
}
