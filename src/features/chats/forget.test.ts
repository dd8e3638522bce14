import assert from 'node:assert/strict'
import { addDocument, forEachDatabase } from '../../../test/databases.ts'
import { LOCAL_USER, type DocumentId } from '../../core/ids.ts'
import { documentsIn, linkMessage } from '../../database/cited-documents.ts'
import type { Database, Tx } from '../../database/database.ts'
import { createHistory } from '../history/history.ts'
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

const SOURCES = [
  { id: GONE, title: 'Gone' },
  { id: STAYS, title: 'Stays' },
]

const addAnswer = (database: Database, citations: readonly object[], sources: readonly object[] = SOURCES) =>
  database.write(async (tx) => {
    const chat = await repository.insertChat(tx, LOCAL_USER, 'A chat', NOW)
    const { id } = await repository.insertMessage(tx, {
      chatId: chat.id,
      role: 'assistant',
      state: 'generating',
      now: NOW,
    })
    await complete(tx, id, citations, sources)
    await linkMessage(tx, id, documentsIn([citations, sources]))
    await tx
      .insertInto('answer_events')
      .values({ message_id: id, seq: 1, event: 'meta', data: JSON.stringify({ citations }) })
      .execute()
    return id
  })

type Id = Parameters<typeof repository.endMessage>[1]

const complete = (tx: Tx, id: Id, citations: readonly object[], sources: readonly object[]) =>
  repository.endMessage(tx, id, {
    state: 'complete',
    content: CONTENT,
    model: 'a-model',
    tokens: 1,
    metadata: { sentences: SENTENCES, candidate_quotes: citations, reasoning: 'From “Gone”.' },
    sources,
    citations,
  })

const row = (database: Database, id: Id) =>
  database.read.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirstOrThrow()

forEachDatabase('Forgetting deleted documents', ({ test }) => {
  test('what an answer has from others stays, with its citations in their places', async (database) => {
    const { forget } = createForgetting(database)
    const id = await addAnswer(database, CITATIONS)
    const alike = await addAnswer(database, [citation(1, STAYS, 'It is red.'), citation(2, GONE, 'It is old')])
    const unrelated = await addAnswer(database, [citation(1, 'another', 'x'), citation(2, STAYS, 'y')], [])
    await database.write((tx) => forget(tx, [GONE]))

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
    // The other document may go later.
    await database.write((tx) => forget(tx, [STAYS as DocumentId]))
    assert.match((await row(database, id)).content, /was deleted/)
    assert.deepEqual(await database.read.selectFrom('message_documents').select('document_id').execute(), [
      { document_id: 'another' },
    ])
  })

  test('of the web only what is still cited stays: what was looked for may be in the document’s words', async (database) => {
    const { forget } = createForgetting(database)
    const page = 'web-0198aaaa-0000-7000-8000-00000000000c'
    const other = 'web-0198aaaa-0000-7000-8000-00000000000d'
    const id = await addAnswer(database, [citation(1, GONE, 'It is old.'), citation(2, page, 'It is red.')])
    const web = [
      { url: 'https://example.org/red', doc_id: page },
      { url: 'https://example.org/old', snippet: 'Old things.', doc_id: other },
      { url: 'https://example.org/gone', title: 'Old', doc_id: null },
    ]
    const quotes = [
      { ...citation(1, page, 'It is red.'), type: 'web' },
      { ...citation(2, other, 'Old things.'), type: 'web' },
    ]
    const metadata = {
      sentences: SENTENCES,
      web_sources: web,
      search_steps: [{ step: 1, asked: { query: 'old' } }],
      candidate_quotes: quotes,
    }
    const sources = [
      { id: STAYS, title: 'Stays', web_search: false },
      { id: page, title: 'Red', web_search: true },
      { id: other, title: 'Old', web_search: true },
    ]
    await database.write(async (tx) => {
      await tx
        .updateTable('messages')
        .set({ metadata: JSON.stringify(metadata), sources: JSON.stringify(sources) })
        .where('id', '=', id)
        .execute()
      await linkMessage(tx, id, documentsIn([sources, metadata]))
    })
    await database.write((tx) => forget(tx, [GONE]))
    const answer = await row(database, id)
    assert.equal(answer.content, 'It is red [2].')
    const kept = JSON.parse(answer.metadata)
    assert.deepEqual([kept.web_sources, kept.search_steps, kept.candidate_quotes], [[web[0]], [], [quotes[0]]])
    assert.deepEqual(JSON.parse(answer.sources), sources.slice(0, 2))
    const links = await database.read
      .selectFrom('message_documents')
      .select('document_id')
      .where('message_id', '=', id)
      .execute()
    // What nobody names any longer the sweep may take.
    assert.deepEqual(links.map(({ document_id }) => document_id).toSorted(), [STAYS, page])
  })

  test('the history keeps the question, also of what is deleted while it is answered', async (database) => {
    const { forget, forgetDeleted } = createForgetting(database)
    const { record, list } = createHistory({ database, clock: { now: () => new Date(NOW) }, forgetDeleted })
    const stays = await addDocument(database)
    const ask = (answer: string, ...documents: DocumentId[]) =>
      record({
        userId: LOCAL_USER,
        chatId: null,
        sessionId: null,
        question: 'How?',
        answer,
        confidence: 1,
        sources: documents.map((id) => ({ id })),
        reasoning: `From “${answer}”.`,
        seconds: 1,
      })
    const later = await addDocument(database)
    const page = 'web-0198aaaa-0000-7000-8000-00000000000c'
    const entry = (answer: string) => ({
      userId: LOCAL_USER,
      chatId: null,
      sessionId: null,
      question: 'How?',
      answer,
      confidence: 1,
      sources: [
        { id: stays, web_search: false },
        { id: page, web_search: true },
      ],
      reasoning: 'x',
      seconds: 1,
    })
    // One that was in a list that a model asked for.
    await record(entry('Of the web.'), [later])
    await ask('Of the one that stays.', stays)
    await ask('Of one that goes later.', later, stays)
    // It was there when the question was asked.
    await ask('Of one that is gone.', GONE)
    await database.write(async (tx) => {
      await tx.deleteFrom('documents').where('id', '=', later).execute()
      await forget(tx, [later])
    })
    const { entries } = (await list(LOCAL_USER, 10, 0)) ?? assert.fail()
    const [gone, went, kept, web] = entries.map(({ question, answer, sources, reasoning }) => ({
      question,
      answer,
      sources,
      reasoning,
    }))
    const removed = {
      question: 'How?',
      answer: 'The document that this answer was drawn from was deleted.',
      reasoning: '',
    }
    assert.deepEqual(gone, { ...removed, sources: [] })
    assert.deepEqual(went, { ...removed, sources: [{ id: stays }] })
    assert.equal(kept?.answer, 'Of the one that stays.')
    assert.deepEqual(web, { ...removed, sources: [{ id: stays, web_search: false }] })
    const links = await database.read.selectFrom('history_documents').select('document_id').execute()
    assert.ok(links.every(({ document_id }) => document_id === stays))
  })
})
