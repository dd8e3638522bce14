import { AppError } from '../../core/errors.ts'
import type { DocumentParser, ParseEvent } from '../../core/ports/reading.ts'
import { detect } from './detect.ts'
import type { ParseLimits, ParseOptions } from './options.ts'

/** A message in a message is read, one in that is named only. */
const DEEPEST_ATTACHMENT = 2

export interface StartedDocument {
  readonly parser: string
  readonly mediaType: string
  readonly events: AsyncGenerator<ParseEvent>
}

/** Detects the type and starts to parse. Errors of both are AppErrors; anything else a parser throws is its own bug. */
export const startDocument = async (
  bytes: Uint8Array,
  filename: string,
  limits: ParseLimits,
  only?: DocumentParser,
): Promise<StartedDocument> => {
  const detected =
    only === undefined
      ? await detect(bytes, filename, limits)
      : { parser: only, mediaType: only.mediaTypes[0] ?? '', warnings: [] }
  const { parser, mediaType, warnings } = detected
  return { parser: parser.id, mediaType, events: documentEvents(parser, warnings, bytes, filename, limits) }
}

async function* documentEvents(
  parser: DocumentParser,
  warnings: readonly string[],
  bytes: Uint8Array,
  filename: string,
  limits: ParseLimits,
): AsyncGenerator<ParseEvent> {
  for (const message of warnings) yield { kind: 'warning', message }
  let silent = true
  for await (const event of bounded(parser.parse(bytes, filename, optionsAt(0, limits)), limits)) {
    if (event.kind !== 'properties' && event.kind !== 'warning') silent = false
    yield event
  }
  if (silent)
    throw new AppError(
      'document_empty',
      'No text was found in the file. If it shows text, it may hold images of it: upload the text itself.',
    )
}

const optionsAt = (depth: number, limits: ParseLimits): ParseOptions => ({
  limits,
  readAttached:
    depth >= DEEPEST_ATTACHMENT
      ? undefined
      : async function* (bytes, filename) {
          const { parser } = await detect(bytes, filename, limits)
          yield* parser.parse(bytes, filename, optionsAt(depth + 1, limits))
        },
})

/** Stops a parser whose output passes the limits. */
async function* bounded(events: AsyncIterable<ParseEvent>, limits: ParseLimits): AsyncGenerator<ParseEvent> {
  let characters = 0
  let blocks = 0
  for await (const event of events) {
    if (event.kind !== 'properties' && event.kind !== 'warning') {
      blocks += 1
      characters +=
        event.kind === 'table'
          ? event.rows.reduce((sum, row) => row.reduce((cells, cell) => cells + cell.length + 1, sum), 0)
          : event.text.length
      if (characters > limits.characters || blocks > limits.blocks) {
        throw new AppError(
          'document_too_complex',
          `The document holds more than the allowed ${limits.characters.toLocaleString('en')} characters or ${limits.blocks.toLocaleString('en')} paragraphs. Split it into smaller files.`,
        )
      }
    }
    yield event
  }
}
