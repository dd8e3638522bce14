import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { tableBlock } from '../table.ts'
import { requireText } from '../text.ts'

export const csv: DocumentParser = {
  id: 'csv',
  mediaTypes: ['text/csv', 'text/tab-separated-values'],
  extensions: ['.csv', '.tsv', '.tab', '.psv'],
  async *parse(bytes, filename) {
    const text = await requireText(bytes)
    const { parse } = await import('csv-parse/sync')
    let rows: string[][]
    try {
      rows = parse(text, {
        delimiter: sniffDelimiter(text, filename),
        relax_column_count: true,
        relax_quotes: true,
        skip_empty_lines: true,
        trim: true,
        max_record_size: 4 * 2 ** 20,
      })
    } catch (error) {
      throw new AppError(
        'document_corrupt',
        'The table cannot be read: a quoted cell is never closed, or a row is longer than 4 MiB. Correct it, or upload the file as .txt.',
        { cause: error },
      )
    }
    const table = tableBlock(rows.map((row) => row.map((cell) => cell.replace(/\s+/g, ' ').trim())))
    if (table !== undefined) yield table
  },
}

const DELIMITERS = [',', ';', '\t', '|'] as const
const SAMPLE_LINES = 50

/** The character that divides most lines into the same number of cells, more cells winning; `sep=` of Excel rules. */
export const sniffDelimiter = (text: string, filename: string): string => {
  const stated = /^sep=([^\n\r])\r?\n/i.exec(text)?.[1]
  if (stated !== undefined) return stated
  const lines = text
    .slice(0, 200_000)
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '')
    .slice(0, SAMPLE_LINES)
  let best: { delimiter: string; score: number } = { delimiter: /\.(tsv|tab)$/i.test(filename) ? '\t' : ',', score: 0 }
  for (const delimiter of DELIMITERS) {
    const counts = lines.map((line) => line.replace(/"[^"]*"/g, '').split(delimiter).length - 1)
    const most = mostFrequent(counts.filter((count) => count > 0))
    if (most === undefined) continue
    const agreeing = counts.filter((count) => count === most).length / lines.length
    const score = agreeing * agreeing * Math.log2(most + 1)
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

const mostFrequent = (values: readonly number[]): number | undefined => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0]
}
