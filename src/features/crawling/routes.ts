import { z } from 'zod'
import { canonicalJson, canonicalText } from '../../core/canonical-text.ts'
import { ownerOf } from '../../http/access.ts'
import type { App } from '../../http/app.ts'
import { jobId } from '../../http/job-ids.ts'
import { forUser } from '../../http/user-ids.ts'
import type { CrawlReport, Crawls } from './crawls.ts'

const newCrawl = z.object({
  url: z.string().trim().min(1).max(2000),
  title: z.string().overwrite(canonicalText).trim().min(1).max(500).optional().describe('Of the combined document.'),
  summary: z.string().overwrite(canonicalText).max(4000).optional().describe('Of the combined document.'),
  max_pages: z.number().int().min(1).max(100).default(10),
  crawl_internal_links: z.boolean().default(true),
  combine_into_single_document: z.boolean().default(true),
  metadata: z
    .record(z.string(), z.unknown())
    .overwrite((sent) => canonicalJson(sent) as Record<string, unknown>)
    .optional(),
})

const unread = z.object({ url: z.string(), reason: z.string() })

const crawlResult = z.object({
  message: z.string(),
  title: z.string(),
  url: z.string(),
  total_pages: z.number().int().describe('Pages that were scraped and that failed.'),
  successful_pages: z.number().int(),
  failed_pages: z.number().int(),
  scraped_urls: z.array(z.string()),
  failed_urls: z.array(unread),
  skipped_urls: z.array(unread).describe('Copies, what leads elsewhere, what is not to be indexed; at most 200.'),
  document_ids: z.array(z.string()),
  created_at: z.string(),
  combined_into_single_document: z.boolean(),
  metadata: z.record(z.string(), z.unknown()),
  success: z.boolean(),
  status: z.enum(['processing', 'processed', 'failed', 'cancelled']),
  job_id: z.string(),
})

const MOST_SKIPPED = 200

export function crawlRoutes(app: App, { crawls }: { readonly crawls: Crawls }): void {
  const tags = ['Documents']

  app.post(
    '/api/v1/bulk-scrape-website',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Add the pages of a site; again, to see what has changed',
        body: newCrawl,
        response: { 200: crawlResult, 202: crawlResult },
      },
    },
    async (request, reply) => {
      const { body } = request
      const { url, title, summary, metadata } = body
      const report = await crawls.crawl(
        request.caller.userId,
        {
          url,
          title,
          summary,
          metadata,
          maxPages: body.max_pages,
          followLinks: body.crawl_internal_links,
          combined: body.combine_into_single_document,
        },
        { signal: request.signal },
      )
      return reply.status(report.ready ? 200 : 202).send(present(report))
    },
  )

  app.get(
    '/api/v1/bulk-scrape-website/:job_id',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'What a crawl has brought so far',
        params: z.object({ job_id: jobId }),
        querystring: forUser,
        response: { 200: crawlResult },
      },
    },
    async (request) => present(await crawls.report(ownerOf(request, request.query.user_id), request.params.job_id)),
  )
}

function present({ crawl, job, urls, documents, ready }: CrawlReport): z.input<typeof crawlResult> {
  const { options } = crawl
  const scraped = urls.filter(({ state }) => state === 'stored').map(({ url }) => url)
  const because = (wanted: 'failed' | 'skipped') =>
    urls.filter(({ state }) => state === wanted).map(({ url, reason }) => ({ url, reason: reason ?? '' }))
  const failed = because('failed')
  const status = statusOf(job.state, scraped.length, ready)
  const [first] = documents
  return {
    message: MESSAGES[status](scraped.length, failed.length),
    title: (options.combined ? first?.title : undefined) ?? options.title ?? options.url,
    url: options.url,
    total_pages: scraped.length + failed.length,
    successful_pages: scraped.length,
    failed_pages: failed.length,
    scraped_urls: scraped,
    failed_urls: failed,
    skipped_urls: because('skipped').slice(0, MOST_SKIPPED),
    document_ids: documents.map(({ id }) => id),
    created_at: crawl.createdAt,
    combined_into_single_document: options.combined,
    metadata: options.metadata ?? {},
    success: status === 'processed' || (status === 'processing' && scraped.length > 0),
    status,
    job_id: job.id,
  }
}

type Status = z.infer<typeof crawlResult>['status']

function statusOf(state: CrawlReport['job']['state'], pages: number, ready: boolean): Status {
  if (state === 'cancelled' || state === 'failed') return state
  if (state !== 'done') return 'processing'
  if (pages === 0) return 'failed'
  return ready ? 'processed' : 'processing'
}

const counted = (pages: number): string => `${pages} page${pages === 1 ? '' : 's'}`

const MESSAGES: Readonly<Record<Status, (pages: number, failed: number) => string>> = {
  processing: (pages) => `The site is being read; ${counted(pages)} so far.`,
  processed: (pages, failed) =>
    `${counted(pages)} of the site can be searched${failed === 0 ? '' : `; ${counted(failed)} could not be read`}.`,
  failed: () => 'No page of the site could be read; failed_urls says why.',
  cancelled: (pages) => `The crawl was cancelled; what it had read stays: ${counted(pages)}.`,
}
