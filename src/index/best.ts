/** Chunk ids with their scores, best first; ids stay below 2^53. */
export interface Ranked {
  readonly chunks: Float64Array<ArrayBuffer>
  readonly scores: Float64Array<ArrayBuffer>
}

/**
 * Keeps the best `limit` of what it is offered, equal scores by ascending chunk id: a binary heap with the worst
 * kept one on top. NaN is never kept.
 */
export class Best {
  readonly #limit: number
  readonly #scores: Float64Array
  readonly #chunks: Float64Array
  #size = 0

  /** `limit` 0 keeps nothing; `offers`, the most that can come, keeps the memory for a large limit small. */
  constructor(limit: number, offers: number) {
    this.#limit = Math.max(0, Math.min(limit, offers))
    this.#scores = new Float64Array(this.#limit)
    this.#chunks = new Float64Array(this.#limit)
  }

  /** What an offer has to exceed; -Infinity while there is room. */
  get worst(): number {
    return this.#size < this.#limit ? -Infinity : (this.#scores[0] ?? Infinity)
  }

  offer(score: number, chunk: number): void {
    if (this.#size < this.#limit) {
      if (!Number.isNaN(score)) this.#rise(this.#size++, score, chunk)
    } else if (this.#limit > 0 && isBetter(score, chunk, this.#scores[0] as number, this.#chunks[0] as number)) {
      this.#sink(score, chunk)
    }
  }

  /** Takes out all that is kept. */
  ranked(): Ranked {
    const scores = new Float64Array(this.#size)
    const chunks = new Float64Array(this.#size)
    // The worst is on top: the list fills from its end.
    while (this.#size > 0) {
      const last = --this.#size
      scores[last] = this.#scores[0] as number
      chunks[last] = this.#chunks[0] as number
      this.#sink(this.#scores[last] as number, this.#chunks[last] as number)
    }
    return { chunks, scores }
  }

  #rise(from: number, score: number, chunk: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBetter(this.#scores[parent] as number, this.#chunks[parent] as number, score, chunk)) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, score, chunk)
  }

  #sink(score: number, chunk: number): void {
    let at = 0
    for (;;) {
      let worst = 2 * at + 1
      if (worst >= this.#size) break
      if (worst + 1 < this.#size && this.#isBetterAt(worst, worst + 1)) worst++
      if (!isBetter(score, chunk, this.#scores[worst] as number, this.#chunks[worst] as number)) break
      this.#move(worst, at)
      at = worst
    }
    this.#put(at, score, chunk)
  }

  #isBetterAt(a: number, b: number): boolean {
    return isBetter(
      this.#scores[a] as number,
      this.#chunks[a] as number,
      this.#scores[b] as number,
      this.#chunks[b] as number,
    )
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#scores[from] as number, this.#chunks[from] as number)
  }

  #put(at: number, score: number, chunk: number): void {
    this.#scores[at] = score
    this.#chunks[at] = chunk
  }
}

const isBetter = (score: number, chunk: number, otherScore: number, otherChunk: number): boolean =>
  score > otherScore || (score === otherScore && chunk < otherChunk)
