import { AppError } from '../../../core/errors.ts'
import type { ChunkId } from '../../../core/ids.ts'
import type {
  Candidates,
  GivenNearest,
  HybridIndex,
  RankQuery,
  Scope,
  ScoredChunk,
  Terms,
  VectorReplica,
  WordIndex,
} from '../../../core/ports/search.ts'
import type { CallOptions } from '../../../core/ports/surroundings.ts'
import { within } from '../../../core/within.ts'
import type { ReplicaFollower } from './replica-follower.ts'

export interface ReplicatedIndexDeps {
  readonly index: HybridIndex & { readonly words: WordIndex; readonly terms: Terms }
  readonly follower: Pick<ReplicaFollower, 'usable' | 'reachable' | 'position' | 'failed'>
  /** Whether the index has the vectors as well. */
  readonly keepsVectors: () => boolean
  /** The number of the last change of which the index shows something. */
  readonly shown: () => number
}

export interface ReplicatedIndexOptions {
  /** Milliseconds that the other store may take; then the index looks itself. */
  readonly searchMs: number
}

/**
 * The index's words with the vectors of another store; where that looks for words as well, and shows all that the index shows,
 * it finds the candidates by both, which the index scores. While it is away or behind, the index looks itself, for vectors as
 * well where it has them; where there was no room for them, only searches by words go on.
 */
export function createReplicatedIndex(
  { index, follower, keepsVectors, shown }: ReplicatedIndexDeps,
  { searchMs }: ReplicatedIndexOptions,
): HybridIndex {
  const late = (): AppError => new AppError('not_ready', `Milvus has not answered within ${searchMs} ms.`)

  /** Vectors of what the index is to score, and of which it is to know what is near to what. */
  async function vectorsFor(
    replica: VectorReplica,
    scope: Scope,
    { hits, words }: { readonly hits: readonly ScoredChunk[]; readonly words: readonly ScoredChunk[] },
    { signal }: CallOptions,
  ): Promise<GivenNearest['vectors']> {
    const known = new Set(hits.map(({ chunk }) => chunk))
    const unscored = words.filter(({ chunk }) => !known.has(chunk))
    const wanted = [...unscored.slice(0, MOST_VECTORS), ...hits.slice(0, MOST_VECTORS)].map(({ chunk }) => chunk)
    try {
      return packed(await within(searchMs, replica.vectors(scope, wanted, { signal }), late))
    } catch (error) {
      if (signal?.aborted === true) throw error
      throw noVectors(error)
    }
  }

  /** undefined: the words are to be looked for here. */
  async function candidates(scope: Scope, query: RankQuery, options: CallOptions): Promise<Candidates | undefined> {
    if (!keepsVectors() || query.type === 'semantic') return undefined
    const replica = follower.usable()
    const at = shown()
    if (replica?.supports.fullText !== true || follower.position() < at) return undefined
    const terms = await index.terms.ofQuery(scope.owner, query.text, options)
    if (terms === undefined || terms.ids.length === 0) return undefined
    const vector = query.type === 'keyword' ? undefined : query.vector
    let found: ChunkId[]
    try {
      found = await within(searchMs, replica.candidates(scope, { vector, terms }, query.depth, options), late)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      follower.failed(error)
      return undefined
    }
    // The owner's passages hold a term: where none is found they are looked for here.
    if (found.length === 0) return undefined
    const ranked = await index.rank(scope, { ...query, candidates: Float64Array.from(found) }, options)
    // What has come or changed meanwhile was no candidate.
    return shown() === at ? { ...ranked, engine: 'milvus' } : undefined
  }

  async function rank(scope: Scope, query: RankQuery, options: CallOptions = {}): Promise<Candidates> {
    const byBoth = await candidates(scope, query, options)
    if (byBoth !== undefined) return byBoth
    const { vector, type, text, depth } = query
    if (vector === undefined || type === 'keyword') return index.rank(scope, query, options)
    const isBeside = keepsVectors()
    // Without vectors of its own, what is a little behind is better than nothing.
    const replica = isBeside ? follower.usable() : follower.reachable()
    if (replica === undefined) {
      if (isBeside) return index.rank(scope, query, options)
      throw noVectors()
    }
    const byWords = isBeside || type === 'semantic' ? undefined : index.words.search(scope, text, depth, options)
    // A failure is told by the next await, which may come later.
    byWords?.catch(() => undefined)
    let hits: ScoredChunk[]
    try {
      hits = await within(searchMs, replica.search(scope, vector, depth, options), late)
    } catch (error) {
      if (options.signal?.aborted === true) throw error
      follower.failed(error)
      if (isBeside) return index.rank(scope, query, options)
      throw noVectors(error)
    }
    const words = (await byWords)?.hits ?? []
    const nearest: GivenNearest = {
      chunks: Float64Array.from(hits, ({ chunk }) => chunk),
      scores: Float64Array.from(hits, ({ score }) => score),
      vectors: isBeside ? undefined : await vectorsFor(replica, scope, { hits, words }, options),
    }
    return { ...(await index.rank(scope, { ...query, nearest }, options)), engine: 'milvus' }
  }

  return { rank }
}

/** Of each leg: more than that, of 1,536 numbers each, are megabytes in one answer, and change nothing at the top. */
const MOST_VECTORS = 500

const noVectors = (cause?: unknown): AppError =>
  new AppError(
    'not_ready',
    'Milvus cannot be reached, and MAX_INDEX_MEMORY leaves no room for its vectors in this process. Searches by words ' +
      '(search_type "keyword") go on; try again in a moment.',
    { cause },
  )

function packed(vectors: ReadonlyMap<ChunkId, ArrayLike<number>>): NonNullable<GivenNearest['vectors']> {
  const chunks = Float64Array.from(vectors.keys())
  const length = vectors.values().next().value?.length ?? 0
  const values = new Float32Array(chunks.length * length)
  let row = 0
  for (const vector of vectors.values()) values.set(vector, row++ * length)
  return { chunks, values }
}
