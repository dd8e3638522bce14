import { createHash, randomBytes } from 'node:crypto'

/** Tells a named API token from a session's token, for programs that search for lost secrets too. */
const PREFIX = 'evt_'
const SECRET_BYTES = 32
const HINT_CHARACTERS = 4

export const isApiToken = (token: string): boolean => token.startsWith(PREFIX)

/** Of 256 random bits a plain hash says nothing, and finds the row by one look-up. */
export const tokenHash = (token: string): string => createHash('sha256').update(token).digest('hex')

/** A new token: shown once, kept as its hash. */
export function makeApiToken(): { token: string; sha256: string; hint: string } {
  const token = PREFIX + randomBytes(SECRET_BYTES).toString('base64url')
  return { token, sha256: tokenHash(token), hint: token.slice(-HINT_CHARACTERS) }
}
