import type { DocumentParser } from '../../../core/ports/reading.ts'
import type { ParseOptions } from '../options.ts'

export const pptx: DocumentParser = {
  id: 'pptx',
  mediaTypes: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  extensions: ['.pptx', '.pptm', '.ppsx', '.ppsm', '.potx'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const [{ openContainer }, { officeProperties }, { slideBlocks, slideParts }] = await Promise.all([
      import('../container.ts'),
      import('../office-properties.ts'),
      import('./slides.ts'),
    ])
    const container = openContainer(bytes, options?.limits)
    const slides = slideParts(container)
    yield { kind: 'properties', properties: officeProperties(container, slides.length) }
    const silent: number[] = []
    for (const [index, part] of slides.entries()) {
      const blocks = slideBlocks(container, part, index + 1)
      if (blocks.length === 0) silent.push(index + 1)
      yield* blocks
    }
    if (silent.length > 0)
      yield { kind: 'warning', message: `Slides without text (images only): ${silent.join(', ')}.` }
  },
}
