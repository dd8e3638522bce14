import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { addDocument, addUser, quietLogger, temporaryDatabase } from '../../../test/databases.ts'
import { quickEmbedder, startIngestion } from '../../../test/ingestion.ts'
import { eventually } from '../../../test/service.ts'
import { LOCAL_USER } from '../../core/ids.ts'
import type { DocumentFilter, WordIndex } from '../../core/ports/search.ts'
import type { Logger } from '../../core/ports/surroundings.ts'
import { appendChange, lastChange, pruneChanges } from '../../database/change-log.ts'
import type { Database } from '../../database/database.ts'
import { temporaryIndex } from '../../index/temporary-index.fixture.ts'
import { createFollower } from './follower.ts'

/** Nothing can be deleted of the log, until the function that it gives is called. */
async function lockLog(database: Database): Promise<() => Promise<void>> {
  const run = (...statements: readonly string[]): Promise<void> =>
    database.write(async (tx) => {
      for (const statement of statements) await sql.raw(statement).execute(tx)
    })
  if (database.dialect === 'sqlite') {
    await run(`create trigger locked before delete on change_log begin select raise(abort, 'the disk is full'); end`)
    return () => run('drop trigger locked')
  }
  await run(
    `create function locked() returns trigger language plpgsql as $$ begin raise 'the disk is full'; end $$`,
    'create trigger locked before delete on change_log for each row execute function locked()',
  )
  return () => run('drop trigger locked on change_log')
}

test('a change log that cannot be shortened stops no start, and is shortened later', async (t) => {
  const database = await temporaryDatabase(t)
  const document = await addDocument(database)
  for (const version of [0, 1]) await database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document, version }))
  const logged = async () => (await database.read.selectFrom('change_log').select('seq').execute()).length
  const unlock = await lockLog(database)

  const warnings: string[] = []
  const logger: Logger = { ...quietLogger, warn: (_, message) => void warnings.push(message) }
  const index = await temporaryIndex(2, quietLogger)
  const { words, vectors, load } = index
  const follower = createFollower({
    database,
    words,
    vectors,
    load,
    restorable: index,
    model: () => 'm',
    logger,
    pruneMs: 20,
  })
  t.after(async () => {
    await follower.close()
    await index.close()
  })
  await follower.start()
  assert.equal(follower.ready(), true)
  await eventually(
    async () => warnings,
    ([warning]) => warning !== undefined,
  )
  assert.match(warnings[0] ?? '', /could not be shortened/)
  assert.equal(await logged(), 2)

  await unlock()
  // The last one stays: it says whose history the snapshot is of.
  await eventually(logged, (entries) => entries === 1)
})

test('filters follow what is changed of a document, for which no word is analysed again', async (t) => {
  const database = await temporaryDatabase(t)
  const embedder = quickEmbedder()
  const { add, documents, estate } = await startIngestion(database, t, embedder)
  const before = await add('The keeper of the first lighthouse.')
  const index = await temporaryIndex(embedder.dimension, quietLogger)
  const analysed: string[] = []
  const words: WordIndex = {
    ...index.words,
    replaceDocument(owner, document, ...rest) {
      analysed.push(document)
      return index.words.replaceDocument(owner, document, ...rest)
    },
  }
  const { vectors, load } = index
  const follower = createFollower({
    database,
    words,
    vectors,
    load,
    restorable: index,
    model: () => embedder.id,
    logger: quietLogger,
  })
  t.after(async () => {
    await follower.close()
    await index.close()
  })
  await follower.start()
  const after = await add('The keeper of the second lighthouse.')
  await follower.catchUp()
  const found = async (filter: DocumentFilter, owner = LOCAL_USER): Promise<string[]> => {
    const ranked = await index.rank(
      { owner, filter },
      { type: 'keyword', text: 'lighthouse', vector: undefined, sigma: 1, depth: 10 },
    )
    const rows = await database.read.selectFrom('chunks').select(['id', 'document_id']).execute()
    return rows.filter(({ id }) => ranked.chunks.includes(id)).map((row) => row.document_id)
  }
  assert.deepEqual(await found({ fileTypes: ['text/plain'], createdFrom: 0 }), [before, after])
  assert.deepEqual(await found({ createdFrom: Date.now() + 1 }), [])
  assert.deepEqual(analysed.splice(0).includes(before), false, 'it was loaded')

  await documents.change(LOCAL_USER, before, { chatId: 'c1', metadata: { year: 2024, list: [1], none: null } })
  await documents.change(LOCAL_USER, after, { metadata: { year: 2024, draft: false } })
  await follower.catchUp()
  assert.deepEqual(await found({ chats: ['c1'] }), [before])
  assert.deepEqual(await found({ metadata: { year: 2024 } }), [before, after])
  assert.deepEqual(await found({ metadata: { year: 2024, draft: false } }), [after])
  await documents.change(LOCAL_USER, after, { metadata: {} })
  await follower.catchUp()
  assert.deepEqual(await found({ metadata: { year: 2024 } }), [before])
  assert.deepEqual(analysed, [])

  const other = await addUser(database, 'other')
  await estate.transfer(LOCAL_USER, other)
  await follower.catchUp()
  assert.deepEqual([await found({ chats: ['c1'] }), await found({ chats: ['c1'] }, other)], [[], [before]])
})

test('a follower that the log has left behind begins anew', async (t) => {
  const database = await temporaryDatabase(t)
  const embedder = quickEmbedder()
  const { add, documents } = await startIngestion(database, t, embedder)
  const index = await temporaryIndex(embedder.dimension, quietLogger)
  const { words, vectors, load } = index
  const follower = createFollower({
    database,
    words,
    vectors,
    load,
    restorable: index,
    model: () => embedder.id,
    logger: quietLogger,
  })
  t.after(async () => {
    await follower.close()
    await index.close()
  })
  const gone = await add('The keeper of the first lighthouse.')
  await follower.start()
  // It does not hear of what another process prunes.
  await documents.remove(LOCAL_USER, gone)
  await add('The keeper of the second lighthouse.')
  const last = await lastChange(database.read)
  await database.write((tx) => pruneChanges(tx, last - 1))
  await follower.catchUp()
  assert.deepEqual([await words.count(), await vectors.count()], [1, 1])
  assert.deepEqual([follower.ready(), follower.position()], [true, last])
})
