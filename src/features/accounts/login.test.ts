import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { test, type TestContext } from 'node:test'
import { CHEAP_PASSWORDS, quietLogger, temporaryDatabase } from '../../../test/databases.ts'
import { AppError } from '../../core/errors.ts'
import type { Origin } from '../../http/origin.ts'
import { createAccounts, type AccountsOptions } from './accounts.ts'
import { createPasswords } from './passwords.ts'

const from = (address: string): Origin => ({ actor: null, address, requestId: 'r' })
const HOME = from('192.0.2.1')
const PASSWORD = 'correct horse battery'

async function start(t: TestContext, options: Partial<AccountsOptions> = {}) {
  const database = await temporaryDatabase(t)
  const accounts = createAccounts(
    { database, clock: { now: () => new Date() }, logger: quietLogger, estates: [], cliToken: 'cli' },
    {
      openMode: false,
      loopback: true,
      secret: 's'.repeat(32),
      sessionMs: 60_000,
      google: undefined,
      passwordCost: CHEAP_PASSWORDS,
      ...options,
    },
  )
  t.after(accounts.close)
  const { service, administration } = accounts
  const join = (name: string) =>
    service.signUp(
      { name, email: `${name}@example.org`, password: PASSWORD, description: '', setupToken: undefined },
      from('192.0.2.9'),
    )
  const logIn = (email: string, password: string, origin = HOME) => service.logIn({ email, password }, origin)
  return { database, service, administration, join, logIn }
}

const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => assert.fail('It was let in'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AppError, String(error))
  return error
}

/** Runs `work` and gives how many passwords were hashed meanwhile. */
async function hashes(work: () => Promise<unknown>): Promise<number> {
  let count = 0
  const hook = createHook({ init: (_id, type) => void (count += type === 'SCRYPTREQUEST' ? 1 : 0) }).enable()
  try {
    await work()
  } finally {
    hook.disable()
  }
  return count
}

test('a log-in that fails does and says the same whatever the reason', async (t) => {
  const { database, administration, join, logIn } = await start(t)
  await join('ada')
  const { account } = await join('bob')
  const person = { name: 'c', email: 'cy@example.org', description: '', role: 'user', password: undefined } as const
  await administration.create(person, HOME)
  await administration.change(account.id, { disabled: true }, HOME)
  await refusal(logIn('warm@example.org', 'up'))

  const rows = async () => (await database.read.selectFrom('audit_log').selectAll().execute()).length
  const outcomes: Record<string, unknown> = {}
  for (const [email, password] of [
    ['ada@example.org', 'wrong'],
    ['bob@example.org', PASSWORD],
    ['cy@example.org', PASSWORD],
    ['cy@example.org', ''],
    ['nobody@example.org', PASSWORD],
    ['no address', PASSWORD],
    ['ada@example.org', 'x'.repeat(1024)],
  ] as const) {
    const before = await rows()
    let error: AppError | undefined
    const hashed = await hashes(async () => (error = await refusal(logIn(email, password))))
    outcomes[`${email} ${password.slice(0, 9)}`] = [error?.code, error?.message, hashed, (await rows()) - before]
  }
  const [first, ...rest] = Object.values(outcomes)
  assert.deepEqual(first, ['unauthorized', 'The e-mail address or the password is not right.', 1, 1])
  for (const outcome of rest) assert.deepEqual(outcome, first, JSON.stringify(outcomes))
  assert.equal(await hashes(() => logIn('ada@example.org', PASSWORD)), 1)
})

const LIMITS = { perAccountAndNetwork: 3, perNetwork: 8, perAccount: 100, windowSeconds: 60, slowSeconds: 30 }

test('too many failures at an account or from a network have to wait, whether or not the account exists', async (t) => {
  const { join, logIn } = await start(t, { loginLimits: LIMITS })
  await join('ada')
  for (const email of ['ada@example.org', 'nobody@example.org']) {
    const refusals = []
    for (let tries = 0; tries < 4; tries++) refusals.push(await refusal(logIn(email, 'wrong')))
    assert.deepEqual(
      refusals.map(({ code }) => code),
      ['unauthorized', 'unauthorized', 'unauthorized', 'too_many_requests'],
      email,
    )
    const { retryAfter = 0 } = refusals[3] ?? {}
    assert.ok(Number.isInteger(retryAfter) && retryAfter >= 1 && retryAfter <= 60)
    // The right password waits too: an answer would tell that it is right.
    assert.equal((await refusal(logIn(email, PASSWORD))).code, 'too_many_requests')
  }

  // Many at once are no way around.
  const { join: joinHere, logIn: logInHere } = await start(t, { loginLimits: LIMITS })
  await joinHere('ada')
  const codes = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await refusal(logInHere(`x${i}@example.org`, 'wrong'))).code),
  )
  assert.equal(codes.filter((code) => code === 'unauthorized').length, 8)
  assert.equal((await refusal(logInHere('ada@example.org', PASSWORD))).code, 'too_many_requests')
  // Another network is another one's.
  await logInHere('ada@example.org', PASSWORD, from('198.51.100.7'))
})

test('nobody elsewhere keeps a person out of a network that they log in from, nor learns of it', async (t) => {
  const loginLimits = { ...LIMITS, perAccount: 4 }
  const { database, service, administration, join, logIn } = await start(t, { loginLimits })
  const { account } = await join('ada')
  const email = 'ada@example.org'
  await logIn(email, PASSWORD)
  const attack = async (address: string) => {
    for (let host = 0; host < 6; host++) await refusal(logIn(address, 'wrong', from(`198.51.100.${host}`)))
  }
  await attack(email)
  await attack('nobody@example.org')

  // Whoever guesses is told the same of every account, from every network, after the same work.
  const outcomes = []
  for (const [who, password, address] of [
    [email, 'wrong', '198.51.100.77'],
    [email, PASSWORD, '198.51.100.78'],
    [email, 'wrong', HOME.address],
    ['nobody@example.org', PASSWORD, '198.51.100.79'],
    ['nobody@example.org', PASSWORD, HOME.address],
  ] as const) {
    let error: AppError | undefined
    const hashed = await hashes(async () => (error = await refusal(logIn(who, password, from(address)))))
    outcomes.push([error?.code, error?.message, hashed])
  }
  for (const outcome of outcomes) assert.deepEqual(outcome, outcomes[0])
  assert.equal(outcomes[0]?.[0], 'too_many_requests')

  await logIn(email, PASSWORD)
  const { account: changed } = await service.changePassword(
    account.id,
    { current: PASSWORD, next: 'another one' },
    HOME,
  )
  await logIn(email, 'another one')
  const networks = async () => database.read.selectFrom('login_networks').select('network').execute()
  // Those of before the change, such as that of the sign-up, may be of whoever knew the earlier password.
  assert.deepEqual(await networks(), [{ network: HOME.address }])
  await administration.change(changed.id, { password: PASSWORD }, HOME)
  assert.deepEqual(await networks(), [])
  assert.equal((await refusal(logIn(email, PASSWORD))).code, 'too_many_requests')
})

test('who logs in well is never slowed down', async (t) => {
  const { join, logIn } = await start(t, { loginLimits: { ...LIMITS, perAccountAndNetwork: 2, perNetwork: 2 } })
  await join('ada')
  for (let times = 0; times < 4; times++) {
    await refusal(logIn('ada@example.org', 'wrong', from(`198.51.100.${times}`)))
    await logIn('ada@example.org', PASSWORD)
  }
})

test('guesses of the current password count like log-ins', async (t) => {
  const { service, join } = await start(t, { loginLimits: { ...LIMITS, perAccountAndNetwork: 2 } })
  const { account } = await join('ada')
  const guess = async () =>
    (await refusal(service.changePassword(account.id, { current: 'wrong', next: PASSWORD }, HOME))).code
  assert.deepEqual(
    [await guess(), await guess(), await guess()],
    ['wrong_password', 'wrong_password', 'too_many_requests'],
  )
})

test('a hash made at another cost is checked at that one, and is said to be outdated', async () => {
  const passwords = createPasswords()
  const stored = await passwords.hash(PASSWORD)
  assert.match(stored, /^\$scrypt\$ln=15,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/)
  assert.notEqual(await passwords.hash(PASSWORD), stored, 'each has a salt of its own')
  assert.equal(await passwords.verify(PASSWORD, stored), true)
  assert.equal(passwords.isOutdated(stored), false)
  // RFC 7914, section 12: N 16384, r 8, p 1, of "pleaseletmein" with "SodiumChloride".
  const known = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2' +
      'd5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    'hex',
  )
  const salt = Buffer.from('SodiumChloride').toString('base64url')
  const vector = `$scrypt$ln=14,r=8,p=1$${salt}$${known.toString('base64url')}`
  assert.equal(await passwords.verify('pleaseletmein', vector), true)
  assert.equal(await passwords.verify('pleaseletmeout', vector), false)
  assert.equal(passwords.isOutdated(vector), true)
  await assert.rejects(passwords.verify('x', 'plain'), /unknown form/)
})

test('an outdated hash is made anew at the next log-in, which ends no session', async (t) => {
  const { database, join, logIn } = await start(t, { passwordCost: undefined })
  const { account } = await join('ada')
  const salt = Buffer.from('SodiumChloride').toString('base64url')
  const old = `$scrypt$ln=14,r=8,p=1$${salt}$cCO9yzr9c0hGHAbNgf046_2o-7qQT44-qbVD9lRdofI`
  await database.write((tx) =>
    tx.updateTable('users').set({ password_hash: old }).where('id', '=', account.id).execute(),
  )
  await logIn('ada@example.org', 'pleaseletmein')
  const row = await database.read.selectFrom('users').selectAll().where('id', '=', account.id).executeTakeFirstOrThrow()
  assert.match(row.password_hash ?? '', /^\$scrypt\$ln=15,r=8,p=3\$/)
  assert.equal(row.token_generation, account.token_generation)
  await logIn('ada@example.org', 'pleaseletmein')
})
