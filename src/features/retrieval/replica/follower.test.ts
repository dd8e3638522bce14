import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { addDocument, forEachDatabase, quietLogger, temporaryDatabase } from '../../../../test/databases.ts'
import { quickEmbedder, startIngestion } from '../../../../test/ingestion.ts'
import { eventually } from '../../../../test/service.ts'
import { LOCAL_USER, type ChunkId } from '../../../core/ids.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import type { Database } from '../../../database/database.ts'
import { replicaRow } from '../../../database/vector-replicas.ts'
import { createReplicaFollower } from './follower.ts'
import { memoryReplica } from './memory-replica.fixture.ts'

const EMBEDDER = quickEmbedder()
const QUICK = { intervalMs: 20, timeoutMs: 1000, silenceMs: 200, settleMs: 300 }

function following(
  t: TestContext,
  database: Database,
  replica: ReturnType<typeof memoryReplica>,
  {
    instance = 'one',
    intervalMs = QUICK.intervalMs,
  }: { readonly instance?: string; readonly intervalMs?: number } = {},
) {
  const follower = createReplicaFollower(
    { database, replica: () => replica, model: () => EMBEDDER.id, terms, instance, logger: quietLogger },
    { ...QUICK, intervalMs },
  )
  t.after(() => follower.close())
  void follower.start()
  return follower
}

const terms = { ofPassages: () => assert.fail('this replica looks for no words') }

type Follower = ReturnType<typeof following>
const used = (follower: Follower) =>
  eventually(
    async () => follower.usable(),
    (replica) => replica !== undefined,
  )

/** A database with a document of one passage and its vector. */
async function withDocuments(t: TestContext) {
  const database = await temporaryDatabase(t)
  const { add, documents } = await startIngestion(database, t, EMBEDDER)
  const first = await add('Granite is a rock of the deep.')
  return { database, add, documents, first }
}

test('what is committed comes into the replica, what is deleted leaves it, and it is searched once it was counted', async (t) => {
  const { database, add, documents, first } = await withDocuments(t)
  const replica = memoryReplica()
  const follower = following(t, database, replica)
  await used(follower)
  assert.equal(replica.rows.size, 1)
  await add('Basalt is a rock of volcanoes.')
  assert.equal(await follower.caughtUp(10_000), true)
  assert.equal(replica.rows.size, 2)
  await documents.remove(LOCAL_USER, first)
  assert.equal(await follower.caughtUp(10_000), true)
  assert.equal(replica.rows.size, 1)
  assert.equal((await follower.status()).behind, 0)
})

test('rows that got lost while it was away are put there again before it is searched', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica()
  const follower = following(t, database, replica)
  await used(follower)
  replica.fails = new ProviderFailure('not_ready', 'It is away.', { kind: 'unavailable', again: true })
  await eventually(
    async () => follower.connected(),
    (is) => !is,
  )
  replica.rows.clear()
  replica.fails = undefined
  await used(follower)
  assert.equal(replica.rows.size, 1)
})

test('whether it answers is told in time also while the database does not answer', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica()
  const answers = Promise.withResolvers<void>()
  const slow = database.read.withPlugin({
    transformQuery: ({ node }) => node,
    async transformResult({ result }) {
      await answers.promise
      return result
    },
  })
  // Before the follower is closed, which waits for what it has begun.
  t.after(() => answers.resolve())
  const follower = following(t, { ...database, read: slow }, replica)
  const said = (wanted: boolean) =>
    eventually(
      async () => follower.connected(),
      (is) => is === wanted,
    )
  await said(true)
  replica.fails = new ProviderFailure('not_ready', 'It is away.', { kind: 'unavailable', again: true })
  await said(false)
  replica.fails = undefined
  await said(true)
  assert.equal(follower.usable(), undefined)
  answers.resolve()
  await used(follower)
})

test('a collection that somebody removed under a connection that stands is filled again', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica()
  const follower = following(t, database, replica)
  await used(follower)
  replica.rows.clear()
  replica.isNew = true
  await eventually(
    async () => replica.rows.size,
    (size) => size === 1,
  )
  await used(follower)
})

test('vectors that are stored before their document has all of them are neither put there nor missed', async (t) => {
  const { database } = await withDocuments(t)
  const document = await addDocument(database)
  await database.write(async (tx) => {
    const at = { version: 1, ordinal: 0, start_char: 0, end_char: 1, page: null }
    const text = { headings: '[]', context: '', text: 'x', tokens: 1 }
    const { id } = await tx
      .insertInto('chunks')
      .values({ ...at, ...text, owner_id: LOCAL_USER, document_id: document })
      .returning('id')
      .executeTakeFirstOrThrow()
    const vector = new Uint8Array(4 * EMBEDDER.dimension)
    const of = { chunk_id: id, document_id: document, owner_id: LOCAL_USER, model: EMBEDDER.id }
    await tx
      .insertInto('vectors')
      .values({ ...of, vector, text_hash: null })
      .execute()
    await tx
      .updateTable('documents')
      .set({ current_version: 1, searchable: 'words' })
      .where('id', '=', document)
      .execute()
  })
  const replica = memoryReplica()
  const follower = following(t, database, replica)
  await used(follower)
  assert.equal(replica.rows.size, 1)
  assert.equal((await follower.status()).comparison?.passages, 1)
})

test('a refused removal of a former collection, and a refused search, leave it in use', async (t) => {
  const { database } = await withDocuments(t)
  await used(following(t, database, memoryReplica('before'), { instance: 'former' }))
  const replica = memoryReplica('after')
  replica.refusesDrops = true
  const follower = following(t, database, replica)
  await used(follower)
  await eventually(
    async () => replica.refused,
    (times) => times > 0,
  )
  await used(follower)
  follower.failed(new ProviderFailure('upstream_failed', 'It refuses.', { kind: 'request' }))
  assert.equal(follower.connected(), true)
  await used(follower)
})

test('what is being filled for the first time, or again as it was gone, is not searched, not even where nothing else is', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica()
  for (const again of [false, true]) {
    const writing = Promise.withResolvers<void>()
    // Before the follower is closed, which waits for what it has begun.
    t.after(() => writing.resolve())
    replica.holds = writing.promise
    if (again) {
      replica.rows.clear()
      replica.isNew = true
    }
    const follower = following(t, database, replica)
    await eventually(
      async () => follower.status(),
      ({ state }) => state === 'filling',
    )
    if (!again) assert.equal(follower.connected(), true)
    assert.equal(follower.reachable(), undefined)
    writing.resolve()
    await used(follower)
    assert.equal(follower.reachable(), replica)
    await follower.close()
  }
})

test('a comparison that is asked for before the server has answered is made then, of what it names', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica('named late', { namedLate: true })
  replica.fails = new ProviderFailure('not_ready', 'It is away.', { kind: 'unavailable', again: true })
  const follower = following(t, database, replica)
  const before = await follower.status()
  assert.deepEqual([before.name, before.state], [null, 'away'])
  const compared = follower.compare(AbortSignal.timeout(10_000))
  replica.fails = undefined
  const { name, comparison, state } = await compared
  assert.deepEqual([name, comparison?.passages, state], ['named late', 1, 'current'])
  const rows = await database.read.selectFrom('vector_replicas').select('name').execute()
  assert.deepEqual(rows, [{ name: 'named late' }])
})

test('a wrong number of rows is found by a comparison that was asked for, and twice the same row is one', async (t) => {
  const { database } = await withDocuments(t)
  const replica = memoryReplica()
  const follower = following(t, database, replica)
  await used(follower)
  const [row] = replica.rows.values()
  assert.ok(row)
  replica.rows.set(900 as ChunkId, { ...row, chunk: 900 as ChunkId })
  replica.doubled = 1
  const { comparison } = await follower.compare(AbortSignal.timeout(10_000))
  assert.equal(replica.rows.has(900 as ChunkId), false)
  assert.ok((comparison?.removed ?? 0) >= 2, JSON.stringify(comparison))
  assert.equal(replica.rows.size, 1)
  await used(follower)
})

forEachDatabase('Of several processes', (on) => {
  // On SQLite there is one.
  if (on.dialect === 'sqlite') return
  on.test(
    'one writes, all count, who finds too few rows has them compared, and who dies is replaced',
    async (database, t) => {
      const { add } = await startIngestion(database, t, EMBEDDER)
      await add('Granite is a rock of the deep.')
      const replica = memoryReplica()
      const writer = following(t, database, replica, { instance: 'writer' })
      await used(writer)
      const other = following(t, database, replica, { instance: 'other' })
      await used(other)
      assert.equal((await replicaRow(database, replica.name ?? '')).writer, 'writer')

      // The writer has counted, and counts no more; who comes now does.
      replica.rows.clear()
      const late = following(t, database, replica, { instance: 'late' })
      await used(late)
      assert.equal(replica.rows.size, 1)
      assert.equal((await replicaRow(database, replica.name ?? '')).writer, 'writer')

      await writer.close()
      await add('Basalt is a rock of volcanoes.')
      await eventually(
        async () => replica.rows.size,
        (size) => size === 2,
      )
      assert.notEqual((await replicaRow(database, replica.name ?? '')).writer, 'writer')
      await used(other)
      await used(late)
    },
  )

  on.test('who does not write sees soon what the writer has written', async (database, t) => {
    const { add } = await startIngestion(database, t, EMBEDDER)
    await add('Granite is a rock of the deep.')
    const replica = memoryReplica()
    const writer = following(t, database, replica, { instance: 'writer' })
    await used(writer)
    const other = following(t, database, replica, { instance: 'other', intervalMs: 3_600_000 })
    await eventually(
      async () => other.position(),
      (position) => position > 0,
    )
    const before = other.position()
    const writing = Promise.withResolvers<void>()
    replica.holds = writing.promise
    await add('Basalt is a rock of volcanoes.')
    other.poke()
    writing.resolve()
    await eventually(
      async () => other.position(),
      (position) => position > before,
    )
  })
})
