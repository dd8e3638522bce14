import type { Block } from '../../../core/documents.ts'

/** Paragraphs between empty lines, as written; form feeds (as in mail archives and RFCs) count pages. */
export function* plainBlocks(source: string, kind: 'text' | 'code'): Generator<Block> {
  const pages = source.split('\f')
  for (const [index, page] of pages.entries()) {
    for (const paragraph of page.split(/\n[ \t]*\n/)) {
      const text = paragraph.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
      if (text.trim() !== '') yield { kind, text, ...(pages.length > 1 ? { page: index + 1 } : {}) }
    }
  }
}
