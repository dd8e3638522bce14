import { availableParallelism } from 'node:os'
import { AppError } from '../../../core/errors.ts'
import { siblingModule } from '../../../core/module-url.ts'
import type { Embedder, EmbedKind, TokenVectors } from '../../../core/ports/embedding.ts'
import type { CallOptions, Logger } from '../../../core/ports/surroundings.ts'
import { Lane } from './lane.ts'
import type { Work } from './messages.ts'
import { Gate } from './messages.ts'
import type { ModelFiles } from './model-files.ts'
import { readModelFiles } from './model-files.ts'
import { ModelThread } from './model-thread.ts'
import { queryCache, tokenCache } from '../vector-cache.ts'

export interface LocalEmbedderOptions {
  /** Folder name under `modelsDir`. */
  readonly name: string
  readonly modelsDir: string
  /**
   * Threads for documents, and at most as many for queries that come together; each takes about 90 MB, and only the first
   * one for queries is always there. Default: the number of cores.
   */
  readonly threads?: number | undefined
  /** How many query vectors are kept. Default 1,000; 0: none. */
  readonly cacheSize?: number | undefined
  /** Bytes of word-piece vectors that are kept (a sentence takes about 50 kB). Default 16 MB; 0: none. */
  readonly tokenCacheBytes?: number | undefined
  /** A thread without work ends after this many ms, but for the first one for queries. Default 30,000. */
  readonly idleMs?: number | undefined
  readonly logger: Logger
}

/**
 * `sigma`: standard deviation of the cosines between random passages of scifact-train, the unit in which ranking reads
 * a cosine. It belongs to the weights, so it stands here and not in a setting.
 */
const KNOWN: Record<string, { readonly sigma: number; readonly languages: readonly string[] | 'many' }> = {
  'bge-small-en-v1.5': { sigma: 0.0625, languages: ['en'] },
  'multilingual-e5-small': { sigma: 0.0235, languages: 'many' },
}

/** At some 30 ms a text, what a crash can cost stays below a second. */
const MAX_BATCH = 32
/** A question alone asks for two vectors at once: its own, and those of its word pieces. That is worth no other thread. */
const CROWD = 3
/** That work on one text of a question; with more nothing was measured. */
const CORES_OF_ONE = 2
/** Longer than any run of one text. */
const LAST_RUN_MS = 5_000

/** An embedder whose model is being loaded: texts that it is given meanwhile wait. */
export interface StartedEmbedder {
  readonly embedder: Embedder
  /** Rejects with `not_ready` for a damaged file or a missing package; the embedder is closed then. */
  readonly loaded: Promise<void>
}

/** The same once the model is loaded. Throws `not_ready`: no such model, a damaged file, or a missing package. */
export async function createLocalEmbedder(options: LocalEmbedderOptions): Promise<Embedder> {
  const { embedder, loaded } = await startLocalEmbedder(options)
  await loaded
  return embedder
}

/**
 * Begins to load the model in its query thread. Document threads start when there are documents, more query threads when
 * several people ask at once. Throws `not_ready`: no such model.
 */
export async function startLocalEmbedder(options: LocalEmbedderOptions): Promise<StartedEmbedder> {
  const { name, logger } = options
  const known = KNOWN[name]
  const files = await readModelFiles(options.modelsDir, name)
  if (known === undefined) throw new AppError('not_ready', `The embedding model ${name} is not one that is known here.`)

  const started = performance.now()
  const gate = new Int32Array(new SharedArrayBuffer(Gate.length * Int32Array.BYTES_PER_ELEMENT))
  const entry = siblingModule(import.meta.url, './thread')
  const start = (yields: boolean, cores: number): ModelThread => {
    const thread = new ModelThread(entry, { files, cores, gate, yields })
    void thread.ended.then(() => logger.debug({ model: name, documents: yields }, 'embedding thread ended'))
    return thread
  }
  const threads = Math.max(1, options.threads ?? availableParallelism())
  const idleMs = options.idleMs ?? 30_000
  const queries: Lane = new Lane({
    threads,
    crowd: CROWD,
    depth: 2,
    urgentDepth: 16,
    idleMs,
    kept: 1,
    // Who asks alone waits for one text after the other: there a second core helps. With more threads each has its own.
    start: () => start(false, queries.threads.length === 0 ? Math.min(CORES_OF_ONE, threads) : 1),
  })
  const documents = new Lane({ threads, depth: 2, idleMs, start: () => start(true, 1) })

  /** When the process ends, however it does, Node terminates the threads: not before they are out of native code. */
  const onExit = (): void => {
    Atomics.store(gate, Gate.stopping, 1)
    Atomics.notify(gate, Gate.queries)
    for (const thread of [...queries.threads, ...documents.threads]) thread.waitForNativeCode(LAST_RUN_MS)
  }
  process.on('exit', onExit)
  const close = async (): Promise<void> => {
    await Promise.all([queries.close(), documents.close()])
    process.off('exit', onExit)
  }

  const load = async (): Promise<void> => {
    try {
      await queries.warm()
    } catch (error) {
      await close()
      throw error
    }
    logger.info({ model: files.id, ms: Math.round(performance.now() - started) }, 'embedding model loaded')
  }
  const loaded = load()
  // A failure is told by the next await, which may come later.
  loaded.catch(() => undefined)
  return { embedder: { ...embedderOver({ files, gate, queries, documents, options }), ...known, close }, loaded }
}

interface Parts {
  readonly files: ModelFiles
  readonly gate: Int32Array
  readonly queries: Lane
  readonly documents: Lane
  readonly options: LocalEmbedderOptions
}

function embedderOver({
  files,
  gate,
  queries,
  documents,
  options,
}: Parts): Omit<Embedder, 'sigma' | 'languages' | 'close'> {
  const vectors = queryCache(options.cacheSize ?? 1_000)
  const sentences = tokenCache(options.tokenCacheBytes ?? 16 * 1024 * 1024)

  /** Document threads pause between two texts for as long as this runs. */
  async function inFlight<T>(run: () => Promise<T>): Promise<T> {
    Atomics.add(gate, Gate.queries, 1)
    try {
      return await run()
    } finally {
      Atomics.sub(gate, Gate.queries, 1)
      Atomics.notify(gate, Gate.queries)
    }
  }

  /** What the cache lacks is computed; `results` is filled in order. */
  async function embedQueries(texts: readonly string[], { signal }: CallOptions): Promise<Float32Array[]> {
    const results = texts.map((text) => vectors.get(text))
    const works = texts
      .filter((_, at) => results[at] === undefined)
      .map((text): Work => ({ text, prefix: 'query', tokens: false }))
    const encoded = works.length === 0 ? [] : await inFlight(() => queries.encode(works, { urgent: true, signal }))
    works.forEach(({ text }, at) => {
      const vector = encoded[at]?.vector
      if (vector !== undefined) vectors.set(text, vector)
    })
    const fresh = encoded.values()
    return results.map((cached) => cached ?? taken(fresh).vector)
  }

  return {
    id: files.id,
    name: files.name,
    dimension: files.dimensions,
    maxBatch: MAX_BATCH,
    maxTokens: files.maxTokens,
    tokenCounter: {
      href: siblingModule(import.meta.url, './token-counter').href,
      options: { directory: files.directory },
    },
    async embed(texts, kind, callOptions = {}) {
      callOptions.signal?.throwIfAborted()
      if (kind === 'query') return embedQueries(texts, callOptions)
      const works = texts.map((text): Work => ({ text, prefix: 'document', tokens: false }))
      const encoded = await documents.encode(works, { urgent: false, signal: callOptions.signal })
      return encoded.map(({ vector }) => vector)
    },
    /**
     * Word pieces are those of the text itself. A query is read here without its prefix, the way max-sim between a
     * question and a sentence wants it; so its `vector` is another one than `embed` gives. A document's is the same.
     */
    async embedTokens(texts, kind, { signal, urgent: mayBeUrgent = true } = {}) {
      signal?.throwIfAborted()
      const key = (text: string): string => `${kind}\0${text}`
      const results = texts.map((text) => sentences.get(key(text)))
      const works = texts.filter((_, at) => results[at] === undefined).map((text) => tokenWork(text, kind))
      const urgent = kind === 'query' && mayBeUrgent
      const encoded = works.length === 0 ? [] : await inFlight(() => queries.encode(works, { urgent, signal }))
      const fresh = encoded.map(({ vector, tokens, words }): TokenVectors => ({
        vector,
        tokens: tokens ?? new Float32Array(0),
        words: words ?? new Uint16Array(0),
      }))
      works.forEach(({ text }, at) => {
        const value = fresh[at]
        if (value !== undefined) sentences.set(key(text), value)
      })
      const next = fresh.values()
      return results.map((cached) => cached ?? taken(next))
    },
  }
}

const tokenWork = (text: string, kind: EmbedKind): Work => ({
  text,
  prefix: kind === 'query' ? 'none' : 'document',
  tokens: true,
})

function taken<T>(values: Iterator<T, undefined>): T {
  const { done, value } = values.next()
  if (done === true || value === undefined) throw new Error('An embedding call gave fewer vectors than texts.')
  return value
}
