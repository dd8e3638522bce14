import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { Config } from '../config/config.ts'
import { lockDataDir, readHolder, readToken, takenBy } from '../config/data-dir.ts'
import { isErrorCode } from '../core/errors.ts'
import { StartError } from '../core/start-error.ts'
import { type Fetch, pinnedFetch } from './pinned-fetch.ts'
import { open, type ServiceParts } from './serve.ts'

/** The HTTP API, as the commands speak to it. */
export interface Client {
  readonly url: string
  /** Who serves: another process that was already running, or this one for as long as the command takes. */
  readonly server: 'running' | 'own'
  /** Sends a request; an answer that is no success throws an ApiError. */
  fetch(path: string, init?: RequestInit): Promise<Response>
  json<T>(schema: z.ZodType<T>, path: string, init?: RequestInit): Promise<T>
  close(): Promise<void>
}

/** What the server refused or failed at; `message` is its sentence for the person. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  /** Seconds after which the same request may succeed. */
  readonly retryAfter: number | undefined

  constructor(message: string, code: string, status: number, retryAfter?: number) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.retryAfter = retryAfter
  }
}

/** Milliseconds that a server which is just starting gets. */
const PATIENCE = 60_000

/**
 * Connects to the server that holds the data folder, or composes the service in this process, on a free port that
 * other commands find too, and holds the folder until `close`.
 */
export async function connect(
  config: Config,
  command: string,
  parts: ServiceParts,
  signal: AbortSignal,
): Promise<Client> {
  const end = Date.now() + PATIENCE
  for (;;) {
    signal.throwIfAborted()
    const own = await startOwn(config, command, parts)
    if (own !== undefined) return own
    const running = await findRunning(config.dataDir)
    if (running !== undefined) return running
    if (Date.now() > end) throw takenBy(config.dataDir)
    await sleep(100, undefined, { signal })
  }
}

async function startOwn(
  config: Config,
  command: string,
  { compose, logger }: ServiceParts,
): Promise<Client | undefined> {
  const lock = lockDataDir(config.dataDir, command)
  if (lock === undefined) return undefined
  try {
    const service = await compose(config, { logger, cliToken: lock.cliToken })
    try {
      const url = await open(service, { host: '127.0.0.1', port: 0 }, lock, logger)
      await service.ready()
      const close = async (): Promise<void> => {
        await service.close()
        lock.release()
      }
      return client(url, lock.cliToken, 'own', close, fetchOf(service.app.certificate?.pem()))
    } catch (error) {
      await service.close()
      throw error
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

async function findRunning(dataDir: string): Promise<Client | undefined> {
  const { url = null, certificate } = readHolder(dataDir) ?? {}
  const token = readToken(dataDir)
  if (url === null || token === undefined) return undefined
  const found = client(url, token, 'running', async () => undefined, fetchOf(certificate))
  return (await isReady(found)) ? found : undefined
}

async function isReady({ fetch }: Client): Promise<boolean> {
  try {
    await (await fetch('/health/ready')).arrayBuffer()
    return true
  } catch (error) {
    if (error instanceof OutOfDate) throw error
    if (error instanceof ApiError || error instanceof StartError) return false
    throw error
  }
}

const fetchOf = (certificate: string | undefined): Fetch =>
  certificate === undefined ? fetch : pinnedFetch(certificate)

/** Waiting would not help. */
class OutOfDate extends StartError {}

function unreachable(url: string, error: unknown): StartError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const line = `The certificate of the server on ${url} is not valid today: renew the file of SSL_CERT_PATH.`
    return new OutOfDate(line, { cause: error })
  }
  return new StartError(`The server on ${url} does not answer.`, { cause: error })
}

const Problem = z.object({ detail: z.string(), code: z.string().refine(isErrorCode) })

export function client(
  url: string,
  token: string,
  server: Client['server'],
  close: Client['close'],
  send: Fetch = fetch,
): Client {
  const request: Client['fetch'] = async (path, init = {}) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    let response: Response
    try {
      response = await send(url + path, { ...init, headers })
    } catch (error) {
      if (init.signal?.aborted === true) throw error
      throw unreachable(url, error)
    }
    if (response.ok) return response
    throw await apiError(response)
  }
  return {
    url,
    server,
    fetch: request,
    json: async (schema, path, init) => schema.parse(await (await request(path, init)).json()),
    close,
  }
}

async function apiError(response: Response): Promise<ApiError> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined))
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const after = Number.isFinite(retryAfter) ? retryAfter : undefined
  if (problem.success) return new ApiError(problem.data.detail, problem.data.code, response.status, after)
  return new ApiError(`The server answered with status ${response.status}.`, 'internal_error', response.status, after)
}

/** The body of a POST with JSON. */
export const jsonBody = (body: unknown, signal: AbortSignal): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
  signal,
})
