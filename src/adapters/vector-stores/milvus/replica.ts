import type { ChunkId, UserId } from '../../../core/ids.ts'
import type { VectorReplica } from '../../../core/ports/search.ts'
import { createCandidateSearch } from './candidates.ts'
import { prefixOf } from './collection.ts'
import type { Connection } from './connection.ts'
import { inDocuments, inRange } from './expression.ts'
import { isSame, storedAttributes } from './fields.ts'
import { digest, sparse } from './full-text.ts'
import { attributesOf, type NewRow, type Rows } from './rows.ts'
import { createMilvusStore, MOST_HITS } from './store.ts'

/** Nobody's: users have ids of another form. */
const NOBODY = '' as UserId

/** The same store as one that follows a database. */
export function createMilvusReplica(rows: Rows, connection: Connection, collection: string): VectorReplica {
  const store = createMilvusStore(rows, connection)
  return {
    ...store,
    get supports() {
      return { ...store.supports, fullText: rows.fullText() }
    },
    get name() {
      return rows.name()
    },

    async probe(options) {
      const [{ version }] = await Promise.all([
        connection.call((client) => client.getVersion(), options),
        store.search({ owner: NOBODY }, new Float32Array(rows.dimension), 1, options),
      ])
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

    candidates: createCandidateSearch(rows, connection, store),

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
