import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { AppError } from '../core/errors.ts'
import { LOCAL_USER, type UserId } from '../core/ids.ts'

/** Who may call a route: anybody, whoever is signed in, administrators. */
export type Access = 'public' | 'user' | 'admin'

export interface Caller {
  readonly userId: UserId
  readonly role: 'admin' | 'user'
}

/** Who a bearer token stands for (undefined: no token was sent). Gives undefined for nobody. */
export type Authenticate = (token: string | undefined) => Caller | undefined | Promise<Caller | undefined>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** Does not count in MAX_CONCURRENT_REQUESTS: probes, and streams that mostly wait. */
    uncounted?: true
  }
  interface FastifyRequest {
    /** Throws on a route whose access is `public`: nobody has been asked there who they are. */
    readonly caller: Caller
  }
}

const callers = new WeakMap<FastifyRequest, Caller>()

/** Stops the start at a route that does not say who may call it. Before any route, also those of plugins. */
export function requireDeclaredAccess(app: FastifyInstance): void {
  const routes: RouteOptions[] = []
  app.addHook('onRoute', (route) => {
    // The one route that a plugin adds at the root: @fastify/cors answers preflights in it.
    if (route.method === 'OPTIONS' && route.url === '*') route.config = { ...route.config, access: 'public' }
    routes.push(route)
  })
  app.addHook('onReady', async () => {
    const silent = routes.filter((route) => route.config?.access === undefined)
    const names = silent.map((route) => `${String(route.method)} ${route.url}`)
    if (names.length > 0) throw new Error(`Routes must state their access (public, user, admin): ${names.join(', ')}`)
  })
}

/** Asks each caller of a route that is not public who they are, and whether they may. */
export function guardAccess(app: FastifyInstance, authenticate: Authenticate): void {
  app.decorateRequest('caller', {
    getter(): Caller {
      const caller = callers.get(this)
      if (caller === undefined) throw new Error(`${this.routeOptions.url ?? this.url} is public: it has no caller`)
      return caller
    },
  })
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config
    if (access === undefined || access === 'public') return
    const caller = await authenticate(bearerToken(request.headers.authorization))
    if (caller === undefined) {
      reply.header('www-authenticate', 'Bearer')
      throw new AppError('unauthorized', 'Send a valid token as "Authorization: Bearer …".')
    }
    if (access === 'admin' && caller.role !== 'admin') {
      throw new AppError('forbidden', 'Only an administrator may do this.')
    }
    callers.set(request, caller)
  })
}

/** Another scheme than Bearer, or a Bearer without a token, is a token that nobody has: '' . */
function bearerToken(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  return /^Bearer +(\S+)$/i.exec(header.trim())?.[1] ?? ''
}

/** Open mode: whoever reaches the service is the local administrator, and the only token is that of the command line. */
export function localAdministrator(cliToken: string): Authenticate {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  const expected = digest(cliToken)
  return (token) => {
    if (token !== undefined && !timingSafeEqual(digest(token), expected)) return undefined
    return { userId: LOCAL_USER, role: 'admin' }
  }
}
