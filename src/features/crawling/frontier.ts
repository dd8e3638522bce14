import { mayBePage, repeats, shapeOf } from './addresses.ts'
import type { CrawlUrl } from './crawl-repository.ts'

/** Links from the start page; who walks on further is in something that makes pages. */
const MOST_DEPTH = 20
/** Addresses that a crawl knows: enough for its at most 100 pages. */
const MOST_KNOWN = 2_000
/** Addresses of one path with different queries: more of them are the same in other orders and views. */
const MOST_QUERIES = 20
/** Pages of one shape that each were found on the one before: months of a calendar, pages of an endless list. */
const MOST_CHAIN = 20

const pathOf = (url: string): string => url.replace(/\?.*$/, '')

/** The addresses of a crawl in memory, by breadth: those that a page links to come after all that were known before. */
export interface Frontier {
  /** The next to be visited. */
  next(): CrawlUrl | undefined
  find(url: string): CrawlUrl | undefined
  all(): readonly CrawlUrl[]
  count(state: CrawlUrl['state']): number
  /**
   * What of these addresses is to be visited later, as it will be known once `put` has it. What is known already, or looks
   * like a trap, is left out. @param from the page that links to them; undefined: a sitemap names them
   */
  discovered(urls: readonly string[], from: Pick<CrawlUrl, 'url' | 'depth' | 'chain'> | undefined): CrawlUrl[]
  /** The place behind all others. */
  end(): number
  put(urls: readonly CrawlUrl[]): void
}

export function createFrontier(known: readonly CrawlUrl[]): Frontier {
  const urls = new Map(known.map((row) => [row.url, row]))
  const queries = new Map<string, number>()
  const counted = (url: string): void => void queries.set(pathOf(url), (queries.get(pathOf(url)) ?? 0) + 1)
  for (const url of urls.keys()) counted(url)
  const end = (): number => [...urls.values()].reduce((most, { position }) => Math.max(most, position), 0) + 1

  return {
    next() {
      let first: CrawlUrl | undefined
      for (const row of urls.values()) {
        if (row.state === 'queued' && (first === undefined || row.position < first.position)) first = row
      }
      return first
    },
    find: (url) => urls.get(url),
    all: () => [...urls.values()].toSorted((a, b) => a.position - b.position),
    count: (state) => [...urls.values()].filter((row) => row.state === state).length,
    end,
    discovered(found, from) {
      const depth = from === undefined ? 1 : from.depth + 1
      if (depth > MOST_DEPTH) return []
      const shape = from && shapeOf(from.url)
      const added = new Map<string, CrawlUrl>()
      const ofPath = new Map<string, number>()
      let position = end()
      for (const url of found) {
        if (urls.size + added.size >= MOST_KNOWN) break
        if (urls.has(url) || added.has(url) || !mayBePage(url) || repeats(url)) continue
        const path = pathOf(url)
        const others = (queries.get(path) ?? 0) + (ofPath.get(path) ?? 0)
        const chain = from !== undefined && shapeOf(url) === shape ? from.chain + 1 : 0
        if (others >= MOST_QUERIES || chain > MOST_CHAIN) continue
        ofPath.set(path, (ofPath.get(path) ?? 0) + 1)
        added.set(url, queued(url, { position: position++, depth, chain }))
      }
      return [...added.values()]
    },
    put(rows) {
      for (const row of rows) {
        if (!urls.has(row.url)) counted(row.url)
        urls.set(row.url, row)
      }
    },
  }
}

export const queued = (url: string, at: Pick<CrawlUrl, 'position' | 'depth' | 'chain'>): CrawlUrl => ({
  url,
  ...at,
  state: 'queued',
  reason: null,
  attempts: 0,
  document_id: null,
  sketch: null,
})
