import assert from 'node:assert/strict'
import type { Kysely } from 'kysely'
import { forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, newChatId, type DocumentId, type MessageId } from '../../core/ids.ts'
import { linkMessage } from '../cited-documents.ts'
import type { Database } from '../database.ts'
import { POSTGRES_TYPES, SQLITE_TYPES } from '../dialect-types.ts'
import { citedDocuments } from './0007-cited-documents.ts'

const NOW = '2026-01-02T03:04:05.678Z'

/** The tables as they were before, with answers in them. */
async function before(database: Database, answers: number): Promise<MessageId[]> {
  const chat = newChatId()
  return database.write(async (tx) => {
    await tx.schema.dropTable('message_documents').execute()
    await tx.schema.dropTable('history_documents').execute()
    await tx
      .insertInto('chats')
      .values({ id: chat, user_id: LOCAL_USER, title: '', created_at: NOW, updated_at: NOW })
      .execute()
    const ids: MessageId[] = []
    for (let n = 0; n < answers; n++) {
      const { id } = await tx
        .insertInto('messages')
        .values({
          chat_id: chat,
          role: 'assistant',
          state: 'complete',
          reply_to: null,
          model_used: null,
          tokens_used: 0,
          created_at: NOW,
          metadata: JSON.stringify({ candidate_quotes: [{ id: 1, doc_id: `candidate-${n}` }] }),
          sources: JSON.stringify([{ id: `source-${n}`, title: 'x' }, { id: 'all' }]),
          citations: JSON.stringify([{ id: 1, doc_id: 'all', quote: '"doc_id":"none"' }]),
          content: '',
        })
        .returning('id')
        .executeTakeFirstOrThrow()
      ids.push(id)
    }
    const stage = { stage: 'citations', citations: [{ id: 1, doc_id: 'streamed' }] }
    const event = { message_id: ids[0] as MessageId, seq: 1, event: 'meta', data: JSON.stringify(stage) }
    await tx.insertInto('answer_events').values(event).execute()
    const asked = { user_id: LOCAL_USER, chat_id: null, session_id: null, created_at: NOW, question: 'q', answer: 'a' }
    for (const sources of [[{ id: 'first' }, { id: 'all' }], []]) {
      await tx
        .insertInto('question_history')
        .values({ ...asked, details: JSON.stringify({ confidence: 1, sources }) })
        .execute()
    }
    return ids
  })
}

forEachDatabase('The links of answers with documents', ({ test, dialect }) => {
  test('are made of the answers that are there', async (database) => {
    const ids = await before(database, 450)
    const types = dialect === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES
    await database.write((tx) => citedDocuments(tx as unknown as Kysely<unknown>, types))

    const of = async (document: string): Promise<MessageId[]> => {
      const rows = await database.read
        .selectFrom('message_documents')
        .select('message_id')
        .where('document_id', '=', document as DocumentId)
        .orderBy('message_id')
        .execute()
      return rows.map(({ message_id }) => message_id)
    }
    assert.deepEqual(await of('all'), ids)
    for (const n of [0, 199, 200, 449]) {
      assert.deepEqual([await of(`source-${n}`), await of(`candidate-${n}`)], [[ids[n]], [ids[n]]], String(n))
    }
    assert.deepEqual([await of('streamed'), await of('none')], [[ids[0]], []])
    const entries = await database.read
      .selectFrom('history_documents')
      .select('document_id')
      .orderBy('document_id')
      .execute()
    assert.deepEqual(
      entries.map(({ document_id }) => document_id),
      ['all', 'first'],
    )
  })

  test('do not stand in the way of the end of an answer whose process died before', async (database) => {
    const [id] = await before(database, 1)
    const types = dialect === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES
    await database.write((tx) => citedDocuments(tx as unknown as Kysely<unknown>, types))
    await database.write((tx) => linkMessage(tx, id as MessageId, ['streamed', 'later'] as DocumentId[]))
    const rows = await database.read.selectFrom('message_documents').select('document_id').execute()
    const linked = rows.map(({ document_id }): string => document_id)
    assert.deepEqual(linked.toSorted(), ['all', 'candidate-0', 'later', 'source-0', 'streamed'])
  })

  test('go with the answer', async (database) => {
    await before(database, 1)
    const types = dialect === 'sqlite' ? SQLITE_TYPES : POSTGRES_TYPES
    await database.write((tx) => citedDocuments(tx as unknown as Kysely<unknown>, types))
    await database.write(async (tx) => {
      await tx.deleteFrom('chats').execute()
      await tx.deleteFrom('question_history').execute()
    })
    assert.deepEqual(await database.read.selectFrom('message_documents').selectAll().execute(), [])
    assert.deepEqual(await database.read.selectFrom('history_documents').selectAll().execute(), [])
  })
})
