import type { Best } from './best.ts'
import { MOST_COUNTED, TITLE_WEIGHT, type LengthNorm } from './bm25.ts'
import { grown } from './growing.ts'
import { MOST_PLACES } from './passages.ts'
import type { MarkedTerms, Segment } from './segment.ts'
import type { Scores } from './segment-postings.ts'
import type { WeighedQuery } from './weighed-query.ts'

/** What all scorers share, one after the other; as empty after each as before. */
export class Scratch implements Scores {
  readonly score = new Float64Array(MOST_PLACES)
  readonly touched = new Int32Array(MOST_PLACES)
  size = 0
  /** By term: its place among the query's ids, plus one. Small, since passages read it here and there. */
  marks = new Uint16Array(0)
  /** Those of the passage that was read last. */
  terms = new Int32Array(0)
  /** Those of the query in the passage that was scored last. */
  found = new FoundTerms(0)
}

class FoundTerms implements MarkedTerms {
  readonly positions: Int32Array
  readonly marks: Int32Array
  count = 0

  constructor(length: number) {
    this.positions = new Int32Array(length)
    this.marks = new Int32Array(length)
  }
}

/**
 * BM25 of passages for one query. A passage's score is added up in the order of the query's ids, however it is found, so
 * that it is the same number to the last bit.
 */
export class PassageScorer {
  readonly #scratch: Scratch
  readonly #query: WeighedQuery
  readonly #norm: LengthNorm
  readonly #marks: Uint16Array | Uint32Array
  /** By mark; anything between two passages. */
  readonly #counts: Int32Array
  /** By the query's ids: the most that this one and those after it can add to a score in the segment at hand. */
  readonly #rest: Float64Array
  /** By the query's ids: where they are in the segment's postings. */
  readonly #found: Int32Array

  /** @param terms size of the dictionary. `close` it before the next one is made. */
  constructor(scratch: Scratch, query: WeighedQuery, norm: LengthNorm, terms: number) {
    this.#scratch = scratch
    this.#query = query
    this.#norm = norm
    this.#counts = new Int32Array(query.ids.length + 1)
    this.#rest = new Float64Array(query.ids.length + 1)
    this.#found = new Int32Array(query.ids.length)
    scratch.marks = grown(scratch.marks, terms)
    // A query of a whole book.
    this.#marks = query.ids.length > MOST_MARKS ? new Uint32Array(terms) : scratch.marks
    query.ids.forEach((term, i) => (this.#marks[term] = i + 1))
  }

  close(): void {
    for (const term of this.#query.ids) this.#marks[term] = 0
  }

  /** Leaves the query's terms that the passage holds in the scratch. */
  score(segment: Segment, place: number): number {
    const length = segment.lengths[place] as number
    if (length > this.#scratch.found.marks.length) this.#scratch.found = new FoundTerms(2 * length)
    const { found } = this.#scratch
    segment.findMarked(place, this.#marks, found)
    if (found.count === 0) return 0
    const titled = segment.titledOf(place)
    const counts = this.#counts
    counts.fill(0)
    for (let i = 0; i < found.count; i++) {
      const mark = found.marks[i] as number
      counts[mark] = (counts[mark] as number) + ((found.positions[i] as number) < titled ? TITLE_WEIGHT : 1)
    }
    const { ids, weights } = this.#query
    const { base, perTerm } = this.#norm
    let sum = 0
    for (let i = 0; i < ids.length; i++) {
      const count = Math.min(counts[i + 1] as number, MOST_COUNTED)
      if (count > 0) sum += ((weights[i] as number) * count) / (count + base + perTerm * length)
    }
    return sum
  }

  /** Offers all passages that hold a term of the query, or at least those that are good enough. @param among 1: it may be found */
  search(segment: Segment, among: Uint8Array, best: Best): void {
    if (this.#query.ids.length === 0) return
    if (segment.postings === undefined) this.#scan(segment, among, best)
    else this.#accumulate(segment, among, best)
  }

  /** Passage by passage, where there are no postings yet. */
  #scan(segment: Segment, among: Uint8Array, best: Best): void {
    for (let place = 0; place < segment.count; place++) {
      if (among[place] === 0) continue
      const score = this.score(segment, place)
      if (score > 0 && score >= best.worst) best.offer(score, segment.chunks[place] as number)
    }
  }

  /**
   * Term by term, the heaviest first, as long as a passage without those before can still be good enough; then only what
   * can be is looked at further (MaxScore: Turtle and Flood, "Query Evaluation: Strategies and Optimizations", 1995), by
   * its own terms where that reads less than the postings that are left.
   */
  #accumulate(segment: Segment, among: Uint8Array, best: Best): void {
    const postings = segment.postings
    if (postings === undefined) return
    const { ids, weights } = this.#query
    const { score, touched } = this.#scratch
    const worst = best.worst * (1 - SLACK)
    const rest = this.#rest
    const found = this.#found
    for (let i = ids.length - 1; i >= 0; i--) {
      found[i] = postings.find(ids[i] as number)
      const most = postings.most(found[i] as number, segment.shortest, this.#norm)
      rest[i] = (rest[i + 1] as number) + (weights[i] as number) * most
    }
    let done = 0
    for (; done < ids.length && (rest[done] as number) >= worst; done++) this.#add(done, segment, among, false)
    let left = 0
    for (let i = done; i < ids.length; i++) left += postings.bytesOf(found[i] as number)
    for (; done < ids.length; done++) {
      this.#dropBelow(worst - (rest[done] as number))
      if (this.#scratch.size * BYTES_A_PASSAGE < left) break
      this.#add(done, segment, among, true)
      left -= postings.bytesOf(found[done] as number)
    }
    for (let i = 0; i < this.#scratch.size; i++) {
      const place = touched[i] as number
      const whole = done < ids.length ? this.score(segment, place) : (score[place] as number)
      if (whole >= best.worst) best.offer(whole, segment.chunks[place] as number)
      score[place] = 0
    }
    this.#scratch.size = 0
  }

  /** Adds what one of the query's terms is worth. @param isKnown only to passages that have a score already */
  #add(i: number, { postings, lengths }: Segment, among: Uint8Array, isKnown: boolean): void {
    const weight = this.#query.weights[i] as number
    postings?.accumulate(this.#found[i] as number, weight, among, lengths, this.#norm, this.#scratch, isKnown)
  }

  #dropBelow(needed: number): void {
    const { score, touched, size } = this.#scratch
    let kept = 0
    for (let i = 0; i < size; i++) {
      const place = touched[i] as number
      if ((score[place] as number) >= needed) touched[kept++] = place
      else score[place] = 0
    }
    this.#scratch.size = kept
  }
}

/** In 16 bits. */
const MOST_MARKS = 0xffff
/** Bounds are sums in another order, so their last bits differ. */
const SLACK = 1e-9
/** So many bytes of postings are read in the time that a passage's own terms take. */
const BYTES_A_PASSAGE = 150
