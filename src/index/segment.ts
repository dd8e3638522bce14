import type { ChunkId } from '../core/ids.ts'
import { grown } from './growing.ts'
import { LANGUAGES, type Language } from './languages.ts'
import { SegmentPostings, type SavedPostings } from './segment-postings.ts'
import { LONGEST_VARINT, putVarint } from './varint.ts'

/** A passage's terms in order, by the ids of one dictionary, and the language that they are stemmed in. */
export interface AnalysedText {
  readonly terms: Int32Array
  /** How many of the first terms are the title's. */
  readonly titled: number
  readonly language: Language
}

export interface AnalysedPassage extends AnalysedText {
  readonly chunk: ChunkId
}

/** The first `count` of each: where terms stand in a passage, ascending, and how they are marked. */
export interface MarkedTerms {
  readonly positions: Int32Array
  readonly marks: Int32Array
  count: number
}

/** The columns of a `Segment`, as a snapshot keeps them. */
export interface SavedSegment {
  readonly chunks: Float64Array
  readonly ordinals: Int32Array
  readonly next: Int32Array
  readonly lengths: Int32Array
  readonly titled: Uint16Array
  readonly languages: Uint8Array
  readonly alive: Uint8Array
  readonly forwardEnds: Int32Array
  readonly forward: Uint8Array
  readonly postings: SavedPostings | null
}

/**
 * Passages with their terms, in the order in which they came. Each passage's terms are kept in their order (ranking,
 * phrases and deletions read them); once a segment is sealed it also has postings, term by term.
 */
export class Segment {
  #count = 0
  #living = 0
  /** By place: the passage's id, its document's ordinal, and the slot of the document's next passage. */
  chunks = new Float64Array(0)
  ordinals = new Int32Array(0)
  next = new Int32Array(0)
  /** In terms. */
  lengths = new Int32Array(0)
  #titled = new Uint16Array(0)
  /** By their places in `LANGUAGES`. */
  languages = new Uint8Array(0)
  /** 1 for a passage that may be found. */
  alive = new Uint8Array(0)
  #forwardEnds = new Int32Array(0)
  /** Term ids, one passage after the other. */
  #forward = new Uint8Array(0)
  #postings: SegmentPostings | undefined
  /** The shortest passage's length, when it was sealed. */
  #shortest = 0

  /** Passages, gone ones among them. */
  get count(): number {
    return this.#count
  }

  get living(): number {
    return this.#living
  }

  /** Undefined until it is sealed: then each passage has to be looked at. */
  get postings(): SegmentPostings | undefined {
    return this.#postings
  }

  /** No passage is shorter, in terms. */
  get shortest(): number {
    return this.#shortest
  }

  get bytes(): number {
    const columns = [this.chunks, this.ordinals, this.next, this.lengths, this.#titled, this.languages, this.alive]
    const own = columns.reduce((sum, column) => sum + column.byteLength, this.#forwardEnds.byteLength)
    return own + this.#forward.byteLength + (this.#postings?.bytes ?? 0)
  }

  /** Gives its place. It is not alive yet. */
  append({ chunk, terms, titled, language }: AnalysedPassage, ordinal: number): number {
    const place = this.#extend(chunk, ordinal, terms.length, titled, LANGUAGES.indexOf(language))
    let at = this.#startOf(place)
    this.#forward = grown(this.#forward, at + terms.length * LONGEST_VARINT)
    for (let i = 0; i < terms.length; i++) at = putVarint(this.#forward, at, terms[i] as number)
    this.#forwardEnds[place] = at
    return place
  }

  /** A passage of another segment, with the same dictionary. */
  appendFrom(other: Segment, place: number): number {
    const { chunks, ordinals, lengths, languages } = other
    const added = this.#extend(
      chunks[place] as number,
      ordinals[place] as number,
      lengths[place] as number,
      other.titledOf(place),
      languages[place] as number,
    )
    const bytes = other.#forward.subarray(other.#startOf(place), other.#forwardEnds[place])
    const at = this.#startOf(added)
    this.#forward = grown(this.#forward, at + bytes.length)
    this.#forward.set(bytes, at)
    this.#forwardEnds[added] = at + bytes.length
    return added
  }

  setAlive(place: number, isAlive: boolean): void {
    this.#living += (isAlive ? 1 : 0) - (this.alive[place] as number)
    this.alive[place] = isAlive ? 1 : 0
  }

  /** Overwrites the terms of a passage that is gone: a snapshot must not keep them. */
  erase(place: number): void {
    this.#forward.fill(0, this.#startOf(place), this.#forwardEnds[place])
  }

  titledOf(place: number): number {
    return this.#titled[place] as number
  }

  /** Writes the passage's terms into `into`, which has to be long enough, and gives how many they are. */
  termsInto(place: number, into: Int32Array): number {
    const forward = this.#forward
    const length = this.lengths[place] as number
    let at = this.#startOf(place)
    for (let i = 0; i < length; i++) {
      let byte = forward[at++] as number
      let term = byte & 0x7f
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = forward[at++] as number
        term |= (byte & 0x7f) << shift
      }
      into[i] = term
    }
    return length
  }

  /**
   * Finds those of the passage's terms that are marked, in their order: writes where each stands and its mark into `found`,
   * whose arrays have to be long enough for all of its terms.
   */
  findMarked(place: number, marks: Uint16Array | Uint32Array, found: MarkedTerms): void {
    const forward = this.#forward
    const length = this.lengths[place] as number
    const { positions, marks: there } = found
    let at = this.#startOf(place)
    let count = 0
    for (let i = 0; i < length; i++) {
      let term = forward[at++] as number
      if (term > 0x7f) {
        let byte = forward[at++] as number
        term = (term & 0x7f) | ((byte & 0x7f) << 7)
        for (let shift = 14; byte > 0x7f; shift += 7) {
          byte = forward[at++] as number
          term |= (byte & 0x7f) << shift
        }
      }
      const mark = marks[term] as number
      if (mark === 0) continue
      positions[count] = i
      there[count++] = mark
    }
    found.count = count
  }

  passageAt(place: number): AnalysedPassage {
    const terms = new Int32Array(this.lengths[place] as number)
    this.termsInto(place, terms)
    return {
      chunk: this.chunks[place] as ChunkId,
      terms,
      titled: this.titledOf(place),
      language: LANGUAGES[this.languages[place] as number] as Language,
    }
  }

  /** Gives it postings of its living passages, and arrays without room to grow; pauses between parts of the work. */
  *seal(terms: number): Generator<void, void> {
    this.chunks = this.chunks.slice(0, this.#count)
    this.ordinals = this.ordinals.slice(0, this.#count)
    this.next = this.next.slice(0, this.#count)
    this.lengths = this.lengths.slice(0, this.#count)
    this.#titled = this.#titled.slice(0, this.#count)
    this.languages = this.languages.slice(0, this.#count)
    this.alive = this.alive.slice(0, this.#count)
    this.#forwardEnds = this.#forwardEnds.slice(0, this.#count)
    this.#forward = this.#forward.slice(0, this.#startOf(this.#count))
    this.#shortest = leastOf(this.lengths)
    this.#postings = yield* SegmentPostings.of(this, terms)
  }

  save(): SavedSegment {
    const count = this.#count
    return {
      chunks: this.chunks.subarray(0, count),
      ordinals: this.ordinals.subarray(0, count),
      next: this.next.subarray(0, count),
      lengths: this.lengths.subarray(0, count),
      titled: this.#titled.subarray(0, count),
      languages: this.languages.subarray(0, count),
      alive: this.alive.subarray(0, count),
      forwardEnds: this.#forwardEnds.subarray(0, count),
      forward: this.#forward.subarray(0, this.#startOf(count)),
      postings: this.#postings?.save() ?? null,
    }
  }

  static load(saved: SavedSegment): Segment {
    const segment = new Segment()
    segment.#count = saved.chunks.length
    segment.#living = saved.alive.reduce((sum, one) => sum + one, 0)
    segment.chunks = saved.chunks as Float64Array<ArrayBuffer>
    segment.ordinals = saved.ordinals as Int32Array<ArrayBuffer>
    segment.next = saved.next as Int32Array<ArrayBuffer>
    segment.lengths = saved.lengths as Int32Array<ArrayBuffer>
    segment.#shortest = leastOf(saved.lengths)
    segment.#titled = saved.titled as Uint16Array<ArrayBuffer>
    segment.languages = saved.languages as Uint8Array<ArrayBuffer>
    segment.alive = saved.alive as Uint8Array<ArrayBuffer>
    segment.#forwardEnds = saved.forwardEnds as Int32Array<ArrayBuffer>
    segment.#forward = saved.forward as Uint8Array<ArrayBuffer>
    if (saved.postings !== null) segment.#postings = SegmentPostings.load(saved.postings)
    return segment
  }

  #startOf(place: number): number {
    return place === 0 ? 0 : (this.#forwardEnds[place - 1] as number)
  }

  #extend(chunk: number, ordinal: number, length: number, titled: number, language: number): number {
    const place = this.#count++
    this.chunks = grown(this.chunks, this.#count)
    this.ordinals = grown(this.ordinals, this.#count)
    this.next = grown(this.next, this.#count)
    this.lengths = grown(this.lengths, this.#count)
    this.#titled = grown(this.#titled, this.#count)
    this.languages = grown(this.languages, this.#count)
    this.alive = grown(this.alive, this.#count)
    this.#forwardEnds = grown(this.#forwardEnds, this.#count)
    this.chunks[place] = chunk
    this.ordinals[place] = ordinal
    this.next[place] = NO_SLOT
    this.lengths[place] = length
    this.#titled[place] = titled
    this.languages[place] = language
    this.alive[place] = 0
    return place
  }
}

export const NO_SLOT = -1

const leastOf = (lengths: Int32Array): number => lengths.reduce((least, length) => Math.min(least, length), Infinity)
