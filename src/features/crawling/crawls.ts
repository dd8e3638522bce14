import { setTimeout as wait } from 'node:timers/promises'
import type { JobId, UserId } from '../../core/ids.ts'
import { AppError } from '../../core/errors.ts'
import type { CallOptions, Clock } from '../../core/ports/surroundings.ts'
import type { Database, Tx } from '../../database/database.ts'
import { refuseGoneUser } from '../../database/errors.ts'
import { completeAddress, pageAddress, siteOf } from './addresses.ts'
import { CRAWL } from './crawl.ts'
import * as repository from './crawl-repository.ts'
import type { Crawl, CrawlOptions, CrawlUrl } from './crawl-repository.ts'
import { queued } from './frontier.ts'

/** What of a job is looked at here. */
interface JobSeen {
  readonly id: JobId
  readonly kind: string
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  readonly error: { readonly code: ConstructorParameters<typeof AppError>[0]; readonly detail: string } | null
}

export interface Jobs {
  enqueue(
    tx: Tx,
    job: { readonly owner: UserId; readonly kind: string; readonly total: number },
  ): Promise<{ id: JobId }>
  wake(): void
  get(owner: UserId, id: JobId): Promise<JobSeen>
  waitFor(id: JobId, until: (job: JobSeen) => boolean, timeoutMs: number, signal?: AbortSignal): Promise<JobSeen>
}

export interface CrawlsDeps {
  readonly database: Database
  readonly jobs: Jobs
  /** Refuses an address that may not be opened, as far as its text tells. @throws AddressRefused */
  readonly check: (url: string) => void
  /** Resolves when the index shows everything that was committed before the call. */
  readonly indexed: () => Promise<void>
  readonly clock: Clock
}

/** How far a crawl is, and what it has brought. */
export interface CrawlReport {
  readonly crawl: Crawl
  readonly job: JobSeen
  readonly urls: readonly CrawlUrl[]
  readonly documents: Awaited<ReturnType<typeof repository.documentsOf>>
  /** The crawl is over, and the words of its pages can be found. */
  readonly ready: boolean
}

export type Crawls = ReturnType<typeof createCrawls>

export function createCrawls(
  { database, jobs, check, indexed, clock }: CrawlsDeps,
  { waitMs }: { readonly waitMs: number },
) {
  async function start(owner: UserId, { url: given, ...rest }: CrawlOptions): Promise<JobId> {
    const complete = completeAddress(given)
    check(complete)
    const url = pageAddress(complete) ?? complete
    const id = await database
      .write(async (tx) => {
        const job = await jobs.enqueue(tx, { owner, kind: CRAWL, total: rest.maxPages })
        const now = clock.now().toISOString()
        await repository.insertCrawl(tx, { job: job.id, options: { url, ...rest }, site: siteOf(url), now })
        await repository.putUrls(tx, job.id, [queued(url, { position: 0, depth: 0, chain: 0 })])
        return job.id
      })
      .catch(refuseGoneUser)
    jobs.wake()
    return id
  }

  async function report(owner: UserId, id: JobId): Promise<CrawlReport> {
    const job = await jobs.get(owner, id)
    const crawl = job.kind === CRAWL ? await repository.findCrawl(database.read, id) : undefined
    if (crawl === undefined) throw new AppError('not_found', `There is no crawl ${id}.`)
    const urls = await repository.crawlUrls(database.read, id)
    const ids = [...new Set(urls.map((url) => url.document_id).filter((document) => document !== null))]
    const found = new Map((await repository.documentsOf(database.read, owner, ids)).map((row) => [row.id, row]))
    // In the order of their pages.
    const documents = ids.map((document) => found.get(document)).filter((row) => row !== undefined)
    // While a new text is being read, the words of the former one are what is found.
    const isRead = ({ searchable, status }: { searchable: string; status: string }) =>
      status === 'processed' || status === 'failed' || (status === 'processing' && searchable === 'words')
    return { crawl, job, urls, documents, ready: isOver(job) && documents.every(isRead) }
  }

  /** Crawls, and waits for its end and for the words of its pages, but not longer than `UPLOAD_WAIT`. */
  async function crawl(owner: UserId, options: CrawlOptions, { signal }: CallOptions): Promise<CrawlReport> {
    const until = clock.now().getTime() + waitMs
    const left = (): number => Math.max(0, until - clock.now().getTime())
    const id = await start(owner, options)
    const job = await jobs.waitFor(id, isOver, left(), signal)
    if (job.state === 'failed' && job.error !== null) throw new AppError(job.error.code, job.error.detail)
    let found = await report(owner, id)
    while (isOver(found.job) && !found.ready && left() > 0) {
      await wait(Math.min(POLL_MS, left()), undefined, { signal })
      found = await report(owner, id)
    }
    if (found.ready) await indexed()
    return found
  }

  return { crawl, report }
}

/** Between two looks at whether the pages are read. */
const POLL_MS = 100

const isOver = ({ state }: JobSeen): boolean => state === 'done' || state === 'failed' || state === 'cancelled'
