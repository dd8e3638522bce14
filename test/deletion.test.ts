import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { onPostgres, readRows } from './chosen-database.ts'
import { eventually, startService, type Json, type TestService } from './service.ts'

/** Which of the words stand in a file of the folder, as UTF-8 or UTF-16. */
async function wordsIn(folder: string, words: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir(folder, { recursive: true })) {
    const bytes = await readFile(join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EISDIR' || error.code === 'ENOENT') return Buffer.alloc(0)
      throw error
    })
    for (const word of words) {
      if (bytes.includes(word) || bytes.includes(Buffer.from(word, 'utf16le'))) found.push(`${word} in ${name}`)
    }
  }
  return found
}

/** The same of all that the service keeps: its folder, and the database where that is elsewhere. */
async function keptWords({ folder }: TestService, words: readonly string[]): Promise<string[]> {
  const found = await wordsIn(folder, words)
  if (!onPostgres) return found
  for (const { table_name: table } of await readRows(
    folder,
    `select table_name from information_schema.tables where table_schema = 'public'`,
  )) {
    const rows = await readRows(folder, `select "${String(table)}"::text as text from "${String(table)}"`)
    for (const word of words) {
      // Bytes are shown in hexadecimal.
      const hex = Buffer.from(word).toString('hex')
      const holds = rows.some(({ text }) => String(text).includes(word) || String(text).includes(hex))
      if (holds) found.push(`${word} in ${String(table)}`)
    }
  }
  return found
}

const messages = async (service: TestService, chat: string): Promise<Json[]> =>
  (await service.json('GET', `/api/chat/${chat}/messages`)).body.messages

/** Words of the document alone: none of them is in a question. */
/** As far as stemming leaves them. */
const WORDS = ['quillfeath', 'brambleworth', 'zanthorp', 'vellumg']
const TEXT = `The harbour master of zanthorpe is called Agatha brambleworth. She keeps a grey heron named quillfeather.`
const OTHER = 'The bakery of Millbrook opens at six. Its baker is called Tobias Underhill.'

async function keepAndAsk(service: TestService) {
  const { body: gone } = await service.upload('harbour.txt', TEXT, { metadata: '{"keeper":"vellumgate"}' })
  const { body: stays } = await service.upload('bakery.txt', OTHER)
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents')).body.documents,
    (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
  )
  const first = await service.json('POST', '/api/chat/ask', { question: 'Who is the harbour master?' })
  const chat: string = first.body.chat_id
  assert.match(first.body.answer_message.content, /brambleworth/)
  await service.json('POST', '/api/chat/ask', { question: 'Who is the baker of Millbrook?', chat_id: chat })
  await service.json('POST', '/api/v1/ask', { question: 'What is the name of the grey heron?' })
  assert.notDeepEqual(await keptWords(service, WORDS), [])
  return { gone: gone.id as string, stays: stays.id as string, chat }
}

test('a deleted document leaves nothing of its text in the data folder, and other answers stay', async (t) => {
  const env = { CITATIONS_OF_DELETED: 'remove' }
  const first = await startService(t, { env, unmanaged: true })
  const { gone, stays, chat } = await keepAndAsk(first)
  // What the index keeps for the next start holds words, too.
  await first.close()
  assert.ok(existsSync(join(first.folder, 'index', 'index.snapshot')))
  assert.notDeepEqual(await wordsIn(join(first.folder, 'index'), WORDS), [])
  const service = await startService(t, { env, folder: first.folder })
  t.after(() => rm(first.folder, { recursive: true, force: true }))
  const deleted = await service.json('DELETE', `/api/v1/documents/${gone}`)
  assert.equal(deleted.status, 200)

  const [question, answer, , other] = await messages(service, chat)
  assert.equal(question.content, 'Who is the harbour master?')
  assert.match(answer.content, /was deleted/)
  assert.deepEqual([answer.citations_json, answer.sources_json.includes(gone)], ['[]', false])
  assert.match(other.content, /Tobias Underhill/)
  assert.match(other.citations_json, new RegExp(stays))
  const found = await service.json('POST', '/api/v1/search', { query: 'harbour master heron' })
  assert.ok(found.body.results.every(({ document_id }: Json) => document_id !== gone))

  await eventually(
    () => keptWords(service, WORDS),
    (left) => left.length === 0,
  )
})

test('answers keep their quotes where they are told to, and nothing else of the document', async (t) => {
  const service = await startService(t, { env: { CITATIONS_OF_DELETED: 'keep' } })
  const { gone, chat } = await keepAndAsk(service)
  await service.json('DELETE', `/api/v1/documents/${gone}`)
  const [, answer] = await messages(service, chat)
  assert.match(answer.content, /brambleworth/)
  assert.match(answer.citations_json, new RegExp(gone))
  assert.equal((await service.json('GET', `/api/v1/documents/${gone}/content`)).status, 404)
  assert.equal((await service.json('GET', `/api/v1/documents/${gone}/file`)).status, 404)
  // No answer quoted it.
  await eventually(
    () => keptWords(service, ['vellumgate']),
    (left) => left.length === 0,
  )
})

test('of many documents the deleted ones are gone to the last character, the others are there', async (t) => {
  const service = await startService(t)
  const word = (n: number): string => `glimmer${n.toString().padStart(3, '0')}fen`
  const text = (n: number): string =>
    Array.from(
      { length: 1 + (n % 7) * 8 },
      (_, i) => `Paragraph ${i} of ${word(n)} tells of the ${word(n)} moor.`,
    ).join('\n\n')
  const ids: string[] = []
  for (let n = 0; n < 40; n++) ids.push((await service.upload(`moor-${n}.txt`, text(n))).body.id)
  await eventually(
    async () => (await service.json('GET', '/api/v1/documents?limit=200')).body.documents,
    (documents: Json[]) => documents.every(({ searchable }) => searchable === 'full'),
  )
  const isGone = (n: number): boolean => n % 3 !== 0
  for (const [n, id] of ids.entries()) if (isGone(n)) await service.json('DELETE', `/api/v1/documents/${id}`)
  const gone = ids.flatMap((_, n) => (isGone(n) ? [word(n)] : []))
  await eventually(
    () => keptWords(service, gone),
    (left) => left.length === 0,
  )
  const kept = ids.flatMap((_, n) => (isGone(n) ? [] : [word(n)]))
  assert.ok((await keptWords(service, kept)).length >= kept.length)
})
