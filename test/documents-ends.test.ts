import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { onPostgres, openDatabaseOf } from './chosen-database.ts'
import { eventually, startService, type TestService } from './service.ts'

const long = (words: number): string =>
  Array.from({ length: words }, (_, i) => `Sentence ${i} tells of the river and of stone number ${i}.`).join(' ')

const document = async (service: TestService, id: string) =>
  (await service.json('GET', '/api/v1/documents')).body.documents.find((one: { id: string }) => one.id === id)

const processed = (service: TestService, id: string) =>
  eventually(
    () => document(service, id),
    ({ searchable }) => searchable === 'full',
  )

const jobEnd = (service: TestService, id: string) =>
  eventually(
    async () => (await service.json('GET', `/api/v1/jobs/${id}`)).body,
    ({ state }) => state !== 'queued' && state !== 'running',
  )

/** The same file, read in another way from now on: what a new version of a parser does. */
async function readAs(service: TestService, id: string, bytes: string): Promise<void> {
  if (onPostgres) return readAsOnPostgres(service, id, bytes)
  // The service runs in this thread, so that a transaction of its own which is open now ends only while this one waits.
  const database = new DatabaseSync(join(service.folder, 'evident.db'))
  const update = database.prepare(
    'UPDATE blobs SET bytes = ? WHERE sha256 = (SELECT blob_sha256 FROM documents WHERE id = ?)',
  )
  for (;;) {
    try {
      update.run(Buffer.from(bytes), id)
      break
    } catch (error) {
      if ((error as { errcode?: unknown }).errcode !== SQLITE_BUSY) throw error
      await sleep(10)
    }
  }
  database.close()
}

const SQLITE_BUSY = 5

async function readAsOnPostgres(service: TestService, id: string, bytes: string): Promise<void> {
  const database = await openDatabaseOf(service.folder)
  await database.write((tx) =>
    sql`update blobs set bytes = ${Buffer.from(bytes)} where sha256 = (select blob_sha256 from documents where id = ${id})`.execute(
      tx,
    ),
  )
  await database.close()
}

async function readAgain(service: TestService, id: string) {
  const { status, body } = await service.json('POST', `/api/v1/documents/${id}/reprocess`)
  assert.equal(status, 202)
  return jobEnd(service, body.job_id)
}

test('a document whose second reading fails answers on from the first, and tells of the failure', async (t) => {
  const service = await startService(t)
  const text = 'The lighthouse keeper counts the ships.'
  const { body } = await service.upload('keeper.txt', text)
  await processed(service, body.id)
  await readAs(service, body.id, ' \n ')
  const job = await readAgain(service, body.id)
  assert.deepEqual([job.state, job.error.code], ['failed', 'document_empty'])
  const failed = await document(service, body.id)
  assert.deepEqual([failed.status, failed.searchable, failed.error], ['processed', 'full', job.error])
  const found = await service.json('POST', '/api/v1/search', { query: 'who counts the ships?' })
  assert.equal(found.body.results[0]?.document_id, body.id)
  await readAs(service, body.id, text)
  assert.equal((await readAgain(service, body.id)).state, 'done')
  assert.equal((await document(service, body.id)).error, undefined)
})

test('cancelled with its words alone, a document says so, stays so, and goes on when it is asked to', async (t) => {
  const service = await startService(t, { unmanaged: true, env: { UPLOAD_WAIT: '0' } })
  const { body } = await service.upload('long.txt', long(6000))
  await eventually(
    () => document(service, body.id),
    ({ searchable }) => searchable === 'words',
  )
  await service.json('POST', `/api/v1/jobs/${body.job_id}/cancel`)
  assert.equal((await jobEnd(service, body.job_id)).state, 'cancelled')
  const cancelled = await document(service, body.id)
  assert.deepEqual([cancelled.status, cancelled.searchable, cancelled.error?.code], ['processed', 'words', 'cancelled'])
  assert.match(cancelled.error.detail, /by its words only/)
  await service.close()

  const again = await startService(t, { folder: service.folder })
  const { body: jobs } = await again.json('GET', '/api/v1/jobs')
  assert.deepEqual(
    jobs.jobs.map(({ state }: { state: string }) => state),
    ['cancelled'],
  )
  const retried = await again.json('POST', `/api/v1/jobs/${body.job_id}/retry`)
  assert.deepEqual([retried.status, retried.body.stage], [200, 'vectors'])
  const running = await again.upload('long.txt', long(6000))
  assert.deepEqual([running.body.job_id, running.body.job_started], [body.job_id, false])
  const going = await document(again, body.id)
  assert.deepEqual([going.status, going.error], ['processing', undefined])
  await again.json('POST', `/api/v1/jobs/${body.job_id}/cancel`)
  assert.equal((await jobEnd(again, body.job_id)).state, 'cancelled')
  const uploaded = await again.upload('long.txt', long(6000))
  assert.deepEqual([uploaded.body.id, uploaded.body.job_started], [body.id, true])
  assert.notEqual(uploaded.body.job_id, body.job_id)
})

test('an automatic title and summary follow the text, given ones stay', async (t) => {
  const service = await startService(t)
  const page = (title: string, text: string) => `<html><head>${title}</head><body><p>${text}</p></body></html>`
  const first = 'The old bridge was built of oak by the monks of the valley.'
  const { body: automatic } = await service.upload('bridge.html', page('<title>Old bridge</title>', first))
  assert.deepEqual([automatic.title, (await document(service, automatic.id)).summary], ['Old bridge', first])
  const given = { title: 'My bridge', summary: 'My summary' }
  const { body: named } = await service.upload('named.html', page('<title>Bridge</title>', first), given)

  const second = 'The new bridge was built of steel by the engineers of the town.'
  for (const { id } of [automatic, named]) await processed(service, id)
  for (const { id } of [automatic, named]) {
    await readAs(service, id, page('', second))
    assert.equal((await readAgain(service, id)).state, 'done')
  }
  const followed = await document(service, automatic.id)
  assert.deepEqual([followed.content, followed.title, followed.summary], [second, 'bridge', second])
  const kept = await document(service, named.id)
  assert.deepEqual([kept.content, kept.title, kept.summary], [second, given.title, given.summary])

  // An empty summary asks for an automatic one.
  await service.json('PATCH', `/api/v1/documents/${named.id}`, { summary: '' })
  await readAgain(service, named.id)
  assert.equal((await document(service, named.id)).summary, second)
})

test('a job whose document is deleted cannot be retried, and says why', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  const { body } = await service.upload('long.txt', long(6000))
  await service.json('DELETE', `/api/v1/documents/${body.id}`)
  assert.equal((await jobEnd(service, body.job_id)).state, 'cancelled')
  const retried = await service.json('POST', `/api/v1/jobs/${body.job_id}/retry`)
  assert.deepEqual([retried.status, retried.body.code], [409, 'conflict'])
  assert.match(retried.body.detail, /deleted/)
  assert.equal((await service.json('GET', `/api/v1/jobs/${body.job_id}`)).body.state, 'cancelled')
})

test('the same bytes with other words about them: what is given is taken and told, the rest stays', async (t) => {
  const service = await startService(t)
  const text = 'The ferry crosses the sound twice a day.'
  const first = await service.upload('ferry.txt', text, { summary: 'About a ferry', metadata: '{"year":1900}' })
  assert.deepEqual([first.body.updated, first.body.job_started], [[], true])
  const plain = await service.upload('other.txt', text)
  assert.deepEqual([plain.body.updated, plain.body.duplicate], [[], true])
  assert.match(plain.body.message, /this is the document that is there\.$/)

  const again = await service.upload('ferry.txt', text, { title: 'Timetable', metadata: '{"year":1901}', chat_id: 'c' })
  assert.equal(again.body.id, first.body.id)
  assert.deepEqual(again.body.updated, ['title', 'metadata', 'chat_id'])
  assert.match(again.body.message, /with its new title, metadata, and chat\.$/)
  const kept = (await service.json('GET', `/api/v1/documents/${first.body.id}/content`)).body
  assert.deepEqual([kept.title, kept.summary, kept.metadata.year], ['Timetable', 'About a ferry', 1901])
  assert.equal((await service.json('GET', '/api/documents/by-chat/c')).body.count, 1)
  const found = await service.json('POST', '/api/v1/search', { query: 'timetable', search_type: 'keyword' })
  assert.equal(found.body.results[0]?.document_id, first.body.id)
  const same = await service.upload('ferry.txt', text, { title: 'Timetable' })
  assert.deepEqual([same.body.updated, same.body.job_started], [[], false])
})
