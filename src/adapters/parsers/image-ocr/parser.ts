import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { tiffPages } from './size.ts'

export const imageOcr: DocumentParser = {
  id: 'image-ocr',
  mediaTypes: ['image/png', 'image/jpeg', 'image/webp', 'image/tiff', 'image/bmp'],
  extensions: ['.png', '.jpg', '.jpeg', '.jfif', '.webp', '.tif', '.tiff', '.bmp'],
  async *parse(bytes, _filename, options) {
    const { recognise } = await import('./recognise.ts')
    const result = await recognise(bytes, options?.signal)
    if (result.paragraphs.length === 0) {
      throw new AppError(
        'document_empty',
        'No text was recognised in the image. Upload one with larger or sharper text, or the text itself.',
      )
    }
    const pages = tiffPages(bytes)
    if (pages > 1)
      yield {
        kind: 'warning',
        message: `Only the first of ${pages} pages of the image was read. Save the others as files of their own, or all as a PDF with text.`,
      }
    for (const text of result.paragraphs) yield { kind: 'text', text }
    yield {
      kind: 'warning',
      message: `The text was recognised from an image (English letters, confidence ${Math.round(result.confidence)} of 100) and may hold mistakes.`,
    }
  },
}
