import type { LengthNorm } from './postings.ts'
import type { WeighedQuery } from './weighed-query.ts'

/** Passages whose phrases are scored; `termsOf` may give the same array again, with other terms. */
export interface PhraseReader {
  termsOf(slot: number): Int32Array
  rarity(frequency: number): number
  /** Per term, zero between calls. */
  readonly marks: Int32Array
  readonly norm: LengthNorm
}

/**
 * What each passage's pairs of neighbouring query words are worth, stop words left out: each pair as BM25 would weigh a
 * term, with its frequency among these passages, which is as good as that among all (the design's ranking study).
 * @param slots of the passages; NaN is given for one below 0
 */
export function phraseScores(query: WeighedQuery, slots: Int32Array, passages: PhraseReader): Float64Array {
  const scores = Float64Array.from(slots, (slot) => (slot < 0 ? Number.NaN : 0))
  const pairs = wantedPairs(query)
  if (pairs.size === 0) return scores
  const size = query.words.length
  const { marks } = passages
  const wordsOf = [...wordsById(query)]
  wordsOf.forEach(([id], i) => (marks[id] = i + 1))

  const holding = new Int32Array(pairs.size)
  const counts = new Int32Array(pairs.size * slots.length)
  slots.forEach((slot, row) => {
    if (slot < 0) return
    const terms = passages.termsOf(slot)
    let before = 0
    for (let at = 0; at < terms.length; at++) {
      const mark = marks[terms[at] as number] as number
      if (mark !== 0 && before !== 0) {
        for (const first of wordsOf[before - 1]?.[1] ?? []) {
          for (const second of wordsOf[mark - 1]?.[1] ?? []) {
            const pair = pairs.get(first * size + second)
            if (pair === undefined) continue
            const cell = row * pairs.size + pair
            counts[cell] = (counts[cell] as number) + 1
            if (counts[cell] === 1) holding[pair] = (holding[pair] as number) + 1
          }
        }
      }
      before = mark
    }
  })
  for (const [id] of wordsOf) marks[id] = 0

  const rarities = Array.from(holding, (frequency) => passages.rarity(frequency))
  const { lengths, base, perTerm } = passages.norm
  slots.forEach((slot, row) => {
    if (slot < 0) return
    const norm = base + perTerm * (lengths[slot] as number)
    let sum = 0
    for (let pair = 0; pair < pairs.size; pair++) {
      const count = counts[row * pairs.size + pair] as number
      if (count > 0) sum += ((rarities[pair] as number) * count) / (count + norm)
    }
    scores[row] = sum
  })
  return scores
}

/** The distinct pairs of neighbouring words, `first * words + second`, numbered in the order of the query. */
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

function wordsById({ words }: WeighedQuery): Map<number, number[]> {
  const byId = new Map<number, number[]>()
  words.forEach(({ ids }, word) => {
    for (const id of ids) byId.set(id, [...(byId.get(id) ?? []), word])
  })
  return byId
}
