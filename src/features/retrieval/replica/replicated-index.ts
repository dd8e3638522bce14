import { AppError } from '../../../core/errors.ts'
import type { ChunkId } from '../../../core/ids.ts'
import type {
  Candidates,
  GivenNearest,
  HybridIndex,
  RankQuery,
  Scope,
  ScoredChunk,
  VectorReplica,
  WordIndex,
} from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import type { ReplicaFollower } from './follower.ts'

export interface ReplicatedIndexDeps {
  readonly index: HybridIndex & { readonly words: WordIndex }
  readonly follower: Pick<ReplicaFollower, 'usable' | 'reachable' | 'failed'>
  /** Whether the index has the vectors as well. */
  readonly keepsVectors: () => boolean
}

export interface ReplicatedIndexOptions {
  /** Milliseconds that the other store may take; then the index looks itself. */
  readonly searchMs: number
}

/**
 * The index's words with the vectors of another store. While that is away or behind, the index looks for the nearest vectors
 * itself, where it has them; where there was no room for them, only searches by words go on.
 */
export function createReplicatedIndex(
  { index, follower, keepsVectors }: ReplicatedIndexDeps,
  { searchMs }: ReplicatedIndexOptions,
): HybridIndex {
  async function nearest(
    replica: VectorReplica,
    scope: Scope,
    { vector, text, type, depth }: RankQuery & { readonly vector: Float32Array },
    withVectors: boolean,
    options: CallOptions,
  ): Promise<GivenNearest> {
    const byWords = withVectors && type !== 'semantic' ? index.words.search(scope, text, depth, options) : undefined
    // A failure is told by the next await, which may come later.
    byWords?.catch(() => undefined)
    const hits = await replica.search(scope, vector, depth, options)
    const given = { chunks: chunksOf(hits), scores: Float64Array.from(hits, ({ score }) => score) }
    if (!withVectors) return given
    const { hits: found } = (await byWords) ?? { hits: [] }
    const candidates = [...new Set([...hits, ...found].map(({ chunk }) => chunk))]
    return { ...given, vectors: packed(await replica.vectors(scope, candidates, options)) }
  }

  async function rank(scope: Scope, query: RankQuery, options: CallOptions = {}): Promise<Candidates> {
    const { vector } = query
    if (vector === undefined || query.type === 'keyword') return index.rank(scope, query, options)
    const isBeside = keepsVectors()
    // Without vectors of its own, what is a little behind is better than nothing.
    const replica = isBeside ? follower.usable() : follower.reachable()
    if (replica === undefined) {
      if (isBeside) return index.rank(scope, query, options)
      throw noVectors()
    }
    const deadline = AbortSignal.timeout(searchMs)
    const signal = options.signal === undefined ? deadline : AbortSignal.any([options.signal, deadline])
    let given: GivenNearest
    try {
      given = await nearest(replica, scope, { ...query, vector }, !isBeside, { signal })
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      follower.failed(error)
      if (isBeside) return index.rank(scope, query, options)
      throw noVectors(error)
    }
    return { ...(await index.rank(scope, { ...query, nearest: given }, options)), engine: 'milvus' }
  }

  return { rank }
}

const noVectors = (cause?: unknown): AppError =>
  new AppError(
    'not_ready',
    'Milvus cannot be reached, and MAX_INDEX_MEMORY leaves no room for its vectors in this process. Searches by words ' +
      '(search_type "keyword") go on; try again in a moment.',
    { cause },
  )

const chunksOf = (hits: readonly ScoredChunk[]): Float64Array => Float64Array.from(hits, ({ chunk }) => chunk)

function packed(vectors: ReadonlyMap<ChunkId, ArrayLike<number>>): NonNullable<GivenNearest['vectors']> {
  const chunks = Float64Array.from(vectors.keys())
  const length = vectors.values().next().value?.length ?? 0
  const values = new Float32Array(chunks.length * length)
  let row = 0
  for (const vector of vectors.values()) values.set(vector, row++ * length)
  return { chunks, values }
}
