import type { Socket } from 'node:net'
import type { ServerOptions } from 'node:http'
import cors from '@fastify/cors'
import fastify, { LogController } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { AppError, ERRORS, type ErrorCode } from '../core/errors.ts'
import { newRequestId } from '../core/ids.ts'
import type { RateLimiter } from '../core/ports/shared-state.ts'
import type { Logger } from '../core/ports/surroundings.ts'
import { type Authenticate, guardAccess, requireDeclaredAccess } from './access.ts'
import { admitRequests } from './admission.ts'
import { documentApi } from './api-docs.ts'
import { boundBodyMemory } from './body-memory.ts'
import { keepConnections } from './connections.ts'
import { limitAnswers } from './deadline.ts'
import { forceHttps } from './force-https.ts'
import { readJsonBodies } from './json-body.ts'
import { knowLasting } from './lasting.ts'
import { guardOpenMode, knowThisMachine } from './open-mode.ts'
import { problemOf, sendProblem } from './problem.ts'
import { limitRates, RATE_HEADERS } from './rate-limit.ts'
import { frameworkLogger, logRequests } from './request-log.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { type CertificateFiles, openTls } from './tls.ts'
import type { App } from './typed-app.ts'
import { acceptUploads } from './upload.ts'
import { wantsWebSocket } from './websocket.ts'
import { ZOD_SCHEMAS } from './zod-schemas.ts'

export type { App }

export interface HttpSettings {
  readonly corsOrigins: readonly string[]
  readonly corsCredentials: boolean
  /** Milliseconds to receive a request, and to answer it. */
  readonly requestTimeout: number
  /** undefined: plain HTTP. */
  readonly tls: CertificateFiles | undefined
  /** Refuses what came by plain HTTP, here or to the proxy before. */
  readonly forceHttps: boolean
  readonly maxConcurrentRequests: number
  readonly maxConnections: number
  /** Milliseconds after which a client that takes nothing of its answer is cut off. */
  readonly stallTimeout: number
  /** Bytes of bodies that all requests together may hold in memory. */
  readonly maxBodyMemory: number
}

export interface AppOptions {
  readonly settings: HttpSettings
  readonly logger: Logger
  /** Whether whoever reaches the service is its administrator, and only this machine may. */
  readonly openMode: boolean
  readonly authenticate: Authenticate
  /** Absent: callers may ask as often as they like. */
  readonly rateLimiter?: RateLimiter | undefined
}

// An import of the module would load all that it exports, an HTTP client and a WebSocket among it.
const { STATUS_CODES } = process.getBuiltinModule('node:http')

/** Bytes of a body on a route that sets no `bodyLimit` of its own. */
const BODY_LIMIT = 1_048_576

/**
 * The HTTP plumbing, without a route of ours: add them, then listen. Each must state `config.access`. Errors of the
 * table leave as problems, everything else as `internal_error`; closing it lets running requests finish.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { settings, logger, openMode, authenticate } = options
  const tls = settings.tls && openTls(settings.tls)
  const http: ServerOptions = {
    headersTimeout: Math.min(settings.requestTimeout, 20_000),
    maxHeaderSize: 16_384,
    connectionsCheckingInterval: Math.min(settings.requestTimeout, 5000),
    shouldUpgradeCallback: wantsWebSocket,
  }
  const app: App = fastify({
    loggerInstance: frameworkLogger(logger),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    genReqId: newRequestId,
    schemaController: ZOD_SCHEMAS,
    bodyLimit: BODY_LIMIT,
    requestTimeout: settings.requestTimeout,
    ...(tls === undefined ? { http } : ({ https: { ...http, ...tls.options } } as object)),
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    routerOptions: { maxParamLength: 512, ignoreTrailingSlash: true },
    frameworkErrors: (error, request, reply) => {
      // No hook runs for these.
      logger.info({ request_id: request.id, method: request.method, reason: error.code }, 'request refused')
      void sendProblem(error, request, reply.headers(SECURITY_HEADERS), logger)
    },
    clientErrorHandler: (error, socket) => refuseBrokenRequest(error, socket, logger),
  }).withTypeProvider<ZodTypeProvider>()
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, logger))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0]?.slice(0, 200)
    return sendProblem(new AppError('not_found', `Nothing is at ${request.method} ${path}.`), request, reply, logger)
  })
  if (tls === undefined) app.decorate('certificate', undefined)
  else tls.keepUp(app, logger)
  readJsonBodies(app)
  requireDeclaredAccess(app)

  // The order is that of the checks: what is refused is still logged and carries the headers.
  logRequests(app, logger)
  limitAnswers(app, settings.requestTimeout, logger)
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(SECURITY_HEADERS)
    done()
  })
  knowThisMachine(app, settings.corsOrigins)
  if (openMode) guardOpenMode(app, settings.corsOrigins)
  await app.register(cors, {
    origin: settings.corsOrigins.includes('*') ? '*' : [...settings.corsOrigins],
    credentials: settings.corsCredentials,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Last-Event-ID'],
    exposedHeaders: ['X-Request-Id', 'Content-Disposition', 'Retry-After', ...RATE_HEADERS],
    maxAge: 600,
    strictPreflight: false,
  })
  if (settings.forceHttps) forceHttps(app, authenticate)
  keepConnections(app, settings, logger)
  knowLasting(app)
  guardAccess(app, authenticate, limitRates(app, { limiter: options.rateLimiter, openMode }))
  boundBodyMemory(app, settings.maxBodyMemory)
  await acceptUploads(app)
  admitRequests(app, settings.maxConcurrentRequests)
  documentApi(app, { openMode })
  return app
}

const BROKEN: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['headers_too_large', 'The headers of the request are too large.'],
}

/** What never became a request: bytes that are not HTTP, headers without end, silence. */
function refuseBrokenRequest(error: Error & { code?: string }, socket: Socket, logger: Logger): void {
  if (/^ERR_(SSL|TLS)_/.test(error.code ?? '')) {
    // There is no way to say anything: often it was plain HTTP, or somebody who does not trust the certificate.
    logger.info({ reason: error.code }, 'TLS connection refused')
    return void socket.destroy()
  }
  if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed) return void socket.destroy()
  const [code, detail] = BROKEN[error.code ?? ''] ?? ['malformed_request', 'The request is not valid HTTP.']
  const id = newRequestId()
  const { status } = ERRORS[code]
  logger.info({ request_id: id, status, reason: error.code }, 'request refused')
  const body = JSON.stringify(problemOf(new AppError(code, detail), id))
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${id}`,
    ...Object.entries(SECURITY_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
