import { canonicalText } from '../../core/canonical-text.ts'
import type { Block, ChunkDraft } from '../../core/documents.ts'
import type { UserId } from '../../core/ids.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import type { PageReader } from '../../core/ports/web.ts'
import { completeAddress } from './addresses.ts'
import { beginning, leadsToLogin, loginRefusal, type PageRead, type ReadPageOf, type StoredPage } from './read-page.ts'
import type { KnownCopy } from './visit.ts'

/** What a person may give with a URL. */
export interface GivenFields {
  readonly title?: string | undefined
  readonly summary?: string | undefined
  readonly metadata?: Record<string, unknown> | undefined
  readonly chatId?: string | undefined
}

/** Stores pages as documents; what becomes of one is for the caller to read. */
export interface PageDocuments<Received> {
  knownPage(owner: UserId, kind: 'page', address: string, url: string): Promise<KnownCopy | undefined>
  receive(owner: UserId, page: StoredPage, given: GivenFields): Promise<Received>
}

/**
 * Makes a document of one page that a person names. robots.txt is for programs that follow links by themselves, so it is
 * not asked. @throws what `PageReader` throws
 */
export function createScrape<Received>(readPage: ReadPageOf, documents: PageDocuments<Received>) {
  return async (
    owner: UserId,
    { url, ...given }: GivenFields & { readonly url: string },
    { signal }: CallOptions,
  ): Promise<Received> => {
    const known = (address: string) => documents.knownPage(owner, 'page', address, address)
    const read = await openPage(readPage(completeAddress(url), { known, signal }))
    return documents.receive(owner, read.page, given)
  }
}

/** Of a longer page the beginning is read, in UTF-16 code units: a book of 200 pages has about twice as many. */
const LONGEST_READ = 200_000

/** Cuts what was parsed into passages of its canonical text. */
export type Prepare = (
  input: { readonly title: string; readonly blocks: readonly Block[] },
  options: CallOptions,
) => Promise<{
  readonly content: string
  readonly chunks: readonly ChunkDraft[]
  readonly language: string | null
}>

export function createPageReader(readPage: ReadPageOf, prepare: Prepare): PageReader {
  return {
    async readPage(url, { signal } = {}) {
      const { page, parsed } = await openPage(readPage(completeAddress(url), { signal }))
      const title = canonicalText(page.title).replace(/\s+/g, ' ').trim()
      const { content, chunks, language } = await prepare({ title, blocks: beginningOf(parsed.blocks) }, { signal })
      return {
        url: page.url,
        title,
        text: content,
        passages: chunks,
        mediaType: parsed.mediaType,
        language,
        published: page.shown.published,
      }
    },
  }
}

/** Of what stands between two of them in the canonical text, in UTF-16 code units. */
const BETWEEN_BLOCKS = 2
const BETWEEN_ROWS = 1
const BETWEEN_CELLS = 3

/** As many of the blocks as make `LONGEST_READ` of canonical text, in which no block gets longer. */
function beginningOf(blocks: readonly Block[]): Block[] {
  const kept: Block[] = []
  let left = LONGEST_READ
  const take = (text: string, between: number): string => {
    const taken = beginning(text, left)
    left -= taken.length + between
    return taken
  }
  for (const block of blocks) {
    if (left <= 0) break
    if (block.kind !== 'table') {
      kept.push({ ...block, text: take(block.text, BETWEEN_BLOCKS) })
      continue
    }
    // The header is the first rows, so it stays with whatever stays of the table.
    const rows: string[][] = []
    for (const row of block.rows) {
      if (left <= 0) break
      const cells: string[] = []
      for (const cell of row) if (left > 0) cells.push(take(cell, BETWEEN_CELLS))
      left += BETWEEN_CELLS - BETWEEN_ROWS
      rows.push(cells)
    }
    left -= BETWEEN_BLOCKS - BETWEEN_ROWS
    kept.push({ ...block, rows, headerRows: Math.min(block.headerRows, rows.length) })
  }
  return kept
}

async function openPage(reading: Promise<PageRead>): Promise<PageRead> {
  const read = await reading
  if (leadsToLogin(read)) throw loginRefusal()
  return read
}
