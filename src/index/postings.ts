import { grown } from './growing.ts'

const FIRST_BLOCK = 4
const LARGEST_BLOCK = 1024
const NONE = -1

/**
 * For each term the passages that hold it, in the order in which they came, with how often: (slot, count) pairs in
 * blocks of shared arrays. A term's blocks double in size, so that rare terms stay small and frequent ones are read
 * in long stretches; nothing is moved when a passage is added.
 */
export class Postings {
  // Per term.
  #firstBlock = new Int32Array(0)
  #lastBlock = new Int32Array(0)
  // Per block.
  #start = new Int32Array(0)
  #used = new Int32Array(0)
  #capacity = new Int32Array(0)
  #next = new Int32Array(0)
  #blocks = 0
  // Per posting.
  #slots = new Int32Array(0)
  #counts = new Uint16Array(0)
  #postings = 0

  /** Makes room for the terms 0 to `terms - 1`. */
  reserve(terms: number): void {
    const before = this.#firstBlock.length
    if (terms <= before) return
    this.#firstBlock = grown(this.#firstBlock, terms)
    this.#lastBlock = grown(this.#lastBlock, terms)
    this.#firstBlock.fill(NONE, before)
    this.#lastBlock.fill(NONE, before)
  }

  append(term: number, slot: number, count: number): void {
    let block = this.#lastBlock[term] as number
    if (block === NONE || this.#used[block] === this.#capacity[block]) block = this.#addBlock(term, block)
    const used = this.#used[block] as number
    const at = (this.#start[block] as number) + used
    this.#slots[at] = slot
    this.#counts[at] = Math.min(count, 0xffff)
    this.#used[block] = used + 1
  }

  /** In ascending order; those of passages that are gone, too. */
  forEachSlot(term: number, visit: (slot: number) => void): void {
    for (let block = this.#firstBlock[term] ?? NONE; block !== NONE; block = this.#next[block] as number) {
      const start = this.#start[block] as number
      const end = start + (this.#used[block] as number)
      for (let i = start; i < end; i++) visit(this.#slots[i] as number)
    }
  }

  /** Adds `weight * count / (count + norm)` to the score of each slot that holds the term and is `allowed`. */
  accumulate(term: number, weight: number, allowed: Uint8Array, norm: LengthNorm, into: Scores): void {
    const slots = this.#slots
    const counts = this.#counts
    const { lengths, base, perTerm } = norm
    const { score, touched } = into
    let size = into.size
    for (let block = this.#firstBlock[term] as number; block !== NONE; block = this.#next[block] as number) {
      const start = this.#start[block] as number
      const end = start + (this.#used[block] as number)
      for (let i = start; i < end; i++) {
        const slot = slots[i] as number
        if (allowed[slot] === 0) continue
        const count = counts[i] as number
        const before = score[slot] as number
        if (before === 0) touched[size++] = slot
        score[slot] = before + (weight * count) / (count + base + perTerm * (lengths[slot] as number))
      }
    }
    into.size = size
  }

  get bytes(): number {
    const arrays = [this.#firstBlock, this.#lastBlock, this.#start, this.#used, this.#capacity, this.#next]
    return arrays.reduce((sum, array) => sum + array.byteLength, this.#slots.byteLength + this.#counts.byteLength)
  }

  #addBlock(term: number, last: number): number {
    const block = this.#blocks++
    const capacity = last === NONE ? FIRST_BLOCK : Math.min(LARGEST_BLOCK, 2 * (this.#capacity[last] as number))
    this.#start = grown(this.#start, this.#blocks)
    this.#used = grown(this.#used, this.#blocks)
    this.#capacity = grown(this.#capacity, this.#blocks)
    this.#next = grown(this.#next, this.#blocks)
    this.#start[block] = this.#postings
    this.#used[block] = 0
    this.#capacity[block] = capacity
    this.#next[block] = NONE
    this.#postings += capacity
    this.#slots = grown(this.#slots, this.#postings)
    this.#counts = grown(this.#counts, this.#postings)
    if (last === NONE) this.#firstBlock[term] = block
    else this.#next[last] = block
    this.#lastBlock[term] = block
    return block
  }
}

/** The part of BM25's denominator that depends on a passage's length in terms: `base + perTerm * length`. */
export interface LengthNorm {
  readonly lengths: Int32Array
  readonly base: number
  readonly perTerm: number
}

/** Scores by slot while one query runs: zero everywhere but at the first `size` entries of `touched`. */
export interface Scores {
  score: Float64Array
  touched: Int32Array
  size: number
}
