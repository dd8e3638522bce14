import { rarity, type LengthNorm } from './bm25.ts'
import type { MarkedTerms } from './segment.ts'
import type { WeighedQuery } from './weighed-query.ts'

/**
 * What pairs of neighbouring query words are worth in each of some passages, stop words left out: each pair as BM25 would
 * weigh a term, with its frequency among these passages, which is as good as that among all (the design's ranking study).
 */
export class PhraseCounter {
  /** For each of the query's ids the words that it may be. */
  readonly #wordsOf: readonly (readonly number[])[]
  readonly #words: number
  /** The distinct pairs of neighbouring words, `first * words + second`, numbered in the order of the query. */
  readonly #pairs: ReadonlyMap<number, number>
  /** By row, then by pair. */
  readonly #counts: Int32Array
  /** Rows that hold the pair. */
  readonly #holding: Int32Array

  /** @param rows how many passages there are */
  constructor(query: WeighedQuery, rows: number) {
    this.#words = query.words.length
    this.#pairs = wantedPairs(query)
    this.#wordsOf = query.ids.map((id) => query.words.flatMap(({ ids }, word) => (ids.includes(id) ? [word] : [])))
    this.#counts = new Int32Array(this.#pairs.size * rows)
    this.#holding = new Int32Array(this.#pairs.size)
  }

  /**
   * Reads a passage; each once.
   * @param found its terms that are asked for, each marked by its place among the query's ids, plus one
   */
  read(row: number, { positions, marks, count }: MarkedTerms): void {
    if (this.#pairs.size === 0) return
    for (let i = 1; i < count; i++)
      if ((positions[i] as number) === (positions[i - 1] as number) + 1)
        this.#count(row, (marks[i - 1] as number) - 1, (marks[i] as number) - 1)
  }

  /** Of a row that was read. @param passages of the index */
  score(row: number, length: number, { base, perTerm }: LengthNorm, passages: number): number {
    const norm = base + perTerm * length
    let sum = 0
    for (let pair = 0; pair < this.#pairs.size; pair++) {
      const count = this.#counts[row * this.#pairs.size + pair] as number
      if (count > 0) sum += (rarity(this.#holding[pair] as number, passages) * count) / (count + norm)
    }
    return sum
  }

  #count(row: number, firstId: number, secondId: number): void {
    for (const first of this.#wordsOf[firstId] ?? []) {
      for (const second of this.#wordsOf[secondId] ?? []) {
        const pair = this.#pairs.get(first * this.#words + second)
        if (pair === undefined) continue
        const cell = row * this.#pairs.size + pair
        const count = (this.#counts[cell] as number) + 1
        this.#counts[cell] = count
        if (count === 1) this.#holding[pair] = (this.#holding[pair] as number) + 1
      }
    }
  }
}

function wantedPairs({ words, sequence }: WeighedQuery): Map<number, number> {
  const pairs = new Map<number, number>()
  for (let i = 0; i + 1 < sequence.length; i++) {
    const [first, second] = [sequence[i] as number, sequence[i + 1] as number]
    if (words[first]?.ids.length === 0 || words[second]?.ids.length === 0) continue
    const pair = first * words.length + second
    if (!pairs.has(pair)) pairs.set(pair, pairs.size)
  }
  return pairs
}
