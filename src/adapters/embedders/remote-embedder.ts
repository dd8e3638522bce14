import { createHash } from 'node:crypto'
import { cosineSpread } from '../../core/cosine-spread.ts'
import { remoteModelName, type RemoteProvider } from '../../core/embedding-model-name.ts'
import { siblingModule } from '../../core/module-url.ts'
import type { Embedder, EmbedKind, EmbedOptions } from '../../core/ports/embedding.ts'
import type { CallOptions, Logger } from '../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../core/provider-failure.ts'
import type { Service } from '../../egress/service-call.ts'
import { tooSlow, unreadableFrom } from '../../egress/service-failure.ts'
import { knownModel } from './known-models.ts'
import { createRequests, type EmbeddingWire, type RemoteLimits } from './remote-requests.ts'
import { SAMPLE_PASSAGES } from './sample-passages.ts'
import { queryCache } from './vector-cache.ts'

/** What the first answer of a model tells of it. */
export interface MeasuredModel {
  readonly dimension: number
  /** As `Embedder.sigma`. */
  readonly sigma: number
}

export interface RemoteEmbedderOptions {
  readonly provider: RemoteProvider
  /** With its version, where the service has one. */
  readonly baseUrl: string
  readonly model: string
  /** Length of vectors that is asked for; undefined: the model's own. */
  readonly dimension: number | undefined
  /** The model's window in its tokens; undefined: as known of the model. */
  readonly maxTokens: number | undefined
  /** Texts in one request. */
  readonly batchSize: number
  /** Query vectors that are kept. */
  readonly cacheSize: number
  /** What was measured before; undefined: the service is asked for it before the first vectors are given. */
  readonly measured: MeasuredModel | undefined
  readonly limits: RemoteLimits
}

export interface RemoteEmbedderDeps {
  readonly service: Service
  readonly wire: EmbeddingWire
  /** Called once with what the first answer tells, which the embedder says of itself then, before any vector is given. */
  readonly onMeasured: (model: MeasuredModel) => Promise<void>
  readonly logger: Logger
}

export interface RemoteEmbedder extends Embedder {
  /** Names service, model and the length that is asked for: what is measured belongs to it. */
  readonly key: string
  /** Resolves once `dimension` and `sigma` are known, which till then are 0 and a usual one; rejects like `embed`. */
  measure(options?: CallOptions): Promise<void>
}

/**
 * A model behind HTTP. Texts are cut to its window by an estimate of their tokens, and further where it says that one is too
 * long; what fails for a moment is tried again, and after that the service is left alone for a while, during which calls
 * fail at once with `not_ready` and the time to wait (`retryAfter`).
 */
export function createRemoteEmbedder(
  options: RemoteEmbedderOptions,
  { service, wire, onMeasured, logger }: RemoteEmbedderDeps,
): RemoteEmbedder {
  const { provider, model, limits, dimension: asked } = options
  const { prefixes, window: knownWindow, dimension: published } = knownModel(model)
  const base = options.baseUrl.replace(/\/+$/, '')
  const name = remoteModelName(provider, model, asked)
  const { host, pathname } = new URL(base)
  const where = `${provider}:${host}${pathname === '/' ? '' : pathname}/${model}`
  const prefixed = prefixes.query + prefixes.document === '' ? '' : `+${checksum(JSON.stringify(prefixes))}`
  const key = `${where}${asked === undefined ? '' : `#${asked}`}${prefixed}`
  const window = options.maxTokens ?? knownWindow

  const cache = queryCache(options.cacheSize)
  const closed = new AbortController()
  let measured = options.measured
  let measuring: Promise<void> | undefined
  const dimension = (): number => measured?.dimension ?? asked ?? published ?? 0
  const { read, failed } = createRequests(
    { name, model, base, asked, window, batchSize: options.batchSize, limits, dimension, stopped: closed.signal },
    { service, wire, logger },
  )

  async function measureNow(): Promise<void> {
    const call = { urgent: true, milliseconds: limits.document, tries: 1 }
    const vectors = await read(
      SAMPLE_PASSAGES.map((text) => prefixes.document + text),
      call,
    )
    const [first] = vectors
    const model = { dimension: first?.length ?? 0, sigma: cosineSpread(vectors) }
    if (!(model.sigma > 0)) throw unreadableFrom(service.words, 'its vectors of unlike texts are the same')
    measured = model
    try {
      await onMeasured(model)
    } catch (error) {
      measured = undefined
      throw error
    }
    logger.info({ model: key, ...model }, 'The embedding model was measured')
  }

  /** One at a time, for all who wait; each leaves by itself. */
  async function measure({ signal }: CallOptions = {}): Promise<void> {
    if (measured !== undefined && measuring === undefined) return
    measuring ??= measureNow().finally(() => {
      measuring = undefined
    })
    const shared = measuring
    if (signal === undefined) return shared
    const left = Promise.withResolvers<never>()
    const leave = (): void => left.reject(signal.reason)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    try {
      await Promise.race([shared, left.promise])
    } finally {
      signal.removeEventListener('abort', leave)
      shared.catch(() => undefined)
    }
  }

  async function queries(texts: readonly string[], urgent: boolean, { signal }: CallOptions): Promise<Float32Array[]> {
    const known = texts.map((text) => cache.get(text))
    const missing = [...new Set(texts.filter((_, at) => known[at] === undefined))]
    if (missing.length > 0) {
      const prefixedTexts = missing.map((text) => prefixes.query + text)
      const call = { urgent, milliseconds: limits.query, tries: 2, signal }
      const vectors = await read(prefixedTexts, call)
      missing.forEach((text, at) => {
        const vector = vectors[at]
        if (vector === undefined) return
        cache.set(text, vector)
        texts.forEach((one, place) => {
          if (one === text) known[place] ??= vector.slice()
        })
      })
    }
    return known.map((vector) => {
      if (vector === undefined) throw new Error('An embedding call gave fewer vectors than texts.')
      return vector
    })
  }

  /** Within the time that somebody waits, whatever it is spent on. */
  async function inTime<T>(work: (within: CallOptions) => Promise<T>, { signal }: CallOptions): Promise<T> {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(failed(tooSlow(service.words, limits.query))), limits.query)
    try {
      return await work({ signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]) })
    } finally {
      clearTimeout(timer)
    }
  }

  async function embed(
    texts: readonly string[],
    kind: EmbedKind,
    { signal, urgent = kind === 'query' }: EmbedOptions = {},
  ): Promise<Float32Array[]> {
    signal?.throwIfAborted()
    if (texts.length === 0) return []
    if (kind === 'query') {
      return inTime(
        async (within) => {
          await measure(within)
          return queries(texts, urgent, within)
        },
        { signal },
      )
    }
    await measure({ signal })
    const call = { urgent, milliseconds: limits.document, tries: urgent ? 1 : TRIES, signal }
    return read(
      texts.map((text) => prefixes.document + text),
      call,
    )
  }

  return {
    get id() {
      return `${where}#${dimension() || '?'}${prefixed}`
    },
    key,
    name,
    get dimension() {
      return dimension()
    },
    get sigma() {
      return measured?.sigma ?? UNMEASURED_SIGMA
    },
    maxBatch: Math.min(options.batchSize, wire.limits.texts),
    maxTokens: window,
    languages: 'many',
    tokenCounter: { href: siblingModule(import.meta.url, './token-counter').href, options: null },
    measure,
    embed,
    async close() {
      closed.abort(new ProviderFailure('not_ready', 'The service is shutting down.', { kind: 'unavailable' }))
      await measuring?.catch(() => undefined)
    },
  }
}

/** Of one request of documents that nobody waits for. */
const TRIES = 3

/** There is no vector yet that it could be the unit of; what is ranked by words has to lie in the usual range. */
const UNMEASURED_SIGMA = 0.0625

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 6)
