import { ChunkTable } from './chunk-table.ts'
import { grown } from './growing.ts'
import { LANGUAGES, type Language } from './languages.ts'
import { NO_SLOT, Segment, type AnalysedPassage, type SavedSegment } from './segment.ts'

/** A slot is a segment's number and a place in it. */
const PLACE_BITS = 13
/** The most passages of a segment. */
export const MOST_PLACES = 2 ** PLACE_BITS
const PLACE_MASK = MOST_PLACES - 1

export interface SegmentSizes {
  /** Passages of a segment that is being written, until it is sealed. */
  readonly open: number
  /** So many small segments are merged into one. */
  readonly fanOut: number
  /** The most passages of a segment; `MOST_PLACES` at most. */
  readonly most: number
}

export const SEGMENT_SIZES: SegmentSizes = { open: 512, fanOut: 8, most: MOST_PLACES }

export interface SavedPassages {
  readonly segments: readonly (SavedSegment | null)[]
  /** By ordinal: the slot of the document's first passage. */
  readonly first: Int32Array
}

/**
 * One owner's passages in segments: one that is being written, sealed ones with postings, which are merged with others
 * of their size (a log-structured merge: O'Neil et al., "The Log-Structured Merge-Tree", 1996, by sizes as in Lucene).
 * Knows each passage's slot, and the slots of each document.
 */
export class Passages {
  readonly #sizes: SegmentSizes
  #segments: (Segment | undefined)[] = []
  /** Its number among the segments. */
  #open: number | undefined
  #first = new Int32Array(0)
  readonly #slots = new ChunkTable((slot) => this.segmentOf(slot).chunks[placeOf(slot)] as number)
  #living = 0
  #livingTerms = 0
  /** Living passages in each of `LANGUAGES`. */
  readonly #speaking = new Int32Array(LANGUAGES.length)
  #languages: readonly Language[] = []

  constructor(sizes: SegmentSizes = SEGMENT_SIZES) {
    this.#sizes = sizes
  }

  get living(): number {
    return this.#living
  }

  get livingTerms(): number {
    return this.#livingTerms
  }

  /** That a living passage is in. */
  get languages(): readonly Language[] {
    return this.#languages
  }

  /** All slots are below it. */
  get capacity(): number {
    return this.#segments.length * MOST_PLACES
  }

  get bytes(): number {
    return this.#segments.reduce(
      (sum, segment) => sum + (segment?.bytes ?? 0),
      this.#slots.bytes + this.#first.byteLength,
    )
  }

  /** With their first slots. */
  forEachSegment(visit: (segment: Segment, first: number) => void): void {
    this.#segments.forEach((segment, number) => {
      if (segment !== undefined && segment.living > 0) visit(segment, number * MOST_PLACES)
    })
  }

  segmentOf(slot: number): Segment {
    return this.#segments[slot >> PLACE_BITS] as Segment
  }

  /** -1: there is no such living passage. */
  slotOf(chunk: number): number {
    return this.#slots.get(chunk)
  }

  has(ordinal: number): boolean {
    return this.#head(ordinal) !== NO_SLOT
  }

  /** Of a document, in no order. */
  *slotsOf(ordinal: number): Generator<number> {
    for (let slot = this.#head(ordinal); slot !== NO_SLOT; slot = this.#nextOf(slot)) yield slot
  }

  /** Puts a passage where nobody finds it yet, and gives its slot, which holds until the next `tidy`. */
  append(passage: AnalysedPassage, ordinal: number): number {
    let number = this.#open
    if (number === undefined || (this.#segments[number] as Segment).count >= this.#sizes.open) {
      this.#open = number = this.#freeNumber()
      this.#segments[number] = new Segment()
    }
    return number * MOST_PLACES + (this.#segments[number] as Segment).append(passage, ordinal)
  }

  /** Shows these, of one document that is not there. */
  show(slots: readonly number[], ordinal: number): void {
    this.#first = grownWith(this.#first, ordinal + 1, NO_SLOT)
    slots.forEach((slot, i) => {
      this.#flip(slot, 1)
      this.segmentOf(slot).next[placeOf(slot)] = slots[i + 1] ?? NO_SLOT
      this.#slots.set(this.segmentOf(slot).chunks[placeOf(slot)] as number, slot)
    })
    this.#first[ordinal] = slots[0] ?? NO_SLOT
  }

  /** Hides all of a document, and forgets its words. */
  hide(ordinal: number): void {
    for (const slot of this.slotsOf(ordinal)) {
      this.#slots.delete(this.segmentOf(slot).chunks[placeOf(slot)] as number)
      this.#flip(slot, -1)
      this.segmentOf(slot).erase(placeOf(slot))
    }
    if (ordinal < this.#first.length) this.#first[ordinal] = NO_SLOT
  }

  /**
   * Seals what is full, and merges small segments and those of which most is gone. Slots change. Searches may come at its
   * pauses, changes may not.
   * @param terms size of the dictionary
   */
  *tidy(terms: number): Generator<void, void> {
    for (const [number, segment] of this.#segments.entries()) {
      if (segment === undefined || segment.postings !== undefined) continue
      if (segment.count < this.#sizes.open) continue
      if (number === this.#open) this.#open = undefined
      yield* segment.seal(terms)
    }
    for (let group = this.#worthMerging(); group.length > 0; group = this.#worthMerging())
      yield* this.#merge(group, terms)
  }

  save(): SavedPassages {
    return { segments: this.#segments.map((segment) => segment?.save() ?? null), first: this.#first }
  }

  static load({ segments, first }: SavedPassages): Passages {
    const passages = new Passages()
    passages.#segments = segments.map((segment) => (segment === null ? undefined : Segment.load(segment)))
    passages.#first = first as Int32Array<ArrayBuffer>
    passages.#segments.forEach((segment, number) => {
      if (segment === undefined) return
      if (segment.postings === undefined) passages.#open = number
      for (let place = 0; place < segment.count; place++) {
        if (segment.alive[place] === 0) continue
        passages.#slots.set(segment.chunks[place] as number, number * MOST_PLACES + place)
        passages.#count(segment, place, 1)
      }
    })
    return passages
  }

  #head(ordinal: number): number {
    return this.#first[ordinal] ?? NO_SLOT
  }

  #nextOf(slot: number): number {
    return this.segmentOf(slot).next[placeOf(slot)] as number
  }

  #flip(slot: number, by: 1 | -1): void {
    const segment = this.segmentOf(slot)
    segment.setAlive(placeOf(slot), by === 1)
    this.#count(segment, placeOf(slot), by)
  }

  #count(segment: Segment, place: number, by: 1 | -1): void {
    this.#living += by
    this.#livingTerms += by * (segment.lengths[place] as number)
    const language = segment.languages[place] as number
    const before = this.#speaking[language] as number
    this.#speaking[language] = before + by
    if (before === 0 || before + by === 0)
      this.#languages = LANGUAGES.filter((_, i) => (this.#speaking[i] as number) > 0)
  }

  #freeNumber(): number {
    const free = this.#segments.indexOf(undefined)
    return free === -1 ? this.#segments.length : free
  }

  /** Numbers of sealed segments to be merged now; none: all is well. */
  #worthMerging(): number[] {
    const { open, fanOut, most } = this.#sizes
    const sealed = [...this.#segments.entries()]
      .flatMap(([number, segment]) => (segment?.postings === undefined ? [] : [{ number, segment }]))
      .sort((a, b) => a.segment.living - b.segment.living)
    const wasted = sealed.find(({ segment }) => segment.count - segment.living > segment.living)
    if (wasted !== undefined) return [wasted.number]
    // Small ones in one go, then those that came of it, as long as two fit into one.
    const small = (open * fanOut) / 2
    const group = (from: number, to: number): number[] => {
      let together = 0
      return sealed.flatMap(({ number, segment: { living } }) => {
        if (living < from || living >= to || together + living > most) return []
        together += living
        return [number]
      })
    }
    const lower = group(0, small)
    if (lower.length >= fanOut) return lower
    const upper = group(small, most)
    if (upper.length > 1) return upper
    return []
  }

  *#merge(numbers: readonly number[], terms: number): Generator<void, void> {
    const merged = new Segment()
    /** By the merged one's places. */
    const from: number[] = []
    for (const number of numbers) {
      const segment = this.#segments[number] as Segment
      for (let place = 0; place < segment.count; place++) {
        if (segment.alive[place] === 0) continue
        merged.setAlive(merged.appendFrom(segment, place), true)
        from.push(number * MOST_PLACES + place)
      }
      yield
    }
    if (from.length > 0) yield* merged.seal(terms)
    const number = this.#freeNumber()
    this.#segments[number] = merged
    this.#relink(merged, number, from)
    for (const old of numbers) this.#segments[old] = undefined
    if (from.length === 0) this.#segments[number] = undefined
    while (this.#segments.length > 0 && this.#segments.at(-1) === undefined) this.#segments.pop()
  }

  /** Puts the new slots into the lists of their documents and into the table, in one step. */
  #relink(merged: Segment, number: number, from: readonly number[]): void {
    const moved = new Map(from.map((slot, place) => [slot, number * MOST_PLACES + place]))
    const done = new Set<number>()
    for (let place = 0; place < merged.count; place++) {
      const ordinal = merged.ordinals[place] as number
      if (done.has(ordinal)) continue
      done.add(ordinal)
      const slots = Array.from(this.slotsOf(ordinal), (slot) => moved.get(slot) ?? slot)
      this.#first[ordinal] = slots[0] ?? NO_SLOT
      slots.forEach((slot, i) => (this.segmentOf(slot).next[placeOf(slot)] = slots[i + 1] ?? NO_SLOT))
    }
    for (let place = 0; place < merged.count; place++)
      this.#slots.set(merged.chunks[place] as number, number * MOST_PLACES + place)
  }
}

export const placeOf = (slot: number): number => slot & PLACE_MASK

/** As `grown`, what is new filled with `value`. */
function grownWith(array: Int32Array<ArrayBuffer>, needed: number, value: number): Int32Array<ArrayBuffer> {
  const before = array.length
  const larger = grown(array, needed)
  if (larger.length > before) larger.fill(value, before)
  return larger
}
