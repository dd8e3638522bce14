import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { addDocument, forEachDatabase, quietLogger } from '../../../test/databases.ts'
import { waiting } from '../../../test/transactions.ts'
import { memory } from '../../adapters/shared-state/memory/adapter.ts'
import { LOCAL_USER, type DocumentId, type MessageId } from '../../core/ids.ts'
import type { Database } from '../../database/database.ts'
import { createAnswerPlaces } from '../../http/answer-places.ts'
import { createForgetting } from './forget.ts'
import { CITATION, createScriptedSource } from './scripted-source.fixture.ts'
import { createChats } from './service.ts'
import { onlyInstance } from './chats.fixture.ts'

const SECRET = 'The heron is called Quillfeather.'
const by = { userId: LOCAL_USER, via: 'local' } as const
const NOW = new Date('2026-01-02T03:04:05.000Z')

async function start(t: TestContext, database: Database) {
  const { forget, forgetDeleted } = createForgetting(database)
  const source = createScriptedSource()
  const open = async () => {
    const chats = await createChats(
      {
        database,
        instances: onlyInstance(),
        shared: memory.create(),
        source,
        places: createAnswerPlaces(undefined),
        systemPromptOf: async () => null,
        answered: () => undefined,
        forgetDeleted,
        clock: { now: () => NOW },
        logger: quietLogger,
      },
      { graceMs: 60_000 },
    )
    t.after(() => chats.close())
    return chats
  }
  const chats = await open()
  const document = await addDocument(database)
  const citation = { ...CITATION, doc_id: document, quote: SECRET }

  /** An answer that has said a sentence of the document and is not done. */
  async function begin(question: string) {
    const script = source.hold(question)
    const asked = await chats.ask({
      owner: LOCAL_USER,
      by,
      sessionId: null,
      requestId: 'r',
      question,
      chatId: undefined,
    })
    script.push({ type: 'meta', data: { stage: 'citations', count: 1, citations: [citation] } })
    script.delta(SECRET)
    const reader = asked.live.read(0, new AbortController().signal)
    while (asked.live.text() !== SECRET) await reader.next()
    return { script, ...asked }
  }

  const remove = () =>
    database.write(async (tx) => {
      await tx.deleteFrom('documents').where('id', '=', document).execute()
      await forget(tx, [document])
    })
  const answer = { sources_used: [{ id: document, title: SECRET }], citations: [citation] }
  return { begin, remove, answer, document, chats, again: open }
}

/** Everything that is stored of answers. */
async function stored(database: Database): Promise<string> {
  const tables = ['messages', 'answer_events', 'question_history'] as const
  const rows = await Promise.all(tables.map((table) => database.read.selectFrom(table).selectAll().execute()))
  return JSON.stringify(rows)
}

const links = (database: Database, id: MessageId): Promise<{ document_id: DocumentId }[]> =>
  database.read.selectFrom('message_documents').select('document_id').where('message_id', '=', id).execute()

forEachDatabase('Documents deleted while an answer is made from them', ({ test, dialect }) => {
  test('leave nothing in it, however it ends', async (database, t) => {
    const { begin, remove, answer, chats, again } = await start(t, database)
    const [whole, stopped, failed, died] = [
      await begin('Whole?'),
      await begin('Stopped?'),
      await begin('Failed?'),
      await begin('Died?'),
    ]
    await remove()
    whole.script.finish(answer)
    failed.script.fail(new Error('no'))
    await chats.stop(LOCAL_USER, stopped.chatId)
    assert.equal((await whole.live.ended)?.state, 'complete')
    assert.equal((await failed.live.ended)?.state, 'failed')
    assert.match(await stored(database), /Quillfeather/)
    // The process that made the last one is gone without a word.
    const next = await again()
    assert.doesNotMatch(await stored(database), /Quillfeather/)
    const { messages } = await next.messagePage(LOCAL_USER, died.chatId, { before: undefined, page: 1, size: 9 })
    assert.match(messages[0]?.content ?? '', /was deleted/)
  })

  test('are found in one that was broken off before, when its stream is forgotten too', async (database, t) => {
    const { begin, remove, chats, document } = await start(t, database)
    const { live, chatId } = await begin('Stopped?')
    await chats.stop(LOCAL_USER, chatId)
    assert.deepEqual(await links(database, live.id), [{ document_id: document }])
    await database.write((tx) => tx.deleteFrom('answer_events').where('message_id', '=', live.id).execute())
    await remove()
    assert.doesNotMatch(await stored(database), /Quillfeather/)
    assert.deepEqual(await links(database, live.id), [])
  })

  if (dialect === 'postgres') {
    test('an answer that ends while the deletion is not committed waits for it', async (database, t) => {
      const { begin, answer, document } = await start(t, database)
      const { script, live } = await begin('Meanwhile?')
      await database.write(async (tx) => {
        await tx.deleteFrom('documents').where('id', '=', document).execute()
        await createForgetting(database).forget(tx, [document])
        script.finish(answer)
        // Until the end of the answer waits for this transaction, or has not waited.
        const ended = live.ended.then(() => true)
        await Promise.race([ended, waiting(database, 1)])
      })
      await live.ended
      assert.doesNotMatch(await stored(database), /Quillfeather/)
    })
  }
})
