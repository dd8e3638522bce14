import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { addDocument, quietLogger, temporarySqlite } from '../../../test/databases.ts'
import { eventually } from '../../../test/service.ts'
import { LOCAL_USER } from '../../core/ids.ts'
import type { Logger } from '../../core/ports.ts'
import { appendChange } from '../../database/change-log.ts'
import { temporaryIndex } from '../../index/temporary-index.fixture.ts'
import { createFollower } from './follower.ts'

test('a change log that cannot be shortened stops no start, and is shortened later', async (t) => {
  const database = await temporarySqlite(t)
  const document = await addDocument(database)
  await database.write((tx) => appendChange(tx, { owner: LOCAL_USER, document, version: 0 }))
  const logged = async () => (await database.read.selectFrom('change_log').select('seq').execute()).length
  await database.write((tx) =>
    sql`create trigger full before delete on change_log begin select raise(abort, 'the disk is full'); end`.execute(tx),
  )

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
    model: 'm',
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
  assert.equal(await logged(), 1)

  await database.write((tx) => sql`drop trigger full`.execute(tx))
  await eventually(logged, (entries) => entries === 0)
})
