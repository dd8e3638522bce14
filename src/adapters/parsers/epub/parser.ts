import type { DocumentParser } from '../../../core/ports/reading.ts'
import { encryptedError } from '../zip.ts'
import type { ParseOptions } from '../options.ts'

export const epub: DocumentParser = {
  id: 'epub',
  mediaTypes: ['application/epub+zip'],
  extensions: ['.epub'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ openContainer }, { readPackage }, { parseDom }, { htmlBlocks }, { withoutDeepNesting }] =
      await Promise.all([
        import('../container.ts'),
        import('./package.ts'),
        import('../dom.ts'),
        import('../html-blocks.ts'),
        import('../html-nesting.ts'),
      ])
    const container = openContainer(bytes, options?.limits)
    const book = readPackage(container)
    yield { kind: 'properties', properties: book.properties }
    const missing: string[] = []
    for (const chapter of book.chapters) {
      if (book.encrypted.has(chapter)) throw encryptedError()
      const source = container.zip.text(chapter)
      if (source === undefined) {
        missing.push(chapter)
        continue
      }
      const body = parseDom(withoutDeepNesting(source.replace(/^[^<]*<\?xml[^>]*\?>/, ''))).body
      if (body !== null) yield* htmlBlocks(body)
    }
    if (missing.length > 0)
      yield { kind: 'warning', message: `Chapters that the book names but does not hold: ${missing.length}.` }
  },
}
