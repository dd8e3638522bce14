import assert from 'node:assert/strict'
import { addUser, forEachDatabase } from '../../../test/databases.ts'
import { held, waiting } from '../../../test/transactions.ts'
import { LOCAL_USER, newDocumentId, newJobId, type DocumentId, type UserId } from '../../core/ids.ts'
import type { Database, Tx } from '../../database/database.ts'
import { countByStatus, findWithContent, insertDocument, removeDocument, type DocumentRow } from './repository.ts'

const NOW = '2026-01-02T03:04:05.678Z'
const BYTES = new TextEncoder().encode('The same bytes.')

const insert = (tx: Tx, database: Database, owner: UserId = LOCAL_USER): Promise<DocumentRow | undefined> =>
  insertDocument(tx, database.dialect, {
    id: newDocumentId(),
    owner,
    title: 'Bytes',
    titleGiven: false,
    summary: '',
    metadata: {},
    chatId: null,
    source: 'upload',
    filename: 'bytes.txt',
    mediaType: null,
    bytes: BYTES,
    sha256: 'sha of the bytes',
    now: NOW,
  })

async function inserted(database: Database, owner?: UserId): Promise<DocumentRow> {
  const row = await database.write((tx) => insert(tx, database, owner))
  assert.ok(row)
  return row
}

const remove = (database: Database, owner: UserId, id: DocumentId): Promise<boolean> =>
  database.write((tx) => removeDocument(tx, database.dialect, owner, id))

async function blobs(database: Database): Promise<number> {
  const rows = await database.read.selectFrom('blobs').select('sha256').execute()
  return rows.length
}

forEachDatabase('The documents', (on) => {
  on.test('bytes stay while a document holds them, and go with the last one', async (database) => {
    const other = await addUser(database, 'other')
    const [mine, theirs] = [await inserted(database), await inserted(database, other)]
    assert.equal(await database.write((tx) => insert(tx, database)), undefined)
    assert.equal(await remove(database, LOCAL_USER, theirs.id), false)
    assert.equal(await remove(database, LOCAL_USER, mine.id), true)
    assert.equal(await blobs(database), 1)
    assert.equal(await remove(database, other, theirs.id), true)
    assert.equal(await blobs(database), 0)
  })

  on.test('a document comes with its current text, and states are counted, of the owner alone', async (database) => {
    const other = await addUser(database, 'other')
    const [mine, theirs] = [await inserted(database), await inserted(database, other)]
    assert.equal((await findWithContent(database.read, LOCAL_USER, mine.id))?.content, '')
    await database.write(async (tx) => {
      const version = { blocks: '[]', properties: '{}', warnings: '[]', parser: 'text', created_at: NOW }
      for (const [i, content] of ['first', 'second'].entries()) {
        await tx
          .insertInto('versions')
          .values({ document_id: mine.id, version: i + 1, content, ...version })
          .execute()
      }
      const read = { current_version: 2, status: 'processed' } as const
      await tx.updateTable('documents').set(read).where('id', '=', mine.id).execute()
    })
    const found = await findWithContent(database.read, LOCAL_USER, mine.id)
    assert.deepEqual(found, { document: { ...mine, current_version: 2, status: 'processed' }, content: 'second' })
    assert.equal(await findWithContent(database.read, LOCAL_USER, theirs.id), undefined)
    assert.deepEqual(await countByStatus(database.read, LOCAL_USER), new Map([['processed', 1]]))
    assert.deepEqual(await countByStatus(database.read, other, [mine.id, theirs.id]), new Map([['queued', 1]]))
    assert.deepEqual(await countByStatus(database.read, other, []), new Map())
  })

  // SQLite has one writer.
  if (on.dialect === 'sqlite') return

  on.test('an upload that meets the removal of the last document with its bytes is stored', async (database) => {
    const last = await inserted(database)
    const job = newJobId()
    await addJob(database, job, last.id)
    // The removal stops half way, where it forgets the document's jobs.
    const letGo = await held(database, (tx) =>
      tx.selectFrom('jobs').selectAll().where('id', '=', job).forUpdate().execute(),
    )
    const removal = remove(database, LOCAL_USER, last.id)
    await waiting(database, 1)
    const upload = inserted(database)
    await waiting(database, 2)
    await letGo()
    assert.equal(await removal, true)
    assert.notEqual((await upload).id, last.id)
    assert.equal(await blobs(database), 1)
  })

  on.test('a removal that meets an upload of the same bytes leaves them', async (database) => {
    const other = await addUser(database, 'other')
    const last = await inserted(database)
    const letGo = await held(database, (tx) => insert(tx, database, other))
    const removal = remove(database, LOCAL_USER, last.id)
    await waiting(database, 1)
    await letGo()
    assert.equal(await removal, true)
    assert.equal(await blobs(database), 1)
  })

  on.test('two removals at once take the bytes with them', async (database) => {
    const other = await addUser(database, 'other')
    const [mine, theirs] = [await inserted(database), await inserted(database, other)]
    const letGo = await held(database, (tx) => removeDocument(tx, database.dialect, LOCAL_USER, mine.id))
    const removal = remove(database, other, theirs.id)
    await waiting(database, 1)
    await letGo()
    assert.equal(await removal, true)
    assert.equal(await blobs(database), 0)
  })
})

async function addJob(database: Database, id: ReturnType<typeof newJobId>, document: DocumentId): Promise<void> {
  await database.write((tx) =>
    tx
      .insertInto('jobs')
      .values({
        id,
        owner_id: LOCAL_USER,
        kind: 'ingest',
        state: 'done',
        stage: 'done',
        lane: 'words',
        done: 0,
        total: 0,
        message: '',
        attempts: 1,
        max_attempts: 5,
        run_at: NOW,
        lease_owner: null,
        lease_until: null,
        cancel_requested: 0,
        error_code: null,
        error_detail: null,
        document_id: document,
        created_at: NOW,
        updated_at: NOW,
      })
      .execute(),
  )
}
