import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, newDocumentId, newJobId } from '../../core/ids.ts'
import type { Database } from '../../database/database.ts'
import * as crawls from '../crawling/crawl-repository.ts'
import { queued } from '../crawling/frontier.ts'
import { changeOwner, removeDocument } from './repository.ts'
import * as web from './web-repository.ts'

const NOW = '2026-01-02T03:04:05.678Z'
const SITE = 'https://example.org/'

const page = (name: string, text = name): web.WebPage => ({
  url: `${SITE}${name}`,
  bytes: new TextEncoder().encode(text),
  sha256: `sha of ${text}`,
  filename: `${name}.html`,
  title: name,
  etag: `"${text}"`,
  lastModified: null,
  fetchedAt: NOW,
  shown: {},
})

const insert = (database: Database, kind: web.WebKind = 'site', owner = LOCAL_USER) =>
  database.write((tx) =>
    web.insertWebDocument(tx, {
      id: newDocumentId(),
      owner,
      kind,
      url: SITE,
      fallbackTitle: 'Site',
      filename: null,
      now: NOW,
    }),
  )

const blobs = async (database: Database): Promise<string[]> =>
  (await database.read.selectFrom('blobs').select('sha256').orderBy('sha256').execute()).map(({ sha256 }) => sha256)

forEachDatabase('Documents of the web', (on) => {
  on.test('a URL is one document of each kind and owner', async (database) => {
    const [site, pageOf] = [await insert(database), await insert(database, 'page')]
    assert.ok(site && pageOf)
    assert.equal(await insert(database), undefined)
    const other = await addUser(database, 'other')
    assert.ok(await insert(database, 'site', other))
    assert.equal((await web.findByAddress(database.read, LOCAL_USER, 'site', SITE))?.id, site.id)
    // Whoever has the page already keeps it; the one that comes is a document beside it.
    await database.write((tx) => changeOwner(tx, [site.id], other))
    assert.equal(await web.findByAddress(database.read, LOCAL_USER, 'site', SITE), undefined)
    assert.notEqual((await web.findByAddress(database.read, other, 'site', SITE))?.id, site.id)
  })

  on.test('pages keep their bytes while they are there, and are arranged', async (database) => {
    const row = await insert(database)
    assert.ok(row)
    const put = (each: web.WebPage) => database.write((tx) => web.putPage(tx, database.dialect, row.id, each))
    for (const name of ['a', 'b', 'c']) assert.equal(await put(page(name)), true)
    assert.equal(await put(page('b')), false)
    assert.equal(await put(page('b', 'b anew')), true)
    assert.deepEqual(await blobs(database), ['sha of a', 'sha of b anew', 'sha of c'])
    assert.equal((await web.findPage(database.read, LOCAL_USER, 'site', SITE, `${SITE}b`))?.etag, '"b anew"')

    const arrange = (order: string[], others: 'keep' | ((url: string) => boolean)) =>
      database.write((tx) =>
        web.arrangePages(
          tx,
          database.dialect,
          row.id,
          order.map((name) => SITE + name),
          others,
        ),
      )
    const first = await arrange(['c', 'a'], 'keep')
    assert.deepEqual(
      first.pages.map(({ page: number, title }) => [number, title]),
      [
        [1, 'c'],
        [2, 'a'],
        [3, 'b'],
      ],
    )
    assert.equal(first.changed, true)
    assert.equal((await arrange(['c', 'a'], 'keep')).changed, false)
    const second = await arrange(['c'], (url) => url.endsWith('b'))
    assert.deepEqual([second.pages.map(({ title }) => title), second.changed], [['c', 'b'], true])
    assert.deepEqual(await blobs(database), ['sha of b anew', 'sha of c'])
    assert.equal(await database.write((tx) => removeDocument(tx, database.dialect, LOCAL_USER, row.id)), true)
    assert.deepEqual(await blobs(database), [])
  })

  on.test('a crawl knows each address once, and goes with its job', async (database) => {
    const job = newJobId()
    await database.write(async (tx) => {
      await tx
        .insertInto('jobs')
        .values({
          id: job,
          owner_id: LOCAL_USER,
          kind: 'crawl',
          state: 'queued',
          stage: 'crawl',
          lane: 'web',
          done: 0,
          total: 0,
          message: '',
          attempts: 0,
          max_attempts: 5,
          run_at: NOW,
          lease_owner: null,
          lease_until: null,
          cancel_requested: 0,
          error_code: null,
          error_detail: null,
          document_id: null,
          created_at: NOW,
          updated_at: NOW,
        })
        .execute()
      const options = { url: SITE, maxPages: 3, followLinks: true, combined: true }
      await crawls.insertCrawl(tx, { job, options, site: 'example.org', now: NOW })
      const at = { depth: 1, chain: 0 }
      await crawls.putUrls(tx, job, [queued('b', { ...at, position: 2 }), queued('a', { ...at, position: 1 })])
      await crawls.putUrls(tx, job, [{ ...queued('b', { ...at, position: 2 }), state: 'stored', sketch: 'x' }])
    })
    const known = await crawls.crawlUrls(database.read, job)
    assert.deepEqual(
      known.map(({ url, state, sketch }) => [url, state, sketch]),
      [
        ['a', 'queued', null],
        ['b', 'stored', 'x'],
      ],
    )
    await database.write((tx) => crawls.dropQueued(tx, job))
    assert.equal((await crawls.crawlUrls(database.read, job)).length, 1)
    assert.equal((await crawls.findCrawl(database.read, job))?.options.maxPages, 3)
    await database.write((tx) => tx.deleteFrom('jobs').where('id', '=', job).execute())
    assert.equal(await crawls.findCrawl(database.read, job), undefined)
    assert.deepEqual(await crawls.crawlUrls(database.read, job), [])
  })
})
