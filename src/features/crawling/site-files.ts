import { AppError } from '../../core/errors.ts'
import type { GuardedFetch } from '../../egress/fetch.ts'
import { AddressRefused } from '../../egress/target.ts'
import { pageAddress, siteOf } from './addresses.ts'
import { ALLOWS_ALL, ALLOWS_NONE, MOST_ROBOTS_BYTES, parseRobots, type Robots } from './robots.ts'
import { readSitemap } from './sitemap.ts'
import { AGENT } from './visit.ts'

/** Files in which a site says what may be read of it, and what there is. They are kept in memory with their marks. */
export interface SiteFiles {
  /** Of the URL's origin. A server that fails to answer allows nothing, one that has no file everything. */
  robots(url: string, options: FileOptions): Promise<Robots>
  /** Pages of the site that its sitemaps name; none where it has no sitemap. */
  sitemap(url: string, robots: Robots, options: FileOptions): Promise<string[]>
}

interface FileOptions {
  readonly turn: <T>(url: string, request: () => Promise<T>) => Promise<T>
  readonly signal?: AbortSignal | undefined
}

interface Kept {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
  readonly body: Uint8Array
}

const MOST_KEPT = 200
/** Larger ones are fetched anew each time. */
const MOST_KEPT_BYTES = 1_000_000
const MOST_SITEMAPS = 5

export function createSiteFiles({
  fetch,
  version,
}: {
  readonly fetch: GuardedFetch
  readonly version: string
}): SiteFiles {
  const kept = new Map<string, Kept>()

  function keep(url: string, file: Kept): void {
    kept.delete(url)
    if ((file.etag ?? file.lastModified) === undefined || file.body.byteLength > MOST_KEPT_BYTES) return
    kept.set(url, file)
    const [oldest] = kept.keys()
    if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
  }

  async function get(url: string, { turn, signal }: FileOptions): Promise<{ status: number; body: Uint8Array }> {
    const copy = kept.get(url)
    const headers = {
      'user-agent': `${AGENT}/${version}`,
      ...(copy?.etag === undefined ? {} : { 'if-none-match': copy.etag }),
      ...(copy?.lastModified === undefined ? {} : { 'if-modified-since': copy.lastModified }),
    }
    const response = await turn(url, () => fetch.get(url, { headers, signal }))
    if (response.status === 304 && copy !== undefined) return { status: 200, body: copy.body }
    const mark = (name: string): string | undefined => {
      const value = response.headers[name]
      return typeof value === 'string' && value.length < 1_000 ? value : undefined
    }
    if (response.status === 200) {
      keep(url, { etag: mark('etag'), lastModified: mark('last-modified'), body: response.body })
    }
    return { status: response.status, body: response.body }
  }

  async function addressesOf(url: string, options: FileOptions) {
    try {
      const { status, body } = await get(url, options)
      return status === 200 ? await readSitemap(body) : undefined
    } catch (error) {
      // A site whose sitemap cannot be read is crawled by its links.
      if (error instanceof AppError) return undefined
      throw error
    }
  }

  return {
    async robots(url, options) {
      try {
        const { status, body } = await get(new URL('/robots.txt', url).href, options)
        if (status >= 200 && status <= 299) {
          return parseRobots(new TextDecoder().decode(body.subarray(0, MOST_ROBOTS_BYTES)), AGENT)
        }
        return status >= 500 || status === 429 ? ALLOWS_NONE : ALLOWS_ALL
      } catch (error) {
        // A page there would be refused as well, and says why.
        if (!(error instanceof AppError) || error instanceof AddressRefused) throw error
        // A file of another kind in its place is no robots.txt.
        return error.code === 'unsupported_media_type' ? ALLOWS_ALL : ALLOWS_NONE
      }
    },

    async sitemap(url, robots, options) {
      const site = siteOf(url)
      const mine = (addresses: readonly string[]): string[] =>
        addresses
          .map((each) => pageAddress(each, url))
          .filter((each) => each !== undefined)
          .filter((each) => siteOf(each) === site)
      const waiting = mine(robots.sitemaps.length > 0 ? robots.sitemaps : ['/sitemap.xml'])
      const pages: string[] = []
      for (let read = 0; read < MOST_SITEMAPS; read++) {
        const next = waiting.shift()
        if (next === undefined) break
        const sitemap = await addressesOf(next, options)
        if (sitemap?.kind === 'index') waiting.push(...mine(sitemap.addresses))
        else pages.push(...mine(sitemap?.addresses ?? []))
      }
      return [...new Set(pages)]
    },
  }
}
