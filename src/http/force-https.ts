import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../core/errors.ts'
import { type Authenticate, bearerToken } from './access.ts'
import { namesThisMachine } from './open-mode.ts'
import { isSecure } from './tls.ts'
import { wantsWebSocket } from './websocket.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** May be asked by plain HTTP whatever FORCE_HTTPS says: probes, which are told nothing secret. */
    plainHttp?: true
  }
}

const YEAR = 31_536_000
const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/**
 * Answers only what came by HTTPS, to this server or, as `X-Forwarded-Proto` says, to the proxy before it. Whoever can
 * lie in that header harms nobody but themselves. A page is led to HTTPS, where the proxy says that it serves that;
 * what may carry more than an address is refused, because it has been read on its way already.
 */
export function forceHttps(app: FastifyInstance, authenticate: Authenticate): void {
  app.addHook('onRequest', async (request, reply): Promise<FastifyReply | undefined> => {
    const scheme = schemeOf(request.raw)
    if (scheme === 'https') {
      // Pinned for this machine's own names, it would take plain HTTP from whatever else is developed here.
      if (!namesThisMachine(request.headers.host ?? '')) {
        reply.header('strict-transport-security', `max-age=${YEAR}`)
      }
      return undefined
    }
    if (request.routeOptions.config.plainHttp === true) return undefined
    if (scheme === 'http') {
      const location = secureAddress(request)
      if (location !== undefined) return reply.redirect(location, 308)
    } else if (await isCommandLine(request, authenticate)) {
      return undefined
    }
    throw new AppError(
      'https_required',
      scheme === 'http'
        ? 'This service is used by HTTPS only: send the request to its https:// address.'
        : 'This service is used by HTTPS only, through a proxy that ends TLS and sends X-Forwarded-Proto.',
    )
  })
}

/** Of the client's own hop; undefined: nobody says. */
function schemeOf({ headers, socket }: IncomingMessage): string | undefined {
  // Each proxy of a chain adds its own after those of the ones before it.
  const forwarded = String(headers['x-forwarded-proto'] ?? '')
    .split(',', 1)[0]
    ?.trim()
    .toLowerCase()
  // Some proxies call those of WebSockets by their own names.
  if (forwarded !== undefined && forwarded !== '') return forwarded.replace(/^ws/, 'http')
  return isSecure(socket) ? 'https' : undefined
}

/** undefined: not to be answered by a redirection. */
function secureAddress({ raw, method, headers }: FastifyRequest): string | undefined {
  if ((method !== 'GET' && method !== 'HEAD') || wantsWebSocket(raw)) return undefined
  const name = AUTHORITY.exec(headers.host ?? '')?.[1]
  return name === undefined || raw.url?.startsWith('/') !== true ? undefined : `https://${name}${raw.url}`
}

/** The command line of this data folder, whose requests never leave the machine. */
async function isCommandLine(request: FastifyRequest, authenticate: Authenticate): Promise<boolean> {
  if (request.server.whyForeign(request) !== undefined) return false
  return (await authenticate(bearerToken(request.headers.authorization)))?.via === 'local'
}
