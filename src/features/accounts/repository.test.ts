import assert from 'node:assert/strict'
import { addDocument, addUser, forEachDatabase, quietLogger } from '../../../test/databases.ts'
import { waiting } from '../../../test/transactions.ts'
import { AppError } from '../../core/errors.ts'
import { LOCAL_USER, type UserId } from '../../core/ids.ts'
import type { Estate } from '../../core/ports/people.ts'
import type { Database } from '../../database/database.ts'
import { isUniqueViolation } from '../../database/errors.ts'
import { readChanges } from '../../database/change-log.ts'
import { documentEstate } from '../documents/estate.ts'
import { createDocuments } from '../documents/service.ts'
import { createHistory, historyEstate } from '../history/history.ts'
import { jobEstate } from '../ingestion/estate.ts'
import { createSystemPrompts, settingEstate } from '../settings/system-prompt.ts'
import { createAccounts } from './accounts.ts'
import * as repository from './repository.ts'
import * as tokens from './token-repository.ts'

const clock = { now: () => new Date() }
const now = () => clock.now().toISOString()
const ORIGIN = { actor: null, address: '192.0.2.1', requestId: 'r' }

const account = (email: string, fields: Partial<repository.NewAccount> = {}): repository.NewAccount => ({
  name: email,
  email,
  description: '',
  role: 'user',
  passwordHash: null,
  googleSubject: null,
  picture: null,
  now: now(),
  ...fields,
})

function estatesOf(database: Database): Estate[] {
  const ingestion = {
    cancelAll: async () => undefined,
    wake: () => undefined,
    indexed: async () => undefined,
  } as unknown as Parameters<typeof documentEstate>[0]['ingestion']
  return [
    historyEstate({ database }),
    settingEstate({ database }),
    documentEstate({ database, ingestion }),
    jobEstate({ database }),
  ]
}

const accountsOf = (database: Database, openMode = false) =>
  createAccounts(
    { database, clock, logger: quietLogger, estates: estatesOf(database), cliToken: 'cli' },
    { openMode, loopback: true, secret: 's'.repeat(32), sessionMs: 60_000, google: undefined },
  )

/** One of everything. */
async function furnish(database: Database, owner: UserId): Promise<void> {
  const document = await addDocument(database, owner)
  const at = now()
  await database.write(async (tx) => {
    await tx
      .insertInto('chunks')
      .values({
        document_id: document,
        version: 1,
        ordinal: 0,
        owner_id: owner,
        start_char: 0,
        end_char: 1,
        page: null,
        headings: '[]',
        context: '',
        text: 'x',
        tokens: 1,
      })
      .execute()
    await tx
      .insertInto('jobs')
      .values({
        id: `job-${document}` as never,
        owner_id: owner,
        kind: 'ingest',
        state: 'done',
        stage: 'done',
        lane: 'words',
        done: 0,
        total: 0,
        message: '',
        attempts: 1,
        max_attempts: 5,
        run_at: at,
        lease_owner: null,
        lease_until: null,
        cancel_requested: 0,
        error_code: null,
        error_detail: null,
        document_id: document,
        created_at: at,
        updated_at: at,
      })
      .execute()
  })
  await createSystemPrompts({ database, clock }).set(owner, `of ${owner}`)
  await createHistory({ database, clock }).record({
    userId: owner,
    chatId: null,
    sessionId: null,
    question: 'q',
    answer: 'a',
    confidence: 0.5,
    sources: [{ id: document }],
    reasoning: '',
    seconds: 1,
  })
}

const OWNED = [
  ['documents', 'owner_id'],
  ['chunks', 'owner_id'],
  ['jobs', 'owner_id'],
  ['user_settings', 'user_id'],
  ['question_history', 'user_id'],
] as const

async function counts(database: Database, owner: UserId): Promise<number[]> {
  const found = OWNED.map(([table, column]) =>
    database.read
      .selectFrom(table as 'documents')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where(column as 'owner_id', '=', owner)
      .executeTakeFirstOrThrow(),
  )
  return (await Promise.all(found)).map(({ count }) => count)
}

forEachDatabase('accounts', ({ test, dialect }) => {
  test('an e-mail address and a person of Google have one account each, and the local user is none', async (database) => {
    const insert = (draft: repository.NewAccount) => database.write((tx) => repository.insertAccount(tx, draft))
    const ada = await insert(account('ada@example.org', { googleSubject: '1' }))
    assert.ok(ada !== undefined)
    assert.equal(await insert(account('ada@example.org')), undefined)
    assert.equal(await insert(account('other@example.org', { googleSubject: '1' })), undefined)
    const bob = await insert(account('bob@example.org'))
    assert.ok(bob !== undefined)
    const taking = database.write((tx) => repository.changeAccount(tx, bob.id, { email: 'ada@example.org' }))
    await assert.rejects(taking, (error) => isUniqueViolation(error))

    const page = await repository.listAccounts(database.read, { limit: 1, offset: 0 })
    assert.deepEqual([page.total, page.accounts.map(({ id }) => id)], [2, [bob.id]])
    assert.equal(await repository.firstAdministrator(database.read), undefined)
    await database.write((tx) => repository.changeAccount(tx, bob.id, { role: 'admin' }))
    assert.equal(await repository.firstAdministrator(database.read), bob.id)
    const ended = await database.write((tx) => repository.changeAccount(tx, bob.id, { endSessions: true }))
    assert.deepEqual([ended?.token_generation, ended?.role], [1, 'admin'])
  })

  test('a revoked session is known as such until it would have ended', async (database) => {
    const ada = await addUser(database, 'ada')
    const revoke = (id: string, expiresAt: string, at: string) =>
      database.write((tx) => repository.revokeSession(tx, { id, user: ada, expiresAt, now: at }))
    await revoke('one', '2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z')
    await revoke('one', '2026-01-02T00:00:00.000Z', '2026-01-01T00:00:00.000Z')
    const revoked = async (id: string) => (await repository.sessionState(database.read, ada, id))?.revoked
    assert.deepEqual([await revoked('one'), await revoked('two')], [true, false])
    await revoke('two', '2026-01-05T00:00:00.000Z', '2026-01-03T00:00:00.000Z')
    assert.deepEqual([await revoked('one'), await revoked('two')], [false, true])
    assert.equal(await repository.sessionState(database.read, 'nobody' as UserId, 'one'), undefined)
  })

  test('an API token is found by its hash, with what its user may do', async (database) => {
    const ada = await addUser(database, 'ada')
    const token = { user: ada, name: 't', scope: 'read', sha256: 'h', hint: 'x', now: now(), expiresAt: null } as const
    const row = await database.write((tx) => tokens.insertToken(tx, token))
    const state = await tokens.tokenState(database.read, 'h')
    assert.deepEqual([state?.user_id, state?.role, state?.disabled, state?.scope], [ada, 'user', 0, 'read'])
    assert.equal(await tokens.tokenState(database.read, 'x'), undefined)
    const bob = await addUser(database, 'bob')
    assert.equal(await database.write((tx) => tokens.removeToken(tx, bob, row.id)), false)
    assert.equal(await database.write((tx) => tokens.removeToken(tx, ada, row.id)), true)
  })

  test('everything of one user becomes another’s, and the index is told on both sides', async (database) => {
    const ada = await addUser(database, 'ada')
    for (let i = 0; i < 25; i++) await addDocument(database)
    await furnish(database, LOCAL_USER)
    await createSystemPrompts({ database, clock }).set(ada, 'her own')
    for (const estate of estatesOf(database)) await estate.transfer(LOCAL_USER, ada)
    assert.deepEqual(await counts(database, LOCAL_USER), [0, 0, 0, 0, 0])
    assert.deepEqual(await counts(database, ada), [26, 1, 1, 1, 1])
    assert.equal(await createSystemPrompts({ database, clock }).of(ada), 'her own')
    const changes = await readChanges(database.read, 0, 100)
    const perOwner = Map.groupBy(changes, ({ owner }) => owner)
    assert.deepEqual(
      [...perOwner].map(([owner, list]) => [owner, new Set(list.map(({ document }) => document)).size]),
      [
        [LOCAL_USER, 26],
        [ada, 26],
      ],
    )
  })

  test('a deleted user leaves nothing, and another’s stays', async (database) => {
    const { administration, service } = accountsOf(database)
    const join = (name: string) =>
      service.signUp(
        { name, email: `${name}@example.org`, password: 'long enough', description: '', setupToken: undefined },
        ORIGIN,
      )
    const [ada, bob] = [(await join('ada')).account, (await join('bob')).account]
    assert.deepEqual([ada.role, bob.role], ['admin', 'user'])
    await furnish(database, ada.id)
    await furnish(database, bob.id)
    assert.deepEqual(await administration.remove(bob.id, ORIGIN), ['history', 'settings', 'documents', 'jobs', 'users'])
    assert.deepEqual(await counts(database, bob.id), [0, 0, 0, 0, 0])
    assert.deepEqual(await counts(database, ada.id), [1, 1, 1, 1, 1])
    assert.equal(await repository.findUser(database.read, bob.id), undefined)
  })

  test('what a request still stores for a user who is deleted meanwhile is refused', async (database) => {
    const nobody = 'nobody' as UserId
    const ingestion = {} as Parameters<typeof createDocuments>[0]['ingestion']
    const documents = createDocuments({ database, ingestion, clock }, { uploadWaitMs: 0 })
    const { tokens: made } = accountsOf(database)
    const asked = { chatId: null, sessionId: null, question: 'q', answer: 'a', confidence: 1, sources: [] }
    const late = [
      documents.upload(nobody, { bytes: new TextEncoder().encode('x'), filename: 'x.txt' }),
      documents.addText(nobody, { title: 'x', content: 'x' }),
      createSystemPrompts({ database, clock }).set(nobody, 'x'),
      createHistory({ database, clock }).record({ ...asked, userId: nobody, reasoning: '', seconds: 0 }),
      made.create({ id: nobody, role: 'user' }, { name: 'x', scope: 'read', days: undefined }, ORIGIN),
    ]
    for (const [i, result] of (await Promise.allSettled(late)).entries()) {
      assert.ok(result.status === 'rejected', String(i))
      assert.ok(result.reason instanceof AppError && result.reason.code === 'unauthorized', String(result.reason))
    }
  })

  test('two administrators who demote each other at once do not both succeed', async (database) => {
    const { administration } = accountsOf(database, true)
    const person = { description: '', role: 'admin', password: undefined } as const
    const make = (name: string) => administration.create({ ...person, name, email: `${name}@example.org` }, ORIGIN)
    const pair = [await make('ada'), await make('bob')]
    const results = await Promise.allSettled(pair.map(({ id }) => administration.change(id, { role: 'user' }, ORIGIN)))
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
    const refused = results.find((result) => result.status === 'rejected')
    assert.ok(refused?.reason instanceof AppError && refused.reason.code === 'conflict')
  })

  test('of many first sign-ups at once one is the administrator', async (database) => {
    const { service } = accountsOf(database)
    const people = await Promise.all(
      ['a', 'b', 'c', 'd'].map((name) =>
        service.signUp(
          { name, email: `${name}@example.org`, password: 'long enough', description: '', setupToken: undefined },
          ORIGIN,
        ),
      ),
    )
    assert.deepEqual(people.map(({ account: { role } }) => role).sort(), ['admin', 'user', 'user', 'user'])
  })

  // SQLite has one writer: nothing comes between there.
  if (dialect === 'postgres') {
    test('who decides by who the administrators are waits for another who does', async (database) => {
      const order: string[] = []
      const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const first = database.write(async (tx) => {
        await repository.lockAdministrators(tx, dialect)
        entered.resolve()
        await gate.promise
        order.push('first')
      })
      await entered.promise
      const second = database.write(async (tx) => {
        await repository.lockAdministrators(tx, dialect)
        order.push('second')
      })
      await waiting(database, 1).finally(gate.resolve)
      await Promise.all([first, second])
      assert.deepEqual(order, ['first', 'second'])
    })
  }
})
