import type { ChunkId, DocumentId } from '../core/ids.ts'
import type { QueryTerms, WordScores } from '../core/ports.ts'
import { forEachRun, isWhole } from './analyzer.ts'
import { Best, type Ranked } from './best.ts'
import { meeting, type PassageReader } from './conditions.ts'
import { grown } from './growing.ts'
import { LANGUAGES, type Language, languageOf } from './languages.ts'
import { type PhraseReader, phraseScores } from './phrases.ts'
import { type LengthNorm, Postings, type Scores } from './postings.ts'
import { parseQuery } from './query.ts'
import { weigh, type WeighedQuery } from './weighed-query.ts'

/** Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3. */
export const BM25_K1 = 0.9
export const BM25_B = 0.4
/**
 * A word of the title counts as often, the passage's length stays. Of 809 training claims of SciFact nDCG@10 is .697 with
 * and without (+.003, 95 % interval -.003 to .008); Cranfield's rises by .019 (.009 to .028), HotpotQA's and XQuAD's do not
 * change beyond their intervals. Headings, of which no set has any, count as the text.
 */
export const TITLE_WEIGHT = 3

/** A passage's terms in order, by the ids of one `OwnerWords`, and the language that they are stemmed in. */
export interface AnalysedText {
  readonly terms: Int32Array
  /** How many of the first terms are the title's. */
  readonly titled: number
  readonly language: Language
}

export interface AnalysedPassage extends AnalysedText {
  readonly chunk: ChunkId
}

export interface WordRanking extends Ranked {
  readonly query: QueryTerms
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
 * order of the weighed query's terms, so that `search` and `score` give the same number to the last bit.
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
  #titled = new Uint16Array(0)
  #chunk = new Float64Array(0)
  #alive = new Uint8Array(0)
  /** By its place in `LANGUAGES`. */
  #language = new Uint8Array(0)
  /** Living passages in each of `LANGUAGES`. */
  readonly #speaking = new Int32Array(LANGUAGES.length)
  #languages: readonly Language[] = []
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

  /** The passage's terms in the language that the text's end is in. Changes no score until `replaceDocument`. */
  analyse(title: string, text: string): AnalysedText {
    const language = languageOf(text)
    let ids = new Int32Array(256)
    let size = 0
    const add = (terms: readonly string[]): void => {
      for (const term of terms) {
        if (size === ids.length) ids = grown(ids, size + 1)
        ids[size++] = this.#idOf(term)
      }
    }
    forEachRun(title, language, add)
    const titled = Math.min(size, LONGEST_TITLE)
    forEachRun(text, language, add)
    return { terms: ids.slice(0, size), titled, language }
  }

  /** Puts the analysed passages in the place of all that is known of the document, in one step. */
  replaceDocument(document: DocumentId, passages: readonly AnalysedPassage[]): void {
    this.deleteDocument(document)
    if (passages.length === 0) return
    const start = this.#slots
    for (const passage of passages) this.#add(passage)
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
      this.#speak(this.#language[slot] as number, -1)
      for (const term of this.#distinct(this.#termsOf(slot), 0)) {
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
        const language = LANGUAGES[this.#language[slot] as number] as Language
        const titled = this.#titled[slot] as number
        passages.push({ chunk: this.#chunk[slot] as ChunkId, terms, titled, language })
      }
      copy.replaceDocument(document, passages)
    }
    return copy
  }

  /** The best `limit` of the passages that hold a word of the query and meet its conditions (`parseQuery`). */
  search(documents: readonly DocumentId[] | undefined, text: string, limit: number, scratch: Scores): WordRanking {
    const parsed = parseQuery(text)
    const query = weigh(parsed.text, this.#reader())
    scratch.score = grown(scratch.score, this.#slots)
    scratch.touched = grown(scratch.touched, this.#slots)
    const inScope = this.#allowed(documents)
    const allowed = meeting(parsed, inScope, this.#reader()) ?? inScope
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
    const meets = meeting(parseQuery(text), this.#allowed(documents), this.#reader())
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
    const reader = this.#reader()
    const query = weigh(parseQuery(text).text, reader)
    return { bm25: this.#bm25(query, slots), phrase: phraseScores(query, slots, reader) }
  }

  #bm25({ ids, weights }: WeighedQuery, slots: Int32Array): Float64Array {
    const { lengths, base, perTerm } = this.#norm()
    // Which of the query's terms each is, from 1 on.
    const marks = this.#counts
    ids.forEach((term, i) => (marks[term] = i + 1))
    const counts = new Int32Array(ids.length + 1)
    const scores = Float64Array.from(slots, (slot) => {
      if (slot === NOT_THERE) return Number.NaN
      const terms = this.#termsOf(slot)
      const titled = this.#titled[slot] as number
      counts.fill(0)
      for (let at = 0; at < terms.length; at++) {
        const mark = marks[terms[at] as number] as number
        counts[mark] = (counts[mark] as number) + (at < titled ? TITLE_WEIGHT : 1)
      }
      const ofLength = perTerm * (lengths[slot] as number)
      let sum = 0
      // The sum in the order in which `search` makes it, so that both give the same number to the last bit.
      for (let i = 0; i < ids.length; i++) {
        const count = Math.min(counts[i + 1] as number, 0xffff)
        if (count > 0) sum += ((weights[i] as number) * count) / (count + base + ofLength)
      }
      return sum
    })
    for (const term of ids) marks[term] = 0
    return scores
  }

  /** idf of a word; of the rarest of its terms where it has several, 0 for one that the analyzer leaves out. */
  idf(word: string): number {
    return Math.max(0, ...weigh(word, this.#reader()).idf)
  }

  #add({ chunk, terms, titled, language }: AnalysedPassage): void {
    const slot = this.#slots++
    this.#reserve(terms.length)
    this.#start[slot] = this.#forwardEnd
    this.#length[slot] = terms.length
    this.#titled[slot] = titled
    this.#chunk[slot] = chunk
    this.#alive[slot] = 1
    const place = LANGUAGES.indexOf(language)
    this.#language[slot] = place
    this.#speak(place, 1)
    this.#forward.set(terms, this.#forwardEnd)
    this.#forwardEnd += terms.length
    this.#slotOf.set(chunk, slot)
    this.#living++
    this.#livingTerms += terms.length
    for (const term of this.#distinct(terms, titled)) {
      this.#frequency[term] = (this.#frequency[term] as number) + 1
      this.#postings.append(term, slot, this.#counts[term] as number)
      this.#counts[term] = 0
    }
  }

  #reserve(terms: number): void {
    this.#start = grown(this.#start, this.#slots)
    this.#length = grown(this.#length, this.#slots)
    this.#titled = grown(this.#titled, this.#slots)
    this.#chunk = grown(this.#chunk, this.#slots)
    this.#alive = grown(this.#alive, this.#slots)
    this.#language = grown(this.#language, this.#slots)
    this.#forward = grown(this.#forward, this.#forwardEnd + terms)
    this.#frequency = grown(this.#frequency, this.#dictionary.size)
    this.#counts = grown(this.#counts, this.#dictionary.size)
    this.#whole = grown(this.#whole, this.#dictionary.size)
    this.#postings.reserve(this.#dictionary.size)
  }

  #speak(language: number, passages: 1 | -1): void {
    const before = this.#speaking[language] as number
    this.#speaking[language] = before + passages
    if (before === 0 || before + passages === 0)
      this.#languages = LANGUAGES.filter((_, i) => (this.#speaking[i] as number) > 0)
  }

  #reader(): PassageReader & PhraseReader {
    return {
      // A term can be in the dictionary before the passage that brought it is put in place.
      idOf: (term) => {
        const id = this.#dictionary.get(term)
        return id === undefined || id >= this.#frequency.length ? undefined : id
      },
      frequencyOf: (term) => this.#frequency[term] as number,
      rarity: (frequency) => this.#rarity(frequency),
      languages: this.#languages,
      forEachHolder: (term, visit) => this.#postings.forEachSlot(term, visit),
      termsOf: (slot) => this.#termsOf(slot),
      isWhole: (term) => this.#whole[term] === 1,
      marks: this.#counts,
      norm: this.#norm(),
    }
  }

  #termsOf(slot: number): Int32Array {
    const start = this.#start[slot] as number
    return this.#forward.subarray(start, start + (this.#length[slot] as number))
  }

  /** Counts the terms, weighted, into `#counts`, which the caller sets back to zero, and gives each of them once. */
  #distinct(terms: Int32Array, titled: number): number[] {
    const distinct: number[] = []
    for (let at = 0; at < terms.length; at++) {
      const term = terms[at] as number
      const count = this.#counts[term] as number
      if (count === 0) distinct.push(term)
      this.#counts[term] = count + (at < titled ? TITLE_WEIGHT : 1)
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

  /** Of what is in so many passages; terms counted together can be more than there are passages. */
  #rarity(frequency: number): number {
    const within = Math.min(frequency, this.#living)
    return Math.log(1 + (this.#living - within + 0.5) / (within + 0.5))
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
/** In terms; what a title has beyond counts as the text. */
const LONGEST_TITLE = 0xffff

/** Measured for short strings and numbers in a Map of V8. */
const BYTES_PER_MAP_ENTRY = 64
