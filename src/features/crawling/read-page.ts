import type { PageFacts } from '../../core/documents.ts'
import { AppError } from '../../core/errors.ts'
import type { DocumentReader, ParsedDocument } from '../../core/ports/reading.ts'
import type { CallOptions } from '../../core/ports/surroundings.ts'
import { pageAddress } from './addresses.ts'
import { fileNameOf, withoutExtension } from './fetched-file.ts'
import type { Visit, Visited, VisitOptions } from './visit.ts'

/** A page as it is stored; documents/web-repository.ts says what each is. */
export interface StoredPage {
  readonly url: string
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly filename: string
  readonly title: string
  readonly etag: string | null
  readonly lastModified: string | null
  readonly fetchedAt: string
  readonly shown: {
    readonly canonical_url?: string
    readonly language?: string
    readonly published?: string
    readonly modified?: string
  }
}

export interface PageRead {
  readonly page: StoredPage
  readonly via: readonly string[]
  readonly parsed: ParsedDocument
  /** Where the page says that it is, if it says so. */
  readonly canonical: string | undefined
  readonly noindex: boolean
  /** What may be followed, each once, in the order of the page. */
  readonly links: readonly string[]
  readonly asksPassword: boolean
}

/** Fetches a page and reads it, in the process that reads documents. @throws what `Visit` and the reader throw */
export type ReadPageOf = (address: string, options?: VisitOptions) => Promise<PageRead>

export function createReadPage({
  visit,
  reader,
  extensionOf,
}: {
  readonly visit: Visit
  readonly reader: DocumentReader
  readonly extensionOf: (mediaType: string) => string | undefined
}): ReadPageOf {
  /** What the server calls it, and where its content is something else, what that is. */
  async function parse(visited: Visited, { signal }: CallOptions) {
    const filename = visited.copy?.filename ?? fileNameOf(visited.url, visited.mediaType, extensionOf)
    try {
      return { filename, parsed: await reader.read(visited.bytes, filename, { signal }) }
    } catch (error) {
      const bare = withoutExtension(filename)
      if (!(error instanceof AppError) || error.code !== 'document_type_mismatch' || bare === filename) throw error
      return { filename: bare, parsed: await reader.read(visited.bytes, bare, { signal }) }
    }
  }

  return async (address, options = {}) => {
    const visited = await visit(address, options)
    const { filename, parsed } = await parse(visited, options)
    const { page: facts } = parsed
    const { url, bytes, etag, lastModified, fetchedAt } = visited
    const canonical = facts?.canonical === undefined ? undefined : pageAddress(facts.canonical, baseOf(url, facts))
    const { language, date: published } = parsed.properties
    return {
      page: {
        url,
        bytes,
        sha256: visited.copy?.sha256 ?? (await sha256Hex(bytes)),
        filename,
        title: titleOf(parsed, url),
        etag,
        lastModified,
        fetchedAt,
        shown: {
          ...(canonical === undefined ? {} : { canonical_url: canonical }),
          ...(language === undefined ? {} : { language }),
          ...(published === undefined ? {} : { published }),
          ...(facts?.modified === undefined ? {} : { modified: facts.modified }),
        },
      },
      via: visited.via,
      parsed,
      canonical,
      noindex: facts?.noindex === true || /\b(noindex|none)\b/.test(visited.robotsTag),
      links: /\b(nofollow|none)\b/.test(visited.robotsTag) ? [] : linksOf(url, facts),
      asksPassword: facts?.asksPassword === true,
    }
  }
}

const baseOf = (url: string, { base }: PageFacts): string => URL.parse(base ?? '', url)?.href ?? url

function linksOf(url: string, facts: PageFacts | undefined): string[] {
  if (facts === undefined || facts.nofollow) return []
  const base = baseOf(url, facts)
  const links = facts.links.filter(({ nofollow }) => !nofollow).map(({ href }) => pageAddress(href, base))
  return [...new Set(links)].filter((link) => link !== undefined).filter((link) => link !== url)
}

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  // WebCrypto hashes outside the main thread.
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes))
  return Buffer.from(digest).toString('hex')
}

/** In UTF-16 code units. */
const LONGEST_TITLE = 500

function titleOf({ properties, blocks }: ParsedDocument, url: string): string {
  const heading = blocks.find((block) => block.kind === 'heading')
  const { hostname, pathname } = new URL(url)
  const title = properties.title?.trim() || heading?.text.trim() || `${hostname}${pathname}`.replace(/\/$/, '')
  return beginning(title, LONGEST_TITLE).trimEnd().toWellFormed()
}

/** At most so many UTF-16 code units of the text, without half a character at the end. */
export const beginning = (text: string, longest: number): string =>
  text.length <= longest ? text : text.slice(0, Math.max(0, longest)).replace(/[\uD800-\uDBFF]$/, '')

/** A plain text of the page, for what looks at its words. */
export const wordsOf = ({ blocks }: ParsedDocument): string =>
  blocks.map((block) => (block.kind === 'table' ? block.rows.flat().join(' ') : block.text)).join('\n')

const LOGIN_PATH = /(^|[/._-])(log-?in|sign-?in|log-?on|auth|sso|session|account)([/._?-]|$)/i
/** Characters: a page that says more has something to say besides its form. */
const SHORT = 1_000

/** Whether a redirect led to a form that asks who one is, instead of to the page. */
export function leadsToLogin({ via: [asked], page, asksPassword, parsed }: PageRead): boolean {
  if (asked === undefined || !asksPassword) return false
  const { pathname } = new URL(page.url)
  if (new URL(asked).pathname === pathname) return false
  return LOGIN_PATH.test(pathname) || wordsOf(parsed).length < SHORT
}

export const loginRefusal = (): AppError =>
  new AppError('invalid_request', 'The address leads to a log-in. Only pages that are open to everybody are read.')
