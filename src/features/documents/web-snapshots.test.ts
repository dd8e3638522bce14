import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, newChatId, newDocumentId, type DocumentId, type MessageId, type UserId } from '../../core/ids.ts'
import { deletedOf, linkEntry, linkMessage } from '../../database/cited-documents.ts'
import type { Database } from '../../database/database.ts'
import { createWebSnapshots, snapshotEstate, snapshotRetention } from './web-snapshots.ts'

const PAGE = { url: 'https://example.org/', title: 'Of a page', content: 'It says something.', language: 'en' }
const DAY = 86_400_000

function started(database: Database) {
  let now = Date.parse('2026-01-02T03:04:05.678Z')
  const clock = { now: () => new Date(now) }
  const sweep = (): Promise<void> =>
    snapshotRetention(database, clock).remove(async (slice) => {
      while ((await slice(2)) === 2) continue
    })
  return { snapshots: createWebSnapshots({ database, clock }), sweep, pass: (ms: number) => (now += ms) }
}

const ids = async (database: Database): Promise<DocumentId[]> =>
  (await database.read.selectFrom('web_snapshots').select('id').orderBy('id').execute()).map(({ id }) => id)

const NOW = '2026-01-02T03:04:05.678Z'

async function insertAnswer(database: Database, cites: DocumentId): Promise<MessageId> {
  const chat = newChatId()
  return database.write(async (tx) => {
    await tx
      .insertInto('chats')
      .values({ id: chat, user_id: LOCAL_USER, title: '', created_at: NOW, updated_at: NOW })
      .execute()
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
        metadata: '{}',
        sources: '[]',
        citations: '[]',
        content: '',
      })
      .returning('id')
      .executeTakeFirstOrThrow()
    await linkMessage(tx, id, [cites])
    return id
  })
}

async function insertEntry(database: Database, cites: DocumentId): Promise<void> {
  const entry = { user_id: LOCAL_USER, chat_id: null, session_id: null, created_at: NOW, question: '', answer: '' }
  await database.write(async (tx) => {
    const { id } = await tx
      .insertInto('question_history')
      .values({ ...entry, details: '{}' })
      .returning('id')
      .executeTakeFirstOrThrow()
    await linkEntry(tx, id, [cites])
  })
}

forEachDatabase('Pages that answers read', (on) => {
  on.test('the same page with the same text is there once for each owner, as it was first', async (database) => {
    const { snapshots, pass } = started(database)
    const id = await snapshots.keep(LOCAL_USER, PAGE)
    pass(1000)
    assert.equal(await snapshots.keep(LOCAL_USER, PAGE), id)
    assert.notEqual(await snapshots.keep(LOCAL_USER, { ...PAGE, content: 'It says more.' }), id)
    assert.notEqual(await snapshots.keep(LOCAL_USER, { ...PAGE, url: 'https://example.com/' }), id)
    const ann = await addUser(database, 'ann')
    assert.notEqual(await snapshots.keep(ann, PAGE), id)
    assert.equal(await snapshots.content(id, 1), PAGE.content)
    assert.equal(await snapshots.content(id, 2), undefined)
    assert.deepEqual(await snapshots.read(LOCAL_USER, id), { ...PAGE, id, fetchedAt: NOW })
    const refused = (error: unknown) => error instanceof AppError && error.code === 'not_found'
    await assert.rejects(snapshots.read(ann, id), refused)
    await assert.rejects(snapshots.read(LOCAL_USER, id, 2), refused)
    const gone = (error: unknown) => error instanceof AppError && error.code === 'unauthorized'
    await assert.rejects(snapshots.keep('nobody' as UserId, PAGE), gone)
  })

  on.test('one that nothing names goes a day after it was last read, and no other', async (database) => {
    const { snapshots, sweep, pass } = started(database)
    const [cited, remembered, read] = [
      await snapshots.keep(LOCAL_USER, { ...PAGE, title: 'cited' }),
      await snapshots.keep(LOCAL_USER, { ...PAGE, title: 'remembered' }),
      await snapshots.keep(LOCAL_USER, { ...PAGE, title: 'read again' }),
    ]
    for (const title of ['a', 'b', 'c']) await snapshots.keep(LOCAL_USER, { ...PAGE, title })
    const message = await insertAnswer(database, cited)
    await insertEntry(database, remembered)
    await sweep()
    assert.equal((await ids(database)).length, 6)
    pass(DAY + 1)
    assert.equal(await snapshots.keep(LOCAL_USER, { ...PAGE, title: 'read again' }), read)
    await sweep()
    assert.deepEqual(await ids(database), [cited, remembered, read])
    await database.write((tx) => tx.deleteFrom('messages').where('id', '=', message).execute())
    pass(DAY + 1)
    await sweep()
    assert.deepEqual(await ids(database), [remembered])
  })

  on.test('they go with their owner, or become another’s beside those of the same page', async (database) => {
    const { snapshots } = started(database)
    const [ann, estate] = [await addUser(database, 'ann'), snapshotEstate({ database })]
    const own = await snapshots.keep(ann, PAGE)
    const taken = await snapshots.keep(LOCAL_USER, PAGE)
    await estate.transfer(LOCAL_USER, ann)
    assert.equal((await snapshots.read(ann, taken)).content, PAGE.content)
    assert.notEqual(await snapshots.keep(LOCAL_USER, PAGE), taken)
    assert.equal(await estate.remove(ann), 2)
    await assert.rejects(snapshots.read(ann, own))
    assert.equal((await ids(database)).length, 1)
  })

  on.test('is no document that was deleted', async (database) => {
    const { snapshots } = started(database)
    const page = await snapshots.keep(LOCAL_USER, PAGE)
    const document = newDocumentId()
    const gone = await database.write((tx) => deletedOf(tx, database.dialect, [page, document]))
    assert.deepEqual(gone, [document])
  })
})
