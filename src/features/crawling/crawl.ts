import type { Logger } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import * as repository from './crawl-repository.ts'
import type { Crawl } from './crawl-repository.ts'
import { createFrontier } from './frontier.ts'
import { createWalk, STAGE, type CrawlContext, type CrawlJob, type WalkDeps } from './walk.ts'

export interface CrawlDeps extends WalkDeps {
  readonly database: Database
  readonly logger: Logger
}

export const CRAWL = 'crawl'

/** Visits for each page that is wanted: what is missing, a copy or not to be indexed is visited, and is no page. */
const VISITS_A_PAGE = 3

/**
 * Crawls a site by breadth from its start page, on the site and as its robots.txt allows, one page after the other. Each
 * visited page is one transaction with what it is stored as, so that a crawl goes on where its process ended.
 */
export function createCrawlHandler(deps: CrawlDeps) {
  const { database, documents, logger } = deps

  async function run(job: CrawlJob, context: CrawlContext): Promise<void> {
    const crawl = await repository.findCrawl(database.read, job.id)
    if (crawl === undefined) return
    const frontier = createFrontier(await repository.crawlUrls(database.read, job.id))
    const walk = createWalk(deps, job, crawl, frontier, context)
    const { maxPages } = crawl.options
    let visits = 0
    for (;;) {
      context.signal.throwIfAborted()
      const stored = frontier.count('stored')
      const next = frontier.next()
      if (next === undefined || stored >= maxPages || visits >= maxPages * VISITS_A_PAGE) break
      const total = Math.min(maxPages, stored + frontier.count('queued'))
      context.progress({ stage: STAGE, done: stored, total, message: `Reading ${next.url}` })
      visits += 1
      await walk.visit(next)
    }
    const done = frontier.count('stored')
    context.progress({ stage: STAGE, done, total: done, message: 'The site is crawled' })
    await context.step('done', (tx) => finish(tx, job, crawl, 'whole'))
    documents().wake()
    logger.info({ job: job.id, pages: done, failed: frontier.count('failed') }, 'A site was crawled')
  }

  /** Brings the pages into the order in which they were found. Of a crawl that was ended before, older pages stay. */
  async function finish(tx: Tx, job: CrawlJob, { options }: Crawl, how: 'whole' | 'ended'): Promise<void> {
    const urls = await repository.crawlUrls(tx, job.id)
    if (how === 'whole') await repository.dropQueued(tx, job.id)
    if (!options.combined) return
    const order = urls.filter(({ state }) => state === 'stored').map(({ url }) => url)
    if (order.length === 0) return
    // What could not be asked for this time may be there the next.
    const unanswered = new Set(
      urls.filter(({ state, attempts }) => state === 'failed' && attempts > 0).map(({ url }) => url),
    )
    await documents().arrangeSite(
      tx,
      job.ownerId,
      options.url,
      order,
      how === 'whole' ? (url) => unanswered.has(url) : 'keep',
    )
  }

  const ended = async (tx: Tx, job: CrawlJob): Promise<void> => {
    const crawl = await repository.findCrawl(tx, job.id)
    if (crawl === undefined) return
    await finish(tx, job, crawl, 'ended')
  }

  return { kind: CRAWL, lanes: { [STAGE]: 'web' }, firstStage: STAGE, run, onFailed: ended, onCancelled: ended }
}
