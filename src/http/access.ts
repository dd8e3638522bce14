import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { AppError } from '../core/errors.ts'
import { LOCAL_USER, type UserId } from '../core/ids.ts'

/** Who may call a route: anybody, whoever is signed in, administrators. */
export type Access = 'public' | 'user' | 'admin'

/** What an API token may be used for; each includes the ones before it. */
export type TokenScope = 'read' | 'write' | 'admin'

export interface Caller {
  readonly userId: UserId
  /** As the database has it at this request. */
  readonly role: 'admin' | 'user'
  /** How they showed who they are: being this machine's own administrator, a log-in, a named API token. */
  readonly via: 'local' | 'session' | 'token'
  /** Never more than the role gives: `admin` for administrators only. */
  readonly scope: TokenScope
  /** Of the log-in, where there was one. */
  readonly sessionId?: string
}

/** Who a bearer token stands for (undefined: no token was sent). Gives undefined for nobody. */
export type Authenticate = (token: string | undefined) => Caller | undefined | Promise<Caller | undefined>

/** Told of each request once it is known who sends it (undefined: nobody that is known), before it is refused. */
export type Seen = (request: FastifyRequest, reply: FastifyReply, caller: Caller | undefined) => Promise<void>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** What an API token needs here. By default `read` for GET and HEAD, `write` for the rest. */
    scope?: 'read' | 'write'
    /** Only for a log-in or the local administrator: no API token may change passwords, tokens or the person. */
    session?: true
    /** Does not count in MAX_CONCURRENT_REQUESTS: probes, and streams that mostly wait. */
    uncounted?: true
  }
  interface FastifyInstance {
    /** Every route in the order in which they were added, with what each declares. */
    readonly routeTable: readonly RouteOptions[]
  }
  interface FastifyRequest {
    /** Throws on a route whose access is `public`: nobody has been asked there who they are. */
    readonly caller: Caller
    /** Asks again who sends the request and whether they may. @throws AppError unauthorized, forbidden */
    authorizeAgain(): Promise<void>
  }
}

const callers = new WeakMap<FastifyRequest, Caller>()
/** Requests that an administrator makes about another user's things. */
const aboutOthers = new WeakSet<FastifyRequest>()

/** Stops the start at a route that does not say who may call it. Before any route, also those of plugins. */
export function requireDeclaredAccess(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    // The one route that a plugin adds at the root: @fastify/cors answers preflights in it.
    if (route.method === 'OPTIONS' && route.url === '*') route.config = { ...route.config, access: 'public' }
    routes.push(route)
  })
  app.decorate('routeTable', routes)
  app.addHook('onReady', async () => {
    const silent = routes.filter((route) => route.config?.access === undefined)
    const names = silent.map((route) => `${String(route.method)} ${route.url}`)
    if (names.length > 0) throw new Error(`Routes must state their access (public, user, admin): ${names.join(', ')}`)
  })
}

/** Asks each caller of a route that is not public who they are, and whether they may. */
export function guardAccess(app: FastifyInstance, authenticate: Authenticate, seen: Seen): void {
  app.decorateRequest('caller', {
    getter(): Caller {
      const caller = callers.get(this)
      if (caller === undefined) throw new Error(`${this.routeOptions.url ?? this.url} is public: it has no caller`)
      return caller
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'public') return seen(request, reply, undefined)
    const caller = await authenticate(bearerToken(request.headers.authorization))
    await seen(request, reply, caller)
    if (caller === undefined) {
      reply.header('www-authenticate', 'Bearer')
      throw new AppError('unauthorized', 'Send a valid token as "Authorization: Bearer …".')
    }
    checkMay(caller, request)
    callers.set(request, caller)
  })
  app.decorateRequest('authorizeAgain', async function authorizeAgain(this: FastifyRequest) {
    const caller = await authenticate(bearerToken(this.headers.authorization))
    if (caller === undefined) throw new AppError('unauthorized', 'The token has ended meanwhile. Log in again.')
    checkMay(caller, this)
    if (aboutOthers.has(this) && !isAdministrator(caller)) throw notYours()
    callers.set(this, caller)
  })
  // A body may come long after its headers. What gives power to somebody asks again once it is there: whoever was
  // suspended or logged out meanwhile would keep a way back in.
  app.addHook('preHandler', async (request) => {
    const { access, session } = request.routeOptions.config
    if ((access !== 'admin' && session !== true) || READING.has(request.method)) return
    await request.authorizeAgain()
  })
}

const READING = new Set(['GET', 'HEAD'])
const SCOPES: readonly TokenScope[] = ['read', 'write', 'admin']

const reaches = (caller: Caller, scope: TokenScope): boolean => SCOPES.indexOf(caller.scope) >= SCOPES.indexOf(scope)

const isAdministrator = (caller: Caller): boolean => caller.role === 'admin' && reaches(caller, 'admin')

function checkMay(caller: Caller, request: FastifyRequest): void {
  const { access, scope, session } = request.routeOptions.config
  if (access === 'admin' && caller.role !== 'admin') {
    throw new AppError('forbidden', 'Only an administrator may do this.')
  }
  if (session === true && caller.via === 'token') {
    throw new AppError('forbidden', 'An API token may not do this: log in.')
  }
  const needed = access === 'admin' ? 'admin' : (scope ?? (READING.has(request.method) ? 'read' : 'write'))
  requireScope(caller, needed)
}

/** For what a request asks for beyond its route's own scope. @throws AppError forbidden */
export function requireScope(caller: Caller, needed: TokenScope): void {
  if (reaches(caller, needed)) return
  throw new AppError('forbidden', `This API token is for ${caller.scope} only: it takes one with scope ${needed}.`)
}

/**
 * Whose things a request is about: the caller's own, or those of `userId` (as a query or body names it), which only an
 * administrator may name; to anybody else it is `forbidden` whether or not there is such a user.
 */
export function ownerOf(request: FastifyRequest, userId?: UserId): UserId {
  const { caller } = request
  if (userId === undefined || userId === caller.userId) return caller.userId
  if (!isAdministrator(caller)) throw notYours()
  aboutOthers.add(request)
  return userId
}

const notYours = () => new AppError('forbidden', 'Only an administrator may name another user.')

/** Another scheme than Bearer, or a Bearer without a token, is a token that nobody has: '' . */
export function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  return /^Bearer +(\S+)$/i.exec(header.trim())?.[1] ?? ''
}

/** The built-in administrator: who sends no token in open mode, or the command line's token of this data folder. */
export function localAdministrator(cliToken: string): Authenticate {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(cliToken)
  return (token) => {
    if (token !== undefined && !timingSafeEqual(digest(token), expected)) return undefined
    return { userId: LOCAL_USER, role: 'admin', via: 'local', scope: 'admin' }
  }
}
