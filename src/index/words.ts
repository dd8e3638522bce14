import type { QueryTerms, WordScores } from '../core/ports/search.ts'
import { forEachRun, isWhole } from './analyzer.ts'
import { Best, type Ranked } from './best.ts'
import { lengthNorm, rarity, type LengthNorm } from './bm25.ts'
import { meeting, type PassageReader } from './conditions.ts'
import { Dictionary, type SavedDictionary } from './dictionary.ts'
import { grown } from './growing.ts'
import { languageOf } from './languages.ts'
import { Passages, placeOf, type SavedPassages, SEGMENT_SIZES, type SegmentSizes } from './passages.ts'
import { PassageScorer, Scratch } from './passage-scorer.ts'
import { PhraseCounter } from './phrases.ts'
import { parseQuery, type ParsedQuery } from './query.ts'
import type { AnalysedPassage, AnalysedText, Segment } from './segment.ts'
import { weigh, type WeighedQuery } from './weighed-query.ts'

export interface WordRanking extends Ranked {
  readonly query: QueryTerms
}

/** A query as an owner's words take it, weighed when that is first asked for; it holds until they change. */
export interface WordQuery {
  readonly parsed: ParsedQuery
  readonly weighed: WeighedQuery
}

/** 1 for each document that may be found, by its ordinal; undefined: all. */
export type AllowedDocuments = Uint8Array | undefined

export interface SavedWords {
  readonly dictionary: SavedDictionary
  readonly frequency: Int32Array
  readonly passages: SavedPassages
}

/** Passages between two pauses of a change. */
const PASSAGES_A_STEP = 128
/** Terms that no passage holds any more are forgotten once they are more than the others and at least this many. */
const RENUMBER_FROM = 4096

/**
 * The words of one owner's passages, with statistics of their own: what one owner stores changes nobody else's
 * scores. Scores are BM25 with idf = ln(1 + (N - df + .5) / (df + .5)) over the living passages, added up in the
 * order of the weighed query's terms, so that `search` and `score` give the same number to the last bit.
 *
 * What changes it is a generator that pauses every few milliseconds; one change at a time. At a pause searches see what
 * was before it.
 */
export class OwnerWords {
  readonly #scratch: Scratch
  readonly #sizes: SegmentSizes
  #dictionary = new Dictionary()
  #passages: Passages
  /** Living passages that hold the term. */
  #frequency = new Int32Array(0)
  /** Terms that a living passage holds. */
  #held = 0

  constructor(scratch: Scratch = new Scratch(), sizes: SegmentSizes = SEGMENT_SIZES) {
    this.#scratch = scratch
    this.#sizes = sizes
    this.#passages = new Passages(sizes)
  }

  get count(): number {
    return this.#passages.living
  }

  get bytes(): number {
    return this.#dictionary.bytes + this.#frequency.byteLength + this.#passages.bytes
  }

  has(ordinal: number): boolean {
    return this.#passages.has(ordinal)
  }

  /** Of the document that the passage is of; undefined: there is no such passage. */
  ordinalOf(chunk: number): number | undefined {
    const slot = this.#passages.slotOf(chunk)
    return slot === -1 ? undefined : this.#passages.segmentOf(slot).ordinals[placeOf(slot)]
  }

  /** The passage's terms in the language that the text's end is in. Changes no score until `replaceDocument`. */
  analyse(title: string, text: string): AnalysedText {
    const language = languageOf(text)
    let ids = new Int32Array(256)
    let size = 0
    const add = (terms: readonly string[]): void => {
      for (const term of terms) {
        if (size === ids.length) ids = grown(ids, size + 1)
        ids[size++] = this.#dictionary.add(term)
      }
    }
    forEachRun(title, language, add)
    const titled = Math.min(size, LONGEST_TITLE)
    forEachRun(text, language, add)
    return { terms: ids.slice(0, size), titled, language }
  }

  /** Puts the analysed passages in the place of all that is known of the document, in one step. */
  *replaceDocument(ordinal: number, passages: readonly AnalysedPassage[]): Generator<void, void> {
    this.#frequency = grown(this.#frequency, this.#dictionary.size)
    const slots: number[] = []
    for (const [i, passage] of passages.entries()) {
      slots.push(this.#passages.append(passage, ordinal))
      if (i % PASSAGES_A_STEP === PASSAGES_A_STEP - 1) yield
    }
    const gained = yield* this.#termsOfAll(slots)
    const lost = yield* this.#termsOfAll([...this.#passages.slotsOf(ordinal)])
    this.#passages.hide(ordinal)
    if (slots.length > 0) this.#passages.show(slots, ordinal)
    // In this order, so that a term of both is held all the while.
    this.#add(gained, 1)
    this.#add(lost, -1)
    yield* this.#passages.tidy(this.#dictionary.size)
  }

  *deleteDocument(ordinal: number): Generator<void, void> {
    yield* this.replaceDocument(ordinal, [])
  }

  get worthRenumbering(): boolean {
    const gone = this.#dictionary.size - this.#held
    return gone >= RENUMBER_FROM && gone > this.#held
  }

  /** The same passages without the terms that none of them holds. */
  *renumbered(): Generator<void, OwnerWords> {
    const copy = new OwnerWords(this.#scratch, this.#sizes)
    const ids = new Int32Array(this.#dictionary.size).fill(NOT_THERE)
    const documents = new Map<number, number[]>()
    this.#passages.forEachSegment((segment, first) => {
      for (let place = 0; place < segment.count; place++) {
        if (segment.alive[place] === 0) continue
        const ordinal = segment.ordinals[place] as number
        const slots = documents.get(ordinal)
        if (slots === undefined) documents.set(ordinal, [first + place])
        else slots.push(first + place)
      }
    })
    for (const [ordinal, slots] of documents) {
      const passages: AnalysedPassage[] = []
      for (const slot of slots) {
        const passage = this.#passages.segmentOf(slot).passageAt(placeOf(slot))
        for (const [i, term] of passage.terms.entries()) {
          let id = ids[term] as number
          if (id === NOT_THERE) ids[term] = id = copy.#dictionary.add(this.#dictionary.textOf(term))
          passage.terms[i] = id
        }
        passages.push(passage)
        if (passages.length % PASSAGES_A_STEP === 0) yield
      }
      yield* copy.replaceDocument(ordinal, passages)
      yield
    }
    return copy
  }

  /** For `search`, `meeting` and `score`, so that none of them does it again. */
  ask(text: string): WordQuery {
    const parsed = parseQuery(text)
    const reader = this.#reader()
    let weighed: WeighedQuery | undefined
    return {
      parsed,
      get weighed() {
        return (weighed ??= weigh(parsed.text, reader))
      },
    }
  }

  /** The terms of the query that passages hold, with what they are worth; undefined where it has conditions. */
  termsOf({ parsed, weighed: { ids, weights } }: WordQuery): (readonly [string, number])[] | undefined {
    if (this.#hasConditions(parsed)) return undefined
    return ids.map((id, i) => [this.#dictionary.textOf(id), weights[i] as number])
  }

  /** The best `limit` of the passages that hold a word of the query and meet its conditions (`parseQuery`). */
  search(documents: AllowedDocuments, { parsed, weighed }: WordQuery, limit: number): WordRanking {
    const inScope = documents === undefined ? undefined : this.#allowed(documents)
    const allowed = this.#hasConditions(parsed)
      ? (meeting(parsed, inScope ?? this.#allowed(), this.#reader()) ?? inScope)
      : inScope
    const best = new Best(limit, this.count)
    const scorer = this.#scorer(weighed)
    this.#passages.forEachSegment((segment, first) => {
      scorer.search(segment, allowed?.subarray(first, first + segment.count) ?? segment.alive, best)
    })
    scorer.close()
    return { ...best.ranked(), query: { terms: weighed.terms, idf: weighed.idf, idfSum: weighed.idfSum } }
  }

  /**
   * Ids of the passages in the scope that meet the query's conditions, for whoever finds passages in another way than by
   * words; undefined where the query has none.
   */
  meeting(documents: AllowedDocuments, { parsed }: WordQuery): Float64Array | undefined {
    if (!this.#hasConditions(parsed)) return undefined
    const meets = meeting(parsed, this.#allowed(documents), this.#reader())
    if (meets === undefined) return undefined
    const found: number[] = []
    this.#passages.forEachSegment((segment, first) => {
      for (let place = 0; place < segment.count; place++)
        if (meets[first + place] === 1) found.push(segment.chunks[place] as number)
    })
    return Float64Array.from(found)
  }

  /**
   * BM25 of each passage, and what its phrases are worth; NaN for one that is not in the scope. The query's conditions
   * are not asked.
   */
  score(documents: AllowedDocuments, { weighed }: WordQuery, chunks: Float64Array): WordScores {
    const scorer = this.#scorer(weighed)
    const phrases = new PhraseCounter(weighed, chunks.length)
    const slots = Int32Array.from(chunks, (chunk) => {
      const slot = this.#passages.slotOf(chunk)
      if (slot === NOT_THERE || documents === undefined) return slot
      const ordinal = this.#passages.segmentOf(slot).ordinals[placeOf(slot)] as number
      return documents[ordinal] === 1 ? slot : NOT_THERE
    })
    const bm25 = Float64Array.from(slots, (slot, row) => {
      if (slot === NOT_THERE) return Number.NaN
      const segment = this.#passages.segmentOf(slot)
      const score = scorer.score(segment, placeOf(slot))
      phrases.read(row, this.#scratch.found)
      return score
    })
    scorer.close()
    const norm = this.#norm()
    const phrase = Float64Array.from(slots, (slot, row) => {
      if (slot === NOT_THERE) return Number.NaN
      const length = this.#passages.segmentOf(slot).lengths[placeOf(slot)] as number
      return phrases.score(row, length, norm, this.count)
    })
    return { bm25, phrase }
  }

  /** idf of a word; of the rarest of its terms where it has several, 0 for one that the analyzer leaves out. */
  idf(word: string): number {
    return Math.max(0, ...weigh(word, this.#reader()).idf)
  }

  save(): SavedWords {
    return {
      dictionary: this.#dictionary.save(),
      frequency: this.#frequency.subarray(0, this.#dictionary.size),
      passages: this.#passages.save(),
    }
  }

  static load({ dictionary, frequency, passages }: SavedWords, scratch: Scratch): OwnerWords {
    const words = new OwnerWords(scratch)
    words.#dictionary = Dictionary.load(dictionary)
    words.#frequency = frequency as Int32Array<ArrayBuffer>
    words.#held = frequency.reduce((sum, passagesWith) => sum + (passagesWith > 0 ? 1 : 0), 0)
    words.#passages = Passages.load(passages)
    return words
  }

  /** The passage's terms into the scratch; gives how many they are. */
  #read(segment: Segment, place: number): number {
    this.#scratch.terms = grown(this.#scratch.terms, segment.lengths[place] as number)
    return segment.termsInto(place, this.#scratch.terms)
  }

  #scorer(query: WeighedQuery): PassageScorer {
    return new PassageScorer(this.#scratch, query, this.#norm(), this.#dictionary.size)
  }

  /** In how many of the passages each of their terms is. */
  *#termsOfAll(slots: readonly number[]): Generator<void, Map<number, number>> {
    const passagesWith = new Map<number, number>()
    const distinct = new Set<number>()
    for (const [i, slot] of slots.entries()) {
      const length = this.#read(this.#passages.segmentOf(slot), placeOf(slot))
      distinct.clear()
      for (let at = 0; at < length; at++) distinct.add(this.#scratch.terms[at] as number)
      for (const term of distinct) passagesWith.set(term, (passagesWith.get(term) ?? 0) + 1)
      if (i % PASSAGES_A_STEP === PASSAGES_A_STEP - 1) yield
    }
    return passagesWith
  }

  #add(passagesWith: ReadonlyMap<number, number>, sign: 1 | -1): void {
    for (const [term, passages] of passagesWith) {
      const before = this.#frequency[term] as number
      const now = before + sign * passages
      this.#frequency[term] = now
      this.#held += (now > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
      if (now === 0) this.#dictionary.erase(term)
    }
  }

  #hasConditions({ required, excluded }: ParsedQuery): boolean {
    return required.length + excluded.length > 0
  }

  #reader(): PassageReader {
    return {
      // A term can be in the dictionary before the passage that brought it is put in place.
      idOf: (term) => {
        const id = this.#dictionary.get(term)
        return id === undefined || id >= this.#frequency.length ? undefined : id
      },
      frequencyOf: (term) => this.#frequency[term] as number,
      rarity: (frequency) => rarity(frequency, this.count),
      languages: this.#passages.languages,
      forEachHolder: (term, visit) => {
        this.#passages.forEachSegment((segment, first) => {
          if (segment.postings !== undefined) {
            segment.postings.forEachPlace(segment.postings.find(term), (place) => visit(first + place))
            return
          }
          for (let place = 0; place < segment.count; place++) {
            const length = this.#read(segment, place)
            if (this.#scratch.terms.subarray(0, length).includes(term)) visit(first + place)
          }
        })
      },
      termsOf: (slot) => {
        const length = this.#read(this.#passages.segmentOf(slot), placeOf(slot))
        return this.#scratch.terms.subarray(0, length)
      },
      isWhole: (term) => isWhole(this.#dictionary.textOf(term)),
    }
  }

  /** 1 for each slot that may be found. */
  #allowed(documents?: Uint8Array): Uint8Array {
    const allowed = new Uint8Array(this.#passages.capacity)
    this.#passages.forEachSegment(({ count, alive, ordinals }, first) => {
      if (documents === undefined) {
        allowed.set(alive.subarray(0, count), first)
        return
      }
      for (let place = 0; place < count; place++)
        if (alive[place] === 1 && documents[ordinals[place] as number] === 1) allowed[first + place] = 1
    })
    return allowed
  }

  #norm(): LengthNorm {
    return lengthNorm(this.#passages.living, this.#passages.livingTerms)
  }
}

const NOT_THERE = -1
/** In terms; what a title has beyond counts as the text. */
const LONGEST_TITLE = 0xffff
