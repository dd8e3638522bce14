import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import { LOCAL_USER, newDocumentId, type DocumentId, type UserId } from '../src/core/ids.ts'
import type { Database } from '../src/database/database.ts'
import { openPostgres } from '../src/database/postgres/open.ts'
import { onPostgres, openEmpty } from './chosen-database.ts'
import { startPostgres, type PostgresServer } from './postgres.ts'
import { quietLogger } from './quiet-logger.ts'

export { quietLogger }

/** Tests log hundreds of people in; what a password costs is tested in src/features/accounts/login.test.ts. */
export const CHEAP_PASSWORDS = { ln: 4, r: 8, p: 1 } as const

interface Opened {
  readonly database: Database
  readonly close: () => Promise<void>
}

async function openTemporary(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'evident-test-'))
  const database = await openEmpty(folder)
  return {
    database,
    async close() {
      await database.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** An empty database, gone when the test ends: of the kind that the run is about. */
export async function temporaryDatabase(t: TestContext): Promise<Database> {
  const { database, close } = await openTemporary()
  t.after(close)
  return database
}

/** The database closes after everything that the test itself registers with `t.after`, which may still need it. */
async function runWith({ database, close }: Opened, t: TestContext, run: DatabaseTest): Promise<void> {
  try {
    await run(database, t)
  } finally {
    t.after(close)
  }
}

type DatabaseTest = (database: Database, t: TestContext) => Promise<void>

export interface DatabaseCase {
  /** Declares a test that is given an empty, migrated database of its own. */
  test(name: string, run: DatabaseTest): void
  readonly dialect: Database['dialect']
}

/**
 * Declares the same tests on SQLite and on PostgreSQL, where each test has a database of its own; where its platform package is missing these tests are skipped and say why.
 * In a run that is about PostgreSQL it is the only one.
 */
export function forEachDatabase(name: string, declare: (on: DatabaseCase) => void): void {
  if (!onPostgres) {
    describe(`${name} on SQLite`, () => {
      declare({
        dialect: 'sqlite',
        test(title, run) {
          test(title, async (t) => runWith(await openTemporary(), t, run))
        },
      })
    })
  }

  describe(`${name} on PostgreSQL`, () => {
    let server: PostgresServer | undefined
    let missing = ''
    before(async () => {
      const started = await startPostgres()
      if ('missing' in started && onPostgres) throw new Error(started.missing)
      if ('missing' in started) missing = started.missing
      else server = started
    })
    after(() => server?.stop())
    declare({
      dialect: 'postgres',
      test(title, run) {
        test(title, async (t) => {
          if (server === undefined) return t.skip(missing)
          const connectionString = await server.createMigrated()
          const database = await openPostgres({ connectionString, logger: quietLogger })
          await runWith({ database, close: () => database.close() }, t, run)
        })
      },
    })
  })
}

export async function addUser(database: Database, id: string): Promise<UserId> {
  const now = new Date().toISOString()
  await database.write((tx) =>
    tx
      .insertInto('users')
      .values({ id: id as UserId, name: id, email: null, role: 'user', created_at: now, last_active: now })
      .execute(),
  )
  return id as UserId
}

/** A document without text, for what only needs one to exist. */
export async function addDocument(database: Database, owner: UserId = LOCAL_USER): Promise<DocumentId> {
  const id = newDocumentId()
  const now = new Date().toISOString()
  await database.write((tx) =>
    tx
      .insertInto('documents')
      .values({
        id,
        owner_id: owner,
        title: 'A document',
        title_given: 0,
        summary: '',
        summary_given: 0,
        metadata: '{}',
        chat_id: null,
        source: 'text',
        filename: null,
        media_type: null,
        size: 0,
        upload_sha256: null,
        blob_sha256: null,
        current_version: 0,
        status: 'queued',
        searchable: 'no',
        error_code: null,
        error_detail: null,
        language: null,
        chunk_count: 0,
        content_length: 0,
        created_at: now,
        updated_at: now,
      })
      .execute(),
  )
  return id
}
