import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { AppError } from '../core/errors.ts'
import { isLoopback } from '../core/loopback.ts'
import { isSecure } from './tls.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** A sentence that says why the request does not look like this machine's own, or undefined. */
    readonly whyForeign: (request: FastifyRequest) => string | undefined
  }
}

const REFUSED = 'Without accounts this service answers only programs and pages of its own machine. '
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])
const PROXY_HEADER = /^(forwarded|via|x-forwarded(-.*)?|x-real-ip)$/

/** What open mode believes of every request, the first administrator is believed to be in any mode. */
export function knowThisMachine(app: FastifyInstance, allowedOrigins: readonly string[]): void {
  const allowed = new Set(allowedOrigins)
  app.decorate('whyForeign', (request) => whyNotLocal(request.raw, allowed))
}

/**
 * In open mode whoever is let in is the administrator, so a web page (by its Origin, or by a name that it made point
 * here: DNS rebinding) and a proxy (by the headers that it adds) must be kept out.
 */
export function guardOpenMode(app: FastifyInstance, allowedOrigins: readonly string[]): void {
  const allowed = new Set(allowedOrigins)
  app.addHook('onRequest', async (request) => {
    const why = whyNotLocal(request.raw, allowed)
    if (why !== undefined) throw new AppError('open_mode_local_only', REFUSED + why)
  })
}

/** A sentence that says what does not look like this machine's own, or undefined. */
export function whyNotLocal(request: IncomingMessage, allowedOrigins: ReadonlySet<string>): string | undefined {
  const { headers } = request
  if (!isLoopback(request.socket.remoteAddress ?? '')) return 'The request came from another machine.'
  const host = theHost(request)
  if (host === undefined) return 'The Host header must name this machine: 127.0.0.1, localhost or [::1].'
  if (request.url?.startsWith('/') === false && request.url !== '*') {
    return 'The request is written as to a proxy: send the path alone.'
  }
  for (const name in headers) {
    if (PROXY_HEADER.test(name)) return `The header ${name} says that a proxy passed it on.`
  }
  return whyForeignPage(headers, request.method ?? '', host, allowedOrigins)
}

interface Host {
  readonly scheme: Scheme
  readonly port: string
}

type Scheme = 'http' | 'https'
const DEFAULT_PORTS: Readonly<Record<Scheme, string>> = { http: '80', https: '443' }

/** The one Host header, when it names this machine in the plain way that clients write it. */
function theHost(request: IncomingMessage): Host | undefined {
  let count = 0
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === 'host') count++
  }
  return count === 1
    ? loopbackAuthority(request.headers.host ?? '', isSecure(request.socket) ? 'https' : 'http')
    : undefined
}

/** Whether a Host header is a name of this machine, as itself calls it. */
export const namesThisMachine = (authority: string): boolean => loopbackAuthority(authority, 'http') !== undefined

function loopbackAuthority(authority: string, scheme: Scheme): Host | undefined {
  const match = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::(\d{1,5}))?$/i.exec(authority)
  const name = match?.[1]?.replace(/^\[(.*)\]$/, '$1')
  return name !== undefined && isLoopback(name) ? { scheme, port: match?.[2] ?? DEFAULT_PORTS[scheme] } : undefined
}

function whyForeignPage(
  headers: IncomingHttpHeaders,
  method: string,
  host: Host,
  allowedOrigins: ReadonlySet<string>,
): string | undefined {
  const { origin } = headers
  if (origin !== undefined) {
    if (allowedOrigins.has(origin) || isOwnOrigin(origin, host)) return undefined
    return 'The page that sent the request is not of an allowed origin (CORS_ORIGINS).'
  }
  const site = headers['sec-fetch-site']
  if ((site === 'cross-site' || site === 'same-site') && !SAFE_METHODS.has(method)) {
    return 'A page of another site sent the request.'
  }
  return undefined
}

/** A page that this service served itself: any name of this machine, but the scheme and port that the request came by. */
function isOwnOrigin(origin: string, { scheme, port }: Host): boolean {
  const authority = origin.startsWith(`${scheme}://`) ? origin.slice(scheme.length + 3) : ''
  return loopbackAuthority(authority, scheme)?.port === port
}
