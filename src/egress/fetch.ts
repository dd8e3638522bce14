import { pipeline, type Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip } from 'node:zlib'
import type { Agent, Dispatcher } from 'undici'
import { AppError } from '../core/errors.ts'
import { createConnector } from './connector.ts'
import type { Resolve } from './lookup.ts'
import { AddressRefused, checkedTarget, type Rules } from './target.ts'

export interface Limits {
  /** Of the body, as sent and as decompressed. */
  readonly bytes: number
  /** Decompressed bytes for one sent; looked at from `RATIO_FROM` decompressed bytes on. */
  readonly ratio: number
  /** For everything together: look-ups, redirects, the body. */
  readonly milliseconds: number
  readonly redirects: number
  /** Media types in lower case, without parameters. */
  readonly mediaTypes: ReadonlySet<string>
}

export interface Fetched {
  /** Where the last redirect led to. */
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Decompressed; empty where the status is not 2xx. */
  readonly body: Uint8Array
}

export interface GuardedFetch {
  /**
   * Gets a page. `headers` go to the origin of `address` only: a redirect to another one is followed without them. With
   * `redirect: 'manual'` a redirect is the answer, without a body: where it leads to stands in its headers, unchecked.
   * @throws AddressRefused for the address, or one that it is redirected to; AppError `payload_too_large`,
   * `unsupported_media_type`, `upstream_failed`; the signal's reason once it has aborted.
   */
  get(
    address: string,
    options?: {
      readonly headers?: Readonly<Record<string, string>>
      readonly redirect?: 'follow' | 'manual'
      readonly signal?: AbortSignal | undefined
    },
  ): Promise<Fetched>
  close(): Promise<void>
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Less than this harms nobody, and an almost empty page may be compressed to nearly nothing. */
const RATIO_FROM = 64 * 1024

const tooLarge = (): AppError => new AppError('payload_too_large', 'The page is larger than what is read.')

/** Requests to addresses that others give: each connection goes to a checked address. */
export function createFetch(options: {
  readonly rules: Rules
  readonly limits: Limits
  readonly resolve?: Resolve
}): GuardedFetch {
  const { rules, limits } = options
  // With the first page: no start needs it.
  let opened: Promise<Agent> | undefined
  const open = async (): Promise<Agent> => {
    const { Agent } = await import('undici')
    return new Agent({
      connect: await createConnector(rules, options.resolve, limits.milliseconds),
      headersTimeout: limits.milliseconds,
      bodyTimeout: limits.milliseconds,
    })
  }
  return {
    async get(address, { headers = {}, redirect = 'follow', signal } = {}) {
      const late = AbortSignal.timeout(limits.milliseconds)
      const either = signal === undefined ? late : AbortSignal.any([late, signal])
      try {
        return await follow(await (opened ??= open()), { address, headers, redirect }, either, rules, limits)
      } catch (error) {
        signal?.throwIfAborted()
        if (error instanceof AppError) throw error
        const sentence = late.aborted ? 'The page took too long.' : 'The page could not be read.'
        throw new AppError('upstream_failed', sentence, { cause: error })
      }
    },
    close: async () => (await opened)?.destroy(),
  }
}

async function follow(
  agent: Agent,
  {
    address,
    headers,
    redirect,
  }: {
    readonly address: string
    readonly headers: Readonly<Record<string, string>>
    readonly redirect: 'follow' | 'manual'
  },
  signal: AbortSignal,
  rules: Rules,
  limits: Limits,
): Promise<Fetched> {
  let { url } = checkedTarget(address, rules)
  const { origin } = url
  for (let redirects = 0; ; redirects++) {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: 'GET',
      headers: { ...(url.origin === origin ? headers : {}), 'accept-encoding': 'gzip, br' },
      signal,
    })
    const { location } = response.headers
    if (redirect === 'manual' || !REDIRECTS.has(response.statusCode) || typeof location !== 'string') {
      const body = await bodyOf(response, limits)
      return { url: url.href, status: response.statusCode, headers: response.headers, body }
    }
    discard(response.body)
    if (redirects === limits.redirects) throw new AppError('upstream_failed', 'The page redirects too often.')
    const next = URL.parse(location, url.href)
    if (next === null) throw new AddressRefused('malformed')
    ;({ url } = checkedTarget(next.href, rules))
  }
}

async function bodyOf({ statusCode, headers, body }: Dispatcher.ResponseData, limits: Limits): Promise<Uint8Array> {
  if (statusCode < 200 || statusCode > 299 || statusCode === 204) {
    discard(body)
    return new Uint8Array()
  }
  try {
    const mediaType =
      String(headers['content-type'] ?? '')
        .split(';')[0]
        ?.trim()
        .toLowerCase() ?? ''
    if (!limits.mediaTypes.has(mediaType)) {
      throw new AppError('unsupported_media_type', 'The address leads to a file of a kind that is not read.')
    }
    if (Number(headers['content-length'] ?? 0) > limits.bytes) throw tooLarge()
    return await decompressed(
      body,
      String(headers['content-encoding'] ?? 'identity')
        .trim()
        .toLowerCase(),
      limits,
    )
  } catch (error) {
    discard(body)
    throw error
  }
}

/** One coding only: a second one multiplies the ratio, and no browser is sent it. */
function decoderFor(
  coding: string,
): ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress> | undefined {
  if (coding === 'identity' || coding === '') return undefined
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip()
  if (coding === 'br') return createBrotliDecompress()
  throw new AppError('upstream_failed', 'The page is compressed in a way that was not asked for.')
}

async function decompressed(body: Readable, coding: string, limits: Limits): Promise<Uint8Array> {
  const decoder = decoderFor(coding)
  let sent = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      sent += chunk.length
      if (sent > limits.bytes) throw tooLarge()
      yield chunk
    }
  }
  const chunks: Buffer[] = []
  let length = 0
  const source: AsyncIterable<Buffer> =
    decoder === undefined ? counted() : pipeline(counted(), decoder, () => undefined)
  for await (const chunk of source) {
    length += chunk.length
    if (length > limits.bytes) throw tooLarge()
    if (decoder !== undefined && length > RATIO_FROM && length > sent * limits.ratio) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

/** Closes the connection: what is left of a body may never end. */
function discard(body: Readable): void {
  // Nobody reads it any more, so what its end says concerns nobody.
  body.on('error', () => undefined).destroy()
}
