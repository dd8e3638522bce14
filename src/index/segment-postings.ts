import { MOST_COUNTED, TITLE_WEIGHT, type LengthNorm } from './bm25.ts'
import { putVarint, sizeOfVarint } from './varint.ts'

/** Passages by their places, from 0 to `count - 1`. */
export interface TermSource {
  readonly count: number
  /** 1 for a passage that may be found. */
  readonly alive: Uint8Array
  /** In terms. */
  readonly lengths: Int32Array
  /** How many of the first terms are the title's. */
  titledOf(place: number): number
  /** Writes the passage's terms, in their order, and gives how many they are. */
  termsInto(place: number, into: Int32Array): number
}

/** Scores by place while one segment is searched: zero everywhere but at the first `size` entries of `touched`. */
export interface Scores {
  readonly score: Float64Array
  readonly touched: Int32Array
  size: number
}

export interface SavedPostings {
  readonly terms: Int32Array
  readonly ends: Int32Array
  readonly most: Uint16Array
  readonly codes: Uint8Array
}

const PASSAGES_A_STEP = 256
export const NOT_HERE = -1

/**
 * For each term the places of the passages that hold it, ascending, with how often. A posting is the distance to the one
 * before, times two, plus one where a count above 1 follows; both as varints, so most take one byte or two.
 */
export class SegmentPostings {
  /** Ascending; those that a living passage held when the segment was sealed. */
  readonly #terms: Int32Array
  /** Where each term's postings end; they begin where those of the one before end. */
  readonly #ends: Int32Array
  /** The highest count of each term. */
  readonly #most: Uint16Array
  readonly #codes: Uint8Array

  private constructor({ terms, ends, most, codes }: SavedPostings) {
    this.#terms = terms
    this.#ends = ends
    this.#most = most
    this.#codes = codes
  }

  static load = (saved: SavedPostings): SegmentPostings => new SegmentPostings(saved)

  save(): SavedPostings {
    return { terms: this.#terms, ends: this.#ends, most: this.#most, codes: this.#codes }
  }

  get bytes(): number {
    return this.#terms.byteLength + this.#ends.byteLength + this.#most.byteLength + this.#codes.byteLength
  }

  /** Of the segment's living passages; `terms`: the dictionary's size. First measured, then written. */
  static *of(segment: TermSource, terms: number): Generator<void, SegmentPostings> {
    const counter = new TermCounter(segment, terms)
    const last = new Int32Array(terms).fill(-1)
    const sizes = new Int32Array(terms)
    const counts = new Uint16Array(terms)
    for (let place = 0; place < segment.count; place++) {
      if (place % PASSAGES_A_STEP === PASSAGES_A_STEP - 1) yield
      if (segment.alive[place] === 0) continue
      counter.forEach(place, (term, count) => {
        const code = codeOf(place - (last[term] as number), count)
        sizes[term] = (sizes[term] as number) + sizeOfVarint(code) + (count > 1 ? sizeOfVarint(count) : 0)
        last[term] = place
        counts[term] = Math.max(counts[term] as number, count)
      })
    }
    const held: number[] = []
    for (let term = 0; term < terms; term++) if ((sizes[term] as number) > 0) held.push(term)
    const ends = new Int32Array(held.length)
    // From here on `sizes` says where the term's next posting goes.
    let end = 0
    held.forEach((term, i) => {
      const size = sizes[term] as number
      sizes[term] = end
      ends[i] = end += size
    })
    last.fill(-1)
    const codes = new Uint8Array(end)
    for (let place = 0; place < segment.count; place++) {
      if (place % PASSAGES_A_STEP === PASSAGES_A_STEP - 1) yield
      if (segment.alive[place] === 0) continue
      counter.forEach(place, (term, count) => {
        let at = putVarint(codes, sizes[term] as number, codeOf(place - (last[term] as number), count))
        if (count > 1) at = putVarint(codes, at, count)
        sizes[term] = at
        last[term] = place
      })
    }
    const most = Uint16Array.from(held, (term) => counts[term] as number)
    return new SegmentPostings({ terms: Int32Array.from(held), ends, most, codes })
  }

  /** Where the term is among the segment's, for the methods below; `NOT_HERE`: no passage held it. */
  find(term: number): number {
    const terms = this.#terms
    let low = 0
    let high = terms.length - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const there = terms[middle] as number
      if (there === term) return middle
      if (there < term) low = middle + 1
      else high = middle - 1
    }
    return NOT_HERE
  }

  /** The most that a posting of the term can be worth of its weight, in passages of at least `shortest` terms. */
  most(found: number, shortest: number, { base, perTerm }: LengthNorm): number {
    if (found === NOT_HERE) return 0
    const count = this.#most[found] as number
    return count / (count + base + perTerm * shortest)
  }

  /** What the term's postings take. */
  bytesOf(found: number): number {
    return found === NOT_HERE ? 0 : (this.#ends[found] as number) - this.#startOf(found)
  }

  /** In ascending order; those of passages that are gone, too. */
  forEachPlace(found: number, visit: (place: number) => void): void {
    if (found === NOT_HERE) return
    const codes = this.#codes
    let place = -1
    for (let at = this.#startOf(found), end = this.#ends[found] as number; at < end;) {
      let byte = codes[at++] as number
      let code = byte & 0x7f
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = codes[at++] as number
        code |= (byte & 0x7f) << shift
      }
      place += code >>> 1
      if ((code & 1) === 1) while ((codes[at++] as number) > 0x7f);
      visit(place)
    }
  }

  /**
   * Adds `weight * count / (count + norm)` to the score of each place that holds the term and is `allowed`.
   * @param isKnown only where there is a score already
   */
  accumulate(
    found: number,
    weight: number,
    allowed: Uint8Array,
    lengths: Int32Array,
    { base, perTerm }: LengthNorm,
    into: Scores,
    isKnown: boolean,
  ): void {
    if (found === NOT_HERE) return
    const codes = this.#codes
    const { score, touched } = into
    let size = into.size
    let place = -1
    for (let at = this.#startOf(found), end = this.#ends[found] as number; at < end;) {
      let byte = codes[at++] as number
      let code = byte & 0x7f
      for (let shift = 7; byte > 0x7f; shift += 7) {
        byte = codes[at++] as number
        code |= (byte & 0x7f) << shift
      }
      place += code >>> 1
      let count = 1
      if ((code & 1) === 1) {
        byte = codes[at++] as number
        count = byte & 0x7f
        for (let shift = 7; byte > 0x7f; shift += 7) {
          byte = codes[at++] as number
          count |= (byte & 0x7f) << shift
        }
      }
      const before = score[place] as number
      if (before === 0) {
        if (isKnown || allowed[place] === 0) continue
        touched[size++] = place
      }
      score[place] = before + (weight * count) / (count + base + perTerm * (lengths[place] as number))
    }
    into.size = size
  }

  #startOf(found: number): number {
    return found === 0 ? 0 : (this.#ends[found - 1] as number)
  }
}

const codeOf = (distance: number, count: number): number => 2 * distance + (count > 1 ? 1 : 0)

/** Gives each distinct term of a passage with its count, those of the title weighted. */
export class TermCounter {
  readonly #segment: TermSource
  readonly #counts: Int32Array
  #terms: Int32Array<ArrayBuffer> = new Int32Array(256)

  constructor(segment: TermSource, terms: number) {
    this.#segment = segment
    this.#counts = new Int32Array(terms)
  }

  forEach(place: number, visit: (term: number, count: number) => void): void {
    const length = this.#segment.lengths[place] as number
    if (length > this.#terms.length) this.#terms = new Int32Array(2 * length)
    const terms = this.#terms
    this.#segment.termsInto(place, terms)
    const titled = this.#segment.titledOf(place)
    const counts = this.#counts
    for (let i = 0; i < length; i++) {
      const term = terms[i] as number
      counts[term] = (counts[term] as number) + (i < titled ? TITLE_WEIGHT : 1)
    }
    for (let i = 0; i < length; i++) {
      const term = terms[i] as number
      const count = counts[term] as number
      if (count === 0) continue
      counts[term] = 0
      visit(term, Math.min(count, MOST_COUNTED))
    }
  }
}
