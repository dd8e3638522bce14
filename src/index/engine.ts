import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { passageText } from '../core/documents.ts'
import type { DocumentId, UserId } from '../core/ids.ts'
import type { Candidates, Scope, WeighedTerms, WordScores } from '../core/ports/search.ts'
import type { Ranked } from './best.ts'
import { OwnerDocuments, type SavedDocuments } from './documents.ts'
import type {
  IndexMemory,
  Operations,
  Position,
  Restored,
  ThreadOptions,
  VectorDocument,
  WordDocument,
} from './messages.ts'
import { SNAPSHOT, UNSYNCED, VECTORS } from './files.ts'
import { ANALYZER_ID } from './analyzer.ts'
import { packed, passageWeights } from './term-weights.ts'
import { givenCandidates } from './given-candidates.ts'
import { givenVectors } from './given-vectors.ts'
import { type Legs, rankCandidates } from './ranking.ts'
import { readSnapshot, type Snapshot, writeSnapshot } from './snapshot-file.ts'
import { type SavedVectorFile, VectorFile } from './vector-file.ts'
import { type SavedVectorMemory, VectorMemory } from './vector-memory.ts'
import { OwnerVectors, type SavedVectors } from './vectors.ts'
import { Scratch } from './passage-scorer.ts'
import type { AnalysedPassage } from './segment.ts'
import { type AllowedDocuments, OwnerWords, type SavedWords, type WordRanking } from './words.ts'

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
  readonly #owners = new Map<UserId, Owner>()
  readonly #scratch = new Scratch()
  #contents: string | undefined
  readonly #snapshot: string
  #restored: Restored

  /**
   * Begins with what the folder's snapshot holds, where that is of the same contents.
   * @param folder for the index's files
   * @param contents names what the index is made of; absent: no snapshot is read, and one that is there is removed
   */
  constructor({ dimension, folder, contents }: ThreadOptions) {
    if (!Number.isInteger(dimension) || dimension < 1) throw new RangeError(`Not a vector dimension: ${dimension}`)
    this.#dimension = dimension
    this.#contents = this.#named(contents)
    this.#snapshot = join(folder, SNAPSHOT)
    this.#memory = new VectorMemory(dimension)
    this.#file = new VectorFile(dimension, join(folder, VECTORS))
    // One that was being written when a process ended.
    rmSync(`${this.#snapshot}${UNSYNCED}`, { force: true })
    this.#restored = this.#restore()
    if ('reason' in this.#restored) this.#clear()
  }

  restored(): Restored {
    return this.#restored
  }

  /** Empties it, and removes its snapshot; after the writes before it. */
  *clear(): Generator<void, null> {
    yield
    this.forget()
    return null
  }

  /** The same at once, whatever is under way: nothing of that may be used any more. */
  forget(): void {
    this.#clear()
    this.#restored = { reason: 'it was emptied' }
  }

  /**
   * Writes all that it holds beside the snapshot of before, whose place whoever asked for it gives it once it is on the
   * disk.
   * @param position what `restored` will give
   */
  *save(position: Ask<'save'>): Generator<void, null> {
    const head: SavedHead = {
      ...position,
      contents: this.#contents ?? '',
      memory: this.#memory.save(),
      file: this.#file.save(),
    }
    const owners = this.#owners
    function* parts(): Generator<Snapshot> {
      yield { ...head }
      for (const [owner, { documents, words, vectors }] of owners)
        yield { owner, documents: documents.save(), words: words.save(), vectors: vectors.save() }
    }
    yield* writeSnapshot(`${this.#snapshot}${UNSYNCED}`, parts())
    return null
  }

  *replaceWords({ documents }: Ask<'replaceWords'>): Generator<void, null> {
    const pause = new Pauses()
    for (const { owner: id, document, passages } of documents) {
      const owner = this.#owner(id)
      const analysed: AnalysedPassage[] = []
      for (const { chunk, title, context, text } of passages) {
        analysed.push({ chunk, ...owner.words.analyse(title, passageText('', context, text)) })
        if (pause.due) yield
      }
      const ordinal = owner.documents.add(document)
      yield* pause.through(owner.words.replaceDocument(ordinal, analysed))
      if (owner.words.worthRenumbering) owner.words = yield* pause.through(owner.words.renumbered())
      this.#tidy(id, owner, document)
    }
    return null
  }

  *replaceVectors({ documents, values }: Ask<'replaceVectors'>): Generator<void, null> {
    const expected = documents.reduce((sum, { chunks }) => sum + chunks.length, 0) * this.#dimension
    if (values.length !== expected)
      throw new RangeError(`Expected ${expected} numbers of vectors, got ${values.length}`)
    const pause = new Pauses()
    let at = 0
    for (const { owner: id, document, chunks } of documents) {
      const end = at + chunks.length * this.#dimension
      const owner = this.#owner(id)
      owner.vectors.replaceDocument(owner.documents.add(document), chunks, values.subarray(at, end))
      this.#tidy(id, owner, document)
      at = end
      if (pause.due) yield
    }
    return null
  }

  #named(contents: string | undefined): string | undefined {
    return contents === undefined ? undefined : `${contents} ${this.#dimension} ${ANALYZER_ID}`
  }

  /** Forgets all vectors, and keeps the words: it is of other contents then. */
  *dropVectors({ contents }: Ask<'dropVectors'>): Generator<void, null> {
    yield
    this.#contents = this.#named(contents)
    for (const owner of this.#owners.values()) {
      owner.vectors.close()
      owner.vectors = new OwnerVectors(this.#dimension, this.#memory, this.#file)
    }
    // It speaks of rows that are gone.
    rmSync(this.#snapshot, { force: true })
    this.#file.clear()
    return null
  }

  /** A write as the others are, so that it comes after those before it. */
  *describe({ documents }: Ask<'describe'>): Generator<void, null> {
    const pause = new Pauses()
    for (const { owner, document, attributes } of documents) {
      const known = this.#owners.get(owner)?.documents
      if (known?.ordinalOf(document) !== undefined) known.add(document, attributes)
      if (pause.due) yield
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
    const { documents, words, vectors, allowed } = this.#asked(scope, query.vector)
    const asked = words.ask(query.text)
    const own: Pick<Legs, 'searchVectors' | 'scoreVectors' | 'neighbours'> = {
      searchVectors: (vector, limit, only) => vectors.search(allowed, vector, limit, only),
      scoreVectors: (vector, chunks) => vectors.score(allowed, vector, chunks),
      neighbours: (chunks, count) => vectors.neighbours(allowed, chunks, count),
    }
    const isFound = (chunk: number): boolean => {
      const ordinal = words.ordinalOf(chunk)
      return ordinal !== undefined && (allowed === undefined || allowed[ordinal] === 1)
    }
    const legs: Legs = {
      searchWords: (limit) => words.search(allowed, asked, limit),
      scoreWords: (chunks) => words.score(allowed, asked, chunks),
      meeting: () => words.meeting(allowed, asked),
      ...(query.nearest === undefined ? own : givenVectors(query.nearest, isFound, own)),
    }
    const ranked = rankCandidates(
      query.candidates === undefined ? legs : { ...legs, ...givenCandidates(query.candidates, isFound, asked, legs) },
      query,
    )
    const whose = Array.from(ranked.chunks, (chunk) => {
      const ordinal = words.ordinalOf(chunk) ?? vectors.ordinalOf(chunk)
      const document = ordinal === undefined ? undefined : documents.idOf(ordinal)
      if (document === undefined) throw new Error(`Passage ${chunk} is of no document`)
      return document
    })
    return { ...ranked, documents: whose, searched: allowed === undefined ? documents.count : marked(allowed) }
  }

  searchWords({ scope, query, limit }: Ask<'searchWords'>): WordRanking {
    const { words, allowed } = this.#asked(scope)
    return words.search(allowed, words.ask(query), limit)
  }

  scoreWords({ scope, query, chunks }: Ask<'scoreWords'>): WordScores {
    const { words, allowed } = this.#asked(scope)
    return words.score(allowed, words.ask(query), chunks)
  }

  idf({ owner, words }: Ask<'idf'>): Float64Array {
    const known = this.#asked({ owner }).words
    return Float64Array.from(words, (word) => known.idf(word))
  }

  /** Undefined also where passages have words and no vector. */
  queryTerms({ owner, query }: Ask<'queryTerms'>): WeighedTerms | undefined {
    const { words, vectors } = this.#asked({ owner })
    const terms = words.count === vectors.count ? words.termsOf(words.ask(query)) : undefined
    return terms && packed(terms)
  }

  *passageTerms({ passages }: Ask<'passageTerms'>): Generator<void, readonly WeighedTerms[]> {
    const pause = new Pauses()
    const made: WeighedTerms[] = []
    for (const { title, context, text } of passages) {
      made.push(passageWeights(title, passageText('', context, text)))
      if (pause.due) yield
    }
    return made
  }

  countWords({ owner }: Ask<'countWords'>): number {
    return this.#count(owner, ({ words }) => words.count)
  }

  searchVectors({ scope, query, limit }: Ask<'searchVectors'>): Ranked {
    const { vectors, allowed } = this.#asked(scope, query)
    return vectors.search(allowed, query, limit)
  }

  scoreVectors({ scope, query, chunks }: Ask<'scoreVectors'>): Float64Array {
    const { vectors, allowed } = this.#asked(scope, query)
    return vectors.score(allowed, query, chunks)
  }

  neighbours({ scope, chunks, count }: Ask<'neighbours'>): Int32Array {
    const { vectors, allowed } = this.#asked(scope)
    return vectors.neighbours(allowed, chunks, count)
  }

  countVectors({ owner }: Ask<'countVectors'>): number {
    return this.#count(owner, ({ vectors }) => vectors.count)
  }

  memory(): IndexMemory {
    const owners = [...this.#owners.values()]
    const documentBytes = owners.reduce((sum, { documents }) => sum + documents.bytes, 0)
    const wordBytes = owners.reduce((sum, { words }) => sum + words.bytes, 0)
    const vectorBytes = owners.reduce((sum, { vectors }) => sum + vectors.bytes, this.#file.bytes)
    const bytes = documentBytes + wordBytes + vectorBytes
    return { bytes, documentBytes, wordBytes, vectorBytes, heapBytes: getHeapStatistics().used_heap_size }
  }

  #restore(): Restored {
    if (this.#contents === undefined) return { reason: 'none is wanted' }
    try {
      // What `save` wrote, if the checksum is right.
      const [first, ...rest] = readSnapshot(this.#snapshot)
      const head = first as unknown as SavedHead
      if (head.contents !== this.#contents)
        return { reason: 'it was made with another model or analyzer, or of another store' }
      this.#memory.restore(head.memory)
      for (const { owner, documents, words, vectors } of rest as unknown as SavedOwner[]) {
        const one: Owner = {
          documents: OwnerDocuments.load(documents),
          words: OwnerWords.load(words, this.#scratch),
          vectors: new OwnerVectors(this.#dimension, this.#memory, this.#file),
        }
        this.#owners.set(owner, one)
        one.vectors.restore(vectors)
      }
      const rows = [...this.#owners.values()].map(({ vectors }) => vectors.storedEnd)
      this.#file.restore(head.file, Math.max(0, ...rows))
      return { position: head.position, change: head.change }
    } catch (error) {
      if (isMissing(error)) return { reason: 'there is none' }
      return { reason: error instanceof Error ? error.message : String(error) }
    }
  }

  #clear(): void {
    // First, since it says what the file of vectors holds.
    rmSync(this.#snapshot, { force: true })
    rmSync(`${this.#snapshot}${UNSYNCED}`, { force: true })
    for (const { vectors } of this.#owners.values()) vectors.close()
    this.#owners.clear()
    this.#file.clear()
  }

  /** One without documents is made for the question and not kept, so that asking costs no memory. */
  #asked(scope: Scope, query?: Float32Array): Owner & { readonly allowed: AllowedDocuments } {
    if (query !== undefined && query.length !== this.#dimension) {
      throw new RangeError(`Expected a vector of ${this.#dimension} numbers, got ${query.length}`)
    }
    const owner = this.#owners.get(scope.owner) ?? this.#empty()
    return { ...owner, allowed: owner.documents.matching(scope) }
  }

  #owner(id: UserId): Owner {
    let owner = this.#owners.get(id)
    if (owner === undefined) this.#owners.set(id, (owner = this.#empty()))
    return owner
  }

  #empty(): Owner {
    return {
      documents: new OwnerDocuments(),
      words: new OwnerWords(this.#scratch),
      vectors: new OwnerVectors(this.#dimension, this.#memory, this.#file),
    }
  }

  /** Forgets the document, and its owner, when nothing of them is left. */
  #tidy(id: UserId, owner: Owner, document: DocumentId): void {
    const ordinal = owner.documents.ordinalOf(document)
    if (ordinal === undefined || owner.words.has(ordinal) || owner.vectors.has(ordinal)) return
    owner.documents.remove(document)
    if (owner.documents.count > 0) return
    owner.vectors.close()
    this.#owners.delete(id)
  }

  #count(owner: UserId | undefined, of: (owner: Owner) => number): number {
    const owners = owner === undefined ? [...this.#owners.values()] : [this.#owners.get(owner)]
    return owners.reduce((sum, one) => sum + (one === undefined ? 0 : of(one)), 0)
  }
}

/** What is kept of one owner: documents by ordinals, which the others know them by. */
interface Owner {
  readonly documents: OwnerDocuments
  words: OwnerWords
  vectors: OwnerVectors
}

/** When a write has to let searches in. */
class Pauses {
  #until = performance.now() + SLICE

  get due(): boolean {
    if (performance.now() < this.#until) return false
    // It is asked once, just before the pause.
    this.#until = performance.now() + SLICE
    return true
  }

  /** Pauses where it is time to, of the places where the work can. */
  *through<T>(work: Generator<void, T>): Generator<void, T> {
    for (;;) {
      const { done, value } = work.next()
      if (done === true) return value
      if (this.due) yield
    }
  }
}

/** The first part of a snapshot. */
interface SavedHead extends Position {
  readonly contents: string
  readonly memory: SavedVectorMemory
  readonly file: SavedVectorFile
}

/** The others. */
interface SavedOwner {
  readonly owner: UserId
  readonly documents: SavedDocuments
  readonly words: SavedWords
  readonly vectors: SavedVectors
}

function marked(documents: Uint8Array): number {
  let count = 0
  for (const one of documents) count += one
  return count
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

const emptied = (owner: UserId, document: DocumentId): WordDocument => ({ owner, document, passages: [] })
