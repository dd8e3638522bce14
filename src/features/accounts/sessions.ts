import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { UserId } from '../../core/ids.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import { loadJose } from './jose.ts'

export interface SessionClaims {
  readonly userId: UserId
  /** Of this log-in (`jti`). */
  readonly sessionId: string
  /** The account's token generation when it logged in. */
  readonly generation: number
  readonly expiresAt: Date
}

export interface NewSession {
  readonly token: string
  readonly expiresInSeconds: number
}

/** No id holds a NUL, and PostgreSQL takes no text that does. */
const id = z
  .string()
  .min(1)
  .max(64)
  .refine((text) => !text.includes('\0'))

const Payload = z.object({
  sub: id,
  jti: id,
  gen: z.number().int().min(0),
  exp: z.number(),
})

const ALGORITHM = 'HS256'
const ISSUER = 'evident'
const AUDIENCE = 'evident-api'

export type Sessions = ReturnType<typeof createSessions>

/** JSON Web Tokens of log-ins. They say who logged in; what the person may do is the database's word at each request. */
export function createSessions({ secret, lifetimeMs, clock }: { secret: string; lifetimeMs: number; clock: Clock }) {
  const key = new TextEncoder().encode(secret)
  const lifetime = Math.floor(lifetimeMs / 1000)

  async function issue(user: UserId, generation: number): Promise<NewSession> {
    const now = Math.floor(clock.now().getTime() / 1000)
    const { SignJWT } = await loadJose()
    const token = await new SignJWT({ gen: generation })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setSubject(user)
      .setJti(randomUUID())
      .setIssuer(ISSUER)
      .setAudience(AUDIENCE)
      .setIssuedAt(now)
      .setExpirationTime(now + lifetime)
      .sign(key)
    return { token, expiresInSeconds: lifetime }
  }

  /** undefined for whatever this server has not signed, or that has ended. */
  async function verify(token: string): Promise<SessionClaims | undefined> {
    const { errors, jwtVerify } = await loadJose()
    try {
      const { payload } = await jwtVerify(token, key, {
        // The token does not choose how it is checked.
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        currentDate: clock.now(),
      })
      const claims = Payload.safeParse(payload)
      if (!claims.success) return undefined
      const { sub, jti, gen, exp } = claims.data
      return { userId: sub as UserId, sessionId: jti, generation: gen, expiresAt: new Date(exp * 1000) }
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }

  return { issue, verify }
}
