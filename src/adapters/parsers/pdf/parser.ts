import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { DEFAULT_LIMITS, type ParseOptions } from '../options.ts'
import { readPages } from './pages.ts'

export const pdf: DocumentParser = {
  id: 'pdf',
  mediaTypes: ['application/pdf'],
  extensions: ['.pdf'],
  async *parse(bytes, _filename, options?: ParseOptions) {
    const limits = options?.limits ?? DEFAULT_LIMITS
    const { properties, pages, unread } = await readPages(bytes, limits, options?.signal)
    yield { kind: 'properties', properties }
    const { documentBlocks } = await import('./blocks.ts')
    const silent = pages.filter((page) => page.runs.length === 0).map((page) => page.number)
    if (silent.length === pages.length && unread.length === 0) {
      throw new AppError(
        'document_empty',
        'The PDF holds only images, no text (a scan). Run text recognition (OCR) on it, or upload its pages as PNG or JPEG images.',
      )
    }
    if (pages.length === 0 || unread.length === pages.length) {
      throw new AppError(
        'document_corrupt',
        'The PDF is damaged: none of its pages can be read. Export or download it again.',
      )
    }
    yield* documentBlocks(pages)
    const withoutText = silent.filter((page) => !unread.includes(page))
    if (withoutText.length > 0)
      yield { kind: 'warning', message: `Pages without text (images only): ${listed(withoutText)}.` }
    if (unread.length > 0)
      yield { kind: 'warning', message: `Pages that are damaged and were left out: ${listed(unread)}.` }
  },
}

const listed = (pages: readonly number[]): string =>
  pages.length > 20 ? `${pages.slice(0, 20).join(', ')} and ${pages.length - 20} more` : pages.join(', ')
