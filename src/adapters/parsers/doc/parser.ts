import type { DocumentParser } from '../../../core/ports/reading.ts'
import { AppError } from '../../../core/errors.ts'
import { tidyLines } from '../paragraph.ts'
import { encryptedError } from '../zip.ts'

export const doc: DocumentParser = {
  id: 'doc',
  mediaTypes: ['application/msword'],
  extensions: ['.doc', '.dot'],
  async *parse(bytes) {
    const { default: WordExtractor } = await import('word-extractor')
    let document: Awaited<ReturnType<InstanceType<typeof WordExtractor>['extract']>>
    try {
      document = await new WordExtractor().extract(Buffer.from(bytes))
    } catch (error) {
      if (error instanceof Error && /encrypt|password/i.test(error.message)) throw encryptedError()
      throw new AppError(
        'document_corrupt',
        'The Word document cannot be read: it is damaged or too old. Save it as DOCX or PDF and upload that.',
        {
          cause: error,
        },
      )
    }
    const parts = [
      document.getHeaders({ includeFooters: false }),
      document.getBody(),
      document.getTextboxes({ includeHeadersAndFooters: false }),
      document.getFootnotes(),
      document.getEndnotes(),
      document.getFooters(),
    ]
    for (const part of parts) {
      // Each line is a paragraph; a tab ends a table cell.
      for (const paragraph of part.split('\n')) {
        const text = tidyLines(paragraph.replace(/\t+/g, ' | ')).replace(/^(\| ?)+|( ?\|)+$/g, '')
        if (text !== '') yield { kind: 'text', text }
      }
    }
    yield {
      kind: 'warning',
      message: 'Old Word documents are read as plain paragraphs: headings and tables keep their text, not their form.',
    }
  },
}
