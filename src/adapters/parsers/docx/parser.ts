import type { DocumentParser } from '../../../core/ports/reading.ts'
import { type ParseOptions } from '../options.ts'

export const docx: DocumentParser = {
  id: 'docx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  extensions: ['.docx', '.docm', '.dotx', '.dotm'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ openContainer }, { officeProperties }, { docxBlocks }] = await Promise.all([
      import('../container.ts'),
      import('../office-properties.ts'),
      import('./blocks.ts'),
    ])
    const container = openContainer(bytes, options?.limits)
    yield { kind: 'properties', properties: officeProperties(container) }
    yield* docxBlocks(container)
  },
}
