import type { ConsistencyLevelEnum, MutationResult } from '@zilliz/milvus2-sdk-node'
import type { ChunkId, DocumentId, UserId } from '../../../core/ids.ts'
import type { IndexedVector, Scope } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { ProviderFailure } from '../../../core/provider-failure.ts'
import { abortable } from '../../../core/within.ts'
import { collectionName, hasIndex, prepare, type CollectionForm } from './collection.ts'
import type { Connection } from './connection.ts'
import { inChunks, inScope } from './expression.ts'
import { digest, looksForWords, type SparseVector } from './full-text.ts'
import type { StoredAttributes } from './fields.ts'

export interface RowsOptions extends CollectionForm {
  readonly connection: Connection
  /** Whether a collection with words is made where there is none; one that is there is used. */
  readonly makesFullText: boolean
  readonly warn: (error: unknown, what: string) => void
  /** Milliseconds until the collection must be ready. */
  readonly readyLimit: number
}

/** What a query gives, field by field; numbers of 64 bits come as texts. */
export interface Row {
  readonly chunk: string
  readonly owner: string
  readonly document: string
  readonly created: string
  readonly facets: readonly string[]
  readonly vector: readonly number[]
  /** By their numbers. */
  readonly sparse: Readonly<Record<string, number>>
  /** Of `sparse`. */
  readonly terms: string
}

export type Rows = ReturnType<typeof createRows>

/** Rows in one request: 6 MB of vectors of 1,536 numbers. */
const ROWS_AT_ONCE = 1000
/** "Bounded" is 5 s behind at most, as Milvus ships. */
const BOUND_MS = 10_000
/**
 * Rows that were written since they were last sealed. Those of a partition that are not are searched one by one, exactly, up
 * to about 5,000; of more 2.3.5 makes a coarse index of its own, 16 of 128 lists, which no parameter of a search changes and
 * which finds .93 of the ten nearest. What is sealed gets the index that is wanted.
 */
const UNSEALED_ROWS = 2000
/** Later versions refuse to seal a collection more often than every 10 s. */
const SEALED_AGAIN_MS = 15_000

/**
 * The rows of a collection. A read sees what this process wrote before it, without waiting (consistency "Bounded"): it is the
 * write that ends only once a read has waited for the server to show it ("Strong", up to .2 s). For some seconds after the
 * start, and after a write of which nobody knows whether it was done, reads wait themselves. What another process wrote
 * may be missing within the server's grace, 5 s by default.
 */
export function createRows({ connection, readyLimit, makesFullText, warn, ...wanted }: RowsOptions) {
  const plain: CollectionForm = { ...wanted, terms: undefined }
  /** Known once the server has answered: it may look for no words. */
  let form: CollectionForm | undefined = wanted.terms === undefined ? plain : undefined
  const name = (): string | undefined => form && collectionName(form)
  /** Of what is done once the collection is ready. */
  const knownName = (): string => collectionName(form ?? plain)
  const fullText = (): boolean => form?.terms !== undefined
  let unknownAt = performance.now()
  /** Changes since a read has shown the others. */
  let unseen = 0
  /** Before the first write: an earlier process may have left as many as are allowed. */
  let unsealed: number | undefined
  let sealedAt = -Infinity
  let prepared: Promise<void> | undefined
  let isNew = false
  /** One after the other, as each reads what is there and puts something in its place. */
  let writing: Promise<unknown> = Promise.resolve()

  /** After a failure the collection is looked at anew: the server may have come back without it. */
  async function ready(): Promise<void> {
    const mine = (prepared ??= prepareOnce())
    try {
      await mine
    } catch (error) {
      if (prepared === mine) prepared = undefined
      throw error
    }
  }

  const created = (): void => {
    isNew = true
  }

  /** Decides once for all whether words are looked for there. */
  async function formOf(): Promise<CollectionForm> {
    if (wanted.terms === undefined || !(await looksForWords(connection))) return plain
    const collection_name = collectionName(wanted)
    const { value: exists } = await connection.call((client) => client.hasCollection({ collection_name }))
    if (exists === false && !makesFullText) return plain
    try {
      await prepare(connection, wanted, readyLimit, created)
      return wanted
    } catch (error) {
      // A server whose version says more than it can do is one for vectors.
      if (!isRefusal(error) || (await hasIndex(connection, collection_name, 'sparse'))) throw error
      warn(error, 'Milvus refused to look for words: it has the vectors alone')
      await connection.call((client) => client.dropCollection({ collection_name }))
      return plain
    }
  }

  async function prepareOnce(): Promise<void> {
    if (form === undefined) {
      form = await formOf()
      // That one is prepared.
      if (form !== plain) return
    }
    await prepare(connection, form, readyLimit, created)
  }

  async function within<T>(work: () => Promise<T>, { signal }: CallOptions = {}): Promise<T> {
    signal?.throwIfAborted()
    await abortable(ready(), signal)
    try {
      return await work()
    } catch (error) {
      if (signal?.aborted !== true) prepared = undefined
      throw error
    }
  }

  const consistency = (): Level => (performance.now() - unknownAt < BOUND_MS ? 'Strong' : 'Bounded')

  async function query<F extends keyof Row>(
    filter: string,
    fields: readonly F[],
    level: Level,
    options?: CallOptions,
    limit?: number,
  ): Promise<Pick<Row, F>[]> {
    const output_fields = [...fields]
    const request = { collection_name: knownName(), filter, output_fields, consistency_level: named(level) }
    const { data } = await connection.call(
      (client) => client.query(limit === undefined ? request : { ...request, limit }),
      options,
    )
    return data as Row[]
  }

  async function change(ask: Parameters<typeof connection.call<MutationResult>>[0], options?: CallOptions) {
    unseen++
    await connection.call(ask, options)
  }

  /** The work, and then until a read shows what it has changed. */
  async function shown(work: () => Promise<void>, options?: CallOptions): Promise<void> {
    try {
      await work()
      if (unseen === 0) return
      await query(inChunks([NO_CHUNK]), ['chunk'], 'Strong', options)
      unseen = 0
    } catch (error) {
      if (unseen > 0) unknownAt = performance.now()
      throw error
    }
  }

  return {
    /** undefined: the server has not answered yet. */
    name,
    knownName,
    fullText,
    dimension: wanted.dimension,
    index: wanted.index,
    consistency,
    query,
    within,
    /** Whether the collection was made since this was asked last. */
    takeNew(): boolean {
      const was = isNew
      isNew = false
      return was
    },
    changed(): void {
      unknownAt = performance.now()
    },

    /** Writes come one after the other, and each ends once reads see it. */
    inTurn(work: () => Promise<void>, options?: CallOptions): Promise<void> {
      const mine = writing.then(() => within(() => shown(work, options), options))
      // A failure is told to whoever asked for it.
      writing = mine.catch(() => undefined)
      return mine
    },

    /** `count(*)` of what meets the filter; the empty one is met by all. */
    async count(filter: string, options?: CallOptions): Promise<number> {
      const request = {
        collection_name: knownName(),
        filter,
        output_fields: ['count(*)'],
        consistency_level: named(consistency()),
      }
      const { data } = await connection.call((client) => client.query(request), options)
      return Number(data[0]?.['count(*)'] ?? 0)
    },

    /** Rows that are not there. `upsert` is not used: 2.3.5 spreads what it writes over all partitions, where no search of the owner looks. */
    async add(rows: readonly NewRow[], options?: CallOptions): Promise<void> {
      for (const part of parts(rows)) {
        const data = part.map(({ chunk, vector, owner, document, attributes: { created, facets }, words }) => {
          const row = { chunk, owner, document, created, facets: [...facets], vector: Array.from(vector) }
          return fullText() ? { ...row, sparse: words, terms: digest(words) } : row
        })
        await change((client) => client.insert({ collection_name: knownName(), data }), options)
        unsealed = (unsealed ?? UNSEALED_ROWS) + part.length
      }
    },

    /** Has the server seal what was written, where that is much: from then on it is searched by its index. */
    async seal(options?: CallOptions): Promise<void> {
      if ((unsealed ?? 0) < UNSEALED_ROWS || performance.now() - sealedAt < SEALED_AGAIN_MS) return
      const before = unsealed ?? 0
      sealedAt = performance.now()
      await connection.call((client) => client.flush({ collection_names: [knownName()] }), options)
      unsealed = (unsealed ?? 0) - before
    },

    async remove(chunks: readonly ChunkId[], options?: CallOptions): Promise<void> {
      for (const part of parts(chunks)) {
        await change(
          (client) => client.deleteEntities({ collection_name: knownName(), filter: inChunks(part) }),
          options,
        )
      }
    },

    /** Those fields of the chunks that are in the scope. */
    async fieldsOf<F extends keyof Row>(
      scope: Scope,
      chunks: readonly ChunkId[],
      fields: readonly F[],
      options?: CallOptions,
    ): Promise<Map<ChunkId, Pick<Row, F>>> {
      const found = new Map<ChunkId, Pick<Row, F>>()
      const filter = inScope(scope)
      if (filter === undefined) return found
      for (const part of parts([...new Set(chunks)])) {
        const rows = await query(`${inChunks(part)} and ${filter}`, ['chunk', ...fields], consistency(), options)
        for (const row of rows) found.set(Number(row.chunk) as ChunkId, row)
      }
      return found
    },

    async close(): Promise<void> {
      await writing
      await connection.close()
    },
  }
}

export interface NewRow extends IndexedVector {
  readonly owner: UserId
  readonly document: DocumentId
  readonly attributes: StoredAttributes
  /** Where they are looked for there. */
  readonly words: SparseVector
}

type Level = 'Strong' | 'Bounded'

/** No passage has it. */
const NO_CHUNK = -1 as ChunkId

/** The client leaves the enum's "Strong" out, as it is 0 there; by its name it arrives. */
export const named = (level: Level): ConsistencyLevelEnum => level as unknown as ConsistencyLevelEnum

export const attributesOf = ({ created, facets }: Pick<Row, 'created' | 'facets'>): StoredAttributes => ({
  created: Number(created),
  facets,
})

/** As many as go into one request. */
export function* parts<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE)
}

export const isRefusal = (error: unknown): boolean =>
  error instanceof ProviderFailure && error.code === 'upstream_failed'
