import type { DocumentParser } from '../../../core/ports/reading.ts'
import { DEFAULT_LIMITS, type ParseOptions } from '../options.ts'
import { requireText } from '../text.ts'

export const xml: DocumentParser = {
  id: 'xml',
  mediaTypes: ['application/xml', 'text/xml'],
  extensions: ['.xml', '.xsl', '.xslt', '.xsd', '.rss', '.atom', '.svg', '.dita', '.docbook'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const source = await requireText(bytes)
    if (/<!ENTITY/i.test(source.slice(0, 65_536))) {
      yield { kind: 'warning', message: 'The file declares its own entities; they were not expanded.' }
    }
    const [{ parseXml }, { xmlBlocks }] = await Promise.all([import('../xml.ts'), import('./blocks.ts')])
    yield* xmlBlocks(parseXml(source, options?.limits ?? DEFAULT_LIMITS))
  },
}
