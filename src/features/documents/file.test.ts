import assert from 'node:assert/strict'
import type { KyselyPlugin } from 'kysely'
import { forEachDatabase } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, newDocumentId, newJobId, type DocumentId } from '../../core/ids.ts'
import type { Database } from '../../database/database.ts'
import { createDocuments, type Ingestion } from './service.ts'
import * as web from './web-repository.ts'

const NOW = '2026-01-02T03:04:05.678Z'
const URL_OF = 'https://example.org/report'

const ingestion: Ingestion = {
  enqueue: async () => newJobId(),
  cancelAll: async () => undefined,
  wake: () => undefined,
  outcome: async () => ({ state: 'working' }),
  latestJob: async () => undefined,
  superseded: async () => false,
  indexed: async () => undefined,
}

const open = (database: Database) =>
  createDocuments({ database, ingestion, clock: { now: () => new Date(NOW) } }, { uploadWaitMs: 0 })

async function insert(database: Database, kind: web.WebKind): Promise<DocumentId> {
  const id = newDocumentId()
  const named = { id, owner: LOCAL_USER, url: URL_OF, fallbackTitle: 'Report', filename: null, now: NOW }
  assert.ok(await database.write((tx) => web.insertWebDocument(tx, { ...named, kind })))
  return id
}

/** As a crawl stores a page that is a document of its own. */
const crawl = (database: Database, id: DocumentId, text: string) =>
  database.write(async (tx) => {
    const row = await tx.selectFrom('documents').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
    const bytes = new TextEncoder().encode(text)
    const said = { title: 'Report', etag: null, lastModified: null, fetchedAt: NOW, shown: {} }
    const page = { ...said, url: URL_OF, bytes, sha256: `sha of ${text}`, filename: 'report.pdf' }
    await web.putPage(tx, database.dialect, id, page)
    await web.useBytes(tx, row, page)
  })

async function addText(database: Database, id: DocumentId, content: string): Promise<void> {
  const version = { blocks: '[]', properties: '{}', warnings: '[]', parser: 'html', created_at: NOW }
  await database.write(async (tx) => {
    await tx
      .insertInto('versions')
      .values({ ...version, document_id: id, version: 1, content })
      .execute()
    await tx.updateTable('documents').set({ current_version: 1 }).where('id', '=', id).execute()
  })
}

/** The same database where something is done once, behind the first statement that reads. */
function afterFirstRead(database: Database, act: () => Promise<void>): Database {
  let done = false
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      if (!done) {
        done = true
        await act()
      }
      return result
    },
  }
  return { ...database, read: database.read.withPlugin(plugin) }
}

const textOf = ({ bytes }: { readonly bytes: Uint8Array }): string => new TextDecoder().decode(bytes)

forEachDatabase('The file of a document', (on) => {
  on.test(
    'is what was sent, never its text, though a crawl puts other bytes in their place meanwhile',
    async (database) => {
      const id = await insert(database, 'page')
      await crawl(database, id, '%PDF before')
      await addText(database, id, 'What was read of it.')
      const crossed = afterFirstRead(database, () => crawl(database, id, '%PDF after'))
      assert.match(textOf(await open(crossed).file(LOCAL_USER, id)), /^%PDF /)
      assert.equal(textOf(await open(database).file(LOCAL_USER, id)), '%PDF after')
    },
  )

  on.test('of a site in one document is its text, and why there is none is said', async (database) => {
    const id = await insert(database, 'site')
    const documents = open(database)
    const refused = async (): Promise<string> => {
      const error = await documents.file(LOCAL_USER, id).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof AppError)
      assert.equal(error.code, 'not_found')
      return error.message
    }
    assert.match(await refused(), /no file yet: it is still being read\.$/)
    const failed = {
      status: 'failed',
      error_code: 'document_corrupt',
      error_detail: 'The first page is damaged.',
    } as const
    await database.write((tx) => tx.updateTable('documents').set(failed).where('id', '=', id).execute())
    assert.match(await refused(), /has no file: it could not be read\. The first page is damaged\.$/)
    await addText(database, id, 'Its pages, one below the other.')
    assert.equal(textOf(await documents.file(LOCAL_USER, id)), 'Its pages, one below the other.')
  })
})
