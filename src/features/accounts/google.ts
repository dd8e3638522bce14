import { z } from 'zod'
import { AppError } from '../../core/errors.ts'
import type { ServiceFetch } from '../../core/ports/network.ts'
import type { Clock } from '../../core/ports/surroundings.ts'
import { loadJose } from './jose.ts'

export interface GoogleOptions {
  /** Ours, as Google gave it out. */
  readonly clientId: string
  /** Where the public keys of ID tokens are. */
  readonly keySet: URL
  /** The way there. */
  readonly fetch: ServiceFetch
}

export interface GoogleIdentity {
  /** Google's id of the person, which never changes; the e-mail address may. */
  readonly subject: string
  readonly email: string
  readonly name: string | undefined
  readonly picture: string | undefined
}

/** Google's own. */
export const GOOGLE_KEYS = new URL('https://www.googleapis.com/oauth2/v3/certs')
const ISSUERS = ['https://accounts.google.com', 'accounts.google.com']
const TIMEOUT_MS = 5000

const Claims = z.object({
  sub: z.string().min(1).max(255),
  email: z.email().max(254),
  email_verified: z.literal(true),
  name: z.string().optional(),
  picture: z.string().optional(),
})

type Jose = Awaited<ReturnType<typeof loadJose>>

export type Google = ReturnType<typeof createGoogle>

/** Without options nobody signs in with Google. */
export function createGoogle(options: GoogleOptions | undefined, clock: Clock) {
  let keys: ReturnType<Jose['createRemoteJWKSet']> | undefined

  /**
   * Who an ID token of Google's is about.
   * @throws AppError `not_configured`, `unauthorized` for a token that is not good, `upstream_failed` without keys
   */
  async function identify(token: string): Promise<GoogleIdentity> {
    if (options === undefined) {
      throw new AppError('not_configured', 'Signing in with Google is not set up here (GOOGLE_CLIENT_ID).')
    }
    const jose = await loadJose()
    const { clientId, keySet, fetch } = options
    keys ??= jose.createRemoteJWKSet(keySet, { timeoutDuration: TIMEOUT_MS, [jose.customFetch]: fetch })
    const { payload } = await jose
      .jwtVerify(token, keys, {
        algorithms: ['RS256'],
        issuer: ISSUERS,
        audience: clientId,
        requiredClaims: ['exp', 'iat', 'sub'],
        currentDate: clock.now(),
      })
      .catch((error: unknown) => {
        throw isOfToken(error, jose)
          ? new AppError('unauthorized', 'Google did not vouch for this sign-in. Try it again.', { cause: error })
          : new AppError('upstream_failed', 'The keys of Google cannot be read now. Try again later.', { cause: error })
      })
    const claims = Claims.safeParse(payload)
    if (!claims.success) {
      throw new AppError('unauthorized', 'Google has not verified the e-mail address of this account.')
    }
    const { sub, email, name, picture } = claims.data
    return { subject: sub, email: email.toLowerCase(), name, picture }
  }

  return { identify }
}

/** What is wrong with the token, and not with the way to the keys. */
const isOfToken = (error: unknown, { errors }: Jose): boolean =>
  error instanceof errors.JWTInvalid ||
  error instanceof errors.JWSInvalid ||
  error instanceof errors.JWTClaimValidationFailed ||
  error instanceof errors.JWTExpired ||
  error instanceof errors.JOSEAlgNotAllowed ||
  error instanceof errors.JOSENotSupported ||
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JWSSignatureVerificationFailed
