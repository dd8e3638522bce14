import type { Estate } from '../../core/ports/people.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import type { Authenticate } from '../../http/access.ts'
import { createAdministration, type Administration } from './administration.ts'
import { createAudit, type AuditLog } from './audit.ts'
import { createAuthenticate } from './authenticate.ts'
import { createGoogle, type GoogleOptions } from './google.ts'
import { createLoginLimits, LOGIN_LIMITS, type LoginLimitOptions } from './login-limits.ts'
import { createPasswords, type PasswordCost } from './passwords.ts'
import { createRegistration } from './registration.ts'
import { createAccountsService, type AccountsService } from './service.ts'
import { createSessions } from './sessions.ts'
import { createTokens, type TokensService } from './tokens-service.ts'

export interface AccountsDeps {
  readonly database: Database
  readonly clock: Clock
  readonly logger: Logger
  /** Everything that users own, account apart, in the order in which it may be removed. */
  readonly estates: readonly Estate[]
  /** The command line's token of this data folder. */
  readonly cliToken: string
}

export interface AccountsOptions {
  readonly openMode: boolean
  /** Whether only this machine reaches the service. */
  readonly loopback: boolean
  /** Signs the tokens of log-ins; at least 32 characters. */
  readonly secret: string
  readonly sessionMs: number
  /** undefined: nobody signs in with Google. */
  readonly google: GoogleOptions | undefined
  readonly loginLimits?: LoginLimitOptions
  readonly passwordCost?: PasswordCost | undefined
}

export interface Accounts {
  readonly authenticate: Authenticate
  readonly audit: AuditLog
  readonly service: AccountsService
  readonly administration: Administration
  readonly tokens: TokensService
  /** Gives the first administrator what was made without accounts; once the index follows the change log. */
  start(): Promise<void>
  /** With which the first administrator signs up; undefined where that is not needed. */
  setupToken(): Promise<string | undefined>
  close(): Promise<void>
}

/** Who the users are and who they prove to be. */
export function createAccounts(deps: AccountsDeps, options: AccountsOptions): Accounts {
  const { database, clock, logger, estates, cliToken } = deps
  const { openMode, loopback } = options
  const audit = createAudit({ database, clock })
  const passwords = createPasswords(options.passwordCost)
  const sessions = createSessions({ secret: options.secret, lifetimeMs: options.sessionMs, clock })
  const registration = createRegistration({ database, clock, logger, audit, estates, openMode, loopback })
  const { authenticate, close } = createAuthenticate({ database, sessions, clock, logger, openMode, cliToken })
  return {
    authenticate,
    audit,
    service: createAccountsService({
      database,
      clock,
      audit,
      passwords,
      sessions,
      google: createGoogle(options.google, clock),
      limits: createLoginLimits(options.loginLimits ?? LOGIN_LIMITS),
      registration,
    }),
    administration: createAdministration({ database, audit, passwords, registration, estates }),
    tokens: createTokens({ database, clock, audit }),
    start: registration.takeOver,
    setupToken: registration.setupToken,
    close,
  }
}
