import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../core/errors.ts'

/** Bytes of UTF-8; the contract's bound. */
const MAX_BYTES = 72
const MIN_CHARACTERS = 8

/** A password as a person chooses one. What it is compared with later is its NFC form: keyboards differ in that. */
export const newPassword = z
  .string()
  .refine((password) => password.isWellFormed(), 'must be Unicode text')
  .refine(
    (password) => Array.from(password).length >= MIN_CHARACTERS,
    `must have at least ${MIN_CHARACTERS} characters`,
  )
  .refine(
    (password) => Buffer.byteLength(password.normalize('NFC')) <= MAX_BYTES,
    `must have at most ${MAX_BYTES} bytes`,
  )

/** A password as a person claims to know it: only bounded, so that a wrong one looks like any other. */
export const claimedPassword = z.string().max(1024)

/** OWASP's recommendation for scrypt with 32 MiB: some 150 ms of one core. */
const COST: PasswordCost = { ln: 15, r: 8, p: 3 }
const SALT_BYTES = 16
const HASH_BYTES = 32

/** scrypt's parameters. */
export interface PasswordCost {
  /** Power of two. */
  readonly ln: number
  readonly r: number
  readonly p: number
}

/** Each takes 32 MiB and one of the four threads that files and hashes need too. */
const AT_ONCE = 2
const WAITING = 64

export type Passwords = ReturnType<typeof createPasswords>

/**
 * Hashes in the form `$scrypt$ln=15,r=8,p=3$salt$hash`, so that the cost may change and old ones still be checked.
 * @param today the cost of new ones
 */
export function createPasswords(today = COST) {
  const turn = turns(AT_ONCE, WAITING)
  let nobodys: Promise<string> | undefined

  async function hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    const derived = await turn(() => derive(password, salt, today, HASH_BYTES))
    return `$scrypt$ln=${today.ln},r=${today.r},p=${today.p}$${salt.toString('base64url')}$${derived.toString('base64url')}`
  }

  /** `stored` null (no such account, or one without a password) costs what a wrong password costs, and is false. */
  async function verify(password: string, stored: string | null): Promise<boolean> {
    nobodys ??= hash(randomBytes(SALT_BYTES).toString('base64url'))
    const other = await nobodys
    const { salt, cost, expected } = parseHash(stored ?? other)
    const derived = await turn(() => derive(password, salt, cost, expected.length))
    return timingSafeEqual(derived, expected) && stored !== null
  }

  /** Whether the hash was made at another cost than today's. */
  const isOutdated = (stored: string): boolean => {
    const { cost } = parseHash(stored)
    return cost.ln !== today.ln || cost.r !== today.r || cost.p !== today.p
  }

  return { hash, verify, isOutdated }
}

function parseHash(stored: string) {
  const [, ln, r, p, salt = '', hash = ''] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored) ?? []
  if (ln === undefined) throw new Error('A stored password hash has an unknown form')
  const cost: PasswordCost = { ln: Number(ln), r: Number(r), p: Number(p) }
  return { cost, salt: Buffer.from(salt, 'base64url'), expected: Buffer.from(hash, 'base64url') }
}

function derive(password: string, salt: Buffer, { ln, r, p }: PasswordCost, length: number): Promise<Buffer> {
  const N = 2 ** ln
  const options: ScryptOptions = { N, r, p, maxmem: 2 * 128 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}

/** At most `atOnce` at work and `waiting` in line. */
function turns(atOnce: number, waiting: number) {
  const line: (() => void)[] = []
  let running = 0
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (line.length >= waiting) throw new AppError('overloaded', 'Too many people log in now. Try again in a moment.')
      await new Promise<void>((resolve) => line.push(resolve))
    } else running++
    try {
      return await work()
    } finally {
      // Who waits takes over the place of who ends.
      const next = line.shift()
      if (next === undefined) running--
      else next()
    }
  }
}
