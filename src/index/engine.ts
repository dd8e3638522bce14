import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { passageText } from '../core/documents.ts'
import type { DocumentId, UserId } from '../core/ids.ts'
import type { Candidates, Scope, WordScores } from '../core/ports.ts'
import type { Ranked } from './best.ts'
import type { IndexMemory, Operations, ThreadOptions, VectorDocument, WordDocument } from './messages.ts'
import type { Scores } from './postings.ts'
import { rankCandidates } from './ranking.ts'
import { VectorFile } from './vector-file.ts'
import { VectorMemory } from './vector-memory.ts'
import { OwnerVectors } from './vectors.ts'
import { OwnerWords, type AnalysedPassage, type WordRanking } from './words.ts'

type Ask<O extends keyof Operations> = Operations[O]['request']

/** How long a write may keep a search waiting, in milliseconds. */
const SLICE = 4

/**
 * Words and vectors of all owners, as they live in the index's thread. What writes is a generator that pauses every
 * few milliseconds, so that searches come in between; at a pause a document is there as it was or as it will be.
 * Only one write may be under way.
 */
export class Engine {
  readonly #dimension: number
  readonly #memory: VectorMemory
  readonly #file: VectorFile
  readonly #words = new Map<UserId, OwnerWords>()
  readonly #vectors = new Map<UserId, OwnerVectors>()
  readonly #scratch: Scores = { score: new Float64Array(0), touched: new Int32Array(0), size: 0 }

  /** @param folder for the file of vectors */
  constructor({ dimension, folder }: ThreadOptions) {
    if (!Number.isInteger(dimension) || dimension < 1) throw new RangeError(`Not a vector dimension: ${dimension}`)
    this.#dimension = dimension
    this.#memory = new VectorMemory(dimension)
    this.#file = new VectorFile(dimension, join(folder, 'vectors.f32'))
  }

  *replaceWords({ documents }: Ask<'replaceWords'>): Generator<void, null> {
    let until = performance.now() + SLICE
    for (const { owner, document, passages } of documents) {
      const words = this.#ownerWords(owner)
      const analysed: AnalysedPassage[] = []
      for (const { chunk, title, context, text } of passages) {
        analysed.push({ chunk, ...words.analyse(title, passageText('', context, text)) })
        if (performance.now() < until) continue
        yield
        until = performance.now() + SLICE
      }
      words.replaceDocument(document, analysed)
      this.#tidyWords(owner, words)
    }
    return null
  }

  *replaceVectors({ documents, values }: Ask<'replaceVectors'>): Generator<void, null> {
    const expected = documents.reduce((sum, { chunks }) => sum + chunks.length, 0) * this.#dimension
    if (values.length !== expected)
      throw new RangeError(`Expected ${expected} numbers of vectors, got ${values.length}`)
    let until = performance.now() + SLICE
    let at = 0
    for (const { owner, document, chunks } of documents) {
      const end = at + chunks.length * this.#dimension
      const vectors = this.#ownerVectors(owner)
      vectors.replaceDocument(document, chunks, values.subarray(at, end))
      if (vectors.count === 0) {
        vectors.close()
        this.#vectors.delete(owner)
      }
      at = end
      if (performance.now() < until) continue
      yield
      until = performance.now() + SLICE
    }
    return null
  }

  *deleteWords({ owner, documents }: Ask<'deleteWords'>): Generator<void, null> {
    yield* this.replaceWords({ documents: documents.map((document) => emptied(owner, document)) })
    return null
  }

  *deleteVectors({ owner, documents }: Ask<'deleteVectors'>): Generator<void, null> {
    const gone = documents.map((document): VectorDocument => ({ owner, document, chunks: [] }))
    yield* this.replaceVectors({ documents: gone, values: new Float32Array(0) })
    return null
  }

  /** In one step, so that all of it is of the same documents. */
  rank({ scope, query }: Ask<'rank'>): Candidates {
    const { documents } = scope
    const words = this.#wordsOf(scope)
    const vectors = this.#vectorsOf(scope, query.vector)
    return rankCandidates(
      {
        searchWords: (text, limit) => words.search(documents, text, limit, this.#scratch),
        scoreWords: (text, chunks) => words.score(documents, text, chunks),
        meeting: (text) => words.meeting(documents, text)?.chunks(),
        searchVectors: (vector, limit, only) => vectors.search(documents, vector, limit, only),
        scoreVectors: (vector, chunks) => vectors.score(documents, vector, chunks),
        neighbours: (chunks, count) => vectors.neighbours(documents, chunks, count),
      },
      query,
    )
  }

  searchWords({ scope, query, limit }: Ask<'searchWords'>): WordRanking {
    return this.#wordsOf(scope).search(scope.documents, query, limit, this.#scratch)
  }

  scoreWords({ scope, query, chunks }: Ask<'scoreWords'>): WordScores {
    return this.#wordsOf(scope).score(scope.documents, query, chunks)
  }

  idf({ owner, words }: Ask<'idf'>): Float64Array {
    const known = this.#wordsOf({ owner })
    return Float64Array.from(words, (word) => known.idf(word))
  }

  countWords({ owner }: Ask<'countWords'>): number {
    return counted(this.#words, owner)
  }

  searchVectors({ scope, query, limit }: Ask<'searchVectors'>): Ranked {
    return this.#vectorsOf(scope, query).search(scope.documents, query, limit)
  }

  scoreVectors({ scope, query, chunks }: Ask<'scoreVectors'>): Float64Array {
    return this.#vectorsOf(scope, query).score(scope.documents, query, chunks)
  }

  neighbours({ scope, chunks, count }: Ask<'neighbours'>): Int32Array {
    return this.#vectorsOf(scope).neighbours(scope.documents, chunks, count)
  }

  countVectors({ owner }: Ask<'countVectors'>): number {
    return counted(this.#vectors, owner)
  }

  memory(): IndexMemory {
    const wordBytes = [...this.#words.values()].reduce((sum, words) => sum + words.bytes, 0)
    const vectorBytes = [...this.#vectors.values()].reduce((sum, vectors) => sum + vectors.bytes, 0)
    return { bytes: wordBytes + vectorBytes, wordBytes, vectorBytes, heapBytes: getHeapStatistics().used_heap_size }
  }

  /** Those of an owner without documents are empty and are not kept, so that asking costs no memory. */
  #wordsOf(scope: Scope): OwnerWords {
    return this.#words.get(scope.owner) ?? new OwnerWords()
  }

  #vectorsOf(scope: Scope, query?: Float32Array): OwnerVectors {
    if (query !== undefined && query.length !== this.#dimension) {
      throw new RangeError(`Expected a vector of ${this.#dimension} numbers, got ${query.length}`)
    }
    return this.#vectors.get(scope.owner) ?? new OwnerVectors(this.#dimension, this.#memory, this.#file)
  }

  #ownerWords(owner: UserId): OwnerWords {
    let words = this.#words.get(owner)
    if (words === undefined) this.#words.set(owner, (words = new OwnerWords()))
    return words
  }

  #ownerVectors(owner: UserId): OwnerVectors {
    let vectors = this.#vectors.get(owner)
    if (vectors === undefined)
      this.#vectors.set(owner, (vectors = new OwnerVectors(this.#dimension, this.#memory, this.#file)))
    return vectors
  }

  #tidyWords(owner: UserId, words: OwnerWords): void {
    if (words.count === 0) this.#words.delete(owner)
    else if (words.worthCompacting) this.#words.set(owner, words.compacted())
  }
}

const emptied = (owner: UserId, document: DocumentId): WordDocument => ({ owner, document, passages: [] })

function counted(owners: ReadonlyMap<UserId, { readonly count: number }>, owner: UserId | undefined): number {
  if (owner !== undefined) return owners.get(owner)?.count ?? 0
  let sum = 0
  for (const { count } of owners.values()) sum += count
  return sum
}
