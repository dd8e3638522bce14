import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../scripts/drills/server.ts'
import type { Database } from '../src/database/database.ts'
import { databaseSettings, openDatabaseOf } from './chosen-database.ts'
import { addDocument } from './databases.ts'
import { eventually, startService, type Json } from './service.ts'

test('a list with whole texts has the bytes that it would have in one piece', async (t) => {
  const service = await startService(t, { env: { UPLOAD_WAIT: '0' } })
  await service.upload('emoji.txt', `${`${'😀'.repeat(450)} and words. `.repeat(90)}\n\nThe “end”.`, {
    metadata: '{"a":{"b":[1]}}',
  })
  await service.json('POST', '/api/documents', { title: 'Short', content: 'A short text.', chat_id: 'c1' })
  await service.upload('third.md', '# Third\n\nMore.')
  const texts = new Map<string, string>()
  const bodies = async (query: string): Promise<string> => {
    const headers = { host: '127.0.0.1:8000' }
    return (await service.app.inject({ url: `/api/v1/documents?${query}`, headers })).body
  }
  await eventually(
    async (): Promise<Json> => JSON.parse(await bodies('')).documents,
    (documents) => documents.every(({ status }: Json) => status === 'processed'),
  )
  for (const query of ['limit=200', 'limit=1&offset=1', 'offset=3']) {
    const list = JSON.parse(await bodies(query))
    for (const document of list.documents) {
      const { body } = await service.json('GET', `/api/v1/documents/${document.id}/content`)
      texts.set(document.id, body.content)
      document.content = body.content
    }
    assert.equal(await bodies(`full=true&${query}`), JSON.stringify(list))
  }
  assert.ok([...texts.values()].some((text) => text.length > 70_000))
})

const DOCUMENTS = 40
const SIZE = 4 * 1_048_576

/** As if read long ago; putting so much text in through the API would take minutes. */
async function addRead(database: Database, number: number): Promise<void> {
  const id = await addDocument(database)
  const content = `${number} ${'all work and no play '.repeat(SIZE / 21)}`
  const created_at = new Date().toISOString()
  await database.write(async (tx) => {
    const version = { blocks: '[]', properties: '{}', warnings: '[]', parser: 'text', created_at }
    await tx
      .insertInto('versions')
      .values({ document_id: id, version: 1, content, ...version })
      .execute()
    const read = { current_version: 1, status: 'processed', searchable: 'no', content_length: content.length } as const
    await tx
      .updateTable('documents')
      .set({ title: `Number ${number}`, ...read })
      .where('id', '=', id)
      .execute()
  })
}

/** The most memory that the process ever had, in MiB. */
async function peakMemory(pid: number): Promise<number> {
  const kilobytes = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kilobytes) / 1024
}

const reason = process.platform === 'linux' ? false : 'the memory of a process is read from /proc'

test('many large texts are listed in the memory of a few', { skip: reason }, async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evident-list-'))
  t.after(() => rm(dataDir, { recursive: true, force: true }))
  const database = await openDatabaseOf(dataDir)
  for (let number = 0; number < DOCUMENTS; number++) await addRead(database, number)
  await database.close()

  const server = await startServer({ dataDir, env: { LOG_LEVEL: 'error', ...(await databaseSettings(dataDir)) } })
  t.after(() => server.stop())
  const list = async (query: string): Promise<Json> => (await fetch(`${server.url}/api/v1/documents?${query}`)).json()
  await list('full=true&limit=3')
  const before = await peakMemory(server.pid)
  const { documents, total } = await list('full=true&limit=200')
  const grown = (await peakMemory(server.pid)) - before
  assert.equal(total, DOCUMENTS)
  assert.equal(documents.length, DOCUMENTS)
  assert.deepEqual(
    documents.map(({ content }: Json) => Number.parseInt(content, 10)),
    documents.map((_: Json, i: number) => DOCUMENTS - 1 - i),
  )
  assert.ok(documents.every(({ content }: Json) => content.length >= SIZE - 21))
  // The texts alone are 160 MiB, and their JSON as much again; a busy service lets its heap grow by some 30 MiB.
  assert.ok(grown < 130, `${grown.toFixed(0)} MiB more`)
})
