import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseOptions } from '../options.ts'
import { requireText } from '../text.ts'
import { jsonBlocks, type Json } from './blocks.ts'

export const json: DocumentParser = {
  id: 'json',
  mediaTypes: ['application/json', 'application/x-ndjson'],
  extensions: ['.json', '.jsonl', '.ndjson', '.geojson', '.webmanifest', '.ipynb'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const source = await requireText(bytes)
    yield* jsonBlocks(parseValue(source), (options?.limits ?? DEFAULT_LIMITS).nesting)
  },
}

const parseValue = (source: string): Json => {
  try {
    return JSON.parse(source) as Json
  } catch (error) {
    if (error instanceof RangeError) {
      throw new AppError(
        'document_too_complex',
        'The JSON is nested too deeply to be read. Flatten it, or upload it as .txt.',
        { cause: error },
      )
    }
    return parseLines(source)
  }
}

const parseLines = (source: string): Json => {
  const values: Json[] = []
  for (const [index, line] of source.split('\n').entries()) {
    if (line.trim() === '') continue
    try {
      values.push(JSON.parse(line) as Json)
    } catch (error) {
      throw new AppError(
        'document_corrupt',
        `The file is neither JSON nor JSON Lines: line ${index + 1} cannot be read. Correct it, or upload it as .txt.`,
        {
          cause: error,
        },
      )
    }
  }
  return values
}
