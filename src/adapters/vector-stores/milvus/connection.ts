import type { MilvusClient, ResStatus } from '@zilliz/milvus2-sdk-node'
import { AppError } from '../../../core/errors.ts'
import { installCommand } from '../../../core/install-command.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { abortable, within } from '../../../core/within.ts'

export interface ConnectionOptions {
  /** `host:port`. */
  readonly address: string
  readonly token: string | undefined
  readonly tls: boolean
  readonly authority: string | undefined
  /** Milliseconds that a call may take. */
  readonly limit: number
}

export interface Connection {
  /**
   * What the server answers, once its status says that it was done.
   * @throws ProviderFailure `not_ready` where it is not there or does not answer in time, `upstream_failed` where it refuses
   */
  call<T extends object>(
    ask: (client: MilvusClient) => Promise<T>,
    options?: CallOptions & { readonly limit?: number },
  ): Promise<T>
  close(): Promise<void>
}

const PACKAGE = '@zilliz/milvus2-sdk-node'

/**
 * One client for all calls, made with the first: loading it takes most of a second. Its connection comes back by itself.
 * It is not told to `connect`, which asks for what nothing here needs and then reports its use to the server.
 */
export function createConnection(options: ConnectionOptions): Connection {
  let opened: Promise<MilvusClient> | undefined
  let closed = false
  const open = (): Promise<MilvusClient> =>
    (opened ??= openClient(options).catch((error: unknown) => {
      opened = undefined
      throw error
    }))
  return {
    async call(ask, { signal, limit = options.limit } = {}) {
      signal?.throwIfAborted()
      if (closed) throw new AppError('not_ready', 'Milvus is closed.')
      const client = await open()
      signal?.throwIfAborted()
      try {
        // The client has no way to take a call back; what it still answers is left alone.
        const answer = await within(limit, abortable(ask(client), signal), () => tooSlow(options.address, limit))
        checkStatus(answer, options.address)
        return answer
      } catch (error) {
        if (signal?.aborted === true || error instanceof AppError) throw error
        throw failed(error, options)
      }
    },
    async close() {
      closed = true
      await (await opened?.catch(() => undefined))?.closeConnection()
    },
  }
}

async function openClient({ address, token, tls, authority, limit }: ConnectionOptions): Promise<MilvusClient> {
  const { MilvusClient } = await library()
  return new MilvusClient({
    address,
    ssl: tls,
    ...(token === undefined ? {} : { token }),
    ...(authority === undefined ? {} : { tls: { rootCert: Buffer.from(authority) } }),
    timeout: limit,
    // It would try inserts again as well, and the callers know better what may be.
    maxRetries: 0,
    logLevel: 'error',
    telemetry: { enabled: false },
    isGlobal: false,
    __SKIP_CONNECT__: true,
  })
}

async function library() {
  try {
    return await import('@zilliz/milvus2-sdk-node')
  } catch (error) {
    const text = `MILVUS_HOST needs the package ${PACKAGE}, which is not installed. Install it with: ${installCommand(PACKAGE)}`
    throw new AppError('not_configured', text, { cause: error })
  }
}

/** Answers are a status, or hold one; those of some calls have it beside what was asked for. */
function checkStatus(answer: object, address: string): void {
  const status = ('status' in answer ? answer.status : answer) as Partial<ResStatus>
  // What the server does not know comes as an empty answer.
  if (status.error_code === undefined) throw refused(`it does not know what it was asked for`)
  if (status.error_code === 'Success' || status.error_code === 0) return
  const said = status.reason === undefined || status.reason === '' ? String(status.error_code) : status.reason
  if (isPassing(status)) throw away(address, new Error(said))
  throw refused(said)
}

/** Milvus's codes (pkg/merr): below 100 the service is not ready or has too much to do; its parts look for each other. */
function isPassing({ error_code: kind, code = 0, reason = '' }: Partial<ResStatus>): boolean {
  const words =
    /not (?:fully )?loaded|no available shard|channel not available|node not (?:found|match)|not ready|recover/i
  return kind === 'NotReadyServe' || kind === 'RateLimit' || (code > 0 && code < 100) || words.test(reason)
}

/** Of the standard's status codes of gRPC. */
const GRPC = { deadline: 4, permission: 7, unavailable: 14, unauthenticated: 16 } as const

function failed(error: unknown, { address, limit }: ConnectionOptions): Error {
  // Some calls of the client throw the answer whose status is an error, and not an Error.
  if (typeof error === 'object' && error !== null && 'status' in error) {
    try {
      checkStatus(error, address)
    } catch (failure) {
      if (failure instanceof Error) return failure
    }
  }
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  if (code === GRPC.unavailable) return away(address, error)
  if (code === GRPC.deadline) return tooSlow(address, limit)
  if (code === GRPC.unauthenticated || code === GRPC.permission) {
    const text = 'Milvus refused the token. Check MILVUS_TOKEN, which is a key or `user:password`.'
    return new ProviderFailure('upstream_failed', text, { kind: 'settings', cause: error })
  }
  return refused(error instanceof Error ? error.message : JSON.stringify(error), error)
}

const away = (address: string, cause: unknown): ProviderFailure =>
  new ProviderFailure('not_ready', `Milvus cannot be reached at ${address}, or is starting.`, {
    kind: 'unavailable',
    again: true,
    cause,
  })

const tooSlow = (address: string, limit: number): ProviderFailure =>
  new ProviderFailure('not_ready', `Milvus at ${address} has not answered within ${limit} ms.`, { kind: 'unavailable' })

const LONGEST_SAID = 500

const refused = (said: string, cause?: unknown): ProviderFailure =>
  new ProviderFailure('upstream_failed', 'Milvus answered with an error.', {
    kind: 'request',
    said: said.slice(0, LONGEST_SAID),
    cause,
  })
