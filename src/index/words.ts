import type { ChunkId, DocumentId } from '../core/ids.ts'
import type { QueryTerms, WordScores } from '../core/ports.ts'
import { analyze, forEachRun, isWhole } from './analyzer.ts'
import { Best, type Ranked } from './best.ts'
import { meeting, type PassageReader } from './conditions.ts'
import { grown } from './growing.ts'
import { type LengthNorm, Postings, type Scores } from './postings.ts'
import { parseQuery } from './query.ts'

/** Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3. */
export const BM25_K1 = 0.9
export const BM25_B = 0.4

/** A passage's terms in order, by the ids of one `OwnerWords`. */
export interface AnalysedPassage {
  readonly chunk: ChunkId
  readonly terms: Int32Array
}

export interface WordRanking extends Ranked {
  readonly query: QueryTerms
}

/** A query's terms as one index knows them; `ids` has -1 for a term that no passage ever held. */
interface WeighedQuery extends QueryTerms {
  readonly ids: readonly number[]
  /** idf times how often the query holds the term. */
  readonly weights: readonly number[]
}

/** Passages that meet the conditions of a query. */
export interface MeetingPassages {
  readonly count: number
  has(chunk: ChunkId): boolean
  /** Their ids, in the order of their arrival. */
  chunks(): Float64Array
}

/** Slots of a document's passages: they are given in one go, so they lie together. */
interface SlotRange {
  readonly start: number
  readonly end: number
}

/** Gone passages are cleared away once they are more than the living and at least this many. */
const COMPACT_FROM = 1024

/**
 * The words of one owner's passages, with statistics of their own: what one owner stores changes nobody else's
 * scores. Scores are BM25 with idf = ln(1 + (N - df + .5) / (df + .5)) over the living passages, added up in the
 * order of the query's terms, so that `search` and `score` give the same number to the last bit.
 */
export class OwnerWords {
  #dictionary = new Map<string, number>()
  /** Living passages that hold the term. */
  #frequency = new Int32Array(0)
  #postings = new Postings()
  /** The terms of every passage in order, one after the other; ranking and deleting read them. */
  #forward = new Int32Array(0)
  #forwardEnd = 0
  #slots = 0
  #start = new Int32Array(0)
  #length = new Int32Array(0)
  #chunk = new Float64Array(0)
  #alive = new Uint8Array(0)
  #living = 0
  #livingTerms = 0
  #documents = new Map<DocumentId, SlotRange>()
  #slotOf = new Map<number, number>()
  /** 1 for each term that is a compound followed by its parts. */
  #whole = new Uint8Array(0)
  /** Per term, zero between calls. */
  #counts = new Int32Array(0)

  get count(): number {
    return this.#living
  }

  get bytes(): number {
    const arrays = [
      this.#frequency,
      this.#forward,
      this.#start,
      this.#length,
      this.#chunk,
      this.#alive,
      this.#counts,
      this.#whole,
    ]
    const maps = (this.#dictionary.size + this.#slotOf.size + this.#documents.size) * BYTES_PER_MAP_ENTRY
    return arrays.reduce((sum, array) => sum + array.byteLength, this.#postings.bytes + maps)
  }

  /** The ids of the passage's terms in order. Changes no score until `replaceDocument`. */
  analyse(text: string): Int32Array {
    let ids = new Int32Array(256)
    let size = 0
    forEachRun(text, (terms) => {
      for (const term of terms) {
        if (size === ids.length) ids = grown(ids, size + 1)
        ids[size++] = this.#idOf(term)
      }
    })
    return ids.slice(0, size)
  }

  /** Puts the analysed passages in the place of all that is known of the document, in one step. */
  replaceDocument(document: DocumentId, passages: readonly AnalysedPassage[]): void {
    this.deleteDocument(document)
    if (passages.length === 0) return
    const start = this.#slots
    for (const { chunk, terms } of passages) this.#add(chunk, terms)
    this.#documents.set(document, { start, end: this.#slots })
  }

  deleteDocument(document: DocumentId): void {
    const range = this.#documents.get(document)
    if (range === undefined) return
    this.#documents.delete(document)
    for (let slot = range.start; slot < range.end; slot++) {
      this.#alive[slot] = 0
      this.#slotOf.delete(this.#chunk[slot] as number)
      this.#living--
      this.#livingTerms -= this.#length[slot] as number
      for (const term of this.#distinct(this.#termsOf(slot))) {
        this.#frequency[term] = (this.#frequency[term] as number) - 1
        this.#counts[term] = 0
      }
    }
  }

  get worthCompacting(): boolean {
    const gone = this.#slots - this.#living
    return gone >= COMPACT_FROM && gone > this.#living
  }

  /** The same passages without what the gone ones left behind. Analysed passages that wait do not fit the copy. */
  compacted(): OwnerWords {
    const words = [...this.#dictionary.keys()]
    const copy = new OwnerWords()
    for (const [document, { start, end }] of this.#documents) {
      const passages: AnalysedPassage[] = []
      for (let slot = start; slot < end; slot++) {
        const terms = this.#termsOf(slot).map((term) => copy.#idOf(words[term] as string))
        passages.push({ chunk: this.#chunk[slot] as ChunkId, terms })
      }
      copy.replaceDocument(document, passages)
    }
    return copy
  }

  /** The best `limit` of the passages that hold a word of the query and meet its conditions (`parseQuery`). */
  search(documents: readonly DocumentId[] | undefined, text: string, limit: number, scratch: Scores): WordRanking {
    const parsed = parseQuery(text)
    const query = this.#weigh(parsed.text)
    scratch.score = grown(scratch.score, this.#slots)
    scratch.touched = grown(scratch.touched, this.#slots)
    const inScope = this.#allowed(documents)
    const allowed = meeting(parsed, inScope, this.#reader) ?? inScope
    const norm = this.#norm()
    query.ids.forEach((term, i) => {
      if (term >= 0) this.#postings.accumulate(term, query.weights[i] as number, allowed, norm, scratch)
    })
    const best = new Best(limit, scratch.size)
    for (let i = 0; i < scratch.size; i++) {
      const slot = scratch.touched[i] as number
      best.offer(scratch.score[slot] as number, this.#chunk[slot] as number)
      scratch.score[slot] = 0
    }
    scratch.size = 0
    return { ...best.ranked(), query: { terms: query.terms, idf: query.idf, idfSum: query.idfSum } }
  }

  /**
   * The passages in the scope that meet the query's conditions, for whoever finds passages in another way than by
   * words; undefined where the query has none. Holds until the next change.
   */
  meeting(documents: readonly DocumentId[] | undefined, text: string): MeetingPassages | undefined {
    const meets = meeting(parseQuery(text), this.#allowed(documents), this.#reader)
    if (meets === undefined) return undefined
    return {
      count: meets.reduce((sum, one) => sum + one, 0),
      has: (chunk) => meets[this.#slotOf.get(chunk) ?? NOT_THERE] === 1,
      chunks: () => this.#chunk.slice(0, this.#slots).filter((_, slot) => meets[slot] === 1),
    }
  }

  /**
   * BM25 of each passage, and what its phrases are worth; NaN for one that is not in the scope. The query's conditions
   * are not asked.
   */
  score(documents: readonly DocumentId[] | undefined, text: string, chunks: Float64Array): WordScores {
    const allowed = this.#allowed(documents)
    const slots = Int32Array.from(chunks, (chunk) => {
      const slot = this.#slotOf.get(chunk)
      return slot === undefined || allowed[slot] === 0 ? NOT_THERE : slot
    })
    const query = parseQuery(text).text
    return { bm25: this.#bm25(query, slots), phrase: this.#phrases(query, slots) }
  }

  #bm25(text: string, slots: Int32Array): Float64Array {
    const query = this.#weigh(text)
    const { lengths, base, perTerm } = this.#norm()
    const counts = this.#counts
    return Float64Array.from(slots, (slot) => {
      if (slot === NOT_THERE) return Number.NaN
      const terms = this.#termsOf(slot)
      for (const term of terms) counts[term] = (counts[term] as number) + 1
      let sum = 0
      query.ids.forEach((term, i) => {
        const count = term < 0 ? 0 : Math.min(counts[term] as number, 0xffff)
        if (count > 0)
          sum += ((query.weights[i] as number) * count) / (count + base + perTerm * (lengths[slot] as number))
      })
      for (const term of terms) counts[term] = 0
      return sum
    })
  }

  /**
   * Pairs of neighbouring terms of the query, stop words left out: each as BM25 would weigh a term, with its frequency
   * among these passages, which is as good as that among all (the design's ranking study).
   */
  #phrases(text: string, slots: Int32Array): Float64Array {
    const ids = analyze(text).map((term) => this.#dictionary.get(term) ?? NOT_THERE)
    const pairs = new Map<number, number>()
    const openers = new Set<number>()
    for (let i = 0; i + 1 < ids.length; i++) {
      const [first, second] = [ids[i] as number, ids[i + 1] as number]
      if (first === NOT_THERE || second === NOT_THERE) continue
      openers.add(first)
      if (!pairs.has(pairKey(first, second))) pairs.set(pairKey(first, second), pairs.size)
    }
    const scores = Float64Array.from(slots, (slot) => (slot === NOT_THERE ? Number.NaN : 0))
    if (pairs.size === 0) return scores

    const holding = new Int32Array(pairs.size)
    const found = Array.from(slots, (slot) => {
      const counts = new Map<number, number>()
      if (slot === NOT_THERE) return counts
      const terms = this.#termsOf(slot)
      for (let i = 0; i + 1 < terms.length; i++) {
        if (!openers.has(terms[i] as number)) continue
        const pair = pairs.get(pairKey(terms[i] as number, terms[i + 1] as number))
        if (pair !== undefined) counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
      for (const pair of counts.keys()) holding[pair] = (holding[pair] as number) + 1
      return counts
    })
    const { lengths, base, perTerm } = this.#norm()
    found.forEach((counts, i) => {
      const norm = base + perTerm * (lengths[slots[i] as number] ?? 0)
      for (const [pair, count] of counts) {
        scores[i] = (scores[i] as number) + (this.#rarity(holding[pair] as number) * count) / (count + norm)
      }
    })
    return scores
  }

  /** idf of a word; of the rarest of its terms where it has several, 0 for one that the analyzer leaves out. */
  idf(word: string): number {
    return analyze(word).reduce((most, term) => Math.max(most, this.#idf(this.#dictionary.get(term))), 0)
  }

  #add(chunk: ChunkId, terms: Int32Array): void {
    const slot = this.#slots++
    this.#reserve(terms.length)
    this.#start[slot] = this.#forwardEnd
    this.#length[slot] = terms.length
    this.#chunk[slot] = chunk
    this.#alive[slot] = 1
    this.#forward.set(terms, this.#forwardEnd)
    this.#forwardEnd += terms.length
    this.#slotOf.set(chunk, slot)
    this.#living++
    this.#livingTerms += terms.length
    for (const term of this.#distinct(terms)) {
      this.#frequency[term] = (this.#frequency[term] as number) + 1
      this.#postings.append(term, slot, this.#counts[term] as number)
      this.#counts[term] = 0
    }
  }

  #reserve(terms: number): void {
    this.#start = grown(this.#start, this.#slots)
    this.#length = grown(this.#length, this.#slots)
    this.#chunk = grown(this.#chunk, this.#slots)
    this.#alive = grown(this.#alive, this.#slots)
    this.#forward = grown(this.#forward, this.#forwardEnd + terms)
    this.#frequency = grown(this.#frequency, this.#dictionary.size)
    this.#counts = grown(this.#counts, this.#dictionary.size)
    this.#whole = grown(this.#whole, this.#dictionary.size)
    this.#postings.reserve(this.#dictionary.size)
  }

  readonly #reader: PassageReader = {
    idOf: (term) => this.#dictionary.get(term),
    frequencyOf: (term) => this.#frequency[term] ?? 0,
    forEachHolder: (term, visit) => this.#postings.forEachSlot(term, visit),
    termsOf: (slot) => this.#termsOf(slot),
    isWhole: (term) => this.#whole[term] === 1,
  }

  #termsOf(slot: number): Int32Array {
    const start = this.#start[slot] as number
    return this.#forward.subarray(start, start + (this.#length[slot] as number))
  }

  /** Counts the terms into `#counts`, which the caller sets back to zero, and gives each of them once. */
  #distinct(terms: Int32Array): number[] {
    const distinct: number[] = []
    for (const term of terms) {
      const count = this.#counts[term] as number
      if (count === 0) distinct.push(term)
      this.#counts[term] = count + 1
    }
    return distinct
  }

  /** 1 for each slot that may be found. */
  #allowed(documents: readonly DocumentId[] | undefined): Uint8Array {
    if (documents === undefined) return this.#alive
    const allowed = new Uint8Array(this.#slots)
    for (const document of documents) {
      const range = this.#documents.get(document)
      if (range !== undefined) allowed.fill(1, range.start, range.end)
    }
    return allowed
  }

  #norm(): LengthNorm {
    const perTerm = this.#livingTerms === 0 ? 0 : (BM25_K1 * BM25_B * this.#living) / this.#livingTerms
    return { lengths: this.#length, base: BM25_K1 * (1 - BM25_B), perTerm }
  }

  #idf(term: number | undefined): number {
    const frequency = term === undefined ? 0 : (this.#frequency[term] ?? 0)
    return this.#rarity(frequency)
  }

  #rarity(frequency: number): number {
    return Math.log(1 + (this.#living - frequency + 0.5) / (frequency + 0.5))
  }

  #weigh(text: string): WeighedQuery {
    const repeats = new Map<string, number>()
    for (const term of analyze(text)) repeats.set(term, (repeats.get(term) ?? 0) + 1)
    const terms = [...repeats.keys()]
    const ids = terms.map((term) => this.#dictionary.get(term) ?? -1)
    // A term can be in the dictionary before the passage that brought it is put in place.
    const known = ids.map((id) => (id < this.#frequency.length ? id : -1))
    const idf = known.map((id) => this.#idf(id < 0 ? undefined : id))
    const weights = terms.map((term, i) => (idf[i] as number) * (repeats.get(term) as number))
    return { terms, ids: known, idf, weights, idfSum: weights.reduce((sum, weight) => sum + weight, 0) }
  }

  #idOf(term: string): number {
    let id = this.#dictionary.get(term)
    if (id === undefined) {
      this.#dictionary.set(term, (id = this.#dictionary.size))
      if (isWhole(term)) {
        this.#whole = grown(this.#whole, id + 1)
        this.#whole[id] = 1
      }
    }
    return id
  }
}

const NOT_THERE = -1
/** Two ids in one number, exactly: there are fewer than 2^26 terms. */
const pairKey = (first: number, second: number): number => first * 2 ** 26 + second

/** Measured for short strings and numbers in a Map of V8. */
const BYTES_PER_MAP_ENTRY = 64
