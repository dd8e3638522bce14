import { type Command, InvalidArgumentError } from 'commander'

export interface FilterOptions {
  readonly chat?: readonly string[]
  readonly fileType?: readonly string[]
  readonly from?: string
  readonly before?: string
  readonly metadata?: Readonly<Record<string, string | number | boolean>>
}

/** The options of a command that reads documents: which of them. */
export const withFilters = (command: Command): Command =>
  command
    .option('--chat <id>', 'only documents that were added in this chat, or in one of several', also)
    .option('--file-type <type>', 'only documents of this media type, such as application/pdf, or of several', also)
    .option('--from <date>', 'only documents that were added on this day or later, such as 2026-05-01')
    .option('--before <date>', 'only documents that were added before this day')
    .option('--metadata <key=value>', 'only documents whose metadata say so, each time it is given', metadata)

/** As the service takes them; undefined: all documents. */
export function filtersOf({ chat, fileType, from, before, metadata: values }: FilterOptions): object | undefined {
  const given = {
    ...(chat && { chat_ids: chat }),
    ...(fileType && { file_types: fileType }),
    ...(from && { created_from: from }),
    ...(before && { created_before: before }),
    ...(values && { metadata: values }),
  }
  return Object.keys(given).length === 0 ? undefined : given
}

const also = (text: string, before: readonly string[] = []): readonly string[] => [...before, text]

/** Numbers, true and false are what they look like; in double quotes they are texts. */
function metadata(text: string, before: FilterOptions['metadata'] = {}): FilterOptions['metadata'] {
  const equals = text.indexOf('=')
  if (equals < 1) throw new InvalidArgumentError('It must be a key and a value, such as year=2024.')
  return { ...before, [text.slice(0, equals)]: valueOf(text.slice(equals + 1)) }
}

function valueOf(text: string): string | number | boolean {
  if (/^(true|false|-?\d+(\.\d+)?|".*")$/s.test(text)) {
    try {
      return JSON.parse(text) as string | number | boolean
    } catch {
      // A number with zeros before it, or quotes that are not JSON's: a text after all.
    }
  }
  return text
}
