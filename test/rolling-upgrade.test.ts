import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { apiClient } from '../scripts/drills/client.ts'
import { startServer } from '../scripts/drills/server.ts'
import { makeNextVersion } from './next-version.fixture.ts'
import { startPostgres } from './postgres.ts'
import { eventually } from './service.ts'

test('a version goes on beside the next one, which has migrated, and is not started again', async (t) => {
  const postgres = await startPostgres()
  if ('missing' in postgres) return t.skip(postgres.missing)
  const opened = new AsyncDisposableStack()
  t.after(() => opened.disposeAsync())
  opened.defer(() => postgres.stop())
  const env = { DATABASE_URL: await postgres.createMigrated(), EMBEDDING_THREADS: '1' }
  const folders = await Promise.all(['older', 'newer'].map((name) => mkdtemp(join(tmpdir(), `evident-${name}-`))))
  const [olderData = '', newerData = ''] = folders
  const next = await makeNextVersion()
  opened.defer(async () => {
    for (const folder of [...folders, next]) await rm(folder, { recursive: true, force: true })
  })
  const command = [process.execPath, join(next, 'src/main.ts'), 'serve'] as const

  const older = await startServer({ dataDir: olderData, env })
  opened.defer(() => older.crash())
  const old = apiClient(older.url)
  const bridge = await old.addText('Bridge', 'The Sydney Harbour Bridge was opened in 1932.')

  // The older one is at work all the while that the newer one starts.
  const added: string[] = []
  const deleted: string[] = []
  const started = new AbortController()
  const work = (async () => {
    for (let i = 0; !started.signal.aborted || i < 3; i++) {
      const { document_id: id } = await old.addText(`Tower ${i}`, `Tower number ${i} has ${i * 7} windows.`)
      assert.ok((await old.search(`Tower number ${i}`, 10)).some((found) => found.document_id === id))
      if (i % 2 === 0) added.push(id)
      else {
        await remove(older.url, id)
        deleted.push(id)
      }
    }
  })()
  const newer = await startServer({ dataDir: newerData, env, command, cwd: next }).finally(() => started.abort())
  opened.defer(() => newer.stop().then(() => undefined))
  await work
  assert.ok(added.length > 1 && deleted.length > 0)

  const young = apiClient(newer.url)
  const ids = async (client: typeof old): Promise<string[]> => (await client.documents()).map(({ id }) => id).sort()
  assert.deepEqual(await ids(young), [bridge.document_id, ...added].sort())
  const tower = await young.addText('Bridge of towers', 'The Tower Bridge was opened in 1894.')
  for (const client of [old, young]) {
    await eventually(
      () => client.search('When was the Tower Bridge opened?', 10, 'semantic'),
      (results) => results.some(({ document_id: id }) => id === tower.document_id),
    )
    const { answer, citations } = await client.ask('When was the Sydney Harbour Bridge opened?')
    assert.match(answer, /1932/)
    assert.equal(citations[0]?.doc_id, bridge.document_id)
  }
  // What one of them makes, the other goes on with.
  const chat = await ask(older.url, { question: 'When was the Sydney Harbour Bridge opened?' })
  const again = await ask(newer.url, { question: 'And when the Tower Bridge?', chat_id: chat })
  assert.equal(again, chat)
  await remove(newer.url, bridge.document_id)
  await remove(older.url, tower.document_id)
  for (const client of [old, young]) assert.deepEqual(await ids(client), added.toSorted())

  assert.equal(await older.stop(), 0)
  await assert.rejects(startServer({ dataDir: olderData, env }), /newer version of Evident .*9999-next-version/)
  assert.deepEqual(await ids(young), added.toSorted())
})

async function remove(url: string, id: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/documents/${id}`, { method: 'DELETE' })
  assert.equal(response.status, 200, await response.text())
}

/** Gives the chat. */
async function ask(url: string, body: object): Promise<string> {
  const response = await fetch(`${url}/api/chat/ask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { chat_id: string }
  assert.equal(response.status, 200, JSON.stringify(answer))
  return answer.chat_id
}
