import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChunkId, DocumentId, UserId } from '../core/ids.ts'
import type {
  DescribedDocument,
  DocumentAttributes,
  HybridIndex,
  IndexedPassage,
  IndexedVector,
  ScoredChunk,
  Terms,
  VectorStore,
  WordIndex,
} from '../core/ports/search.ts'
import type { CallOptions, Logger } from '../core/ports/surroundings.ts'
import { ANALYZER_ID } from './analyzer.ts'
import type { Ranked } from './best.ts'
import { connect, type Connection } from './connection.ts'
import { SNAPSHOT, UNSYNCED, VECTORS } from './files.ts'
import type { IndexMemory, Position, Restored } from './messages.ts'
import { WEIGHTS_ID } from './term-weights.ts'

export { MOST_BYTES as MOST_VECTOR_BYTES } from './vector-memory.ts'

/** What the vectors of an index are. */
export interface IndexForm {
  /** Length of the vectors. */
  readonly dimension: number
  /**
   * Names what the index will be filled with, the store and the model of its vectors. Where the folder holds a snapshot of
   * the same, the index begins with that; absent: it begins empty, and a snapshot is removed.
   */
  readonly contents?: string | undefined
}

export interface EmbeddedIndexOptions extends IndexForm {
  /** Of the index's own files, which no other process uses; made where it does not exist, in a folder that does. */
  readonly folder: string
  readonly logger: Logger
  /** The thread ended by itself. Another, as it was at its last snapshot, has taken its place: fill it from the database. */
  readonly onCrash?: ((error: Error) => void) | undefined
}

/** A whole document as the database knows it. `vectors` may be empty: its words are searchable without them. */
export interface LoadedDocument {
  readonly owner: UserId
  readonly document: DocumentId
  readonly passages: readonly IndexedPassage[]
  readonly vectors: readonly IndexedVector[]
  /** Absent: no filter finds it. */
  readonly attributes?: DocumentAttributes | undefined
}

export interface EmbeddedIndex extends HybridIndex {
  /** Names the analyzer that made the terms. */
  readonly analyzer: string
  readonly words: WordIndex
  readonly vectors: VectorStore
  readonly terms: Terms
  /**
   * Many documents in one message, for the start; each takes the place of what is known of it. Some hundred at a
   * time keep both threads busy: read the next ones from the database before this has resolved.
   */
  load(documents: readonly LoadedDocument[]): Promise<void>
  /** Forgets all vectors and the snapshot; words are found on. @param contents as of `IndexForm`, from now on */
  dropVectors(contents?: string): Promise<void>
  /** Begins anew with vectors of another length, empty or with a snapshot of the same: fill it from the database. */
  reopen(form: IndexForm): Promise<void>
  memory(): Promise<IndexMemory>
  /** What it began with, at its start or after its thread ended by itself. */
  restored(): Promise<Restored>
  /** Empties it, and removes its snapshot. */
  clear(): Promise<void>
  /**
   * Keeps what it holds for the next start: replaces the snapshot, or leaves it as it is where that fails (a full disk).
   * Writes wait meanwhile, searches do not. @param position what `restored` will give
   */
  snapshot(position: Position): Promise<void>
  /** Closing `words` or `vectors` closes both: they live in one thread. Calls in flight reject with `not_ready`. */
  close(): Promise<void>
}

/** An index whose thread is still reading its snapshot: what it is asked meanwhile waits. */
export interface StartedIndex {
  readonly index: EmbeddedIndex
  /** Resolves once the thread answers; rejects with `not_ready` where it ended before. */
  readonly started: Promise<void>
}

/** The search engine in a thread of its own; resolves once that answers. */
export async function createEmbeddedIndex(options: EmbeddedIndexOptions): Promise<EmbeddedIndex> {
  const { index, started } = startEmbeddedIndex(options)
  await started
  return index
}

/** The same without waiting for the thread. */
export function startEmbeddedIndex({
  dimension,
  folder,
  contents,
  logger,
  onCrash,
}: EmbeddedIndexOptions): StartedIndex {
  let state: 'starting' | 'open' | 'closed' = 'starting'
  let restart: NodeJS.Timeout | undefined
  let form: IndexForm = { dimension, contents }
  const start = (): Connection =>
    connect({ ...form, folder }, (error) => {
      // One that never answered would not answer the next time either.
      if (state !== 'open') return
      logger.error({ err: error }, 'The search index stopped and is started anew')
      restart = setTimeout(() => {
        current = start()
        onCrash?.(error)
      }, RESTART_AFTER_MS)
    })
  let current = start()
  const connection: Connection = {
    call: (operation, request, options) => current.call(operation, request, options),
    close() {
      state = 'closed'
      clearTimeout(restart)
      return current.close()
    },
  }
  const started = connection.call('memory', null).then(() => {
    if (state === 'starting') state = 'open'
  })
  // A failure is told by the next await, which may come later.
  started.catch(() => undefined)
  /** One after the other, since they use the same file. */
  let saving = Promise.resolve()
  const close = (): Promise<void> => connection.close()
  const index: EmbeddedIndex = {
    analyzer: ANALYZER_ID,
    words: wordIndex(connection, close),
    vectors: vectorStore(connection, () => form.dimension, close),
    terms: {
      id: WEIGHTS_ID,
      ofQuery: (owner, query, options) => connection.call('queryTerms', { owner, query }, options),
      ofPassages: (passages, options) => connection.call('passageTerms', { passages }, options),
    },
    async load(documents) {
      const withVectors = documents.filter(({ vectors }) => vectors.length > 0)
      const values = packed(
        withVectors.flatMap(({ vectors }) => vectors),
        form.dimension,
      )
      // In the thread they are done in this order: what is described is there.
      await Promise.all([
        connection.call('replaceWords', {
          documents: documents.map(({ owner, document, passages }) => ({ owner, document, passages })),
        }),
        connection.call(
          'replaceVectors',
          {
            documents: documents.map(({ owner, document, vectors }) => ({
              owner,
              document,
              chunks: vectors.map((row) => row.chunk),
            })),
            values,
          },
          { transfer: [values.buffer] },
        ),
        connection.call('describe', {
          documents: documents.flatMap(({ owner, document, attributes }) =>
            attributes === undefined ? [] : [{ owner, document, attributes }],
          ),
        }),
      ])
    },
    rank: (scope, query, options) =>
      connection.call('rank', { scope, query: { ...query, vector: query.vector && own(query.vector) } }, options),
    async dropVectors(contents) {
      form = { ...form, contents }
      await connection.call('dropVectors', { contents })
    },
    async reopen(next) {
      await started.catch(() => undefined)
      if (state === 'closed') return
      clearTimeout(restart)
      form = next
      await current.close()
      current = start()
    },
    memory: () => connection.call('memory', null),
    restored: () => connection.call('restored', null),
    async clear() {
      await connection.call('clear', null)
    },
    snapshot(position) {
      const next = saving.then(async () => {
        await connection.call('save', position)
        await publish(folder)
      })
      saving = next.catch(() => undefined)
      return next
    },
    close,
  }
  return { index, started }
}

/** Of one snapshot after the other: first what it speaks of, then itself, then its name has to be on the disk. */
async function publish(folder: string): Promise<void> {
  const written = join(folder, `${SNAPSHOT}${UNSYNCED}`)
  await sync(join(folder, VECTORS), 'r+')
  await sync(written, 'r+')
  await rename(written, join(folder, SNAPSHOT))
  // Windows cannot sync a folder, and needs not.
  if (process.platform !== 'win32') await sync(folder, 'r')
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const file = await open(path, flags)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A thread that crashes at once, time and again, must not take the machine. */
const RESTART_AFTER_MS = 1000

const SUPPORTS = {
  filterOps: ['owner', 'documents', 'chats', 'fileTypes', 'created', 'metadata'],
  atomicReplace: true,
} as const

/** Words and vectors share what is known of a document, so that whichever is told, both know. */
const describeWith =
  (connection: Connection) =>
  async (owner: UserId, documents: readonly DescribedDocument[], options?: CallOptions): Promise<void> => {
    await connection.call('describe', { documents: documents.map((one) => ({ owner, ...one })) }, options)
  }

function wordIndex(connection: Connection, close: () => Promise<void>): WordIndex {
  return {
    supports: SUPPORTS,
    async replaceDocument(owner, document, passages, options) {
      await connection.call('replaceWords', { documents: [{ owner, document, passages }] }, options)
    },
    describeDocuments: describeWith(connection),
    async deleteDocuments(owner, documents, options) {
      await connection.call('deleteWords', { owner, documents }, options)
    },
    async search(scope, query, limit, options) {
      const found = await connection.call('searchWords', { scope, query, limit }, options)
      return { hits: scored(found), query: found.query }
    },
    async score(scope, query, chunks, options) {
      return connection.call('scoreWords', { scope, query, chunks: Float64Array.from(chunks) }, options)
    },
    idf: (owner, words, options) => connection.call('idf', { owner, words }, options),
    count: (owner) => connection.call('countWords', { owner }),
    close,
  }
}

function vectorStore(connection: Connection, dimension: () => number, close: () => Promise<void>): VectorStore {
  return {
    supports: SUPPORTS,
    async replaceDocument(owner, document, rows, options) {
      const values = packed(rows, dimension())
      const chunks = rows.map((row) => row.chunk)
      await connection.call(
        'replaceVectors',
        { documents: [{ owner, document, chunks }], values },
        { ...options, transfer: [values.buffer] },
      )
    },
    describeDocuments: describeWith(connection),
    async deleteDocuments(owner, documents, options) {
      await connection.call('deleteVectors', { owner, documents }, options)
    },
    async search(scope, query, limit, options) {
      return scored(await connection.call('searchVectors', { scope, query: own(query), limit }, options))
    },
    async score(scope, query, chunks, options) {
      const request = { scope, query: own(query), chunks: Float64Array.from(chunks) }
      return connection.call('scoreVectors', request, options)
    },
    neighbours: (scope, chunks, count, options) =>
      connection.call('neighbours', { scope, chunks: Float64Array.from(chunks), count }, options),
    count: (owner) => connection.call('countVectors', { owner }),
    close,
  }
}

/** One array of all rows, made for being handed over to the thread. */
function packed(rows: readonly IndexedVector[], dimension: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(rows.length * dimension)
  rows.forEach(({ vector }, i) => {
    if (vector.length !== dimension)
      throw new RangeError(`Expected vectors of ${dimension} numbers, got ${vector.length}`)
    values.set(vector, i * dimension)
  })
  return values
}

/** A message copies the whole memory behind a view, so a view on a large one is cut out first. */
const own = (vector: Float32Array): Float32Array =>
  vector.byteLength === vector.buffer.byteLength ? vector : vector.slice()

const scored = ({ chunks, scores }: Ranked): ScoredChunk[] =>
  Array.from(chunks, (chunk, i) => ({ chunk: chunk as ChunkId, score: scores[i] as number }))
