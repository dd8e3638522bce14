import type { Block } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { DocumentReader, ParsedDocument } from '../../core/ports/reading.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import { blobBytes } from '../../database/blobs.ts'
import type { Reader } from '../../database/database.ts'
import type { PageToRead } from './repository.ts'

/**
 * The pages of a site as one document: each under its title, its blocks on the page that it is, so that a passage's `page`
 * says which URL it is of (`properties.pages`). One that cannot be read is left out with a warning.
 * @throws AppError of the first page where none can be read
 */
export async function readPages(
  { read, reader }: { readonly read: Reader; readonly reader: DocumentReader },
  pages: readonly PageToRead[],
  { signal }: CallOptions,
): Promise<ParsedDocument> {
  const blocks: Block[] = []
  const warnings: string[] = []
  let title: string | undefined
  let failure: AppError | undefined
  for (const [i, { url, filename, blob }] of pages.entries()) {
    try {
      const bytes = await blobBytes(read, blob)
      if (bytes === undefined) throw new AppError('document_corrupt', 'The stored bytes of this page are missing.')
      const parsed = await reader.read(bytes, filename, { signal })
      const heading = parsed.properties.title?.trim() || url
      title ??= heading
      for (const block of pageBlocks(parsed.blocks, heading, i + 1)) blocks.push(block)
    } catch (error) {
      if (!(error instanceof AppError) || error.retryable) throw error
      failure ??= error
      warnings.push(`${url}: ${error.message}`)
    }
  }
  if (blocks.length === 0) throw failure ?? new AppError('document_empty', 'No page of the site is there any more.')
  const properties = {
    ...(title === undefined ? {} : { title }),
    pages: pages.length,
    pageUrls: pages.map(({ url }) => url),
  }
  return { parser: 'site', mediaType: 'text/html', properties, blocks, warnings }
}

/** A page begins with its title once, and what its headings say stands below it. */
function pageBlocks(blocks: readonly Block[], title: string, page: number): Block[] {
  const [first] = blocks
  const rest = first?.kind === 'heading' && first.text.trim() === title ? blocks.slice(1) : blocks
  return [
    { kind: 'heading', level: 1, text: title, page },
    ...rest.map((block) =>
      block.kind === 'heading' ? { ...block, level: block.level + 1, page } : { ...block, page },
    ),
  ]
}
