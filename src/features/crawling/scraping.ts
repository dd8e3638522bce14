import type { UserId } from '../../core/ids.ts'
import type { CallOptions, PageReader, ParsedDocument } from '../../core/ports.ts'
import { completeAddress } from './addresses.ts'
import { leadsToLogin, loginRefusal, type PageRead, type ReadPageOf, type StoredPage } from './read-page.ts'
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

/** @param textOf the canonical text of what was read */
export function createPageReader(readPage: ReadPageOf, textOf: (parsed: ParsedDocument) => string): PageReader {
  return {
    async readPage(url, { signal } = {}) {
      const { page, parsed } = await openPage(readPage(completeAddress(url), { signal }))
      const { language, published } = page.shown
      return {
        url: page.url,
        title: page.title,
        text: textOf(parsed),
        mediaType: parsed.mediaType,
        language,
        published,
      }
    },
  }
}

async function openPage(reading: Promise<PageRead>): Promise<PageRead> {
  const read = await reading
  if (leadsToLogin(read)) throw loginRefusal()
  return read
}
