import assert from 'node:assert/strict'
import { test } from 'node:test'
import { quietLogger, temporarySqlite } from '../../../test/databases.ts'
import { LOCAL_USER, type DocumentId } from '../../core/ids.ts'
import type { Database } from '../../database/database.ts'
import { createForgetting } from './forget.ts'
import * as repository from './repository.ts'

const GONE = '0198aaaa-0000-7000-8000-00000000000a' as DocumentId
const STAYS = '0198aaaa-0000-7000-8000-00000000000b'
const NOW = '2026-01-01T00:00:00.000Z'

const citation = (id: number, doc_id: string, quote: string) => ({ id, doc_id, quote })

/** An answer of three sentences: from the one document, from the other, from both. */
const CONTENT = 'It is old [1]. It is red [2]. It is both [1][2].'
const CITATIONS = [citation(1, GONE, 'It is old.'), citation(2, STAYS, 'It is red.')]
const SENTENCES = [
  { start: 0, end: 14, text: 'It is old.', citations: [0] },
  { start: 15, end: 29, text: 'It is red.', citations: [1] },
  { start: 30, end: 48, text: 'It is both.', citations: [0, 1] },
]

async function addAnswer(database: Database, citations: readonly object[], state: 'complete' | 'generating') {
  return database.write(async (tx) => {
    const chat = await repository.insertChat(tx, LOCAL_USER, 'A chat', NOW)
    const { id } = await repository.insertMessage(tx, {
      chatId: chat.id,
      role: 'assistant',
      state: 'generating',
      now: NOW,
    })
    if (state === 'complete') await complete(tx, id, citations)
    await tx
      .insertInto('answer_events')
      .values({ message_id: id, seq: 1, event: 'meta', data: JSON.stringify({ citations }) })
      .execute()
    return id
  })
}

type Tx = Parameters<Parameters<Database['write']>[0]>[0]
type Id = Parameters<typeof repository.endMessage>[1]

const complete = (tx: Tx, id: Id, citations: readonly object[]) =>
  repository.endMessage(tx, id, {
    state: 'complete',
    content: CONTENT,
    model: 'a-model',
    tokens: 1,
    metadata: { sentences: SENTENCES, candidate_quotes: citations, reasoning: 'From “Gone”.' },
    sources: [
      { id: GONE, title: 'Gone' },
      { id: STAYS, title: 'Stays' },
    ],
    citations,
  })

const row = (database: Database, id: Id) =>
  database.read.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

test('what an answer has from others stays, with its citations in their places', async (t) => {
  const database = await temporarySqlite(t)
  const { forget, close } = createForgetting({ database, logger: quietLogger })
  t.after(close)
  const id = await addAnswer(database, CITATIONS, 'complete')
  const alike = await addAnswer(
    database,
    [citation(1, STAYS, 'It is red.'), citation(2, GONE, 'It is old')],
    'complete',
  )
  const unrelated = await addAnswer(database, [citation(1, 'another', 'x'), citation(2, STAYS, 'y')], 'complete')
  await database.write(async (tx) => {
    await tx.updateTable('messages').set({ sources: '[]' }).where('id', '=', unrelated).execute()
    await forget(tx, [GONE])
  })

  const answer = await row(database, id)
  assert.equal(answer.content, 'It is red [2].')
  assert.deepEqual(JSON.parse(answer.citations), [CITATIONS[1]])
  assert.deepEqual(JSON.parse(answer.sources), [{ id: STAYS, title: 'Stays' }])
  assert.deepEqual(JSON.parse(answer.metadata), {
    sentences: [{ start: 0, end: 14, text: 'It is red.', citations: [0] }],
    candidate_quotes: [CITATIONS[1]],
    reasoning: '',
  })
  // What the other document says too is still a quote of the deleted one.
  assert.match((await row(database, alike)).content, /was deleted/)
  assert.equal((await row(database, unrelated)).content, CONTENT)
  const events = await database.read.selectFrom('answer_events').select('message_id').execute()
  assert.deepEqual(
    events.map(({ message_id }) => message_id),
    [unrelated],
  )
})

test('an answer that is still being made is looked at again when it has ended', async (t) => {
  const database = await temporarySqlite(t)
  const { forget, close } = createForgetting({ database, logger: quietLogger })
  t.after(close)
  const id = await addAnswer(database, CITATIONS, 'generating')
  await database.write((tx) => forget(tx, [GONE]))
  await database.write((tx) => complete(tx, id, CITATIONS))
  while ((await row(database, id)).content === CONTENT) await new Promise((resolve) => setTimeout(resolve, 100))
  assert.doesNotMatch(JSON.stringify(await row(database, id)), new RegExp(GONE))
})

test('the history keeps the question', async (t) => {
  const database = await temporarySqlite(t)
  const { forget, close } = createForgetting({ database, logger: quietLogger })
  t.after(close)
  const details = JSON.stringify({ confidence: 1, sources: [{ id: GONE }], reasoning: 'From “Gone”.', seconds: 1 })
  await database.write(async (tx) => {
    await tx
      .insertInto('question_history')
      .values({
        user_id: LOCAL_USER,
        chat_id: null,
        session_id: null,
        created_at: NOW,
        question: 'How?',
        answer: 'Old.',
        details,
      })
      .execute()
    await forget(tx, [GONE])
  })
  const entry = await database.read.selectFrom('question_history').selectAll().executeTakeFirstOrThrow()
  assert.deepEqual([entry.question, /was deleted/.test(entry.answer)], ['How?', true])
  assert.deepEqual(JSON.parse(entry.details), { confidence: 1, sources: [], reasoning: '', seconds: 1 })
})
