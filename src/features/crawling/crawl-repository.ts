import { withoutIndex } from '../../database/without-index.ts'
import type { Selectable } from 'kysely'
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Reader, Tx } from '../../database/database.ts'
import type { CrawlUrlsTable } from '../../database/schema/work.ts'

/** What was asked for, as it is kept with the crawl. */
export interface CrawlOptions {
  /** As `pageAddress` writes it. */
  readonly url: string
  readonly title?: string | undefined
  readonly summary?: string | undefined
  readonly metadata?: Record<string, unknown> | undefined
  readonly maxPages: number
  readonly followLinks: boolean
  /** One document for all pages, or one for each. */
  readonly combined: boolean
}

export interface Crawl {
  readonly job: JobId
  readonly options: CrawlOptions
  readonly site: string
  readonly sitemapRead: boolean
  /** Sketch of the answer for a page that is not there; '' where the site says so by its status; null: not asked yet. */
  readonly missingPage: string | null
  readonly createdAt: string
}

export type CrawlUrl = Omit<Selectable<CrawlUrlsTable>, 'job_id'>

export async function insertCrawl(
  tx: Tx,
  {
    job,
    options,
    site,
    now,
  }: { readonly job: JobId; readonly options: CrawlOptions; readonly site: string; readonly now: string },
): Promise<void> {
  await tx
    .insertInto('crawls')
    .values({
      job_id: job,
      options: JSON.stringify(options),
      site,
      sitemap_read: 0,
      missing_page: null,
      created_at: now,
    })
    .execute()
}

export async function findCrawl(read: Reader | Tx, job: JobId): Promise<Crawl | undefined> {
  const row = await read.selectFrom('crawls').selectAll().where('job_id', '=', job).executeTakeFirst()
  return (
    row && {
      job: row.job_id,
      options: JSON.parse(row.options) as CrawlOptions,
      site: row.site,
      sitemapRead: row.sitemap_read === 1,
      missingPage: row.missing_page,
      createdAt: row.created_at,
    }
  )
}

export const updateCrawl = (
  tx: Tx,
  job: JobId,
  change: { readonly site?: string; readonly sitemap_read?: 1; readonly missing_page?: string },
): Promise<unknown> => tx.updateTable('crawls').set(change).where('job_id', '=', job).execute()

/** In the order in which they are visited. */
export const crawlUrls = (read: Reader | Tx, job: JobId): Promise<CrawlUrl[]> =>
  read
    .selectFrom('crawl_urls')
    .select(['url', 'position', 'depth', 'chain', 'state', 'reason', 'attempts', 'document_id', 'sketch'])
    .where('job_id', '=', job)
    .orderBy('position')
    .execute()

/** Each in the place of what was known of its address. */
export async function putUrls(tx: Tx, job: JobId, urls: readonly CrawlUrl[]): Promise<void> {
  for (let from = 0; from < urls.length; from += ROWS_A_STATEMENT) {
    await tx
      .insertInto('crawl_urls')
      .values(urls.slice(from, from + ROWS_A_STATEMENT).map((url) => ({ job_id: job, ...url })))
      .onConflict((conflict) =>
        conflict.columns(['job_id', 'url']).doUpdateSet((eb) => ({
          position: eb.ref('excluded.position'),
          state: eb.ref('excluded.state'),
          reason: eb.ref('excluded.reason'),
          attempts: eb.ref('excluded.attempts'),
          document_id: eb.ref('excluded.document_id'),
          sketch: eb.ref('excluded.sketch'),
        })),
      )
      .execute()
  }
}

const ROWS_A_STATEMENT = 200

/** What was never visited, once nothing will be. */
export const dropQueued = (tx: Tx, job: JobId): Promise<unknown> =>
  tx.deleteFrom('crawl_urls').where('job_id', '=', job).where('state', '=', 'queued').execute()

/** Which of them are documents of the owner, and whether each can be found. */
export async function documentsOf(
  read: Reader,
  owner: UserId,
  ids: readonly DocumentId[],
): Promise<
  { id: DocumentId; title: string; metadata: string; created_at: string; searchable: string; status: string }[]
> {
  if (ids.length === 0) return []
  return read
    .selectFrom('documents')
    .select(['id', 'title', 'metadata', 'created_at', 'searchable', 'status'])
    .where(withoutIndex<UserId>('owner_id'), '=', owner)
    .where('id', 'in', ids)
    .execute()
}
