import type { DocumentParser } from '../../../core/ports/reading.ts'
import type { ParseOptions } from '../options.ts'
import { propertiesOf } from '../properties.ts'

const OPEN = 'application/vnd.oasis.opendocument'

export const odt: DocumentParser = {
  id: 'odt',
  mediaTypes: [`${OPEN}.text`, `${OPEN}.spreadsheet`, `${OPEN}.presentation`],
  extensions: ['.odt', '.ott', '.ods', '.ots', '.odp', '.otp'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ openContainer }, { openDocumentBlocks }, { descendants, textOf }] = await Promise.all([
      import('../container.ts'),
      import('./blocks.ts'),
      import('../xml.ts'),
    ])
    const container = openContainer(bytes, options?.limits)
    const meta = container.part('meta.xml')
    const field = (name: string): string | undefined =>
      meta === undefined ? undefined : textOf(descendants(meta, name)[0])
    yield {
      kind: 'properties',
      properties: propertiesOf({
        title: field('dc:title'),
        author: field('dc:creator') ?? field('meta:initial-creator'),
        language: field('dc:language'),
        date: field('dc:date') || field('meta:creation-date'),
      }),
    }
    yield* openDocumentBlocks(container.required('content.xml'))
  },
}
