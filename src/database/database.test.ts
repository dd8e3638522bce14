import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { addDocument, addUser, forEachDatabase } from '../../test/databases.ts'
import { LOCAL_USER, type DocumentId } from '../core/ids.ts'
import { insertRows } from './bulk-insert.ts'
import { addToCounters, readCounters } from './counters.ts'
import { isForeignKeyViolation, isUniqueViolation } from './errors.ts'

const NOW = '2026-01-02T03:04:05.678Z'

forEachDatabase('The database', (on) => {
  on.test('starts with the local administrator', async (db) => {
    const users = await db.read.selectFrom('users').select(['id', 'role']).execute()
    assert.deepEqual(users, [{ id: 'local', role: 'admin' }])
    await db.ping()
  })

  on.test('a unit that fails leaves nothing, and the ones beside it stay', async (db) => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        db.write(async (tx) => {
          await addToCounters(tx, { [`unit ${n}`]: 1 })
          if (n % 5 === 3) throw new Error(`unit ${n} failed`)
          return n
        }),
      ),
    )
    const failed = results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []))
    assert.deepEqual(failed, [3, 8, 13, 18])
    assert.match(String((results[8] as PromiseRejectedResult).reason), /unit 8 failed/)
    const kept = await readCounters(db.read, 'unit ')
    assert.equal(kept.size, 16)
    assert.equal(kept.has('unit 8'), false)
    assert.equal(kept.get('unit 7'), 1)
  })

  on.test('a statement that fails inside a unit undoes that unit alone', async (db) => {
    const first = db.write((tx) => addToCounters(tx, { first: 1 }))
    const broken = db.write(async (tx) => {
      await addToCounters(tx, { broken: 1 })
      await sql`insert into no_such_table values (1)`.execute(tx)
    })
    const last = db.write((tx) => addToCounters(tx, { last: 1 }))
    await assert.rejects(broken, /no_such_table/)
    await Promise.all([first, last])
    assert.deepEqual([...(await readCounters(db.read)).keys()], ['change_log', 'first', 'last'])
  })

  on.test('a read sees what was committed before it', async (db) => {
    for (let n = 1; n <= 30; n += 1) {
      await db.write((tx) => addToCounters(tx, { seen: 1 }))
      assert.equal((await readCounters(db.read, 'seen')).get('seen'), n)
    }
  })

  on.test('a unit sees its own rows, a read does not before the commit', async (db) => {
    let outside: number | undefined
    await db.write(async (tx) => {
      await addToCounters(tx, { own: 1 })
      assert.equal((await readCounters(tx, 'own')).get('own'), 1)
      outside = (await readCounters(db.read, 'own')).size
    })
    assert.equal(outside, 0)
  })

  on.test('a statement after its unit has ended is refused', async (db) => {
    let late: (() => Promise<unknown>) | undefined
    await db.write((tx) => {
      late = () => addToCounters(tx, { late: 1 })
      return Promise.resolve()
    })
    const run = late
    assert.ok(run)
    await assert.rejects(run)
    assert.equal((await readCounters(db.read, 'late')).size, 0)
  })

  on.test('texts and bytes come back as they went in', async (db) => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, n) => n % 251)
    const name = `\u{1F600} é \u0301 ' " \\ % _ ; -- \t\n\u2028 \uFFFF`
    await db.write(async (tx) => {
      await tx.insertInto('blobs').values({ sha256: name, size: bytes.length, bytes, created_at: NOW }).execute()
      await tx
        .insertInto('blobs')
        .values({ sha256: 'empty', size: 0, bytes: new Uint8Array(), created_at: NOW })
        .execute()
    })
    const rows = await db.read.selectFrom('blobs').selectAll().orderBy('size').execute()
    assert.deepEqual(rows[0]?.bytes, new Uint8Array())
    assert.equal(rows[1]?.sha256, name)
    assert.equal(rows[1].bytes.constructor, Uint8Array)
    assert.deepEqual(rows[1].bytes, bytes)
  })

  on.test('numbers up to 2^53 are exact, sums and counts are numbers', async (db) => {
    const largest = Number.MAX_SAFE_INTEGER
    await db.write((tx) => addToCounters(tx, { largest, one: 1, minus: -5 }))
    const row = await db.read
      .selectFrom('counters')
      .select((eb) => [eb.fn.max('value').as('most'), eb.fn.countAll().as('rows'), eb.fn.sum('value').as('sum')])
      .where('name', 'in', ['largest', 'minus'])
      .executeTakeFirstOrThrow()
    assert.deepEqual(row, { most: largest, rows: 2, sum: largest - 5 })
    await db.write((tx) => sql`update counters set value = value + 10 where name = 'largest'`.execute(tx))
    await assert.rejects(readCounters(db.read))
  })

  on.test('texts are compared by their bytes', async (db) => {
    const names = ['a', 'B', 'Z', 'é', 'z', '_', '\uFFFD', '\u{1F600}', 'ab', 'a b']
    await db.write((tx) =>
      insertRows(
        tx,
        'counters',
        names.map((name) => ({ name, value: 0 })),
      ),
    )
    const sorted = await db.read.selectFrom('counters').select('name').where('value', '=', 0).orderBy('name').execute()
    const expected = [...names, 'change_log'].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)))
    assert.deepEqual(
      sorted.map((row) => row.name),
      expected,
    )
  })

  on.test('a taken key and a missing parent are told apart', async (db) => {
    const user = { id: LOCAL_USER, name: '', email: null, role: 'user', created_at: NOW, last_active: NOW } as const
    await assert.rejects(
      db.write((tx) => tx.insertInto('users').values(user).execute()),
      (error) => isUniqueViolation(error) && !isForeignKeyViolation(error),
    )
    const missing = '019b0000-0000-7000-8000-000000000000' as DocumentId
    await assert.rejects(
      db.write((tx) => insertRows(tx, 'chunks', [chunk(missing, 0)])),
      (error) => isForeignKeyViolation(error) && !isUniqueViolation(error),
    )
  })

  on.test('many rows at once, and chunk ids that are never used again', async (db) => {
    const document = await addDocument(db)
    const rows = Array.from({ length: 613 }, (_, n) => chunk(document, n))
    const first = await db.write((tx) => insertRows(tx, 'chunks', rows, ['id', 'ordinal']))
    assert.deepEqual(
      first.map((row) => row.ordinal).sort((a, b) => a - b),
      rows.map((row) => row.ordinal),
    )
    const highest = Math.max(...first.map((row) => row.id))
    await db.write((tx) => tx.deleteFrom('chunks').execute())
    const second = await db.write((tx) => insertRows(tx, 'chunks', [chunk(document, 0)], ['id']))
    assert.ok(second[0] !== undefined && second[0].id > highest)
    assert.deepEqual(await db.write((tx) => insertRows(tx, 'chunks', [])), [])
  })

  on.test('a document takes its versions, chunks and vectors with it, and leaves the rest', async (db) => {
    const other = await addUser(db, 'other')
    const [gone, stays] = [await addDocument(db), await addDocument(db, other)]
    await db.write(async (tx) => {
      for (const document of [gone, stays]) {
        await tx
          .insertInto('versions')
          .values({
            document_id: document,
            version: 1,
            content: 'x',
            blocks: '[]',
            properties: '{}',
            warnings: '[]',
            parser: 'text',
            created_at: NOW,
          })
          .execute()
        const ids = await insertRows(tx, 'chunks', [chunk(document, 0), chunk(document, 1)], ['id'])
        const vectors = ids.map(({ id }) => ({
          chunk_id: id,
          model: 'm',
          document_id: document,
          vector: new Uint8Array(8),
        }))
        await insertRows(tx, 'vectors', vectors)
      }
    })
    await db.write((tx) => tx.deleteFrom('documents').where('id', '=', gone).execute())
    const count = async (table: 'versions' | 'chunks' | 'vectors'): Promise<unknown> =>
      (
        await db.read
          .selectFrom(table)
          .select((eb) => eb.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n
    assert.deepEqual([await count('versions'), await count('chunks'), await count('vectors')], [1, 2, 2])
  })

  on.test('an owner has an upload once', async (db) => {
    const [one, two] = [await addDocument(db), await addDocument(db)]
    const mark = (id: DocumentId): Promise<unknown> =>
      db.write((tx) => tx.updateTable('documents').set({ upload_sha256: 'abc' }).where('id', '=', id).execute())
    await mark(one)
    await assert.rejects(mark(two), isUniqueViolation)
  })

  on.test('counters add up under concurrency', async (db) => {
    await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        db.write((tx) => addToCounters(tx, n % 2 === 0 ? { a: 1, b: 2 } : { b: 2, a: 1 })),
      ),
    )
    assert.deepEqual(
      [...(await readCounters(db.read, ''))],
      [
        ['a', 40],
        ['b', 80],
        ['change_log', 0],
      ],
    )
  })

  on.test('after close every call is refused', async (db) => {
    await Promise.all([db.close(), db.close()])
    await assert.rejects(db.ping())
    await assert.rejects(db.write((tx) => addToCounters(tx, { a: 1 })))
  })
})

function chunk(document: DocumentId, ordinal: number) {
  return {
    document_id: document,
    version: 1,
    ordinal,
    owner_id: LOCAL_USER,
    start_char: ordinal,
    end_char: ordinal + 1,
    page: null,
    headings: '[]',
    context: '',
    text: 'x',
    tokens: 1,
  }
}
