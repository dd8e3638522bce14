// A store as a real service leaves it, with all that a move to another database has to bring along.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { TestContext } from 'node:test'
import { makeToken, signUp, startWithAccounts, type Person } from './people.ts'
import { eventually, HOST, type Json, type TestService } from './service.ts'
import { html, loopbackWeb, prose, startSite } from './web-site.ts'

/** What a person reads, by route. */
export type Read = Readonly<Record<string, unknown>>

export interface Store {
  readonly folder: string
  readonly path: string
  readonly people: readonly [Person, Person]
  /** A token of the API, of the second person. */
  readonly apiToken: string
  /** What each of them read before the service ended. */
  readonly read: readonly [Read, Read]
}

const ODD = 'Zürich \u0001\u2028\uFEFF\u202E 😀 \uFFFD e\u0301 \u{10FFFF} %_\\\'"'
const QUESTION = 'Who is the harbour master of Zanthorpe?'

export async function leaveStore(t: TestContext): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-moved-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const site = await startSite(t, {
    '/': html('Start', `${prose('windmill')}<a href="/more">more</a>`),
    '/more': html('More', prose('sluice')),
  })
  const service = await startWithAccounts(t, {
    folder,
    env: { SQLITE_DB_PATH: join(folder, 'evident.db') },
    deps: loopbackWeb(site.port),
    unmanaged: true,
  })
  const ann = await signUp(service, 'ann')
  const bob = await signUp(service, 'bob')
  const carol = await signUp(service, 'carol')
  await fill(service, ann, site.origin)
  await service.upload('bakery.txt', 'The bakery of Millbrook opens at six.', {}, bob.token)
  const { token: apiToken } = await makeToken(service, bob.token, { scope: 'read' })
  await settled(service, [ann, bob])
  const read = [await readAll(service, ann), await readAll(service, bob)] as const
  await service.close()
  const path = join(folder, 'evident.db')
  addRows(path, carol)
  return { folder, path, people: [ann, bob], apiToken, read }
}

async function fill(service: TestService, { token }: Person, origin: string): Promise<void> {
  const harbour = 'The harbour master of Zanthorpe is called Agatha Brambleworth. She keeps a grey heron.\r\n'
  const metadata = JSON.stringify({ odd: '\0 \ud800 \udfff', large: 2 ** 53 - 1 })
  await service.upload('harbour.txt', harbour.repeat(3), { metadata, title: ODD.replaceAll('\u0001', '') }, token)
  await service.upload('damaged.pdf', '%PDF-1.7 and nothing else', {}, token)
  const text = { document_title: 'Odd', content: `${ODD} ${'word '.repeat(3000)}` }
  assert.equal((await service.json('POST', '/api/documents', text, token)).status, 200)
  const { body: gone } = await service.upload('gone.txt', 'This document is deleted again.', {}, token)
  await service.json('POST', '/api/v1/bulk-scrape-website', { url: origin }, token)
  await settled(service, [{ token }])
  assert.equal((await service.json('DELETE', `/api/v1/documents/${gone.id}`, undefined, token)).status, 200)
  await service.json('PUT', '/api/v1/settings/system-prompt', { system_prompt: `Be brief. ${ODD}` }, token)
  const asked = await service.json('POST', '/api/chat/ask', { question: QUESTION }, token)
  assert.match(asked.body.answer_message.content, /Brambleworth/)
  await service.json('POST', '/api/chat/ask', { question: ODD, chat_id: asked.body.chat_id }, token)
  await service.json('POST', '/api/v1/ask', { question: 'What does the windmill keeper do?' }, token)
}

const settled = async (service: TestService, people: readonly Pick<Person, 'token'>[]): Promise<void> => {
  for (const { token } of people) {
    await eventually(
      async () => (await service.json('GET', '/api/v1/jobs?limit=200', undefined, token)).body.jobs as Json[],
      (jobs) => jobs.every(({ state }) => ['done', 'failed', 'cancelled'].includes(state)),
    )
  }
}

/** All that a person reads, and finds. */
export async function readAll(service: TestService, { id, token }: Person): Promise<Read> {
  const read: Record<string, unknown> = {}
  const get = async (path: string): Promise<Json> => {
    const { status, body } = await service.json('GET', path, undefined, token)
    read[path] = { status, body: { ...body, request_id: undefined } }
    return body
  }
  await get('/api/users')
  await get('/api/v1/jobs?limit=200')
  await get('/api/v1/settings/system-prompt')
  await get(`/api/v1/users/${id}/chat-history`)
  for (const { id: chat } of (await get('/api/chats')).items) await get(`/api/chat/${chat}/messages`)
  for (const { id: document } of (await get('/api/v1/documents?limit=200')).documents) {
    await get(`/api/v1/documents/${document}/content`)
    const url = `/api/v1/documents/${document}/file`
    const file = await service.app.inject({ url, headers: { ...HOST, authorization: `Bearer ${token}` } })
    read[url] = { status: file.statusCode, bytes: file.rawPayload.toString('base64') }
  }
  for (const query of [QUESTION, 'windmill', 'bakery']) {
    const { body } = await service.json('POST', '/api/v1/search', { query }, token)
    read[`search ${query}`] = body.results
  }
  return read
}

/** Enough of them that a move takes its time, and states that a service would not leave for long. */
function addRows(path: string, { id: owner }: Person): void {
  const database = new DatabaseSync(path)
  database.exec('begin')
  const audit = database.prepare('insert into audit_log (at, actor_id, action, target, outcome) values (?, ?, ?, ?, ?)')
  for (let n = 0; n < 60_000; n++)
    audit.run(new Date(n).toISOString(), null, `${ODD} ${n}`, 'x'.repeat(n % 90), 'success')
  // The last numbers were given out, and must not be given out again.
  database.exec('delete from audit_log where id > (select max(id) - 5 from audit_log)')
  const job = database.prepare(
    `insert into jobs (id, owner_id, kind, state, stage, lane, done, total, message, attempts, max_attempts, run_at,
       lease_owner, lease_until, cancel_requested, created_at, updated_at)
     values (?, ?, 'ingest', ?, 'parse', 'words', 0, ?, ?, 1, 5, ?, 'another', ?, 0, ?, ?)`,
  )
  const late = '2999-01-01T00:00:00.000Z'
  for (const state of ['queued', 'running', 'done', 'failed', 'cancelled']) {
    job.run(`job-${state}`, owner, state, 2n ** 53n - 1n, ODD, late, late, late, late)
  }
  const blob = database.prepare('insert into blobs (sha256, size, created_at, bytes) values (?, ?, ?, ?)')
  blob.run('empty', 0, late, new Uint8Array())
  blob.run(
    'all bytes',
    6_000_000,
    late,
    Uint8Array.from({ length: 6_000_000 }, (_, i) => i % 256),
  )
  database.exec('commit')
  database.close()
}
