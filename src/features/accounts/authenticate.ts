import { LOCAL_USER } from '../../core/ids.ts'
import type { Clock, Logger } from '../../core/ports/surroundings.ts'
import type { Database } from '../../database/database.ts'
import { localAdministrator, type Authenticate, type Caller, type TokenScope } from '../../http/access.ts'
import { isApiToken, tokenHash } from './api-tokens.ts'
import * as repository from './repository.ts'
import type { Sessions } from './sessions.ts'
import * as tokens from './token-repository.ts'

export interface AuthenticateDeps {
  readonly database: Database
  readonly sessions: Sessions
  readonly clock: Clock
  readonly logger: Logger
  readonly openMode: boolean
  /** The command line's token of this data folder. */
  readonly cliToken: string
}

/** How old a "last active" or "last used" may be, in milliseconds: not every request writes. */
const TOUCH_MS = 60_000

/**
 * Who a request comes from. What a person may do is read from the database each time, so that a suspended, demoted
 * or deleted one is so at once, with every session and token.
 */
export function createAuthenticate({ database, sessions, clock, logger, openMode, cliToken }: AuthenticateDeps) {
  const local = localAdministrator(cliToken)
  const touched = new Map<string, number>()
  const pending = new Set<Promise<void>>()

  async function ofMachine(token: string | undefined): Promise<Caller | undefined> {
    if (!openMode && token === undefined) return undefined
    const caller = await local(token)
    if (caller === undefined || openMode) return caller
    // Whoever reads the data folder has everything in it: the command line is its first administrator.
    return { ...caller, userId: (await repository.firstAdministrator(database.read)) ?? LOCAL_USER }
  }

  async function ofSession(token: string): Promise<Caller | undefined> {
    const claims = await sessions.verify(token)
    if (claims === undefined) return undefined
    const { userId, sessionId, generation } = claims
    const state = await repository.sessionState(database.read, userId, sessionId)
    if (state === undefined || state.disabled !== 0 || state.revoked) return undefined
    if (state.token_generation !== generation || userId === LOCAL_USER) return undefined
    const now = clock.now().toISOString()
    noteUse(userId, () => database.write((tx) => repository.touch(tx, userId, now)))
    return { userId, role: state.role, via: 'session', scope: reach(state.role), sessionId }
  }

  async function ofApiToken(token: string): Promise<Caller | undefined> {
    const state = await tokens.tokenState(database.read, tokenHash(token))
    if (state === undefined || state.disabled !== 0) return undefined
    // Without accounts the local user is somebody; where there are accounts it is nobody.
    if (state.user_id === LOCAL_USER && !openMode) return undefined
    const now = clock.now().toISOString()
    if (state.expires_at !== null && state.expires_at <= now) return undefined
    noteUse(state.id, () =>
      database.write(async (tx) => {
        await tokens.markUsed(tx, state.id, now)
        await repository.touch(tx, state.user_id, now)
      }),
    )
    // A token made by an administrator who is none any more reaches no further than a log-in of theirs.
    const scope = state.scope === 'admin' ? reach(state.role) : state.scope
    return { userId: state.user_id, role: state.role, via: 'token', scope }
  }

  /** Beside the request: it must not wait for a write, nor fail with one. */
  function noteUse(key: string, write: () => Promise<void>): void {
    const now = clock.now().getTime()
    if (now - (touched.get(key) ?? 0) < TOUCH_MS) return
    if (touched.size >= MOST_TOUCHED) touched.clear()
    touched.set(key, now)
    const writing = write()
      .catch((error: unknown) => logger.warn({ err: error }, 'When somebody was last active could not be written'))
      .finally(() => pending.delete(writing))
    pending.add(writing)
  }

  const authenticate: Authenticate = async (token) =>
    (await ofMachine(token)) ??
    (token === undefined || token === '' ? undefined : isApiToken(token) ? ofApiToken(token) : ofSession(token))

  return {
    authenticate,
    /** Resolves when nothing is being written any more. */
    async close(): Promise<void> {
      await Promise.all(pending)
    },
  }
}

const MOST_TOUCHED = 10_000

const reach = (role: Caller['role']): TokenScope => (role === 'admin' ? 'admin' : 'write')
