import type { ChunkDraft } from '../documents.ts'
import type { CallOptions } from './surroundings.ts'

/** What a search engine says of a page: text of others, and an address that nobody has looked at. */
export interface WebResult {
  /** http or https, without user and fragment; it may be of any host. */
  readonly url: string
  /** Plain text of one line, not empty. */
  readonly title: string
  /** Plain text of one line; may be empty. */
  readonly snippet: string
  /** The day on which the page is said to have been published: YYYY-MM-DD. */
  readonly published?: string | undefined
}

export interface WebSearchOptions extends CallOptions {
  /** At least 1. The provider may give fewer, also where there are more. */
  readonly limit: number
  /** ISO 639-1: pages in it are asked for, where the provider can. */
  readonly language?: string | undefined
}

/** What a person may say of a search of the web. */
export interface WebSettings {
  /** Pages that are read of what it finds; 1 to 8. */
  readonly maxResults?: number | undefined
  /** ISO 639-1. */
  readonly language?: string | undefined
}

export interface WebSearch {
  /** As WEB_SEARCH_PROVIDER calls it. */
  readonly provider: string
  /**
   * Best first, each page once. No page is opened.
   * @throws AppError `upstream_failed`, or `not_ready` where it takes no more for a while (`retryAfter`), for people to
   * read; `invalid_request` for a query without a word; the signal's reason
   */
  search(query: string, options: WebSearchOptions): Promise<readonly WebResult[]>
}

/** A page that was read and not stored. */
export interface ReadPage {
  /** Where redirects led to. */
  readonly url: string
  /** Canonical, of one line. */
  readonly title: string
  /** Canonical: the main text; of a very long page its beginning. */
  readonly text: string
  /** The passages of the text; none where it has no words. */
  readonly passages: readonly ChunkDraft[]
  readonly mediaType: string
  /** ISO 639-1: that of most of the text; null: it cannot be told. */
  readonly language: string | null
  /** ISO 8601, as the page says. */
  readonly published?: string | undefined
}

/** Reads a page that a person or a search result names, through the door out, and stores nothing. */
export interface PageReader {
  /**
   * A URL without a scheme gets https. @throws AppError `blocked_address`, `upstream_failed`, `payload_too_large`,
   * `unsupported_media_type`, `invalid_request` (no address, or a log-in is asked for), `document_*`
   */
  readPage(url: string, options?: CallOptions): Promise<ReadPage>
}
