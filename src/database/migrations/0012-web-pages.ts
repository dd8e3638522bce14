import type { Kysely } from 'kysely'
import type { DialectTypes } from '../dialect-types.ts'

/** Documents made of pages of the web, what their servers said of them, and crawls with the addresses they know. */
export async function webPages(db: Kysely<unknown>, types: DialectTypes): Promise<void> {
  const { text, integer } = types
  for (const column of ['address', 'web', 'pages_sha256']) {
    await db.schema.alterTable('documents').addColumn(column, text).execute()
  }
  await db.schema.createIndex('documents_address').unique().on('documents').columns(['owner_id', 'address']).execute()

  await db.schema
    .createTable('web_pages')
    .addColumn('document_id', text, (c) => c.notNull().references('documents.id').onDelete('cascade'))
    .addColumn('url', text, (c) => c.notNull())
    .addColumn('page', integer, (c) => c.notNull())
    .addColumn('title', text, (c) => c.notNull())
    .addColumn('filename', text, (c) => c.notNull())
    .addColumn('etag', text)
    .addColumn('last_modified', text)
    .addColumn('fetched_at', text, (c) => c.notNull())
    .addColumn('size', integer, (c) => c.notNull())
    .addColumn('blob_sha256', text, (c) => c.notNull().references('blobs.sha256'))
    .addPrimaryKeyConstraint('web_pages_key', ['document_id', 'url'])
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('web_pages_of_blob').on('web_pages').column('blob_sha256').execute()

  await db.schema
    .createTable('crawls')
    .addColumn('job_id', text, (c) => c.primaryKey().notNull().references('jobs.id').onDelete('cascade'))
    .addColumn('options', text, (c) => c.notNull())
    .addColumn('site', text, (c) => c.notNull())
    .addColumn('sitemap_read', integer, (c) => c.notNull())
    .addColumn('missing_page', text)
    .addColumn('created_at', text, (c) => c.notNull())
    .modifyEnd(types.tableEnd)
    .execute()

  await db.schema
    .createTable('crawl_urls')
    .addColumn('job_id', text, (c) => c.notNull().references('crawls.job_id').onDelete('cascade'))
    .addColumn('url', text, (c) => c.notNull())
    .addColumn('position', integer, (c) => c.notNull())
    .addColumn('depth', integer, (c) => c.notNull())
    .addColumn('chain', integer, (c) => c.notNull())
    .addColumn('state', text, (c) => c.notNull())
    .addColumn('reason', text)
    .addColumn('attempts', integer, (c) => c.notNull())
    .addColumn('document_id', text)
    .addColumn('sketch', text)
    .addPrimaryKeyConstraint('crawl_urls_key', ['job_id', 'url'])
    .modifyEnd(types.tableEnd)
    .execute()
  await db.schema.createIndex('crawl_urls_next').on('crawl_urls').columns(['job_id', 'state', 'position']).execute()
}
