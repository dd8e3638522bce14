import type { DocumentParser } from '../../../core/ports/reading.ts'

export const rtf: DocumentParser = {
  id: 'rtf',
  mediaTypes: ['application/rtf', 'text/rtf'],
  extensions: ['.rtf'],
  async *parse(bytes) {
    const { rtfDocument } = await import('./document.ts')
    const { blocks, properties } = rtfDocument(Buffer.from(bytes).toString('latin1'))
    yield { kind: 'properties', properties }
    yield* blocks
  },
}
