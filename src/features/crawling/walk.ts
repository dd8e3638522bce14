import { randomBytes } from 'node:crypto'
import { AppError } from '../../core/errors.ts'
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Tx } from '../../database/database.ts'
import { AddressRefused } from '../../egress/target.ts'
import { siteOf } from './addresses.ts'
import * as repository from './crawl-repository.ts'
import type { Crawl, CrawlUrl } from './crawl-repository.ts'
import type { Frontier } from './frontier.ts'
import { canonicalElsewhere, judge } from './judge.ts'
import { wordsOf, type PageRead, type ReadPageOf, type StoredPage } from './read-page.ts'
import { ALLOWS_NONE, type Robots } from './robots.ts'
import type { GivenFields } from './scraping.ts'
import type { SiteFiles } from './site-files.ts'
import { parseSketch, sketchOf, sketchText } from './sketch.ts'
import type { Turns } from './turns.ts'
import { PageRefused, type KnownCopy, type VisitOptions } from './visit.ts'

/** The part of a job that a crawl looks at; features/ingestion/job-types.ts has all of it. */
export interface CrawlJob {
  readonly id: JobId
  readonly ownerId: UserId
}

export interface CrawlContext {
  readonly signal: AbortSignal
  progress(progress: {
    readonly stage: string
    readonly done: number
    readonly total: number
    readonly message: string
  }): void
  step<T>(stage: string, work: (tx: Tx) => Promise<T>): Promise<T>
}

/** What a crawl needs of the documents: each in the transaction that says that the page was visited. */
export interface CrawledDocuments {
  knownPage(owner: UserId, kind: 'page' | 'site', address: string, url: string): Promise<KnownCopy | undefined>
  putPage(tx: Tx, owner: UserId, page: StoredPage, given: GivenFields): Promise<DocumentId>
  putSitePage(tx: Tx, owner: UserId, address: string, page: StoredPage, given: GivenFields): Promise<DocumentId>
  arrangeSite(
    tx: Tx,
    owner: UserId,
    address: string,
    order: readonly string[],
    others: 'keep' | ((url: string) => boolean),
  ): Promise<void>
  wake(): void
}

export interface WalkDeps {
  readonly readPage: ReadPageOf
  readonly siteFiles: SiteFiles
  readonly turns: Turns
  /** Asked for at the first page: they use what works on jobs, and so on this. */
  readonly documents: () => CrawledDocuments
  /** Milliseconds between two requests to a host, where its robots.txt asks for no more. */
  readonly pauseMs: number
}

export const STAGE = 'crawl'

/** A site that asks for longer pauses gets these: else a crawl of 100 pages would take days. */
const LONGEST_PAUSE_MS = 60_000
/** Visits of a page that the site could not answer. */
const MOST_ATTEMPTS = 3
/** A busy site that does not say when it wants to be asked again. */
const BUSY_MS = 5_000
const FORBIDDEN = 'The robots.txt of the site does not allow it.'

/** Ends the visit of an address before it is asked for. */
class NotVisited extends Error {
  readonly state: 'failed' | 'skipped'

  constructor(state: 'failed' | 'skipped', reason: string) {
    super(reason)
    this.state = state
  }
}

/** What became of an address: rows to keep, and the page where there is one. */
interface Outcome {
  readonly rows: readonly CrawlUrl[]
  readonly page?: StoredPage
  readonly links?: readonly string[]
}

/** One attempt at a crawl. */
export function createWalk(
  { documents: crawled, readPage, siteFiles, turns, pauseMs }: WalkDeps,
  job: CrawlJob,
  begun: Crawl,
  frontier: Frontier,
  context: CrawlContext,
) {
  const documents = crawled()
  let crawl = begun
  const robotsByOrigin = new Map<string, Robots>()

  async function visit(row: CrawlUrl): Promise<void> {
    const outcome = await outcomeOf(row)
    const links = await discover(row, outcome)
    const rows = await context.step(STAGE, async (tx) => {
      const document = outcome.page === undefined ? null : await store(tx, outcome.page)
      const known = outcome.rows.map((each) => (each.state === 'stored' ? { ...each, document_id: document } : each))
      await repository.putUrls(tx, job.id, [...known, ...links])
      await repository.updateCrawl(tx, job.id, {
        site: crawl.site,
        ...(crawl.sitemapRead ? { sitemap_read: 1 as const } : {}),
        ...(crawl.missingPage === null ? {} : { missing_page: crawl.missingPage }),
      })
      return [...known, ...links]
    })
    documents.wake()
    frontier.put(rows)
  }

  function store(tx: Tx, page: StoredPage): Promise<DocumentId> {
    const { combined, url, title, summary, metadata } = crawl.options
    return combined
      ? documents.putSitePage(tx, job.ownerId, url, page, { title, summary, metadata })
      : documents.putPage(tx, job.ownerId, page, { metadata })
  }

  async function outcomeOf(row: CrawlUrl): Promise<Outcome> {
    try {
      const read = await canonicalOf(row, await open(row))
      const missing = await missingPage(row, read)
      const stored = frontier.all().filter(({ state }) => state === 'stored')
      const verdict = judge(read, stored, missing === '' ? undefined : parseSketch(missing))
      const { url } = read.page
      const found = frontier.find(url)
      const place = { ...row, ...found, url, position: Math.min(row.position, found?.position ?? Infinity) }
      const result: CrawlUrl =
        verdict.state === 'stored'
          ? { ...place, state: 'stored', reason: null, sketch: sketchText(verdict.sketch) }
          : { ...place, state: verdict.state, reason: verdict.reason }
      const same = [row.url, ...read.via].filter((each) => each !== url)
      const also = [...new Set(same)].map((each): CrawlUrl => ({
        ...(frontier.find(each) ?? { ...row, url: each }),
        state: 'skipped',
        reason: `It is the same page as ${url}`,
      }))
      const rows = [result, ...also]
      return { rows, links: read.links, ...(verdict.state === 'stored' ? { page: read.page } : {}) }
    } catch (error) {
      context.signal.throwIfAborted()
      return { rows: [afterFailure(row, error)] }
    }
  }

  function afterFailure(row: CrawlUrl, error: unknown): CrawlUrl {
    if (error instanceof NotVisited) return { ...row, state: error.state, reason: error.message }
    // Nothing of what was asked for: then the whole crawl is refused.
    if (error instanceof AddressRefused && row.depth === 0) throw error
    if (!(error instanceof AppError) || error.code === 'not_ready') throw error
    if (!isPassing(error)) return { ...row, state: 'failed', reason: error.message, attempts: 0 }
    const attempts = row.attempts + 1
    if (error instanceof PageRefused && (error.answered === 429 || error.answered === 503)) {
      turns.hold(new URL(row.url).host, Math.min(error.retryMs ?? BUSY_MS, LONGEST_PAUSE_MS))
    }
    if (attempts >= MOST_ATTEMPTS) return { ...row, state: 'failed', reason: error.message, attempts }
    return { ...row, attempts, reason: error.message, position: frontier.end() }
  }

  /** What a page leads to: its links, and behind those of the start page what the site's sitemap names. */
  async function discover(row: CrawlUrl, { rows: [result], links = [] }: Outcome): Promise<CrawlUrl[]> {
    // A start page that fails leads nowhere, not to the sitemap either.
    if (!crawl.options.followLinks || result === undefined || result.state === 'queued') return []
    if (result.state === 'failed') return []
    const { site } = crawl
    const onSite = links.filter((link) => siteOf(link) === site)
    const found = frontier.discovered(onSite, { ...row, url: result.url })
    if (crawl.sitemapRead) return found.map(asAllowed)
    const robots = await robotsOf(result.url)
    const named = robots === ALLOWS_NONE ? [] : await siteFiles.sitemap(result.url, robots, requestOptions())
    crawl = { ...crawl, sitemapRead: true }
    const taken = new Set(found.map(({ url }) => url))
    const more = frontier.discovered(
      named.filter((url) => !taken.has(url)),
      undefined,
    )
    const after = frontier.end() + found.length
    return [...found, ...more.map((each, i) => ({ ...each, position: after + i }))].map(asAllowed)
  }

  /** What robots.txt forbids needs no visit to be known. */
  function asAllowed(row: CrawlUrl): CrawlUrl {
    const { origin, pathname, search } = new URL(row.url)
    const robots = robotsByOrigin.get(origin)
    return robots === undefined || robots.allows(pathname + search)
      ? row
      : { ...row, state: 'skipped', reason: FORBIDDEN }
  }

  function open({ url, depth }: Pick<CrawlUrl, 'url' | 'depth'>): Promise<PageRead> {
    const { url: start, combined } = crawl.options
    const check = async (hop: string): Promise<void> => {
      const site = siteOf(hop)
      // The site is where the start page is.
      if (depth === 0) crawl = { ...crawl, site }
      else if (site !== crawl.site) throw new NotVisited('skipped', 'It leads to another site.')
      if (hop !== url && (frontier.find(hop)?.state ?? 'queued') !== 'queued') {
        throw new NotVisited('skipped', `It is the same page as ${hop}`)
      }
      const robots = await robotsOf(hop)
      if (robots === ALLOWS_NONE) throw new NotVisited('failed', 'The robots.txt of the site could not be read.')
      const { pathname, search } = new URL(hop)
      if (!robots.allows(pathname + search)) throw new NotVisited('failed', FORBIDDEN)
    }
    const known = (of: string): Promise<KnownCopy | undefined> =>
      documents.knownPage(job.ownerId, combined ? 'site' : 'page', combined ? start : of, of)
    return readPage(url, { ...requestOptions(), known, check })
  }

  /** The page in whose place this one says it stands, if that is there; else this one. */
  async function canonicalOf(row: CrawlUrl, read: PageRead): Promise<PageRead> {
    const canonical = canonicalElsewhere(read)
    if (canonical === undefined) return read
    const known = frontier.find(canonical)
    if (known?.state === 'stored') throw new NotVisited('skipped', `It is the same page as ${canonical}`)
    if (known?.state === 'failed' || known?.state === 'skipped') return read
    try {
      // Its own word is the last: pages that name each other would go round.
      const other = await open({ url: canonical, depth: Math.max(1, row.depth) })
      return { ...other, via: [...other.via, ...read.via, read.page.url] }
    } catch (error) {
      context.signal.throwIfAborted()
      if (error instanceof NotVisited || error instanceof AppError) return read
      throw error
    }
  }

  /**
   * What the site shows for a page that it cannot have, asked once; '' where it says so by its status, or shows the same
   * as for its start page.
   */
  async function missingPage(row: CrawlUrl, start: PageRead): Promise<string> {
    if (crawl.missingPage !== null) return crawl.missingPage
    let sketch = ''
    if (crawl.options.followLinks && row.depth === 0) {
      const url = new URL(`/${randomBytes(12).toString('hex')}`, start.page.url).href
      try {
        const { pathname } = new URL(url)
        const mayAsk = (await robotsOf(url)).allows(pathname)
        const shown = mayAsk ? await readPage(url, requestOptions()) : undefined
        if (shown !== undefined && shown.via.length === 0) sketch = sketchText(sketchOf(wordsOf(shown.parsed)))
      } catch (error) {
        context.signal.throwIfAborted()
        if (!(error instanceof AppError)) throw error
      }
      if (sketch !== '' && judge(start, [], parseSketch(sketch)).state === 'failed') sketch = ''
    }
    crawl = { ...crawl, missingPage: sketch }
    return sketch
  }

  async function robotsOf(url: string): Promise<Robots> {
    const { origin } = new URL(url)
    const robots = robotsByOrigin.get(origin) ?? (await siteFiles.robots(url, requestOptions()))
    robotsByOrigin.set(origin, robots)
    return robots
  }

  /** Every request waits for the host's turn, and the pause that it asks for. */
  function requestOptions(): VisitOptions & { readonly turn: NonNullable<VisitOptions['turn']> } {
    const { signal } = context
    return {
      signal,
      turn: (url, request) => {
        const { origin, host } = new URL(url)
        const asked = (robotsByOrigin.get(origin)?.crawlDelay ?? 0) * 1000
        const pause = Math.min(Math.max(pauseMs, asked), LONGEST_PAUSE_MS)
        return turns.take(host, pause, signal, request)
      },
    }
  }

  return { visit }
}

/** Whether the same address may be answered later in the crawl. */
function isPassing(error: AppError): boolean {
  if (error instanceof PageRefused) return error.answered === 429 || error.answered >= 500
  return error.code === 'upstream_failed'
}
