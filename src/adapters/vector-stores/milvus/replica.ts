import type { ChunkId, UserId } from '../../../core/ids.ts'
import type { VectorReplica, WeighedTerms } from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { createCandidateSearch } from './candidates.ts'
import { prefixOf } from './collection.ts'
import type { Connection } from './connection.ts'
import { inDocuments, inRange } from './expression.ts'
import { isSame, storedAttributes } from './fields.ts'
import { digest, sparse } from './full-text.ts'
import { attributesOf, isRefusal, type NewRow, type Rows } from './rows.ts'
import { createMilvusStore, MOST_HITS } from './store.ts'

/** Nobody's: users have ids of another form. */
const NOBODY = '' as UserId

const SOME: WeighedTerms = { ids: Uint32Array.of(1), weights: Float32Array.of(1) }

interface ReplicaOptions {
  readonly collection: string
  readonly warn: (error: unknown, what: string) => void
}

/** The same store as one that follows a database. */
export function createMilvusReplica(
  rows: Rows,
  connection: Connection,
  { collection, warn }: ReplicaOptions,
): VectorReplica {
  const store = createMilvusStore(rows, connection)
  const candidates = createCandidateSearch(rows, connection, store)
  /** It keeps them, and a search for them failed. */
  let refusesWords = false

  async function probeWords(vector: Float32Array, options?: CallOptions): Promise<void> {
    try {
      await candidates({ owner: NOBODY }, { vector, terms: SOME }, 1, options)
    } catch (error) {
      if (!isRefusal(error)) throw error
      refusesWords = true
      warn(error, 'Milvus refused a search by words: it is asked for vectors alone until the next start')
    }
  }

  return {
    ...store,
    get supports() {
      return { ...store.supports, fullText: rows.fullText() && !refusesWords }
    },
    get takesTerms() {
      return rows.fullText()
    },
    get name() {
      return rows.name()
    },

    async probe(options) {
      const vector = new Float32Array(rows.dimension)
      const [{ version }] = await Promise.all([
        connection.call((client) => client.getVersion(), options),
        store.search({ owner: NOBODY }, vector, 1, options),
      ])
      if (rows.fullText() && !refusesWords) await probeWords(vector, options)
      return { version, isNew: rows.takeNew() }
    },

    async putDocuments(documents, options) {
      if (documents.length === 0) return { added: 0 }
      const wanted = new Map<ChunkId, NewRow>()
      await rows.inTurn(async () => {
        for (const { owner, document, rows: its, attributes } of documents) {
          const stored = storedAttributes(attributes)
          for (const row of its) {
            wanted.set(row.chunk, { ...row, owner, document, attributes: stored, words: sparse(row.terms) })
          }
        }
        const ids = documents.map(({ document }) => document)
        const fields = ['chunk', 'owner', 'document', 'created', 'facets'] as const
        const all = rows.fullText() ? ([...fields, 'terms'] as const) : fields
        const there = await rows.query<(typeof fields)[number] | 'terms'>(
          inDocuments(ids),
          all,
          rows.consistency(),
          options,
        )
        const sameWords = ({ terms }: { readonly terms: string }, { words }: NewRow): boolean =>
          !rows.fullText() || terms === digest(words)
        const replaced: ChunkId[] = []
        const gone: ChunkId[] = []
        for (const row of there) {
          const chunk = Number(row.chunk) as ChunkId
          const next = wanted.get(chunk)
          if (next === undefined) gone.push(chunk)
          else if (row.owner !== next.owner || row.document !== next.document) replaced.push(chunk)
          else if (isSame(attributesOf(row), next.attributes) && sameWords(row, next)) wanted.delete(chunk)
          else replaced.push(chunk)
        }
        // A row of the same key a second time would be counted twice.
        await rows.remove(replaced, options)
        await rows.add([...wanted.values()], options)
        await rows.remove(gone, options)
      }, options)
      return { added: wanted.size }
    },

    candidates,

    async vectors(scope, chunks, options) {
      const stored = await rows.within(() => rows.fieldsOf(scope, chunks, ['vector'], options), options)
      return new Map([...stored].map(([chunk, { vector }]) => [chunk, vector]))
    },

    inventory: (from, below, options) =>
      rows.within(async () => {
        if (below === Infinity) {
          const found = await rows.query(inRange(from), ['chunk'], rows.consistency(), options, MOST_HITS)
          const chunks = found.map(({ chunk }) => Number(chunk) as ChunkId)
          return { chunks, rows: chunks.length }
        }
        const filter = inRange(from, below)
        const found = await rows.query(filter, ['chunk'], rows.consistency(), options)
        const chunks = found.map(({ chunk }) => Number(chunk) as ChunkId)
        return { chunks, rows: await rows.count(filter, options) }
      }, options),

    seal: rows.seal,

    removeChunks: (chunks, options) => rows.inTurn(() => rows.remove(chunks, options), options),

    changed: rows.changed,

    async drop(name, options) {
      // What is written down as an earlier one of ours could be damaged; what others keep is left alone.
      if (name === rows.name() || !name.startsWith(prefixOf(collection))) return false
      await connection.call((client) => client.dropCollection({ collection_name: name }), options)
      return true
    },
  }
}
