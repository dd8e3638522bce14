import type { ChunkDraft } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { ChunkId, DocumentId, UserId } from '../../core/ids.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import type { WebResult, WebSearch } from '../../core/ports/web.ts'
import type { AnswerRequest, WebSource } from './answer.ts'
import { pageKey, pagesNamed, pageUrl } from './web-addresses.ts'

/** A page that was opened and is kept as it was: it stands where a document does. */
export interface WebPage {
  readonly documentId: DocumentId
  readonly version: number
  /** Where redirects led to. */
  readonly url: string
  readonly title: string
  /** Of its text in UTF-16 code units. */
  readonly length: number
  readonly language: string | null
  /** At least one. */
  readonly chunks: readonly ChunkDraft[]
}

/** Opens a page of the web and keeps it in the owner's name. @throws AppError for people to read; the signal's reason */
export type OpenPage = (owner: UserId, url: string, options: CallOptions) => Promise<WebPage>

export interface WebAccess {
  /** undefined: nobody searches the web. */
  readonly search: WebSearch | undefined
  readonly open: OpenPage
  /** Milliseconds for a page, from the look-up of its name until it is cut into passages. */
  readonly patience: number
  /** Milliseconds for all that is read before an answer is written. */
  readonly readingPatience: number
}

export interface WebCallOptions extends CallOptions {
  /** Ends with all that is read of the web, and not the answer. */
  readonly deadline?: AbortSignal | undefined
}

/** A page of this answer. */
export interface PageOfAnswer {
  readonly page: WebPage
  /** The question names it. */
  readonly isNamed: boolean
  /** Of its passages; no stored passage has them, and they mean nothing beyond this answer. */
  chunkId(ordinal: number): ChunkId
}

/** Results that a search asks for. */
export const RESULTS = 8
/** Pages that one answer opens at most, whoever asks for them. */
const MOST_PAGES = 8
/** Milliseconds for a search of the web. */
const LONGEST_SEARCH = 8000
/** More passages has no page. */
const PASSAGES_OF_PAGE = 1_000_000

interface Known {
  /** As the person or the search engine writes it: what is opened. */
  readonly url: string
  readonly title: string
  readonly snippet: string | null
  readonly isNamed: boolean
  /** The search that found it first. */
  readonly query?: string
}

export type AnswerWeb = ReturnType<typeof createAnswerWeb>

/**
 * The web as one answer may see it. What can be opened is what the person wrote in the chat, and what a search of this
 * answer found: no address out of a document or a page.
 */
export function createAnswerWeb(
  { owner, question, history = [], webSearch = false, webSettings = {} }: AnswerRequest,
  { search, open, patience, readingPatience }: WebAccess,
  logger: Logger,
) {
  const known = new Map<string, Known>()
  const opening = new Map<string, Promise<PageOfAnswer>>()
  const pages: PageOfAnswer[] = []
  const read = new Map<string, PageOfAnswer>()
  const sources = new Map<string, WebSource>()
  const searches = new Map<string, Promise<readonly WebResult[]>>()
  const searcher = webSearch ? search : undefined
  let results = 0
  let isUsed = false

  function allow(found: Known): void {
    const key = pageKey(found.url)
    if (key !== undefined && !known.has(key)) known.set(key, found)
  }
  const named = pagesNamed(question)
  for (const url of named) allow({ url, title: '', snippet: null, isNamed: true })
  for (const { role, content } of history) {
    if (role !== 'user') continue
    for (const url of pagesNamed(content)) allow({ url, title: '', snippet: null, isNamed: false })
  }

  async function opened({ url, title, snippet, isNamed }: Known, options: WebCallOptions): Promise<PageOfAnswer> {
    const { signal, deadline } = options
    const late = AbortSignal.timeout(patience)
    const either = AbortSignal.any([late, signal, deadline].filter((one) => one !== undefined))
    try {
      const page = await open(owner, url, { signal: either })
      isUsed = true
      const { documentId, length } = page
      sources.set(url, { url: page.url, title: page.title, snippet, documentId, length })
      const there = pages.find((one) => one.page.documentId === documentId)
      if (there !== undefined) return there
      const from = (pages.length + 1) * PASSAGES_OF_PAGE
      const chunkId = (ordinal: number): ChunkId => -(from + ordinal) as ChunkId
      const own: PageOfAnswer = { page, isNamed, chunkId }
      pages.push(own)
      return own
    } catch (error) {
      signal?.throwIfAborted()
      // What people write or a search engine says may be no text to store, nor an address as one follows it.
      const shown = pageUrl(url)?.href ?? ''
      sources.set(url, { url: shown, title: title || shown, snippet, documentId: null, length: 0 })
      if (deadline?.aborted === true) throw tooSlow('Reading the web', readingPatience, error)
      if (late.aborted) throw tooSlow('The page', patience, error)
      throw asRefusal(error, 'The page could not be read.', logger)
    }
  }

  async function searched(query: string, { signal, deadline }: WebCallOptions): Promise<readonly WebResult[]> {
    if (searcher === undefined) throw new AppError('not_configured', 'The web cannot be searched here.')
    const late = AbortSignal.timeout(LONGEST_SEARCH)
    const either = AbortSignal.any([late, signal, deadline].filter((one) => one !== undefined))
    try {
      const found = await searcher.search(query, { limit: RESULTS, language: webSettings.language, signal: either })
      isUsed = true
      results += found.length
      for (const { url, title, snippet } of found) allow({ url, title, snippet, isNamed: false, query })
      return found
    } catch (error) {
      signal?.throwIfAborted()
      if (deadline?.aborted === true) throw tooSlow('Reading the web', readingPatience, error)
      if (late.aborted) throw tooSlow('The web search', LONGEST_SEARCH, error)
      throw asRefusal(error, 'The web search failed.', logger)
    }
  }

  return {
    /** Of the question, as they are written. */
    named,
    /** The web was asked for. */
    isAsked: webSearch,
    canSearch: searcher !== undefined,
    readingPatience,
    /** Pages of what is found that are wanted; undefined: as many as the question needs. */
    wanted: webSettings.maxResults,
    /** Whether there is anything that could be opened, now or after a search. */
    get mayOpen(): boolean {
      return searcher !== undefined || known.size > 0
    },
    /** Whether a search was made or a page read. */
    get isUsed(): boolean {
      return isUsed
    },
    /** What searches found, all together. */
    get results(): number {
      return results
    },
    pages: pages as readonly PageOfAnswer[],
    /** Those that the question names and that could be read, as it names them. */
    get namedPages(): readonly PageOfAnswer[] {
      return [...new Set(named.flatMap((url) => read.get(pageKey(url) ?? '') ?? []))]
    },
    /** Every page that was opened or could not be, in that order. */
    sources: (): WebSource[] => [...sources.values()],

    /**
     * From here on what it finds may be opened. The engine is asked once for each query, and again for one that failed.
     * @throws AppError for people to read; the signal's reason
     */
    async search(query: string, options: WebCallOptions): Promise<readonly WebResult[]> {
      const before = searches.get(query)
      if (before !== undefined) return before
      const found = searched(query, options)
      searches.set(query, found)
      try {
        return await found
      } catch (error) {
        searches.delete(query)
        throw error
      }
    },

    /** Whether it was opened before, or is being. */
    isOpened: (url: string): boolean => opening.has(pageKey(url) ?? ''),
    /** Whether the person or a search named it, in whatever spelling. */
    mayBeOpened: (url: string): boolean => known.has(pageKey(url) ?? ''),
    /** By which search it was found, if it was. */
    queryOf: (url: string): string | undefined => known.get(pageKey(url) ?? '')?.query,
    /** What the search engine says of it. */
    resultOf(url: string): Pick<WebResult, 'title' | 'snippet'> | undefined {
      const { title, snippet } = known.get(pageKey(url) ?? '') ?? {}
      return title === undefined || typeof snippet !== 'string' ? undefined : { title, snippet }
    },
    get isFull(): boolean {
      return opening.size >= MOST_PAGES
    },

    /**
     * A page once, however often it is asked for. @throws AppError for people to read: `forbidden` for what nobody named,
     * `too_many_requests` where enough pages were opened, and what the page itself throws; the signal's reason
     */
    async open(url: string, options: WebCallOptions): Promise<PageOfAnswer> {
      const key = pageKey(url) ?? ''
      const target = known.get(key)
      if (target === undefined) throw new AppError('forbidden', 'Nobody named this address.')
      const before = opening.get(key)
      if (before !== undefined) return before
      if (opening.size >= MOST_PAGES) {
        throw new AppError('too_many_requests', `One answer opens ${MOST_PAGES} pages at most.`)
      }
      const own = opened(target, options)
      opening.set(key, own)
      const page = await own
      read.set(key, page)
      return page
    },
  }
}

const tooSlow = (what: string, patience: number, cause: unknown): AppError =>
  new AppError('timed_out', `${what} took longer than ${patience / 1000} s.`, { cause })

/** What of the web fails costs itself, and not the answer. */
function asRefusal(error: unknown, message: string, logger: Logger): AppError {
  if (error instanceof AppError) return error
  logger.warn({ err: error }, message)
  return new AppError('upstream_failed', message, { cause: error })
}
