import { setImmediate as afterOthers } from 'node:timers/promises'
import type { ChunkId, DocumentId, UserId } from '../../../core/ids.ts'
import type { ScoredChunk, VectorStore } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { METRIC, searchParameters } from './collection.ts'
import type { Connection } from './connection.ts'
import { inScope } from './expression.ts'
import { isSame, storedAttributes, UNDESCRIBED, type StoredAttributes } from './fields.ts'
import { sparse, sparseOf } from './full-text.ts'
import { attributesOf, named, parts, type Rows } from './rows.ts'

interface Known {
  readonly chunks: ChunkId[]
  /** Of its first row. */
  readonly attributes: StoredAttributes
  /** Whether rows differ in them, as where describing it ended halfway. */
  isMixed: boolean
}

/** Hits and rows of an answer at most: the server's own limit. */
export const MOST_HITS = 16_384
/** So many more are asked for, so that equal scores at the end of a list come by chunk id. */
const TIES = 16
/** Numbers that are multiplied before others have their turn: some milliseconds. */
const PRODUCTS_A_TURN = 2_000_000

/**
 * Milvus as a vector store. Replacing is not atomic: for a moment both the old and the new passages of a document may be
 * found, and one whose vector or attributes change may not; where it ends halfway (the server went away), doing it again
 * makes it whole.
 */
export function createMilvusStore(rows: Rows, connection: Connection): VectorStore {
  /** What is there of documents of one owner. */
  async function known(owner: UserId, documents: readonly DocumentId[], options?: CallOptions) {
    const found = new Map<string, Known>()
    const filter = inScope({ owner, documents })
    if (filter === undefined) return found
    for (const row of await rows.query(filter, ['chunk', 'document', 'created', 'facets'], 'Strong', options)) {
      const chunk = Number(row.chunk) as ChunkId
      const before = found.get(row.document)
      if (before === undefined) {
        found.set(row.document, { chunks: [chunk], attributes: attributesOf(row), isMixed: false })
        continue
      }
      before.chunks.push(chunk)
      before.isMixed ||= !isSame(before.attributes, attributesOf(row))
    }
    return found
  }

  function checkLength(vector: Float32Array): void {
    if (vector.length !== rows.dimension) {
      throw new RangeError(`Expected vectors of ${rows.dimension} numbers, got ${vector.length}`)
    }
  }

  return {
    supports: {
      filterOps: ['owner', 'documents', 'chats', 'fileTypes', 'created', 'metadata'],
      atomicReplace: false,
    },

    async replaceDocument(owner, document, next, options) {
      for (const { vector } of next) checkLength(vector)
      await rows.inTurn(async () => {
        const { chunks = [], attributes = UNDESCRIBED } = (await known(owner, [document], options)).get(document) ?? {}
        const given = new Set(next.map(({ chunk }) => chunk))
        // A row of the same key a second time would be counted twice.
        await rows.remove(
          chunks.filter((chunk) => given.has(chunk)),
          options,
        )
        await rows.add(
          next.map((row) => ({ ...row, owner, document, attributes, words: sparse(undefined) })),
          options,
        )
        await rows.remove(
          chunks.filter((chunk) => !given.has(chunk)),
          options,
        )
      }, options)
    },

    async describeDocuments(owner, documents, options) {
      await rows.inTurn(async () => {
        const ids = documents.map(({ document }) => document)
        const found = await known(owner, ids, options)
        for (const { document, attributes: described } of documents) {
          const attributes = storedAttributes(described)
          const present = found.get(document)
          if (present === undefined || (!present.isMixed && isSame(present.attributes, attributes))) continue
          for (const part of parts(present.chunks)) {
            const fields = rows.fullText() ? (['vector', 'sparse'] as const) : (['vector'] as const)
            const stored = await rows.fieldsOf<'vector' | 'sparse'>({ owner }, part, fields, options)
            const same = [...stored].map(([chunk, row]) => {
              const vector = Float32Array.from(row.vector)
              return { chunk, owner, document, attributes, vector, words: sparseOf(row.sparse) }
            })
            await rows.remove(part, options)
            await rows.add(same, options)
          }
        }
      }, options)
    },

    async deleteDocuments(owner, documents, options) {
      await rows.inTurn(async () => {
        const found = await known(owner, documents, options)
        await rows.remove(
          [...found.values()].flatMap(({ chunks }) => chunks),
          options,
        )
      }, options)
    },

    async search(scope, query, limit, options) {
      checkLength(query)
      const filter = inScope(scope)
      if (filter === undefined || limit < 1) return []
      const most = Math.min(limit + TIES, MOST_HITS)
      const { results } = await rows.within(
        () =>
          connection.call(
            (client) =>
              client.search({
                collection_name: rows.knownName(),
                anns_field: 'vector',
                data: Array.from(query),
                filter,
                limit: most,
                output_fields: ['chunk'],
                metric_type: METRIC,
                params: searchParameters(rows.index, most),
                consistency_level: named(rows.consistency()),
              }),
            options,
          ),
        options,
      )
      return results
        .map(({ chunk, score }): ScoredChunk => ({ chunk: Number(chunk) as ChunkId, score }))
        .sort((a, b) => b.score - a.score || a.chunk - b.chunk)
        .slice(0, limit)
    },

    async score(scope, query, chunks, options) {
      checkLength(query)
      const stored = await rows.within(() => rows.fieldsOf(scope, chunks, ['vector'], options), options)
      return Float64Array.from(chunks, (chunk) => {
        const vector = stored.get(chunk)?.vector
        return vector === undefined ? Number.NaN : product(query, vector)
      })
    },

    async neighbours(scope, chunks, count, options) {
      const stored = await rows.within(() => rows.fieldsOf(scope, chunks, ['vector'], options), options)
      return nearest(
        chunks.map((chunk) => stored.get(chunk)?.vector),
        count,
      )
    },

    count: (owner) => rows.within(() => rows.count(owner === undefined ? '' : (inScope({ owner }) ?? ''))),

    close: rows.close,
  }
}

function product(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number)
  return sum
}

/** As `VectorStore.neighbours`, by all pairs. */
async function nearest(vectors: readonly (readonly number[] | undefined)[], count: number): Promise<Int32Array> {
  const places = new Int32Array(vectors.length * count).fill(-1)
  let products = 0
  for (const [row, vector] of vectors.entries()) {
    if (vector === undefined) continue
    const others = vectors.flatMap((other, place) =>
      other === undefined || place === row ? [] : [{ place, cos: product(vector, other) }],
    )
    others.sort((a, b) => b.cos - a.cos || a.place - b.place)
    for (const [rank, { place }] of others.slice(0, count).entries()) places[row * count + rank] = place
    products += others.length * vector.length
    if (products > PRODUCTS_A_TURN) {
      products = 0
      await afterOthers()
    }
  }
  return places
}
