import type { DocumentParser } from '../../../core/ports/reading.ts'
import { requireText } from '../text.ts'

export const html: DocumentParser = {
  id: 'html',
  mediaTypes: ['text/html', 'application/xhtml+xml'],
  extensions: ['.html', '.htm', '.xhtml'],
  async *parse(bytes) {
    const source = await requireText(bytes)
    const [{ parseDom }, { mainText }, { pageProperties }, { pageFacts }, { withoutDeepNesting }] = await Promise.all([
      import('../dom.ts'),
      import('./main-text.ts'),
      import('./properties.ts'),
      import('./page-facts.ts'),
      import('../html-nesting.ts'),
    ])
    const page = withoutDeepNesting(source)
    const document = parseDom(page)
    yield { kind: 'properties', properties: pageProperties(document), page: pageFacts(document) }
    const { blocks, pruned } = mainText(document, () => parseDom(page))
    yield* blocks
    if (pruned)
      yield {
        kind: 'warning',
        message: 'Menus, captions, related links and the like around the main text of the page were left out.',
      }
  },
}
