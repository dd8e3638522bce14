/**
 * What a parser yields, in reading order. `page` counts from 1; `box` is [left, top, right, bottom] in points
 * from the page's top left corner. Texts need not be canonical yet (see features/ingestion/canonical.ts).
 */
export type Block =
  | {
      readonly kind: 'heading'
      readonly text: string
      readonly level: number
      readonly page?: number
      readonly box?: Box
    }
  | { readonly kind: 'text'; readonly text: string; readonly page?: number; readonly box?: Box }
  | { readonly kind: 'code'; readonly text: string; readonly page?: number; readonly box?: Box }
  | {
      readonly kind: 'table'
      readonly rows: readonly (readonly string[])[]
      /** How many of the first rows are the header: each chunk of the table is read under it. */
      readonly headerRows: number
      readonly page?: number
      readonly box?: Box
    }

export type Box = readonly [left: number, top: number, right: number, bottom: number]

/** What a file says of itself; each may be absent. `date` is ISO 8601, `language` BCP 47. */
export interface DocumentProperties {
  readonly title?: string
  readonly author?: string
  readonly language?: string
  readonly date?: string
  readonly url?: string
  readonly pages?: number
  /** Of a document made of pages of the web: where each is, page 1 first. */
  readonly pageUrls?: readonly string[]
}

/** A link as a page writes it. */
export interface PageLink {
  /** Relative to the page's base, or absolute. */
  readonly href: string
  /** The page asks not to follow it (`rel="nofollow"`). */
  readonly nofollow: boolean
}

/** What an HTML page says to who follows its links. Addresses are as written. */
export interface PageFacts {
  /** At most 2,000, each once, in the order of the page. */
  readonly links: readonly PageLink[]
  /** Of `<base>`: what links are relative to, where it is not the page. */
  readonly base?: string
  /** Of `<link rel="canonical">`. */
  readonly canonical?: string
  /** The page asks not to be found by search, or that none of its links be followed. */
  readonly noindex: boolean
  readonly nofollow: boolean
  /** It has a field for a password. */
  readonly asksPassword: boolean
  /** ISO 8601. */
  readonly modified?: string
}

/** A block's place in the canonical text of its version: UTF-16 code units, end exclusive. */
export interface StoredBlock {
  readonly kind: Block['kind']
  readonly start: number
  readonly end: number
  /** Headings only: 1 (outermost) to 6. */
  readonly level?: number
  /** Tables only. */
  readonly headerRows?: number
  readonly page?: number
  readonly box?: Box
}

/** A passage before it is stored: `text === content.slice(start, end)` of its version, always. */
export interface ChunkDraft {
  readonly ordinal: number
  readonly start: number
  readonly end: number
  readonly page: number | null
  readonly headings: readonly string[]
  /** What the passage is read under besides the document's title: its headings and, in a table, the header rows. */
  readonly context: string
  readonly text: string
  /** In tokens of the embedder, of title, context and text together. */
  readonly tokens: number
}

export type DocumentStatus = 'queued' | 'processing' | 'processed' | 'failed'
/** What a search can find of a document: nothing yet, its words, or words and vectors. */
export type Searchable = 'no' | 'words' | 'full'

/** The text that the embedder and the word index read for a passage. */
export const passageText = (title: string, context: string, text: string): string =>
  [title, context, text].filter((part) => part !== '').join('\n')

/** The title of a file that neither a person nor the file itself gives one. */
export function titleOfFile(filename: string): string {
  const dot = filename.lastIndexOf('.')
  return (dot > 0 ? filename.slice(0, dot) : filename).trim() || 'Untitled'
}
